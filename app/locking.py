"""One writer per file: an advisory lock that the operating system drops when its holder dies.

The lock lies on a small file beside the one it guards (`shop.pixelpair.lock`), because SQLite keeps locks of its own
on the session file and systems differ in how the two kinds meet.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from pathlib import Path
from typing import Self


class LockedError(OSError):
    """Somebody else, perhaps in this process, holds the lock."""


class FileLock:
    """Held from construction until `release`. Raises `LockedError` at once when it is taken, never waits."""

    def __init__(self, path: Path) -> None:
        self._path = path.with_name(path.name + ".lock")
        self._file: int | None = os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            _take(self._file)
            if not os.path.samestat(os.fstat(self._file), self._path.stat()):
                raise LockedError  # its last holder removed it between our two steps: somebody may hold another by now
        except OSError as error:
            os.close(self._file)
            self._file = None
            raise LockedError(f"{path} is in use") from error

    @classmethod
    def when_free(cls, path: Path, patience_s: float) -> Self:
        """The lock as soon as it can be had. Raises `LockedError` when somebody holds it for so many seconds."""
        deadline = time.monotonic() + patience_s
        while True:
            try:
                return cls(path)
            except LockedError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)

    @property
    def held(self) -> bool:
        """Whether the lock is still ours."""
        return self._file is not None

    def release(self) -> None:
        """Give the lock up; calling it again does nothing."""
        if self._file is None:
            return
        if sys.platform != "win32":  # there an open file can not be removed, and the leftover is harmless
            with contextlib.suppress(OSError):
                if os.path.samestat(os.fstat(self._file), self._path.stat()):  # its folder may be another by now
                    self._path.unlink()
        os.close(self._file)
        self._file = None
        if sys.platform == "win32":
            with contextlib.suppress(OSError):
                self._path.unlink()


def is_locked(path: Path) -> bool:
    """Whether somebody, perhaps in this process, holds the lock of a file. Makes no file."""
    try:
        file = os.open(path.with_name(path.name + ".lock"), os.O_RDWR)
    except OSError:
        return False
    try:
        _take(file)
    except OSError:
        return True
    finally:
        os.close(file)
    return False


if sys.platform == "win32":
    import msvcrt

    def _take(file: int) -> None:
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _take(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
