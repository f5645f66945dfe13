r"""Text inside text: a form field holds JSON, which holds a URL, which holds a parameter, each escaped once more.

A layer is the same bytes with one round of escapes (`%22`, `\"`, `\u0022`) taken away, together with the place every
byte came from. Whoever finds something in a deep layer can so replace exactly its bytes on the wire.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass

DEPTH = 6  # rounds of escapes taken away at most; real traffic has shown four

_ESCAPE = re.compile(rb"%([0-9A-Fa-f]{2})|\\u([0-9A-Fa-f]{4})|\\([\"\\/'bfnrt])")
_SIMPLE = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t"}

Span = tuple[int, int]
"""Start and end, as a slice has them."""


@dataclass(frozen=True, slots=True)
class Layer:
    """Bytes after some rounds of unescaping. `places[i]` is where byte `i` began on the wire; None: right there."""

    text: bytes
    places: array[int] | None = None

    def span(self, start: int, end: int) -> Span:
        """The wire's span of a span of this layer."""
        if self.places is None:
            return start, end
        return self.places[start], self.places[end]


def layers(data: bytes) -> Iterator[Layer]:
    """The bytes as they are, then with one round of escapes after another taken away, until none is left."""
    layer = Layer(data)
    yield layer
    for _ in range(DEPTH):
        if b"%" not in layer.text and b"\\" not in layer.text:
            return
        following = _unescaped(layer)
        if following is None:
            return
        layer = following
        yield layer


def plain(data: bytes) -> bytes:
    """The innermost text."""
    for _ in range(DEPTH):
        following = _ESCAPE.sub(_meaning_of, data)
        if following == data:
            break
        data = following
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


def _unescaped(layer: Layer) -> Layer | None:
    found = list(_ESCAPE.finditer(layer.text))
    if not found:
        return None
    old = layer.places or array("q", range(len(layer.text) + 1))
    pieces: list[bytes] = []
    places = array("q")
    at = 0
    for escape in found:
        meaning = _meaning_of(escape)
        pieces += (layer.text[at : escape.start()], meaning)
        places.extend(old[at : escape.start()])
        places.extend([old[escape.start()]] * len(meaning))
        at = escape.end()
    pieces.append(layer.text[at:])
    places.extend(old[at:])
    return Layer(b"".join(pieces), places)


def _meaning_of(escape: re.Match[bytes]) -> bytes:
    percent, unicode, simple = escape.groups()
    if percent is not None:
        return bytes.fromhex(percent.decode())
    if unicode is not None:
        return chr(int(unicode, 16)).encode("utf-8", "surrogatepass")
    return _SIMPLE.get(simple, simple)
