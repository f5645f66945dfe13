"""Compressed bytes, whether or not anybody says that they are: what is in them, and where they end.

Members may follow one another, as gzip allows, and what follows the last is read as it is. A part of a body may be
compressed by itself. Of what would fill the memory no more than `LARGEST` comes out.
"""

from __future__ import annotations

import bz2
import lzma
import re
import zlib
from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol

import brotli
import zstandard

LARGEST = 16 << 20  # bytes that come out of a compressed body at most
_PACKINGS = 3  # one in another
_FIRST = 512  # bytes read at first; each time twice as many, so that a short member in a long body costs little
_HEAD = 1_000  # bytes that tell whether something is text
_SHORTEST = 10
_BLOCK = 512  # bytes of Zstandard at a time: a block of four may stand for 128 KB
_ERRORS = (zlib.error, zstandard.ZstdError, brotli.error, lzma.LZMAError, OSError, EOFError, ValueError)

_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_WIDE = re.compile(rb"(?:[\x01-\xff]\x00\x00\x00){8,}+[\x01-\xff]?|(?:[\x01-\xff]\x00){8,}+[\x01-\xff]?")
_WITHIN = re.compile(rb"\x1f\x8b\x08[\x00-\x1f]|\x28\xb5\x2f\xfd|BZh[1-9]1AY&SY|\xfd7zXZ\x00|\r\n\r\n")


class Unpacked(NamedTuple):
    """What was in compressed bytes. Unless it is `whole` there is more than anybody looks through."""

    text: bytes
    whole: bool


class Stretch(NamedTuple):
    """A compressed part of a body."""

    start: int
    end: int
    inner: Unpacked


def unpacked(body: bytes) -> Unpacked | None:
    """The text in a body that is compressed in a way that its head need not name; None when it is no such body."""
    found, whole = None, True
    for _ in range(_PACKINGS):
        inner = _unpacked_once(body)
        if inner is None:
            break
        whole = whole and inner.whole
        body = inner.text
        found = Unpacked(body, whole)
    return found


def packed_in(text: bytes) -> Iterator[Stretch]:
    """Every compressed stretch behind a known beginning, and every part of a multipart body that is compressed."""
    return _stretches(text) if _WITHIN.search(text) else iter(())


def _stretches(text: bytes) -> Iterator[Stretch]:
    done, room = 0, LARGEST
    for found in _WITHIN.finditer(text):
        start = found.start()
        if start < done:
            continue
        if found[0] == b"\r\n\r\n":
            start = found.end()
            end = text.find(b"\r\n--", start)
            done = end if end >= 0 else len(text)
            inner = unpacked(text[start:done]) if not _is_plain(text, start) else None
            if inner is None:
                done = start
                continue
        elif member := _member(text, start, room):
            end = done = member.end
            deeper = unpacked(member.text)
            inner = Unpacked(deeper.text if deeper else member.text, member.whole and (not deeper or deeper.whole))
        else:
            continue
        room -= len(inner.text)
        yield Stretch(start, done, inner)


def is_text(data: bytes) -> bool:
    """Whether bytes are text, wide or not: what is random is none."""
    if b"\0" not in data and _CONTROL.search(data):
        return False
    if not data.isascii():
        try:
            data.decode("utf-8")
        except UnicodeDecodeError:
            cut = data[:-3]  # a word may end within a letter
            if len(cut) < 24 or _cut_short(data) is None:
                return _WIDE.match(data) is not None
    return not _CONTROL.search(data) or _WIDE.search(data) is not None


def is_marked(data: bytes, start: int = 0) -> bool:
    """Whether a compressed member begins here, as far as its first bytes say."""
    return _marked(data, start) is not None


def _cut_short(data: bytes) -> str | None:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        return data[: error.start].decode("utf-8") if error.start >= len(data) - 3 else None


def _is_plain(data: bytes, start: int = 0) -> bool:
    head = data[start : start + _HEAD]
    return _cut_short(head) is not None and not _CONTROL.search(head)


def _unpacked_once(body: bytes) -> Unpacked | None:
    if len(body) < _SHORTEST or _is_plain(body):
        return None
    texts: list[bytes] = []
    at, whole, room = 0, True, LARGEST
    while at < len(body) and whole and (member := _member(body, at, room)):
        texts.append(member.text)
        room -= len(member.text)
        at, whole = member.end, member.whole
    if not texts and (member := _unmarked(body)):
        texts.append(member.text)
        at, whole = member.end, member.whole
    if whole:
        texts.append(body[at:])
    text = b"".join(texts)
    return Unpacked(text, whole) if at and text and (is_text(text[:_HEAD]) or is_marked(text)) else None


# --- one member ------------------------------------------------------------------------------------------------------


class _Undo(Protocol):
    """What undoes one member of a compressed body, as `bz2.BZ2Decompressor` does."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


class _Zstd:
    def __init__(self) -> None:
        self._inner = zstandard.ZstdDecompressor().decompressobj()
        self.unused_data = b""

    @property
    def eof(self) -> bool:
        return self._inner.eof

    def decompress(self, data: bytes, most: int, /) -> bytes:
        pieces, size, at = list[bytes](), 0, 0
        while at < len(data) and not self.eof and size < most:
            pieces.append(self._inner.decompress(data[at : at + _BLOCK]))
            at += _BLOCK
            size += len(pieces[-1])
        self.unused_data = self._inner.unused_data + data[at:]
        return b"".join(pieces)


class _Brotli:
    unused_data = b""

    def __init__(self) -> None:
        self._inner = brotli.Decompressor()

    @property
    def eof(self) -> bool:
        return bool(self._inner.is_finished())

    def decompress(self, data: bytes, most: int, /) -> bytes:
        return bytes(self._inner.process(data, output_buffer_limit=most))


_MARKS: dict[bytes, Callable[[], _Undo]] = {
    b"\x1f\x8b": lambda: zlib.decompressobj(zlib.MAX_WBITS | 16),
    b"\x28\xb5\x2f\xfd": _Zstd,
    b"BZh": bz2.BZ2Decompressor,
    b"\xfd7zXZ": lambda: lzma.LZMADecompressor(memlimit=64 << 20),
}
_UNMARKED: tuple[Callable[[], _Undo], ...] = (lambda: zlib.decompressobj(-zlib.MAX_WBITS), _Brotli)


class _Member(NamedTuple):
    text: bytes
    end: int
    whole: bool


def _marked(body: bytes, start: int) -> Callable[[], _Undo] | None:
    """What undoes the member that begins here. zlib's head (RFC 1950) has a check, whatever window it names."""
    for mark, undo in _MARKS.items():
        if body.startswith(mark, start):
            return undo
    head = body[start : start + 2]
    zlibs = len(head) == 2 and head[0] & 0x8F == 8 and not head[1] & 0x20 and int.from_bytes(head) % 31 == 0
    return zlib.decompressobj if zlibs else None


def _member(body: bytes, start: int, room: int) -> _Member | None:
    undo = _marked(body, start)
    return _undone(undo(), body, start, room) if undo else None


def _unmarked(body: bytes) -> _Member | None:
    for undo in _UNMARKED:
        member = _undone(undo(), body, 0, LARGEST)
        if member and is_text(member.text[:_HEAD]):
            return member
    return None


def _undone(undo: _Undo, body: bytes, start: int, room: int) -> _Member | None:
    pieces: list[bytes] = []
    at, size, whole = start, _FIRST, True
    while at < len(body) and not undo.eof:
        try:
            text = undo.decompress(body[at : at + size], max(1, room))
        except _ERRORS:
            if not any(pieces):
                return None
            whole = False
            break
        pieces.append(text)
        at = min(at + size, len(body))
        room -= len(text)
        size *= 2
        if room <= 0:
            whole = False
            break
    end = at - len(undo.unused_data) if whole else len(body)
    return _Member(b"".join(pieces), end, whole) if any(pieces) else None
