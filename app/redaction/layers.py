r"""Text inside text: a form field holds JSON, which holds a URL, which holds a parameter, each escaped once more.

A layer is the same bytes with one round of escapes (`%22`, `\"`, `\u0022`, `&quot;`) taken away. Whoever finds
something in a deep layer is told by `Layer.span` where it stands on the wire, and can replace exactly its bytes. What
is not escaped but coded, character by character (base64, UTF-16), is in `app/redaction/codings.py`.

Deeper than real traffic goes, a round takes away all that one kind of escape has wrapped into itself (`%252522`): no
number of rounds is out of reach, and none costs more than another.

All of it takes linear time.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from collections.abc import Iterator
from html.entities import html5

DEPTH = 8  # rounds of escapes taken away one by one; real traffic has shown four
_DEEP = 8  # rounds after these, each of all that lies in one another

# One group, so that splitting gives text and escapes in turn.
_NAMED = "|".join(sorted(name[:-1] for name, text in html5.items() if name.endswith(";") and text.isascii()))
_PERCENT = r"(?:[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4})"
_SLASHED = r"(?:u[0-9A-Fa-f]{4}|u\{[0-9A-Fa-f]{1,8}\}|x[0-9A-Fa-f]{2}|[\"/'bfnrt])"
_ENTITY = rf"(?:#0{{0,20}}[0-9]{{1,7}}|#[xX]0{{0,20}}[0-9A-Fa-f]{{1,6}}|(?=[A-Za-z]{{2,20}};)(?:{_NAMED}|nbsp));"
_ESCAPE = re.compile(rf"(%{_PERCENT}|\\(?:\\|{_SLASHED})|&{_ENTITY})".encode())
_NESTED_ESCAPE = re.compile(
    rf"(%(?:25){{0,2000}}+{_PERCENT}|\\{{1,8000}}+{_SLASHED}|\\{{2,8000}}+|&(?:amp;){{0,2000}}+{_ENTITY})".encode()
)
_REFERENCE = re.compile(rb"&(?:#|[A-Za-z]{2,20};)")  # what may be an entity
_SIMPLE = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t"}
LEFT_OUT = b"\n\xff\n"
"""Stands for what was left out; no text in UTF-8 holds it."""
_NEAR = 4_096  # bytes on either side of an escape that a layer shows; no token is longer
_CUT_FROM = 4 * _NEAR  # length of an unescaped stretch from which its inner part is left out
_REMEMBERED = 4_096  # escapes; those of ordinary traffic are a few hundred
_SHORT = 16  # bytes of an escape that is remembered

Span = tuple[int, int]
"""Start and end, as a slice has them."""


class _Meanings(dict[bytes, bytes]):
    """What each escape stands for, worked out once."""

    def __missing__(self, escape: bytes) -> bytes:
        meaning = _meaning_of(escape)
        if len(self) < _REMEMBERED and len(escape) <= _SHORT:
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

    def is_new(self, start: int, end: int) -> bool:
        """Whether a stretch reads otherwise in the layer above, or ends otherwise; all is new at the top."""
        if self._above is None:
            return True
        self._places = self._places or _Places(self._pieces)
        return self._places.touches(start, end)


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

    def touches(self, start: int, end: int) -> bool:
        """Whether an escape was taken away within a stretch or next to it."""
        last = bisect_right(self._starts, end) - 1
        return last >= 0 and self._ends[last] >= start

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
    for depth in range(DEPTH + _DEEP):
        pieces = _pieces(layer.text, depth)
        if pieces is None:
            return
        layer = Layer(_joined(pieces, cut=True), layer, pieces)
        yield layer


def plain(data: bytes) -> bytes:
    """The innermost text."""
    for depth in range(DEPTH + _DEEP):
        pieces = _pieces(data, depth)
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


def _pieces(text: bytes, depth: int) -> list[bytes] | None:
    """A text and its escapes in turn, beginning and ending with text; None when it has no escape."""
    if b"%" not in text and b"\\" not in text and not _REFERENCE.search(text):
        return None
    pieces = (_ESCAPE if depth < DEPTH else _NESTED_ESCAPE).split(text)
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
    """What an escape stands for; one in another, what the innermost does."""
    if escape[:1] == b"&":
        named = escape[escape.rindex(b";", 0, -1) + 1 :] if escape.count(b";") > 1 else escape[1:]
        return html.unescape(f"&{named.decode()}").encode("utf-8", "surrogatepass")
    if escape[:1] == b"%":
        digits = escape[escape.rfind(b"u") + 1 :] if b"u" in escape else escape[-2:]
        return bytes.fromhex(digits.decode()) if len(digits) == 2 else _letter(digits)
    letter = escape.lstrip(b"\\") or b"\\"
    if len(letter) > 1:  # `u0041`, `u{41}` or `x41`
        return _letter(letter[1:].strip(b"{}"))
    return _SIMPLE.get(letter, letter)


def _letter(digits: bytes) -> bytes:
    number = int(digits, base=16)
    return chr(number).encode("utf-8", "surrogatepass") if number <= 0x10FFFF else b"?"
