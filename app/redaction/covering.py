"""The mask for a secret: of its length, and the same wherever the secret stands.

With sixteen bytes or more its last four characters stay. A digest salted anew in each process stands inside, so that
two secrets can be told apart and one recognised again, but none be guessed. Of a platform's tokens the letters they all
begin with stay, so that a page's own token is not taken for one: `EAAB…q9Zx` becomes `EAA***5f0c1e****…**q9Zx`.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from functools import lru_cache

from app.redaction.layers import plain

KEPT = 16  # bytes from which on the last four characters stay
_SALT = secrets.token_bytes(16)

_MASKED = re.compile(rb"\*{1,3}|(?:EAA)?\*{3}[0-9a-f]{1,6}(?:\*+[A-Za-z0-9_.*-]{4})?|9+")
_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_NOTHING = frozenset((b"null", b"none", b"undefined", b"true", b"false", b"nan", b"_removed_"))  # the last by the pixel


def share_salt(salt: bytes | None = None) -> bytes:
    """The salt of this process's digests; given another's, masks look the same in both."""
    global _SALT
    _SALT = salt or _SALT
    return _SALT


def is_harmless(text: bytes) -> bool:
    """Whether there is nothing to hide: masked before, or a word for nothing."""
    return not text or bool(_MASKED.fullmatch(text)) or text.lower() in _NOTHING


def cover(secret: bytes) -> bytes:
    """The mask for a secret as it stands on the wire: of its length, the same for every spelling of it."""
    size, text = len(secret), plain(secret)
    if _NUMBER.fullmatch(secret):
        return b"9" * size  # a bare JSON number must stay one
    head = (b"***" + _digest(text))[:size] if size > 3 else b"*" * size
    if size < KEPT or len(text) < KEPT:
        return head.ljust(size, b"*")
    tail = re.sub(rb"[^A-Za-z0-9_.-]", b"*", text[-4:])
    if text.startswith(b"EAA"):
        head = b"EAA" + head
    return head.ljust(size - 4, b"*") + tail


@lru_cache(maxsize=1024)
def _digest(text: bytes) -> bytes:
    return hashlib.blake2b(text, key=_SALT, digest_size=3).hexdigest().encode()


def covered(text: str) -> str:
    """A header's value or a part of it, masked but for the quotes around it."""
    data = text.encode("utf-8", "surrogatepass")
    bare = data.strip(b' "')
    if is_harmless(plain(bare)):
        return text
    start = data.index(bare)
    return (data[:start] + cover(bare) + data[start + len(bare) :]).decode("utf-8", "surrogatepass")
