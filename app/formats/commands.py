"""cURL commands in a file: a backend's examples, a ticket's attachment, "Copy as cURL" from a browser's tools."""

from __future__ import annotations

import re

from app.formats.errors import FormatError
from app.model import Exchange, Provenance
from app.pasting import PasteError, request_of
from app.store import Skipped

_START = re.compile(r"^[ \t]*(?:\$ ?)?curl(?:\.exe)?(?=[ \t\\])", re.MULTILINE)
_HEAD = 65_536  # characters in which the first command has begun
_COMMENT = re.compile(r"^[ \t]*#.*$", re.MULTILINE)


def looks_like(text: str) -> bool:
    """Whether the text's first word that is no comment is a cURL command."""
    return bool(_START.match(_COMMENT.sub("", text[:_HEAD]).lstrip()))


def read(text: str, name: str) -> tuple[tuple[Exchange, ...], tuple[Skipped, ...]]:
    """The requests that the commands would send, and the commands that are of no use, by their place from 0.

    Raises `FormatError` when none is of any use.
    """
    starts = [found.start() for found in _START.finditer(text)]
    exchanges: list[Exchange] = []
    skipped: list[Skipped] = []
    for index, (start, end) in enumerate(zip(starts, [*starts[1:], len(text)], strict=True)):
        command = _COMMENT.sub("", text[start:end]).strip().replace("curl.exe", "curl", 1)
        try:
            exchanges.append(Exchange(Provenance.IMPORTED, request_of(command), source=name))
        except PasteError as error:
            skipped.append(Skipped(index, str(error)))
    if not exchanges:
        raise FormatError(f"{name} holds no cURL command Pixelpair can read ({skipped[0].reason})")
    return tuple(exchanges), tuple(skipped)
