r"""Text inside text: a form field holds JSON, which holds a URL, which holds a parameter, each escaped once more.

A layer is the same bytes with one round of escapes (`%22`, `\"`, `\u0022`, `&quot;`) taken away. Whoever finds
something in a deep layer is told by `Layer.span` where it stands on the wire, and can replace exactly its bytes. What
is not escaped but coded, character by character (base64, UTF-16), is in `app/redaction/codings.py`.

All of it takes linear time.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from collections.abc import Iterator

DEPTH = 8  # rounds of escapes taken away at most; real traffic has shown four

# One group, so that splitting gives text and escapes in turn.
_ESCAPE = re.compile(
    rb"(%[0-9A-Fa-f]{2}|\\(?:u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|[\"\\/'bfnrt])"
    rb"|&(?:#[0-9]{1,5}|#[xX][0-9A-Fa-f]{1,5}|quot|amp|lt|gt|apos);)"
)
_ENTITY = re.compile(rb"&(?:#|quot;|amp;|lt;|gt;|apos;)")
_SIMPLE = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t"}
LEFT_OUT = b"\n\xff\n"
"""Stands for what was left out; no text in UTF-8 holds it."""
_NEAR = 4_096  # bytes on either side of an escape that a layer shows; no token is longer
_CUT_FROM = 4 * _NEAR  # length of an unescaped stretch from which its inner part is left out
_REMEMBERED = 4_096  # escapes; those of ordinary traffic are a few hundred

Span = tuple[int, int]
"""Start and end, as a slice has them."""


class _Meanings(dict[bytes, bytes]):
    """What each escape stands for, worked out once."""

    def __missing__(self, escape: bytes) -> bytes:
        meaning = _meaning_of(escape)
        if len(self) < _REMEMBERED:
            self[escape] = meaning
        return meaning


_MEANINGS = _Meanings()


class Layer:
    """Bytes after some rounds of unescaping. What is far from any escape is left out: the layer above shows it."""

    __slots__ = ("_above", "_pieces", "_places", "text")

    def __init__(self, text: bytes, above: Layer | None = None, pieces: list[bytes] | None = None) -> None:
        self.text = text
        self._above = above  # the layer that this one was unescaped from
        self._pieces = pieces or []  # its text and its escapes in turn
        self._places: _Places | None = None

    def span(self, start: int, end: int) -> Span:
        """The wire's span of a span of this layer."""
        layer = self
        while layer._above is not None:
            layer._places = layer._places or _Places(layer._pieces)
            start, end = layer._places.above(start), layer._places.above(end)
            layer = layer._above
        return start, end


class _Places:
    """Where the places of a layer are in the one above it; made when somebody asks."""

    def __init__(self, pieces: list[bytes]) -> None:
        self._starts: list[int] = []  # here, of what is not as it is above: what an escape means, what was left out
        self._ends: list[int] = []
        self._above: list[Span] = []
        here = above = 0
        for number, piece in enumerate(pieces):
            if number % 2:
                self._note(here, len(_MEANINGS[piece]), above, len(piece))
                here += len(_MEANINGS[piece])
            elif len(piece) > _CUT_FROM:
                self._note(here + _NEAR, len(LEFT_OUT), above + _NEAR, len(piece) - 2 * _NEAR)
                here += 2 * _NEAR + len(LEFT_OUT)
            else:
                here += len(piece)
            above += len(piece)

    def _note(self, here: int, size: int, above: int, size_above: int) -> None:
        self._starts.append(here)
        self._ends.append(here + size)
        self._above.append((above, above + size_above))

    def above(self, place: int) -> int:
        """The place above; within an escape, where that begins."""
        last = bisect_right(self._starts, place) - 1
        if last < 0:
            return place
        start, end = self._above[last]
        return start if place < self._ends[last] else end + place - self._ends[last]


def layers(data: bytes) -> Iterator[Layer]:
    """The bytes as they are, then with one round of escapes after another taken away, until none is left."""
    layer = Layer(data)
    yield layer
    for _ in range(DEPTH):
        pieces = _pieces(layer.text)
        if pieces is None:
            return
        layer = Layer(_joined(pieces, cut=True), layer, pieces)
        yield layer


def plain(data: bytes) -> bytes:
    """The innermost text."""
    for _ in range(DEPTH):
        pieces = _pieces(data)
        if pieces is None:
            break
        data = _joined(pieces, cut=False)
    return data


def merged(spans: list[Span]) -> list[Span]:
    """Spans in order, those that overlap made one."""
    result: list[Span] = []
    for start, end in sorted(spans):
        if result and start < result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result


def _pieces(text: bytes) -> list[bytes] | None:
    """A text and its escapes in turn, beginning and ending with text; None when it has no escape."""
    if b"%" not in text and b"\\" not in text and not _ENTITY.search(text):
        return None
    pieces = _ESCAPE.split(text)
    return pieces if len(pieces) > 1 else None


def _joined(pieces: list[bytes], *, cut: bool) -> bytes:
    """The text with what its escapes mean, and with `cut` without the inner part of long stretches between them."""
    parts = pieces.copy()
    parts[1::2] = map(_MEANINGS.__getitem__, pieces[1::2])
    if cut and sum(map(len, parts)) > _CUT_FROM:
        parts[::2] = [
            piece if len(piece) <= _CUT_FROM else piece[:_NEAR] + LEFT_OUT + piece[-_NEAR:] for piece in pieces[::2]
        ]
    return b"".join(parts)


def _meaning_of(escape: bytes) -> bytes:
    if escape[:1] == b"%":
        return bytes.fromhex(escape[1:].decode())
    if escape[:1] == b"&":
        return html.unescape(escape.decode()).encode("utf-8", "surrogatepass")
    if len(escape) > 2:  # `\u0041` or `\x41`
        return chr(int(escape[2:].decode(), base=16)).encode("utf-8", "surrogatepass")
    return _SIMPLE.get(escape[1:], escape[1:])
