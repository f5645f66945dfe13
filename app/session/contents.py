"""What a session file holds, read: exchanges, facts, notes, inputs, and whether all that is as it was written."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlite_utils
from msgspec.structs import replace

from app.model import Exchange, Provenance
from app.session.chain import SMALL, START, Chain, Integrity, Soundness, row_digest
from app.session.errors import explained
from app.session.journal import JournalReader, runs_beside
from app.session.layout import exchange_of
from app.session.records import Input, Note, input_of, note_of

_PAGE = 500  # exchanges fetched at a time, so that reading a long session needs little memory


class Contents:
    """The contents of an open session. Every call must come from one thread at a time.

    `recovered` is a sentence for the reader when the last writer died before it could close the file, else None, and
    `remarks` are all there are on opening it; `integrity` is known once all exchanges were read.
    """

    def __init__(self, path: Path, db: sqlite_utils.Database, *, reading: bool) -> None:
        self.path = path
        self.recovered: str | None = None
        self.integrity = Integrity()
        self._db = db
        self._sealed_now = reading  # whether to say that the digests are younger than the exchanges
        self._facts = self._read_facts()
        self._last = integer(db, "select coalesce(max(number), 0) from exchanges")
        self._count, self._head = self._read_seal()
        self._sealed = (self._last, self._count, self._head)
        self._taken: dict[str, int] = dict(self.fact("journal", {}))
        self._journaled: tuple[Exchange, ...] = ()  # read from the journal of a session that is only read

    @property
    def remarks(self) -> tuple[str, ...]:
        """What is to be said of the file as it was found: how it ended, and since when it has digests."""
        late = self.fact("sealed_late")
        if not isinstance(late, dict) or not self._sealed_now:
            return (self.recovered,) if self.recovered else ()
        sealed = (
            f"The digests of the first {late['exchanges']:,} exchanges in {self.path.name} were made on "
            f"{_clock(late['at_ms'])}, when this version first opened it: they prove nothing about the time before."
        )
        return (self.recovered, sealed) if self.recovered else (sealed,)

    def exchanges(self, until: int | None = None) -> Iterator[Exchange]:
        """Every exchange by number, up to one. What is appended while iterating is seen too.

        One that can not be read is left out. Those that were there when the session was opened are held against their
        digests on the way, and `integrity` is known when all of them were seen.
        """
        after, chain, checking = 0, Chain(), self.integrity.state is not Soundness.UNSEALED
        unreadable: list[int] = []
        last = self._sealed[0]
        while rows := self._rows("select * from exchanges where number > ? order by number limit ?", after, _PAGE):
            for row in rows:
                if row["number"] <= after:  # a damaged tree leads in circles
                    raise explained(self.path, sqlite3.DatabaseError("its exchanges are out of order"))
                after = row["number"]
                if until is not None and after > until:
                    break
                if after <= last and checking:
                    chain.follow(row)
                try:
                    yield exchange_of(row)
                except ValueError:
                    unreadable.append(after)
            if until is not None and after >= until:
                break
        if (after >= last and (until is None or until >= last)) or not rows:
            self._judge(chain, unreadable, checking=checking)
        yield from (item for item in self._journaled if until is None or item.number <= until)

    def exchange(self, number: int) -> Exchange | None:
        """One exchange, or None when there is none of that number."""
        rows = self._rows("select * from exchanges where number = ?", number)
        if not rows:
            return next((item for item in self._journaled if item.number == number), None)
        try:
            return exchange_of(rows[0])
        except ValueError as error:
            damage = sqlite3.DatabaseError(f"exchange {number} can not be read: {error}")
            raise explained(self.path, damage) from error

    def origins(self) -> Iterator[tuple[Provenance, str]]:
        """How every exchange reached us and where it came from, without reading the exchanges themselves."""
        for row in self._rows("select provenance, source from exchanges order by number"):
            with contextlib.suppress(ValueError):
                yield Provenance(row["provenance"]), row["source"]
        yield from ((item.provenance, item.source) for item in self._journaled)

    @property
    def last(self) -> int:
        """The highest exchange number so far; 0 in an empty session."""
        return self._last

    def __len__(self) -> int:
        return integer(self._db, "select count(*) from exchanges") + len(self._journaled)

    def fact(self, name: str, default: Any = None) -> Any:
        """A fact about the session (created, app version, mode…) as it was set."""
        return self._facts.get(name, default)

    def notes(self) -> tuple[Note, ...]:
        """All notes, tags and pins, oldest change first."""
        rows = self._rows("select * from notes not indexed order by changed_ms, key")
        return tuple(_understood(note_of, rows))

    def inputs(self) -> tuple[Input, ...]:
        """The files read into this session, in that order."""
        return tuple(_understood(input_of, self._rows("select * from inputs order by id")))

    def _rows(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        connection = self._db.conn
        try:
            return list(self._db.query(sql, values))
        except sqlite3.OperationalError as error:
            if "decode" not in str(error):
                raise explained(self.path, error) from error
            connection.text_factory = _readable  # damaged text is shown as far as it is text
            return list(self._db.query(sql, values))
        except (sqlite3.Error, UnicodeDecodeError) as error:
            raise explained(self.path, error) from error
        finally:
            connection.text_factory = str

    def _read_facts(self) -> dict[str, Any]:
        """All facts, and a first look at the rows of the small tables. An older file has no digests."""
        facts: dict[str, Any] = {}
        for table, columns in SMALL.items():
            for row in self._rows(f"select * from {table} not indexed"):
                if "digest" not in row:
                    self.integrity = Integrity(Soundness.UNSEALED)
                elif row["digest"] != row_digest(row, columns):
                    self._damaged(f"What {self.path.name} says in its {table} is not as it was written.")
                    continue
                if table == "facts":
                    with contextlib.suppress(ValueError, TypeError, RecursionError):
                        facts[row["name"]] = json.loads(row["value"])
        return facts

    def _read_seal(self) -> tuple[int, bytes]:
        """How many exchanges there are said to be, and with which digest they end."""
        if self.integrity.state is Soundness.UNSEALED:
            return integer(self._db, "select count(*) from exchanges"), START
        said = self.fact("seal", {})
        try:
            for table in SMALL:
                if said[table] != integer(self._db, f"select count(*) from {table} not indexed"):
                    self._damaged(f"Not all {table} that were written to {self.path.name} are there.")
            return int(said["exchanges"]), bytes.fromhex(said["head"])
        except (KeyError, TypeError, ValueError):
            self._damaged(f"{self.path.name} does not say any more what it held.")
            rows = self._rows("select digest from exchanges order by number desc limit 1")
            head = rows[0]["digest"] if rows and isinstance(rows[0]["digest"], bytes) else START
            return integer(self._db, "select count(*) from exchanges"), head

    def _judge(self, chain: Chain, unreadable: list[int], *, checking: bool) -> None:
        _, count, head = self._sealed
        if broken := sorted({*chain.broken, *unreadable}):
            first, more = broken[0], len(broken) - 1
            others = f", and {more:,} after it" if more else ""
            out = " What can not be read is left out." if unreadable else ""
            self._damaged(
                f"Exchange {first} in {self.path.name} is not as it was recorded{others}: the digest does not fit.{out}"
                " The rest is as it was; go back to another copy of the file if there is one.",
                first,
            )
        elif checking and (chain.count, chain.head) != (count, head):
            self._damaged(
                f"{self.path.name} does not hold what was recorded: {chain.count:,} of {count:,} exchanges are there."
            )

    def _damaged(self, text: str, exchange: int | None = None) -> None:
        if self.integrity.state is not Soundness.DAMAGED:
            self.integrity = Integrity(Soundness.DAMAGED, text, exchange)

    def _require_sound(self) -> None:
        verdict = next(iter(self._db.execute("pragma quick_check(1)").fetchone()))
        if verdict != "ok":
            raise sqlite3.DatabaseError(verdict)

    def _recovered(self, left: int) -> str:
        """Say what is there of a session whose last writer died. `left` is how many exchanges the journal held."""
        count = len(self)
        rows = self._rows("select max(coalesce(finished_ms, started_ms)) as newest from exchanges")
        times = (item.finished_ms or item.started_ms for item in self._journaled)
        newest = max((at_ms for at_ms in (rows[0]["newest"], *times) if at_ms), default=None)
        until = f", the last from {_clock(newest)}" if newest else ""
        journal = f" {left:,} of them came from the journal." if left else ""
        return (
            f"{self.path.name} was not closed properly last time. {count:,} {'exchange' if count == 1 else 'exchanges'}"
            f" recovered{until}.{journal}"
        )

    def _read_the_left(self) -> None:
        """Read what killed processes left in the journal, and say how the session ended."""
        left: list[Exchange] = []
        for run in dict.fromkeys((*runs_beside(self.path), *map(Path, self._taken))):
            reader = JournalReader(run, self._taken.get(str(run), 0))
            while exchanges := reader.read(ended=True):
                left += exchanges
            reader.close()
        self._journaled = tuple(replace(item, number=number) for number, item in enumerate(left, self._last + 1))
        self._last += len(left)
        if left or not self.fact("clean", default=True):
            self.recovered = self._recovered(len(left))


def _understood[T](of: Callable[[dict[str, Any]], T], rows: Iterable[dict[str, Any]]) -> Iterator[T]:
    """What rows say, without those that make no sense: they do not fit their digest, so that is told already."""
    for row in rows:
        with contextlib.suppress(ValueError, TypeError, RecursionError):
            yield of(row)


def _readable(text: bytes) -> str:
    return text.decode("utf-8", "backslashreplace")


def integer(db: sqlite_utils.Database, sql: str) -> int:
    """The one number that a query gives."""
    found = db.execute(sql).fetchone()[0]
    if not isinstance(found, int):
        raise sqlite3.DatabaseError("a number of an exchange is none")
    return found


def _clock(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
