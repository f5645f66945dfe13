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
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

import sqlite_utils
from msgspec.structs import replace

from app.locking import FileLock, is_locked
from app.model import Exchange
from app.session.chain import EXCHANGE, SMALL, Chain, Integrity, Soundness, row_digest
from app.session.contents import Contents, integer
from app.session.errors import APPLICATION_ID, SQLITE_MAGIC, SessionError, explained, require_known, require_session
from app.session.journal import left_behind, runs_beside, segments
from app.session.layout import m003_digests, migrations, row_of, seal, write_fact
from app.session.opening import connect, require_plain, way_to_read
from app.session.records import Input, Note, Skipped
from app.session.rescue import sound_copy
from app.session.rewriting import rewrite
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


def _unheard(_: object) -> None:
    """Nobody wants to hear it."""


class Session(Contents):
    """An open session file. Every call must come from one thread at a time; the inspector's worker is the usual one.

    `on_notice` gets a sentence when the file had to be left, and `on_moved` the path of the one that recording goes on
    in; both are called from whoever calls.
    """

    def __init__(self, path: Path, db: sqlite_utils.Database, lock: FileLock | None) -> None:
        """Use `Session.open` or `Session.read` instead."""
        super().__init__(path, db, reading=lock is None)
        self.on_notice: Callable[[str], None] = _unheard
        self.on_moved: Callable[[Path], None] = _unheard
        self._lock = lock
        self._watch: Watch | None = None

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
        old = any(item.name == m003_digests.__name__ for item in migrations.pending(db))
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

    def rewrite(self, exchanges: Iterable[Exchange]) -> None:
        """Write exchanges over those of the same number: what stood there is wiped. Raises `SessionError`."""
        rows = {exchange.number: row_of(exchange) for exchange in exchanges}
        if not rows:
            return
        with self._writing():
            self._db.execute("pragma secure_delete=on")
            heads = rewrite(self._db, rows)
            head = heads[max(heads)] if heads else self._head
            seal(self._db, self._count, head)
        self._db.execute("pragma wal_checkpoint(truncate)")  # the pages as they were are in the log until then
        last, count, sealed = self._sealed
        self._head, self._sealed = head, (last, count, heads.get(last, sealed))

    def set_fact(self, name: str, value: Any) -> None:
        """Keep a fact; anything JSON can hold. Raises `SessionError` when it can not be written."""
        with self._writing():
            write_fact(self._db, name, json.dumps(value))
            seal(self._db, self._count, self._head)
        self._facts[name] = json.loads(json.dumps(value))

    def set_note(self, note: Note) -> None:
        """Keep a note in place of the one with the same key. Raises `SessionError` when it can not be written."""
        row = {**_fields(note, "notes"), "tags": json.dumps(note.tags), "pinned": int(note.pinned)}
        with self._writing():
            self._db.table("notes").upsert({**row, "digest": row_digest(row, SMALL["notes"])}, pk="key")
            seal(self._db, self._count, self._head)

    def add_input(self, item: Input) -> None:
        """Remember a file that was read into this session. Raises `SessionError` when it can not be written."""
        skipped = json.dumps([(part.index, part.reason) for part in item.skipped])
        with self._writing():
            place = integer(self._db, "select coalesce(max(id), 0) + 1 from inputs")
            row = {**_fields(item, "inputs"), "id": place, "skipped": skipped}
            self._db.table("inputs").insert({**row, "digest": row_digest(row, SMALL["inputs"])})
            seal(self._db, self._count, self._head)

    def copy_to(self, path: Path) -> None:
        """Write the session as it stands to another file, whole or not at all. Raises `SessionError`."""
        self.attend()
        draft = path.with_name(path.name + ".part")
        try:
            draft.unlink(missing_ok=True)
            os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))  # before anything is in it
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


_UNFIT = (OSError, sqlite3.Error, SessionError, ValueError, TypeError, LookupError)
_INSERT = f"insert into exchanges ({', '.join(EXCHANGE)}, digest) values ({', '.join('?' * (len(EXCHANGE) + 1))})"
_PROBE_S = 0.1  # a reader that asks whether the lock is held has it for a moment; seconds


def _closed(watch: Watch, db: sqlite_utils.Database) -> Watch:
    """Close a connection whose file has gone from its name, with the log that stayed there."""
    db.close()
    watch.clear_up()
    return watch


def files_beside(path: Path) -> list[Path]:
    """What belongs to a session that nobody has open: SQLite's log and index, and what is left of a journal."""
    parts = (part for run in runs_beside(path) for part in segments(run))
    return [*(path.with_name(path.name + tail) for tail in ("-wal", "-shm")), *parts]


def _is_new(path: Path) -> bool:
    """Whether a session may be made here: nothing there, or an empty file that bears our suffix."""
    return not path.exists() or (path.suffix == SUFFIX and path.is_file() and path.stat().st_size == 0)


def _fields(item: Note | Input, table: str) -> dict[str, Any]:
    return {name: getattr(item, name) for name in SMALL[table] if name != "id"}


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
