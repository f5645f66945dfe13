"""Whether the session's files are still those that were opened, and as this process left them.

SQLite goes on with the files it has open, whatever their names lead to by now: after a rename its rows go to a log
under the old name, where nobody looks. Windows lets nobody rename, move or delete an open file, so there it is simply
held.
"""

from __future__ import annotations

import contextlib
import os
import struct
import sys
from enum import Enum
from pathlib import Path

_SHARED = (0x40000002, 510)  # the bytes that SQLite locks in a file it reads: first and count


class Change(Enum):
    """What somebody else did to the session's files; the text continues a sentence that begins with its name."""

    GONE = "was renamed, moved or deleted while it was open."
    REPLACED = "was replaced by another file while it was open."
    LOG_GONE = "lost a file that belongs to it (-wal or -shm) while it was open."
    TOUCHED = "was damaged by another program while it was open."


class Watch:
    """The files of one open session. Make it once they are open, and `note` each time after writing."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._log = path.with_name(path.name + "-wal")
        self._index = path.with_name(path.name + "-shm")
        self._file = os.open(path, os.O_RDONLY) if sys.platform != "win32" else -1
        self._states: tuple[os.stat_result | None, ...] = ()
        self.note()

    def note(self) -> None:
        """Remember the files as they are now: we wrote them, or looked them over."""
        self._states = (_state(self._path), _state(self._log), _state(self._index))

    def look(self) -> Change | None:
        """What happened to the files since `note`."""
        main, log, index = self._states
        now = _state(self._path)
        if now is None:
            return Change.GONE
        if main is None or not os.path.samestat(main, now):
            return Change.REPLACED
        logged, indexed = _state(self._log), _state(self._index)
        if _lost(log, logged) or _lost(index, indexed):
            return Change.LOG_GONE
        return Change.TOUCHED if _written(main, now) or _written(log, logged) else None

    @property
    def deleted(self) -> bool:
        """Whether the open file has no name any more, so that it ends with us."""
        return self._file >= 0 and os.fstat(self._file).st_nlink == 0

    @property
    def taken(self) -> bool:
        """Whether another process has our file open, under whatever name. Known on Linux only."""
        if self._file < 0 or not sys.platform.startswith("linux"):
            return False
        import fcntl

        asked = struct.pack("@hhqqi", fcntl.F_WRLCK, os.SEEK_SET, *_SHARED, 0)
        with contextlib.suppress(OSError):
            return bool(struct.unpack("@hhqqi", fcntl.fcntl(self._file, fcntl.F_GETLK, asked))[0] != fcntl.F_UNLCK)
        return False

    def clear_up(self) -> None:
        """Remove our log and index when the file they belong to has gone from beside them."""
        for path, known in ((self._log, self._states[1]), (self._index, self._states[2])):
            now = _state(path)
            if known is not None and now is not None and os.path.samestat(known, now):
                with contextlib.suppress(OSError):
                    path.unlink()

    def close(self) -> None:
        """Let go. Only after the connection is closed: with any handle the system drops all of SQLite's locks."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def _state(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None


def _lost(before: os.stat_result | None, now: os.stat_result | None) -> bool:
    return before is not None and (now is None or not os.path.samestat(before, now))


def _written(before: os.stat_result | None, now: os.stat_result | None) -> bool:
    if before is None or now is None:
        return False
    return (before.st_size, before.st_mtime_ns) != (now.st_size, now.st_mtime_ns)
