"""A session: one SQLite file that holds what was on the wire, and little else.

Only raw exchanges, facts about the session and the user's notes are kept. Events, pairs and findings are views of the
exchanges and are made again whenever a session is opened, so that an old file gets the newer verdicts.

The file is written while capturing: write-ahead log, `synchronous=NORMAL`, one transaction a batch. What a killed
process had appended is in the file; what it had only been handed is in the journal (`app.session.journal`), which is
taken in when the session is opened.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

import sqlite_utils
from msgspec.structs import replace

from app.locking import FileLock, is_locked
from app.model import Exchange
from app.session.errors import APPLICATION_ID, SQLITE_MAGIC, SessionError, explained, require_known, require_session
from app.session.journal import JournalReader, left_behind, runs_beside
from app.session.layout import exchange_of, migrations, row_of

__all__ = ["APPLICATION_ID", "SQLITE_MAGIC", "SUFFIX", "Input", "Note", "Session", "SessionError", "Skipped"]

SUFFIX = ".pixelpair"
_PAGE = 500  # exchanges fetched at a time, so that reading a long session needs little memory


@dataclass(frozen=True, slots=True)
class Note:
    """What the user wrote about a group or an event. `key` is a group's or event's ID; `changed_ms` is UTC."""

    key: str
    note: str = ""
    tags: tuple[str, ...] = ()
    pinned: bool = False
    changed_ms: int = 0


@dataclass(frozen=True, slots=True)
class Skipped:
    """A part of an input that could not be read: its place, counted from 0, and why."""

    index: int
    reason: str


@dataclass(frozen=True, slots=True)
class Input:
    """A file that was read into the session, as the report names it."""

    name: str
    sha256: str
    exchanges: int
    skipped: tuple[Skipped, ...] = ()


class Session:
    """An open session file. Every call must come from one thread at a time; the inspector's worker is the usual one.

    `recovered` is a sentence for the reader when the last writer died before it could close the file, else None.
    """

    def __init__(self, path: Path, db: sqlite_utils.Database, lock: FileLock | None) -> None:
        """Use `Session.open` or `Session.read` instead."""
        self.path = path
        self.recovered: str | None = None
        self._db = db
        self._lock = lock
        self._last = _integer(db, "select coalesce(max(number), 0) from exchanges")
        self._taken: dict[str, int] = self.fact("journal", {})
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
            lock = FileLock(path)
            if new:
                os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            db = _connect(path)
            session = cls._prepared(path, db, lock, new=new)
        except (OSError, sqlite3.Error, SessionError) as error:
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
        migrations.apply(db)
        db.enable_wal()  # last, so that the file itself shows at once what it is
        db.execute("pragma synchronous=normal")
        session = cls(path, db, lock)
        if new:
            session.set_fact("created_ms", _now_ms())
        clean = session.fact("clean", default=True)
        if not clean:
            session._require_sound()
        left = session._take_in_the_left()
        if left or not clean:
            session.recovered = session._recovered(left)
        session.set_fact("clean", False)
        return session

    @classmethod
    def read(cls, path: Path) -> Self:
        """Open a session for reading only; nothing in the file changes, and a writer may be at work meanwhile.

        Raises `SessionError` when there is no such file or it is not a session.
        """
        db: sqlite_utils.Database | None = None
        try:
            if _is_new(path):
                raise SessionError(f"{path.name} does not exist or is empty. Check the name.")
            require_session(path)
            db = _connect(path, _way_to_read(path))
            require_known(path, db)
            session = cls(path, db, None)
            if not is_locked(path):  # a writer that lives takes the journal in by itself
                session._read_the_left()
            return session
        except (OSError, sqlite3.Error, SessionError) as error:
            if db is not None:
                db.close()
            raise explained(path, error) from error

    def append(
        self, exchanges: Iterable[Exchange], taken: Mapping[Path, int] = MappingProxyType({})
    ) -> tuple[Exchange, ...]:
        """Write exchanges in one transaction: all of them or none. Secrets must have been masked already.

        Those without a number get the next ones. `taken` are runs of the journal with the number of the last exchange
        taken from each, these among them. Returns them as written. Raises `SessionError`, for instance when the disk
        is full; the session stays usable and what was written before stays readable.
        """
        numbered, last = [], self._last
        for exchange in exchanges:
            last = exchange.number or last + 1
            numbered.append(exchange if exchange.number else replace(exchange, number=last))
        with self._writing():
            self._db.table("exchanges").insert_all(map(row_of, numbered))
            if taken:
                marks = self._taken | {str(run): sequence for run, sequence in taken.items()}
                self._db.table("facts").upsert({"name": "journal", "value": json.dumps(marks)}, pk="name")
        if taken:
            self._taken = marks
        self._last = max(self._last, last)
        return tuple(numbered)

    def exchanges(self) -> Iterator[Exchange]:
        """Every exchange by number. What is appended while iterating is seen too."""
        after = 0
        while rows := self._rows("select * from exchanges where number > ? order by number limit ?", after, _PAGE):
            yield from map(self._exchange, rows)
            after = rows[-1]["number"]
        yield from self._journaled

    def exchange(self, number: int) -> Exchange | None:
        """One exchange, or None when there is none of that number."""
        rows = self._rows("select * from exchanges where number = ?", number)
        if not rows:
            return next((item for item in self._journaled if item.number == number), None)
        return self._exchange(rows[0])

    def _exchange(self, row: dict[str, Any]) -> Exchange:
        try:
            return exchange_of(row)
        except (ValueError, TypeError) as error:
            damage = sqlite3.DatabaseError(f"exchange {row['number']} can not be read: {error}")
            raise explained(self.path, damage) from error

    @property
    def last(self) -> int:
        """The highest exchange number so far; 0 in an empty session."""
        return self._last

    def __len__(self) -> int:
        return _integer(self._db, "select count(*) from exchanges") + len(self._journaled)

    def fact(self, name: str, default: Any = None) -> Any:
        """A fact about the session (created, app version, mode…) as it was set."""
        rows = self._rows("select value from facts where name = ?", name)
        return json.loads(rows[0]["value"]) if rows else default

    def set_fact(self, name: str, value: Any) -> None:
        """Keep a fact; anything JSON can hold. Raises `SessionError` when it can not be written."""
        with self._writing():
            self._db.table("facts").upsert({"name": name, "value": json.dumps(value)}, pk="name")

    def notes(self) -> tuple[Note, ...]:
        """All notes, tags and pins, oldest change first."""
        rows = self._rows("select * from notes order by changed_ms, key")
        return tuple(
            Note(row["key"], row["note"], tuple(json.loads(row["tags"])), bool(row["pinned"]), row["changed_ms"])
            for row in rows
        )

    def set_note(self, note: Note) -> None:
        """Keep a note in place of the one with the same key. Raises `SessionError` when it can not be written."""
        row = {**_fields(note), "tags": json.dumps(note.tags), "pinned": int(note.pinned)}
        with self._writing():
            self._db.table("notes").upsert(row, pk="key")

    def inputs(self) -> tuple[Input, ...]:
        """The files read into this session, in that order."""
        return tuple(
            Input(
                row["name"],
                row["sha256"],
                row["exchanges"],
                tuple(Skipped(*item) for item in json.loads(row["skipped"])),
            )
            for row in self._rows("select * from inputs order by id")
        )

    def add_input(self, item: Input) -> None:
        """Remember a file that was read into this session. Raises `SessionError` when it can not be written."""
        skipped = json.dumps([(part.index, part.reason) for part in item.skipped])
        with self._writing():
            self._db.table("inputs").insert({**_fields(item), "skipped": skipped})

    def copy_to(self, path: Path) -> None:
        """Write the session as it stands to another file, whole or not at all. Raises `SessionError`."""
        draft = path.with_name(path.name + ".part")
        try:
            draft.unlink(missing_ok=True)
            self._db.execute("vacuum into ?", [str(draft)])
            with contextlib.closing(sqlite3.connect(draft)) as copy:
                copy.execute("pragma journal_mode=wal")
            draft.chmod(0o600)
            draft.replace(path)
        except (OSError, sqlite3.Error) as error:
            draft.unlink(missing_ok=True)
            raise explained(path, error) from error

    def close(self) -> None:
        """Close the file cleanly; calling it again does nothing."""
        if self._lock is not None and self._lock.held:
            with contextlib.suppress(SessionError):  # a full disk: it will be found unclean, which is true
                self.set_fact("clean", True)
        self._db.close()
        if self._lock is not None:
            self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            with self._db.atomic():
                yield
        except sqlite3.Error as error:
            raise explained(self.path, error) from error

    def _rows(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        try:
            return list(self._db.query(sql, values))
        except sqlite3.Error as error:
            raise explained(self.path, error) from error

    def _take_in_the_left(self) -> int:
        """Take in what killed processes left in the journal; how many exchanges that was."""
        before = self._last
        for run in dict.fromkeys((*runs_beside(self.path), *map(Path, self._taken))):
            with left_behind(run, self._taken.get(str(run), 0)) as (reader, ended):
                while exchanges := reader.read(ended=ended):
                    self.append(exchanges, {run: reader.taken})
                if ended:
                    reader.discard()
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


def _connect(path: Path, way: str = "mode=rw") -> sqlite_utils.Database:
    # The worker that uses the connection is often not the thread that opened it; it has one owner all the same.
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?{way}", uri=True, check_same_thread=False)
    return sqlite_utils.Database(connection, execute_plugins=False)


def _way_to_read(path: Path) -> str:
    """A file that nobody writes is read as it lies, which leaves no files beside it and works in a read-only folder."""
    log = path.with_name(path.name + "-wal")
    return "mode=ro" if log.exists() and log.stat().st_size else "mode=ro&immutable=1"


def _is_new(path: Path) -> bool:
    """Whether a session may be made here: nothing there, or an empty file that bears our suffix."""
    return not path.exists() or (path.suffix == SUFFIX and path.is_file() and path.stat().st_size == 0)


def _fields(item: Note | Input) -> dict[str, Any]:
    return {name: getattr(item, name) for name in item.__slots__}


def _integer(db: sqlite_utils.Database, sql: str) -> int:
    return int(db.execute(sql).fetchone()[0])


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _clock(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
