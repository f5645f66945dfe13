"""The process's environment, and what others get of it: all but access tokens.

Tokens are for our own sender. A browser runs strangers' scripts, and any program's environment can be read by whoever
may read its memory, so nothing that we start has them.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

TOKEN = "PIXELPAIR_TOKEN"  # noqa: S105 - a name: it, or it and an account: PIXELPAIR_TOKEN_1111111111111111

_lock = threading.Lock()


class Own(Mapping[str, str]):
    """Our own environment. Whoever reads it waits while tokens are hidden."""

    def __getitem__(self, name: str) -> str:
        with _lock:
            return os.environ[name]

    def __iter__(self) -> Iterator[str]:
        with _lock:
            return iter(list(os.environ))

    def __len__(self) -> int:
        return len(os.environ)


def without_tokens() -> dict[str, str]:
    """A copy for a program that we start."""
    return {name: value for name, value in os.environ.items() if not _is_token(name)}


@contextmanager
def tokens_hidden() -> Iterator[None]:
    """Take tokens out of our own environment while something is started that can not be given a copy."""
    with _lock:
        hidden = {name: os.environ.pop(name) for name in list(os.environ) if _is_token(name)}
        try:
            yield
        finally:
            os.environ.update(hidden)


def _is_token(name: str) -> bool:
    return name.upper().startswith(TOKEN)
