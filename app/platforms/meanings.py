"""How a platform's reader of wire keys is kept quick: a site makes up few keys, and each is asked for often."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps

from app.platforms.base import Meaning

_LONGEST = 200  # characters of a key that is looked at


def remembered(read: Callable[[str], Meaning]) -> Callable[[str], Meaning]:
    """The reader with a memory; a key beyond reason means nothing, and is not kept."""
    known = lru_cache(maxsize=4096)(read)

    @wraps(read)
    def meaning(key: str) -> Meaning:
        return known(key) if len(key) <= _LONGEST else Meaning(key)

    return meaning
