"""A text read in all its layers and codings: what is secret in it, and what is to be written over."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from app.redaction.codings import Inlay, inlays
from app.redaction.covering import cover, is_harmless
from app.redaction.finding import secrets_in
from app.redaction.layers import LEFT_OUT, Layer, layers, plain
from app.redaction.memory import Memory
from app.redaction.shapes import Found

_NESTED = 12  # codings in one another; what lies deeper is covered
_ROOM = 16 << 20  # bytes that codings may stand for, besides four for each of the text; what is more is covered
_ESCAPED = re.compile(rb"%(?:25)*[0-9A-Fa-f]{2}")


class Edit(NamedTuple):
    """What a stretch becomes. One that `covers` hides all of it, any other only what was found in it."""

    start: int
    end: int
    text: bytes
    covers: bool = True


class _Coded(NamedTuple):
    """The texts coded in a layer, read together; not at all where there was no room for more."""

    inlays: tuple[Inlay, ...]
    reading: Reading | None


class _Level(NamedTuple):
    """One layer of a text, what shows itself to be secret in it, and what is coded in it."""

    layer: Layer
    found: tuple[Found, ...]
    coded: _Coded | None


class _Room:
    """How much may still be read of what codings stand for: a text may fold itself up without end."""

    def __init__(self, size: int) -> None:
        self._left = _ROOM + 4 * size
        self.barren: set[bytes] = set()  # words of the text that stand for nothing

    def takes(self, size: int) -> bool:
        """Whether there is room for so many bytes more; then they have taken it."""
        self._left -= size
        return self._left >= 0


class Reading:
    """A text read once in all its layers and codings. With `known_only` nothing is looked for yet."""

    def __init__(self, data: bytes, *, known_only: bool = False, depth: int = 0, room: _Room | None = None) -> None:
        self._data = data
        room = room or _Room(len(data))
        self._levels = [
            _Level(
                layer,
                () if known_only else tuple(secrets_in(layer.text)),
                _coded(layer, depth, room, known_only=known_only),
            )
            for layer in layers(data)
        ]

    def certain(self) -> Iterator[bytes]:
        """The secrets that are worth looking for elsewhere."""
        for level in self._levels:
            for found in level.found:
                if found.certain:
                    yield level.layer.text[found.start : found.end]
            if level.coded and level.coded.reading:
                yield from level.coded.reading.certain()

    def edits(self, *memories: Memory) -> list[Edit]:
        """What is to be written over, in order, none over another; each as long as what it replaces."""
        edits: list[Edit] = []
        for layer, shown, coded in self._levels:
            spans = [(found.start, found.end) for found in shown]
            for memory in memories:
                spans += memory.found(layer.text)
            for start, end in spans:
                if not is_harmless(plain(layer.text[start:end])):
                    span = layer.span(start, end)
                    edits.append(Edit(*span, cover(self._data[slice(*span)])))
            if coded:
                edits += self._coded_again(layer, coded, memories)
        return _in_order(self._data, edits)

    def _coded_again(self, layer: Layer, coded: _Coded, memories: tuple[Memory, ...]) -> Iterator[Edit]:
        below = coded.reading.edits(*memories) if coded.reading else []
        before = [inlay.text for inlay in coded.inlays]
        sizes = map(len, before)
        after = cut(applied(coded.reading._data, below), sizes) if coded.reading and below else before
        for inlay, old, new in zip(coded.inlays, before, after, strict=True):
            if coded.reading is None or not inlay.whole or (old != new and inlay.coded is None):
                span = layer.span(inlay.start, inlay.end)
                yield Edit(*span, b"*" * (span[1] - span[0]))
            elif old != new and inlay.coded:
                stretch = layer.text[inlay.start : inlay.end]
                yield _rewritten(self._data, layer, inlay.start, stretch, inlay.coded(new))


def _coded(layer: Layer, depth: int, room: _Room, *, known_only: bool) -> _Coded | None:
    """What is coded in a layer; not again what stands in the layer above as it does here."""
    found = tuple(inlay for inlay in inlays(layer.text, room.barren) if layer.is_new(inlay.start, inlay.end))
    if not found:
        return None
    texts = [inlay.text for inlay in found]
    if depth >= _NESTED or not room.takes(sum(map(len, texts))):
        return _Coded(found, None)
    return _Coded(found, Reading(LEFT_OUT.join(texts), known_only=known_only, depth=depth + 1, room=room))


def _rewritten(data: bytes, layer: Layer, at: int, old: bytes, new: bytes) -> Edit:
    """A coded stretch coded anew: on the wire the letters that changed take the places of the old ones."""
    start, end = layer.span(at, at + len(old))
    if len(old) != len(new):
        return Edit(start, end, b"*" * (end - start))
    if end - start == len(old):
        return Edit(start, end, new, covers=False)
    pieces: list[bytes] = []
    for place, (was, now) in enumerate(zip(old, new, strict=True), at):
        wire = data[slice(*layer.span(place, place + 1))]
        if was == now:
            pieces.append(wire)
        elif len(wire) == 1:
            pieces.append(bytes((now,)))
        elif _ESCAPED.fullmatch(wire):
            pieces.append(wire[:-2] + b"%02X" % now)
        else:
            return Edit(start, end, b"*" * (end - start))
    return Edit(start, end, b"".join(pieces), covers=False)


def _in_order(data: bytes, edits: list[Edit]) -> list[Edit]:
    """Edits by their place. Where two overlap, a cover goes over all of both."""
    result: list[Edit] = []
    for edit in sorted(edits, key=lambda edit: (edit.start, -edit.end)):
        last = result[-1] if result else None
        if last is None or edit.start >= last.end:
            result.append(edit)
        elif edit.end > last.end or not last.covers:
            end = max(last.end, edit.end)
            result[-1] = Edit(last.start, end, cover(data[last.start : end]))
    return result


def applied(data: bytes, edits: list[Edit]) -> bytes:
    """The text with what was found written over."""
    pieces: list[bytes] = []
    at = 0
    for start, end, text, _ in edits:
        pieces += (data[at:start], text)
        at = end
    return b"".join((*pieces, data[at:]))


def cut(whole: bytes, sizes: Iterable[int]) -> list[bytes]:
    """The texts of these sizes that `LEFT_OUT` joins."""
    parts: list[bytes] = []
    at = 0
    for size in sizes:
        parts.append(whole[at : at + size])
        at += size + len(LEFT_OUT)
    return parts
