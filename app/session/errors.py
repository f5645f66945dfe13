"""What can go wrong with a session file, and in which words the user hears of it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import sqlite_utils

from app.locking import LockedError
from app.session.layout import KNOWN, migrations

SQLITE_MAGIC = b"SQLite format 3\x00"
APPLICATION_ID = 0x50585052  # "PXPR": tells our files from any other program's SQLite files
_HEAD = 100  # bytes of a SQLite file's header


class SessionError(Exception):
    """A session can not be opened, read or written; the text is fit to show."""


def require_session(path: Path) -> None:
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


def require_known(path: Path, db: sqlite_utils.Database) -> None:
    """Raise `SessionError` when the file has been through migrations that this version does not have."""
    if {item.name for item in migrations.applied(db)} - KNOWN:
        raise SessionError(f"{path.name} was written by a newer Pixelpair. Open it with that version.")


def explained(path: Path, error: Exception) -> SessionError:
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
        case KeyError():
            reason = "is damaged: its tables are not laid out as they were. Go back to another copy of it."
        case _:
            reason = f"is damaged ({text}). Keep a copy; `sqlite3 {name} .recover` may bring back what it held."
    return SessionError(f"{name} {reason}")
