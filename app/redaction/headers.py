"""Headers whose name alone says that their value is secret, and cookies: all but the platforms' marks."""

from __future__ import annotations

import re
from enum import IntEnum
from functools import lru_cache

from app.redaction.covering import covered
from app.redaction.tokens import COOKIES_KEPT

_SECRET = re.compile(r"(?i)authorization|token|secret|passw|(?:api|access)-?key")
_VAGUE = re.compile(
    r"(?im)authentication|credential|jwt|(?:^|-)(?:auth|session|signature)(?:-|$)|subscription-key|private-key|^x-key$"
)
AUTH_SCHEME = re.compile(r"(?i)^\s*+(?:bearer|oauth|basic|digest|token)\s++")
_COOKIES_KEPT = re.compile(f"(?i){COOKIES_KEPT}")


class Privacy(IntEnum):
    """What a header's name says of its value."""

    NONE = 0
    VAGUE = 1  # masked where it stands
    SECRET = 2  # and looked for elsewhere
    COOKIE = 3
    SET_COOKIE = 4


@lru_cache(maxsize=4_096)
def privacy_of(name: str) -> Privacy:
    lowered = name.lower()
    if lowered in ("cookie", "set-cookie"):
        return Privacy.COOKIE if lowered == "cookie" else Privacy.SET_COOKIE
    if _SECRET.search(lowered):
        return Privacy.SECRET
    return Privacy.VAGUE if _VAGUE.search(lowered) else Privacy.NONE


def masked_header(name: str, value: str) -> str:
    """A header whose name alone says that its value is secret. Other secrets in it are masked already."""
    match privacy_of(name):
        case Privacy.NONE:
            return value
        case Privacy.COOKIE:
            return ";".join(map(_masked_cookie, value.split(";")))
        case Privacy.SET_COOKIE:
            cookie, semicolon, attributes = value.partition(";")
            return _masked_cookie(cookie) + semicolon + attributes
    scheme = AUTH_SCHEME.match(value)
    start = scheme.end() if scheme else 0
    return value[:start] + covered(value[start:])


def _masked_cookie(pair: str) -> str:
    name, equals, value = pair.partition("=")
    if not equals:
        return covered(name)
    return name + equals + (value if is_kept(name.strip()) else covered(value))


def is_kept(name: str) -> bool:
    """Whether a cookie of this name is a platform's mark: no secret, and evidence."""
    return _COOKIES_KEPT.fullmatch(name) is not None
