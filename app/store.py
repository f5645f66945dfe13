"""A session: one SQLite file that holds what was on the wire, and little else.

Only raw exchanges, facts about the session and the user's notes are kept. Events, pairs and findings are views of the
exchanges and are made again whenever a session is opened, so that an old file gets the newer verdicts.

The file is written while capturing: write-ahead log, `synchronous=NORMAL`, one transaction a batch. What a killed
process had appended is in the file; only what it had not yet been handed is gone.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import sqlite_utils
from sqlite_utils.migrations import Migrations

from app.locking import FileLock, LockedError
from app.model import Exchange, Headers, Provenance, Request, Response

SUFFIX = ".pixelpair"
SQLITE_MAGIC = b"SQLite format 3\x00"
APPLICATION_ID = 0x50585052  # "PXPR": tells our files from any other program's SQLite files
_HEAD = 100  # bytes of a SQLite file's header
_PAGE = 500  # exchanges fetched at a time, so that reading a long session needs little memory

migrations = Migrations("pixelpair")


@migrations()
def m001_exchanges_facts_notes_inputs(db: sqlite_utils.Database) -> None:
    """The first layout. Text that is a list or a mapping is JSON; times are epoch milliseconds, UTC."""
    table = db.table
    table("exchanges").create(
        {
            "number": int,
            "provenance": str,
            "method": str,
            "url": str,
            "request_headers": str,
            "request_body": bytes,
            "request_truncated": int,
            "status": int,
            "response_headers": str,
            "response_body": bytes,
            "response_truncated": int,
            "error": str,
            "started_ms": int,
            "finished_ms": int,
            "source": str,
            "send": str,
        },
        pk="number",
    )
    table("facts").create({"name": str, "value": str}, pk="name")
    table("notes").create({"key": str, "note": str, "tags": str, "pinned": int, "changed_ms": int}, pk="key")
    table("inputs").create({"id": int, "name": str, "sha256": str, "exchanges": int, "skipped": str}, pk="id")


# Asked of an empty database, what is pending is everything this version knows.
_KNOWN = frozenset(item.name for item in migrations.pending(sqlite_utils.Database(memory=True)))


class SessionError(Exception):
    """A session can not be opened, read or written; the text is fit to show."""


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
                _require_session(path)
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
            raise _explained(path, error) from error
        return session

    @classmethod
    def _prepared(cls, path: Path, db: sqlite_utils.Database, lock: FileLock, *, new: bool) -> Self:
        if new:
            db.execute(f"pragma application_id={APPLICATION_ID}")
        else:
            _require_known(path, db)
        migrations.apply(db)
        db.enable_wal()  # last, so that the file itself shows at once what it is
        db.execute("pragma synchronous=normal")
        session = cls(path, db, lock)
        if new:
            session.set_fact("created_ms", _now_ms())
        elif not session.fact("clean", default=True):
            session.recovered = session._recover()
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
            _require_session(path)
            db = _connect(path, _way_to_read(path))
            _require_known(path, db)
            return cls(path, db, None)
        except (OSError, sqlite3.Error, SessionError) as error:
            if db is not None:
                db.close()
            raise _explained(path, error) from error

    def append(self, exchanges: Iterable[Exchange]) -> tuple[Exchange, ...]:
        """Write exchanges in one transaction: all of them or none. Secrets must have been masked already.

        Those without a number get the next ones. Returns them as written. Raises `SessionError`, for instance when
        the disk is full; the session stays usable and what was written before stays readable.
        """
        numbered, last = [], self._last
        for exchange in exchanges:
            last = exchange.number or last + 1
            numbered.append(exchange if exchange.number else replace(exchange, number=last))
        with self._writing():
            self._db.table("exchanges").insert_all(map(_row, numbered))
        self._last = max(self._last, last)
        return tuple(numbered)

    def exchanges(self) -> Iterator[Exchange]:
        """Every exchange by number. What is appended while iterating is seen too."""
        after = 0
        while rows := self._rows("select * from exchanges where number > ? order by number limit ?", after, _PAGE):
            yield from map(_exchange, rows)
            after = rows[-1]["number"]

    def exchange(self, number: int) -> Exchange | None:
        """One exchange, or None when there is none of that number."""
        rows = self._rows("select * from exchanges where number = ?", number)
        return _exchange(rows[0]) if rows else None

    @property
    def last(self) -> int:
        """The highest exchange number so far; 0 in an empty session."""
        return self._last

    def __len__(self) -> int:
        return _integer(self._db, "select count(*) from exchanges")

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
            raise _explained(self.path, error) from error

    def _rows(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        try:
            return list(self._db.query(sql, values))
        except sqlite3.Error as error:
            raise _explained(self.path, error) from error

    def _recover(self) -> str:
        """Look a file over whose last writer died, and say what is there."""
        verdict = next(iter(self._db.execute("pragma quick_check(1)").fetchone()))
        if verdict != "ok":
            raise sqlite3.DatabaseError(verdict)
        count = len(self)
        rows = self._rows("select max(coalesce(finished_ms, started_ms)) as newest from exchanges")
        until = f", the last from {_clock(rows[0]['newest'])}" if rows[0]["newest"] else ""
        return (
            f"{self.path.name} was not closed properly last time. {count:,} {'exchange' if count == 1 else 'exchanges'}"
            f" recovered{until}; at most the last second before the end is missing."
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


def _require_session(path: Path) -> None:
    """Raise `SessionError` unless the file is a session, by its first bytes alone: SQLite touches what it opens."""
    if path.is_dir():
        raise SessionError(f"{path.name} is a folder, not a session file.")
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if not head.startswith(SQLITE_MAGIC):
        raise SessionError(
            f"{path.name} is not a Pixelpair session (it is no SQLite file). It was left as it is; "
            "to read a HAR or JSON file, import it."
        )
    if int.from_bytes(head[68:72]) != APPLICATION_ID:  # SQLite's file format, 1.3
        raise SessionError(
            f"{path.name} is not a Pixelpair session (it is another program's database). It was left as it is."
        )


def _require_known(path: Path, db: sqlite_utils.Database) -> None:
    if {item.name for item in migrations.applied(db)} - _KNOWN:
        raise SessionError(f"{path.name} was written by a newer Pixelpair. Open it with that version.")


def _explained(path: Path, error: Exception) -> SessionError:
    """The error in words for the user: what happened, and what to do next."""
    name, text = path.name, str(error)
    match error:
        case SessionError():
            return error
        case LockedError():
            reason = "is open in another Pixelpair. Close it there first, or choose another file."
        case PermissionError():
            reason = "may not be read or written by you. Change its permissions, or choose another folder."
        case OSError():
            reason = f"can not be opened ({error.strerror}). Choose another file or folder."
        case sqlite3.OperationalError() if "full" in text:
            reason = "can not be written: the disk is full. What was saved so far is safe; make room to go on."
        case sqlite3.OperationalError() if "readonly" in text or "unable to open" in text:
            reason = "can not be written. Check the permissions of the file and its folder."
        case sqlite3.OperationalError():
            reason = f"can not be read or written ({text})."
        case _:
            reason = f"is damaged ({text}). Keep a copy; `sqlite3 {name} .recover` may bring back what it held."
    return SessionError(f"{name} {reason}")


def _row(exchange: Exchange) -> dict[str, Any]:
    request, response = exchange.request, exchange.response
    return {
        "number": exchange.number,
        "provenance": exchange.provenance.value,
        "method": _text(request.method),
        "url": _text(request.url),
        "request_headers": json.dumps(request.headers),
        "request_body": request.body,
        "request_truncated": int(request.truncated),
        "status": response.status if response else None,
        "response_headers": json.dumps(response.headers) if response else None,
        "response_body": response.body if response else None,
        "response_truncated": int(response.truncated) if response else None,
        "error": _text(exchange.error) if exchange.error is not None else None,
        "started_ms": exchange.started_ms,
        "finished_ms": exchange.finished_ms,
        "source": _text(exchange.source),
        "send": exchange.send,
    }


def _exchange(row: dict[str, Any]) -> Exchange:
    response = None
    if row["status"] is not None:
        response = Response(
            row["status"], _headers(row["response_headers"]), row["response_body"], bool(row["response_truncated"])
        )
    return Exchange(
        provenance=Provenance(row["provenance"]),
        request=Request(
            row["method"],
            row["url"],
            _headers(row["request_headers"]),
            row["request_body"],
            bool(row["request_truncated"]),
        ),
        response=response,
        error=row["error"],
        started_ms=row["started_ms"],
        finished_ms=row["finished_ms"],
        source=row["source"],
        send=row["send"],
        number=row["number"],
    )


def _headers(text: str) -> Headers:
    return tuple((name, value) for name, value in json.loads(text))


def _text(text: str) -> str:
    """Text as SQLite can hold it: half a surrogate pair, which some files contain, is written out as an escape."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def _fields(item: Note | Input) -> dict[str, Any]:
    return {name: getattr(item, name) for name in item.__slots__}


def _integer(db: sqlite_utils.Database, sql: str) -> int:
    return int(db.execute(sql).fetchone()[0])


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _clock(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
