"""Secrets known on sight: a vendor's token by how it begins, a private key by its frame, a login in an address.

And what looks like a secret without being known: long, of letters and digits mixed, and no mark of a browser or event.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import re2

from app.redaction.tokens import MARKS, TABLE

_OPTIONS = re2.Options()
_OPTIONS.encoding = re2.Options.Encoding.LATIN1
_ANY_CASE = re2.Options()
_ANY_CASE.encoding = re2.Options.Encoding.LATIN1
_ANY_CASE.case_sensitive = False


class Found(NamedTuple):
    """A secret's place in a text. One that is `certain` is worth looking for elsewhere."""

    start: int
    end: int
    certain: bool


def shaped(text: bytes) -> Iterator[Found]:
    """Every secret that its own form shows to be one."""
    for pattern in SHAPES:
        for match in pattern.finditer(text):
            start, end = match.span(1)
            if start >= 0:
                yield Found(start, end, True)
                continue
            start, end = match.span(2)
            if all(each.search(text, start, end) for each in _IS_MIXED):
                yield Found(start, end, True)
    yield from _private_keys(text)


def _by_beginning(shapes: list[str], mixed: list[str]) -> Iterator[re2._Regexp]:
    """Patterns in each of which a match can begin only where none before it can go on, so that the time is linear.

    The first group is what is a secret whatever is in it, the second what is one where it is mixed.
    """
    for before, hyphened in (("[^A-Za-z0-9_]", False), ("[^A-Za-z0-9_-]", True)):
        sure, maybe = ([each for each in some if _has_hyphen(each) == hyphened] for some in (shapes, mixed))
        never = "[^\\x00-\\xff]"
        yield re2.compile(
            f"(?:^|{before})(?:({'|'.join(sure or [never])})|({'|'.join(maybe or [never])}))".encode(), _OPTIONS
        )


def _has_hyphen(shape: str) -> bool:
    return any("-" in part.replace("A-Z", "").replace("a-z", "").replace("0-9", "") for part in shape.split("|"))


SHAPES = tuple(_by_beginning([s for each in TABLE for s in each.shapes], [s for each in TABLE for s in each.mixed]))
_IS_MIXED = (re.compile(rb"[0-9]"), re.compile(rb"[a-z]"), re.compile(rb"[A-Z]"))


_FRAME = re.compile(rb"-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----")


def _private_keys(text: bytes) -> Iterator[Found]:
    """What stands in the frame of a private key (RFC 7468), or behind its beginning where it was cut off."""
    if b"PRIVATE KEY-----" not in text:
        return
    at = 0
    for found in _FRAME.finditer(text):
        if found.start() >= at:
            end = text.find(b"-----END", found.end())
            at = end if end >= 0 else len(text)
            yield Found(found.end(), at, True)


_LOGIN = re2.compile(rb"[A-Za-z][a-z+]{1,12}://([^/?#\s\"'@<>\\]+)@", _ANY_CASE)


def logins(text: bytes) -> Iterator[Found]:
    """Name and password before an address's host."""
    if b"@" not in text:
        return
    for match in _LOGIN.finditer(text):
        start, end = match.span(1)
        colon = text.find(b":", start, end)
        if colon >= 0 and colon + 1 < end:
            yield Found(colon + 1, end, True)
        if is_opaque(text[start : colon if colon >= 0 else end]):
            yield Found(start, colon if colon >= 0 else end, True)


# --- what looks like a secret ---------------------------------------------------------------------------------------

_OPAQUE = re.compile(rb"[A-Za-z0-9_.~+/=|:!%-]{16,8192}+")
OPAQUE_RUN = re.compile(rb"(?<![A-Za-z0-9_.~+/-])[A-Za-z0-9_.~+/-]{16,8192}+")
_SEGMENT = re.compile(rb"[A-Za-z0-9]{12,}+")
_DIGIT, _LETTER = re.compile(rb"[0-9]"), re.compile(rb"[A-Za-z]")
# Marks that are no secrets: a UUID, a SHA-256 hash, the platforms' identifiers, an address.
_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_ID = re.compile(rf"(?i){_UUID}|\A[0-9a-f]{{64}}\Z|\A(?:{'|'.join(MARKS)})|://".encode())
_HEX_OR_UUID = re.compile(rf"(?i){_UUID}|[0-9a-f]{{64}}".encode())


def is_hashlike(value: bytes) -> bool:
    """Whether a value may be a SHA-256 hash as well."""
    return _HASHLIKE.fullmatch(value) is not None


def is_id_or_opaque(value: bytes) -> bool:
    """The same as `is_opaque` for what stands where only a token does: it may be a UUID or look like a hash, too."""
    mixed = _DIGIT.search(value) and _LETTER.search(value)
    return is_opaque(value) or bool(mixed and _HEX_OR_UUID.fullmatch(value))


_HASHLIKE = re.compile(rb"[0-9A-Fa-f]{64}")


def is_opaque(value: bytes) -> bool:
    """Whether a value looks like a token: long, of letters and digits mixed, and none of the usual marks."""
    return bool(
        _OPAQUE.fullmatch(value)
        and any(_DIGIT.search(part) and _LETTER.search(part) for part in _SEGMENT.findall(value))
        and not _ID.search(value)
    )
