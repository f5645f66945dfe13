"""Files for the user alone: evidence shows what customers did, so nobody else on the machine may read it."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path
from typing import IO


def private_file(path: Path) -> IO[str]:
    """A text file open for writing, of mode 0600 also where there was one of another mode. Raises `OSError`.

    What is no file (a terminal, a pipe) keeps the mode it has. On Windows the folder decides.
    """
    return open(path, "w", encoding="utf-8", opener=_opened)


def _opened(path: str, flags: int) -> int:
    descriptor = os.open(path, flags, 0o600)
    if os.name == "posix" and stat.S_ISREG(os.fstat(descriptor).st_mode):
        with contextlib.suppress(PermissionError):  # somebody else's file, which we may write to
            os.fchmod(descriptor, 0o600)
    return descriptor
