"""Files for the user alone: evidence shows what customers did, so nobody else on the machine may read it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkstemp
from typing import IO


@contextlib.contextmanager
def private_file(path: Path) -> Iterator[IO[str]]:
    """A text file to write, of mode 0600; only once all is written does it take the place of what was at `path`.

    Whoever stops on the way, with an error or with Ctrl+C, leaves what was there. A link leads to its file. What is no
    file (a terminal, a pipe) is written to as it is. On Windows the folder decides who may read. Raises `OSError`.
    """
    if path.exists() and not path.is_file():
        with path.open("w", encoding="utf-8") as file:
            yield file
        return
    target = path.resolve()
    descriptor, name = mkstemp(prefix=".pixelpair-", suffix=".part", dir=target.parent)  # of mode 0600
    draft = Path(name)
    try:
        with open(descriptor, "w", encoding="utf-8") as file:
            yield file
        draft.replace(target)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def keep_private(path: Path) -> None:
    """Leave an empty file of mode 0600 at `path`, for somebody who writes to it without changing that."""
    with private_file(path):
        pass
