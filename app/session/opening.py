"""Opening a session's database: nothing in the file may run, and what is not laid out as ours is refused.

Triggers and views are disabled, functions in the schema are not trusted, and the four tables must be plain tables with
our columns: a file is data, whoever made it.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

import sqlite_utils

from app.session.errors import SessionError
from app.session.layout import TABLES

_ALLOWED = {
    sqlite3.SQLITE_DBCONFIG_ENABLE_TRIGGER: False,
    sqlite3.SQLITE_DBCONFIG_ENABLE_VIEW: False,
    sqlite3.SQLITE_DBCONFIG_TRUSTED_SCHEMA: False,
    sqlite3.SQLITE_DBCONFIG_DEFENSIVE: True,
}


_WORDS = {"view": "a view", "virtual": "a virtual table", "shadow": "a shadow table", "table": "laid out otherwise"}


def connect(path: Path, way: str = "mode=rw") -> sqlite_utils.Database:
    """Open a database file in which nothing may run."""
    # The worker that uses the connection is often not the thread that opened it; it has one owner all the same.
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?{way}", uri=True, check_same_thread=False)
    for option, value in _ALLOWED.items():
        connection.setconfig(option, value)
    connection.execute("pragma cell_size_check=on")
    return sqlite_utils.Database(connection, execute_plugins=False)


def way_to_read(path: Path) -> str:
    """A file that nobody writes is read as it lies, which leaves no files beside it and works in a read-only folder."""
    log = path.with_name(path.name + "-wal")
    return "mode=ro" if log.exists() and log.stat().st_size else "mode=ro&immutable=1"


def require_plain(path: Path, db: sqlite_utils.Database) -> None:
    """Raise `SessionError` unless the tables are tables, with the columns of this version or of an earlier one."""
    kinds = {name: (kind, without) for _, name, kind, _, without, _ in db.execute("pragma main.table_list")}
    for table, versions in TABLES.items():
        kind, without = kinds.get(table, ("missing", 0))
        if kind != "table" or without:
            raise SessionError(
                f"{path.name} is not a session that Pixelpair wrote: in it {table} is {_WORDS.get(kind, kind)}. It was "
                "left as it is; get the file anew from where it was recorded."
            )
        columns = db.execute(f"pragma table_xinfo({table})").fetchall()
        if tuple((row[1], row[2], row[5], row[6]) for row in columns) not in versions:
            raise SessionError(
                f"{path.name} is damaged, or is not a session that Pixelpair wrote: {table} in it has other columns. "
                "It was left as it is; get the file anew from where it was recorded."
            )
