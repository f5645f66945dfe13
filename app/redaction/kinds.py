"""What the name of a parameter, a header or a member says of its value: a secret or not, and how sure that is."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from app.redaction.shapes import is_hashlike, is_opaque
from app.redaction.tokens import CERTAIN, TELLING, VAGUE, folded

_SCHEMES = frozenset(("bearer", "oauth", "basic", "token"))
_ALONE = frozenset((*VAGUE, "key", "auth", "oauth", "bearer", "jwt", "credential", "credentials", "basic"))
_COOKIES = frozenset(("cookie", "cookies", "setcookie", "cookieheader", "cookiestring", "httpcookie"))
# What programmers hang on a name: `access_token_v2`, `accessToken.value`.
_TRAILING = re.compile(
    r"(?:v?\d{1,3}|value|val|string|str|text|raw|plain|current|old|new|prod|live|test|default){1,3}\Z"
)
_PARTS = re.compile(rb"[_.-]+|(?<=[a-z0-9])(?=[A-Z])")
_CERTAIN_ENDS = tuple({name.rstrip("s") for name in CERTAIN})


class Kind(NamedTuple):
    """How sure a name is that its value is a secret."""

    certain: bool  # the value is one whatever it looks like, and may be looked for elsewhere
    any_value: bool = True
    least: int = 1  # bytes that a value has at least
    scheme: bool = False  # the name is an authentication scheme's
    alone: bool = False  # the name is a plain word, as in a sentence
    plural: bool = False
    cookies: bool = False  # the value is a browser's cookies

    def takes(self, value: bytes) -> bool:
        """Whether a value is a secret under such a name."""
        if self.any_value:
            return len(value) >= self.least
        return is_opaque(value) or (self.certain and is_hashlike(value))

    def opaque(self) -> Kind:
        """The same where only what looks like a secret is one."""
        return self._replace(any_value=False)

    def quoted(self) -> Kind:
        """The same for a value in quotes: no code, whatever it looks like."""
        return self._replace(least=1)

    def unquoted(self) -> Kind:
        """The same for what stands behind a colon without quotes, which in scripts is code."""
        return self._replace(any_value=self.any_value and self.certain, least=4)


@lru_cache(maxsize=4_096)
def kind_of(name: bytes) -> Kind | None:
    """What a name says of its value; None for one that says nothing."""
    whole = folded(name)
    last = folded(name.rpartition(b".")[2]) or whole
    bare = _TRAILING.sub("", whole.rstrip("s")) or whole
    plural = last.endswith("s")
    if last in _COOKIES:
        return Kind(False, any_value=False, cookies=True)
    if whole.rstrip("s").endswith(_CERTAIN_ENDS) or bare.endswith(_CERTAIN_ENDS):
        return Kind(True, plural=plural, alone=True)
    if last in VAGUE or bare in VAGUE:
        return Kind(False, scheme=last in _SCHEMES, alone=last in _ALONE)
    if _PARTS.split(name.rstrip(b"0123456789"))[-1].lower() in (b"pass", b"passes"):
        return Kind(False, least=4)
    if last in TELLING or last == "basic" or last.rstrip("s").endswith(("token", "secret", "auth")):
        certain = last.rstrip("s") in ("token", "secret", "auth", "credential", "bearer", "jwt")
        return Kind(certain, any_value=False, scheme=last in _SCHEMES, alone=last in _ALONE, plural=plural)
    return None


def is_certain(name: bytes) -> bool:
    """Whether a name is that of a secret and of nothing else."""
    kind = kind_of(name)
    return kind is not None and kind.certain and kind.any_value
