"""A session: one SQLite file that holds what was on the wire, and little else.

Only raw exchanges, facts about the session and the user's notes are kept. Events, pairs and findings are views of the
exchanges and are made again whenever a session is opened, so that an old file gets the newer verdicts.

The file is written while capturing: write-ahead log, `synchronous=NORMAL`, one transaction a batch. What a killed
process had appended is in the file; what it had only been handed is in the journal (`app.session.journal`), which is
taken in when the session is opened. Before every batch the files are looked at (`app.session.watch`): when they were
renamed, replaced or damaged, a sound copy is made at once (`app.session.rescue`) and recording goes on in that.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

import sqlite_utils
from msgspec.structs import replace

from app.locking import FileLock, is_locked
from app.model import Exchange
from app.session.chain import EXCHANGE, SMALL, START, Chain, Integrity, Soundness, row_digest
from app.session.errors import APPLICATION_ID, SQLITE_MAGIC, SessionError, explained, require_known, require_session
from app.session.journal import JournalReader, left_behind, runs_beside, segments
from app.session.layout import exchange_of, m002_digests, migrations, row_of, seal, write_fact
from app.session.opening import connect, require_plain, way_to_read
from app.session.records import Input, Note, Skipped, input_of, note_of
from app.session.rescue import sound_copy
from app.session.watch import Change, Watch

__all__ = [
    "APPLICATION_ID",
    "SQLITE_MAGIC",
    "SUFFIX",
    "Input",
    "Integrity",
    "Note",
    "Session",
    "SessionError",
    "Skipped",
    "Soundness",
    "files_beside",
]

SUFFIX = ".pixelpair"
_PAGE = 500  # exchanges fetched at a time, so that reading a long session needs little memory


def _unheard(_: object) -> None:
    """Nobody wants to hear it."""


class Session:
    """An open session file. Every call must come from one thread at a time; the inspector's worker is the usual one.

    `recovered` is a sentence for the reader when the last writer died before it could close the file, else None, and
    `remarks` are all there are on opening it. `on_notice` gets a sentence when the file had to be left, and `on_moved`
    the path of the one that recording goes on in; both are called from whoever calls.
    """

    def __init__(self, path: Path, db: sqlite_utils.Database, lock: FileLock | None) -> None:
        """Use `Session.open` or `Session.read` instead."""
        self.path = path
        self.recovered: str | None = None
        self.on_notice: Callable[[str], None] = _unheard
        self.on_moved: Callable[[Path], None] = _unheard
        self.integrity = Integrity()
        self._sealed_now = lock is None  # whether to say that the digests are younger than the exchanges
        self._db = db
        self._lock = lock
        self._watch: Watch | None = None
        self._facts = self._read_facts()
        self._last = _integer(db, "select coalesce(max(number), 0) from exchanges")
        self._count, self._head = self._read_seal()
        self._sealed = (self._last, self._count, self._head)
        self._taken: dict[str, int] = dict(self.fact("journal", {}))
        self._journaled: tuple[Exchange, ...] = ()  # read from the journal of a session that is only read

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a session for writing, or make a new one (mode 0600).

        Raises `SessionError` when the file is something else, damaged, from a newer version, or open for writing
        elsewhere; the file is then left as it was.
        """
        lock: FileLock | None = None
        db: sqlite_utils.Database | None = None
        try:
            new = _is_new(path)
            if not new:
                require_session(path)
            lock = FileLock.when_free(path, _PROBE_S)
            if new:
                os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            db = connect(path)
            session = cls._prepared(path, db, lock, new=new)
        except _UNFIT as error:
            if db is not None:
                db.close()
            if lock is not None:
                lock.release()
            raise explained(path, error) from error
        return session

    @classmethod
    def _prepared(cls, path: Path, db: sqlite_utils.Database, lock: FileLock, *, new: bool) -> Self:
        if new:
            db.execute(f"pragma application_id={APPLICATION_ID}")
        else:
            require_known(path, db)
            require_plain(path, db)
        old = any(item.name == m002_digests.__name__ for item in migrations.pending(db))
        migrations.apply(db)
        db.enable_wal()  # last, so that the file itself shows at once what it is
        db.execute("pragma synchronous=normal")
        session = cls(path, db, lock)
        session._sealed_now = old
        if new:
            session.set_fact("created_ms", _now_ms())
        clean = session.fact("clean", default=True)
        if not clean:
            session._require_sound()
        left = session._take_in_the_left()
        if left or not clean:
            session.recovered = session._recovered(left)
        session.set_fact("clean", False)
        session._watch = Watch(path)
        return session

    @classmethod
    def read(cls, path: Path) -> Self:
        """Open a session for reading only; nothing in the file changes, and a writer may be at work meanwhile.

        What is read is the session as it is now, whatever is written later. Raises `SessionError` when there is no such
        file or it is not a session.
        """
        db: sqlite_utils.Database | None = None
        try:
            if _is_new(path):
                raise SessionError(f"{path.name} does not exist or is empty. Check the name.")
            require_session(path)
            db = connect(path, way_to_read(path))
            require_known(path, db)
            require_plain(path, db)
            db.execute("begin")
            session = cls(path, db, None)
            if not is_locked(path):  # a writer that lives takes the journal in by itself
                session._read_the_left()
            return session
        except _UNFIT as error:
            if db is not None:
                db.close()
            raise explained(path, error) from error

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

    def append(
        self, exchanges: Iterable[Exchange], taken: Mapping[Path, int] = MappingProxyType({})
    ) -> tuple[Exchange, ...]:
        """Write exchanges in one transaction: all of them or none. Secrets must have been masked already.

        Those without a number get the next ones; numbers grow. `taken` are runs of the journal with the number of the
        last exchange taken from each, these among them. Returns them as written. Raises `SessionError`, for instance
        when the disk is full; the session stays usable and what was written before stays readable.
        """
        numbered, last, count, head = [], self._last, self._count, self._head
        with self._writing():
            for exchange in exchanges:
                number = exchange.number or last + 1
                if number <= last:
                    raise sqlite3.IntegrityError(f"exchange {number} comes after {last}")
                last = number
                numbered.append(exchange if exchange.number else replace(exchange, number=number))
                row = row_of(numbered[-1])
                count, head = count + 1, row_digest(row, EXCHANGE, head)
                self._db.execute(_INSERT, [*row.values(), head])
            if taken:
                marks = self._taken | {str(run): sequence for run, sequence in taken.items()}
                write_fact(self._db, "journal", json.dumps(marks))
            seal(self._db, count, head)
        if taken:
            self._taken = self._facts["journal"] = marks
        self._last, self._count, self._head = last, count, head
        return tuple(numbered)

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
                except (ValueError, TypeError, KeyError):
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
        except (ValueError, TypeError) as error:
            damage = sqlite3.DatabaseError(f"exchange {number} can not be read: {error}")
            raise explained(self.path, damage) from error

    @property
    def last(self) -> int:
        """The highest exchange number so far; 0 in an empty session."""
        return self._last

    def __len__(self) -> int:
        return _integer(self._db, "select count(*) from exchanges") + len(self._journaled)

    def fact(self, name: str, default: Any = None) -> Any:
        """A fact about the session (created, app version, mode…) as it was set."""
        return self._facts.get(name, default)

    def set_fact(self, name: str, value: Any) -> None:
        """Keep a fact; anything JSON can hold. Raises `SessionError` when it can not be written."""
        with self._writing():
            write_fact(self._db, name, json.dumps(value))
            seal(self._db, self._count, self._head)
        self._facts[name] = json.loads(json.dumps(value))

    def notes(self) -> tuple[Note, ...]:
        """All notes, tags and pins, oldest change first."""
        rows = self._rows("select * from notes not indexed order by changed_ms, key")
        return tuple(_understood(note_of, rows))

    def set_note(self, note: Note) -> None:
        """Keep a note in place of the one with the same key. Raises `SessionError` when it can not be written."""
        row = {**_fields(note), "tags": json.dumps(note.tags), "pinned": int(note.pinned)}
        with self._writing():
            self._db.table("notes").upsert({**row, "digest": row_digest(row, SMALL["notes"])}, pk="key")
            seal(self._db, self._count, self._head)

    def inputs(self) -> tuple[Input, ...]:
        """The files read into this session, in that order."""
        return tuple(_understood(input_of, self._rows("select * from inputs order by id")))

    def add_input(self, item: Input) -> None:
        """Remember a file that was read into this session. Raises `SessionError` when it can not be written."""
        skipped = json.dumps([(part.index, part.reason) for part in item.skipped])
        with self._writing():
            place = _integer(self._db, "select coalesce(max(id), 0) + 1 from inputs")
            row = {"id": place, **_fields(item), "skipped": skipped}
            self._db.table("inputs").insert({**row, "digest": row_digest(row, SMALL["inputs"])})
            seal(self._db, self._count, self._head)

    def copy_to(self, path: Path) -> None:
        """Write the session as it stands to another file, whole or not at all. Raises `SessionError`."""
        self.attend()
        draft = path.with_name(path.name + ".part")
        try:
            draft.unlink(missing_ok=True)
            self._db.execute("vacuum into ?", [str(draft)])
            with contextlib.closing(connect(draft)) as copy:
                with copy.atomic():
                    write_fact(copy, "clean", "true")
                    write_fact(copy, "journal", "{}")
                    seal(copy, self._count, self._head)
                copy.execute("pragma journal_mode=wal")
            draft.chmod(0o600)
            draft.replace(path)
        except (OSError, sqlite3.Error) as error:
            draft.unlink(missing_ok=True)
            raise explained(path, error) from error

    def attend(self) -> None:
        """See whether the files are still ours and sound, and go on in a sound copy when they are not.

        Every write does this first. Raises `SessionError` when a copy can not be made; it is tried again next time.
        """
        change = self._watch.look() if self._watch else None
        if change is Change.TOUCHED and self._sound_on_disk():
            assert self._watch is not None
            self._watch.note()
        elif change is not None:
            self._go_on(change)

    def close(self) -> None:
        """Close the file cleanly; calling it again does nothing."""
        if self._lock is not None and self._lock.held:
            with contextlib.suppress(SessionError):  # a full disk: it will be found unclean, which is true
                change = self._watch.look() if self._watch else None
                if change in (Change.GONE, Change.REPLACED) and self._leave_whole():
                    self._watch = None if self._watch is None else _closed(self._watch, self._db)
                else:
                    self.set_fact("clean", True)
        self._db.close()
        if self._watch is not None:
            self._watch.close()
            self._watch = None
        if self._lock is not None:
            self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        self.attend()
        try:
            with self._db.atomic():
                yield
        except sqlite3.Error as error:
            raise explained(self.path, error) from error
        finally:
            if self._watch is not None:
                self._watch.note()

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

    # -- whether it is as it was written ----------------------------------------------------------------------------

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
                    with contextlib.suppress(ValueError, TypeError):
                        facts[row["name"]] = json.loads(row["value"])
        return facts

    def _read_seal(self) -> tuple[int, bytes]:
        """How many exchanges there are said to be, and with which digest they end."""
        if self.integrity.state is Soundness.UNSEALED:
            return _integer(self._db, "select count(*) from exchanges"), START
        said = self.fact("seal", {})
        try:
            for table in SMALL:
                if said[table] != _integer(self._db, f"select count(*) from {table} not indexed"):
                    self._damaged(f"Not all {table} that were written to {self.path.name} are there.")
            return int(said["exchanges"]), bytes.fromhex(said["head"])
        except (KeyError, TypeError, ValueError):
            self._damaged(f"{self.path.name} does not say any more what it held.")
            rows = self._rows("select digest from exchanges order by number desc limit 1")
            head = rows[0]["digest"] if rows and isinstance(rows[0]["digest"], bytes) else START
            return _integer(self._db, "select count(*) from exchanges"), head

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

    def _sound_on_disk(self) -> bool:
        """Whether the files hold what we wrote; asked by a connection that has nothing in memory yet."""
        try:
            with contextlib.closing(connect(self.path, "mode=ro")) as fresh:
                if fresh.execute("pragma quick_check(1)").fetchone()[0] != "ok":
                    return False
                chain = Chain()
                for row in fresh.query("select * from exchanges order by number"):
                    chain.follow(row)
        except sqlite3.Error:
            return False
        return (chain.count, chain.head) == (self._count, self._head)

    # -- when the file is no longer to be relied on -------------------------------------------------------------------

    def _go_on(self, change: Change) -> None:
        """Leave the file and go on in a sound copy."""
        assert self._watch is not None
        sound = change is not Change.TOUCHED
        left = self.path.name
        whole = sound and self._leave_whole()
        try:
            place, lock = sound_copy(self._db, self.path, self._last, whole=sound)
            db = connect(place)
            db.enable_wal()
            db.execute("pragma synchronous=normal")
        except (OSError, sqlite3.Error) as error:
            why = error.strerror if isinstance(error, OSError) else str(error)
            raise SessionError(
                f"{left} {change.value} No copy of it could be made ({why}). What comes now is kept in memory; "
                "make room on the disk, or make its folder writable."
            ) from error
        if not sound:
            self._db.conn.setconfig(sqlite3.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, True)
        elif change is not Change.LOG_GONE:
            _closed(self._watch, self._db)
        self._db.close()
        self._watch.close()
        if self._lock is not None:
            self._lock.release()
        folder, self.path, self._db, self._lock, self._watch = self.path.parent, place, db, lock, None
        self._note_down(left, change)
        self._watch = Watch(place)
        self.on_moved(place)
        self.on_notice(self._moved_sentence(left, folder, change, whole=whole))

    def _leave_whole(self) -> bool:
        """Bring everything into the file we have open, whatever its name is now; False when it has none any more, or
        somebody else uses it, who would be disturbed."""
        assert self._watch is not None
        if self._watch.deleted or self._watch.taken:
            return False
        try:
            with self._db.atomic():
                write_fact(self._db, "clean", "true")
            busy, *_ = self._db.execute("pragma wal_checkpoint(truncate)").fetchone()
        except sqlite3.Error:
            return False
        return not busy

    def _note_down(self, left: str, change: Change) -> None:
        """In the copy: that it is one, and all facts, since some may not have been readable."""
        self._facts |= {"clean": False, "continues": {"name": left, "why": change.value, "at_ms": _now_ms()}}
        with self._writing():
            for name, value in self._facts.items():
                if name != "seal":
                    write_fact(self._db, name, json.dumps(value))
            seal(self._db, self._count, self._head)

    def _moved_sentence(self, left: str, folder: Path, change: Change, *, whole: bool) -> str:
        where = self.path.name if self.path.parent == folder else f"{self.path}, because its folder can not be used,"
        there, recorded = len(self), self._count
        if change is Change.TOUCHED:
            much = "everything recorded so far" if there == recorded else f"{there:,} of {recorded:,} exchanges"
            return f"{left} {change.value} Recording goes on in {where} with {much}. Use that file from now on."
        until = " What was renamed or moved holds everything until now." if whole and change is Change.GONE else ""
        return (
            f"{left} {change.value} Recording goes on in {where} which holds everything recorded so far. "
            f"Use that file from now on.{until}"
        ).replace("can not be used, which", "can not be used, which")

    def _take_in_the_left(self) -> int:
        """Take in what killed processes left in the journal; how many exchanges that was."""
        before, own = self._last, runs_beside(self.path)
        for run in dict.fromkeys((*own, *map(Path, self._taken))):
            with left_behind(run, self._taken.get(str(run), 0)) as (reader, ended):
                while exchanges := reader.read(ended=ended):
                    self.append(exchanges, {run: reader.taken})
                if ended and run in own:  # another's is read: this file may be a copy of the one it belongs to
                    reader.discard()
                if ended:
                    self._taken.pop(str(run), None)
        if self._taken != self.fact("journal", {}):
            self.set_fact("journal", self._taken)
        return self._last - before

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


def _closed(watch: Watch, db: sqlite_utils.Database) -> Watch:
    """Close a connection whose file has gone from its name, with the log that stayed there."""
    db.close()
    watch.clear_up()
    return watch


def _understood[T](of: Callable[[dict[str, Any]], T], rows: Iterable[dict[str, Any]]) -> Iterator[T]:
    """What rows say, without those that make no sense: they do not fit their digest, so that is told already."""
    for row in rows:
        with contextlib.suppress(ValueError, TypeError):
            yield of(row)


def _readable(text: bytes) -> str:
    return text.decode("utf-8", "backslashreplace")


def files_beside(path: Path) -> list[Path]:
    """What belongs to a session that nobody has open: SQLite's log and index, and what is left of a journal."""
    parts = (part for run in runs_beside(path) for part in segments(run))
    return [*(path.with_name(path.name + tail) for tail in ("-wal", "-shm")), *parts]


def _is_new(path: Path) -> bool:
    """Whether a session may be made here: nothing there, or an empty file that bears our suffix."""
    return not path.exists() or (path.suffix == SUFFIX and path.is_file() and path.stat().st_size == 0)


# What a file of arbitrary bytes can make of its readers: SQLite names damage in words that may be no text.
_UNFIT = (OSError, sqlite3.Error, SessionError, ValueError, TypeError, LookupError)
_INSERT = f"insert into exchanges ({', '.join(EXCHANGE)}, digest) values ({', '.join('?' * (len(EXCHANGE) + 1))})"
_PROBE_S = 0.1  # a reader that asks whether the lock is held has it for a moment; seconds


def _fields(item: Note | Input) -> dict[str, Any]:
    return {name: getattr(item, name) for name in item.__slots__}


def _integer(db: sqlite_utils.Database, sql: str) -> int:
    return int(db.execute(sql).fetchone()[0])


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _clock(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
