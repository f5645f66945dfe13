"""A sound copy of an open session, for when its file is no longer to be relied on: all that can still be read of it."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from itertools import chain, count
from pathlib import Path
from typing import Any

import sqlite_utils

from app.locking import FileLock, LockedError
from app.session.chain import SMALL
from app.session.layout import migrations
from app.session.opening import connect
from app.settings import SettingsError, sessions_dir

_SMALL = 10_000  # places looked at in a small table whose end can not be read
_STEP = 256  # exchanges read at a time


def beside(path: Path) -> Iterator[Path]:
    """Names for a copy, the best first: in the session's folder, then where sessions are kept by default."""
    for number in range(2, 100):
        yield path.with_name(f"{path.stem} ({number}){path.suffix}")
    with contextlib.suppress(SettingsError):
        folder = sessions_dir()
        names = chain([path.name], (f"{path.stem} ({number}){path.suffix}" for number in count(2)))
        yield from (folder / name for name in names)


def sound_copy(db: sqlite_utils.Database, path: Path, last: int, *, whole: bool) -> tuple[Path, FileLock]:
    """Write what an open session holds under a free name, and take that name's lock.

    `whole` says that the database is sound, so that all of it is copied; else row by row, whatever can be read of the
    exchanges up to the last number and of the rest. Raises `OSError` or `sqlite3.Error` when no place takes it.
    """
    useless: set[Path] = set()
    trouble: Exception = FileNotFoundError(2, "No such file or directory")
    for place in beside(path):
        if place.parent in useless or place.exists() or place.with_name(place.name + "-wal").exists():
            continue
        lock: FileLock | None = None
        try:
            lock = FileLock(place)
            os.close(os.open(place, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
            _fill(db, place, last, whole=whole)
        except (LockedError, FileExistsError):
            continue
        except (OSError, sqlite3.Error) as error:
            if lock is not None:
                place.unlink(missing_ok=True)
                lock.release()
            useless.add(place.parent)
            trouble = error
            continue
        return place, lock
    raise trouble


def _fill(db: sqlite_utils.Database, place: Path, last: int, *, whole: bool) -> None:
    if whole:
        db.execute("vacuum into ?", [str(place)])
        return
    copy = connect(place)
    try:
        migrations.apply(copy)
        copy.execute("pragma application_id=" + str(db.execute("pragma application_id").fetchone()[0]))
        with copy.atomic():
            for table in ("exchanges", *SMALL):
                for row in _readable(db, table, last if table == "exchanges" else _SMALL):
                    names = ", ".join(row)
                    marks = ", ".join("?" * len(row))
                    copy.execute(f"insert or replace into {table} ({names}) values ({marks})", list(row.values()))
    finally:
        copy.close()


def _readable(db: sqlite_utils.Database, table: str, bound: int) -> Iterator[dict[str, Any]]:
    """Every row that can still be read, by its place; where a stretch can not be read, each of its rows is tried."""
    try:
        last = min(bound, int(db.execute(f"select coalesce(max(rowid), 0) from {table}").fetchone()[0]))
    except sqlite3.Error:
        last = bound
    for start in range(1, last + 1, _STEP):
        try:
            yield from _between(db, table, start, start + _STEP - 1)
        except sqlite3.Error:
            for place in range(start, min(start + _STEP, last + 1)):
                with contextlib.suppress(sqlite3.Error):
                    yield from _between(db, table, place, place)


def _between(db: sqlite_utils.Database, table: str, first: int, last: int) -> list[dict[str, Any]]:
    return list(db.query(f"select * from {table} not indexed where rowid between ? and ?", (first, last)))
