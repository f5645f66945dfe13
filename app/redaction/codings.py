"""Text in another coding inside text: base64, hexadecimal digits, UTF-16; and whole bodies that are compressed.

An `Inlay` is such a stretch with the text it stands for. Whoever changes that text is given the stretch again by
`coded`: of the same length when the text's length is the same. Nothing here knows what is looked for.
"""

from __future__ import annotations

import binascii
import bz2
import lzma
import re
import zlib
from collections.abc import Callable, Iterator
from functools import lru_cache
from io import BytesIO
from typing import NamedTuple

import brotli
import re2
import zstandard

LARGEST = 16 << 20  # bytes that come out of a compressed body at most
_PACKINGS = 3  # one in another
_SMALL = 100  # bytes of a body that is remembered: a pixel's answer is the same picture every time

_OPTIONS = re2.Options()
_OPTIONS.encoding = re2.Options.Encoding.LATIN1
_WORD = re2.compile(rb"[A-Za-z0-9+/_-]{24,}={0,2}", _OPTIONS)
_WIDE = re.compile(rb"(?:[\x01-\xff]\x00\x00\x00){8,}+[\x01-\xff]?|(?:[\x01-\xff]\x00){8,}+[\x01-\xff]?")
_TEXT_RUN = re.compile(rb"[\x20-\x7e\t\r\n]{16,}+")
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_NO_URLSAFE = bytes.maketrans(b"-_", b"+/")
_URLSAFE = bytes.maketrans(b"+/", b"-_")


class Inlay(NamedTuple):
    """A stretch of a text, the text it stands for, and the way back."""

    start: int
    end: int
    text: bytes
    coded: Callable[[bytes], bytes]


def inlays(text: bytes) -> Iterator[Inlay]:
    """Every stretch of a text that stands for another text, in order of their codings."""
    zero = text.find(b"\0")
    if zero >= 0:  # most of a text lies before or behind the picture that holds the zeros
        for found in _WIDE.finditer(text, max(0, zero - 1), text.rfind(b"\0") + 2):
            yield _widened(found.start(), found[0])
    for found in _WORD.finditer(text):
        word = found[0]
        # Text in base64 has small and capital letters; hashes, numbers and most words do not.
        read = _hexadecimal if word.islower() or word.isupper() or word.isdigit() else _base64
        yield from read(found.start(), word)


def _widened(start: int, wide: bytes) -> Inlay:
    """UTF-16 or UTF-32 in either order of bytes: every second or fourth byte is the letter."""
    step = 4 if wide[2:4] == b"\0\0" and wide[1:2] == b"\0" else 2

    def coded(text: bytes) -> bytes:
        again = bytearray(wide)
        again[::step] = text
        return bytes(again)

    return Inlay(start, start + len(wide), wide[::step], coded)


def _hexadecimal(start: int, word: bytes) -> Iterator[Inlay]:
    try:
        text = bytes.fromhex(word.decode())
    except ValueError:
        return
    if _is_text(text):
        yield Inlay(start, start + len(word), text, lambda text: text.hex().encode())


def _base64(start: int, word: bytes) -> Iterator[Inlay]:
    """The texts in a base64 word.

    It may stand in a path or behind a plus, which are letters of base64, too: then it begins anywhere in the word, and
    the first and last letters of its text may belong to the neighbours.
    """
    plus = word.translate(_NO_URLSAFE).rstrip(b"=")
    coded = _way_back(word)
    for skip in range(4):
        body = plus[skip:]
        body = body[: len(body) - (len(body) % 4 == 1)]
        data = _unbase64(body)
        if data is None:
            return
        if _is_text(data) or (not skip and _magic(data)):
            yield Inlay(start + skip, start + skip + len(body), data, coded)
            return
        for run in _TEXT_RUN.finditer(data):
            first, last = run.start() // 3, -(-run.end() // 3)
            text = data[3 * first : 3 * last]
            end = min(4 * last, len(body))
            yield Inlay(start + skip + 4 * first, start + skip + end, text, coded)


def _unbase64(body: bytes) -> bytes | None:
    try:
        return binascii.a2b_base64(body + b"=" * (-len(body) % 4))
    except binascii.Error:
        return None


def _way_back(word: bytes) -> Callable[[bytes], bytes]:
    urlsafe = b"-" in word or b"_" in word

    def coded(text: bytes) -> bytes:
        again = binascii.b2a_base64(text, newline=False).rstrip(b"=")
        return again.translate(_URLSAFE) if urlsafe else again

    return coded


def _is_text(data: bytes) -> bool:
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


def _cut_short(data: bytes) -> str | None:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        return data[: error.start].decode("utf-8") if error.start >= len(data) - 3 else None


def _magic(data: bytes) -> bool:
    return data.startswith(_MAGIC)


def unpacked(body: bytes) -> bytes | None:
    """The text in a body that is compressed in a way that its head need not name; None when it is no such body."""
    return _remembered(body) if len(body) <= _SMALL else _unpacked(body)


def _unpacked(body: bytes) -> bytes | None:
    found = None
    for _ in range(_PACKINGS):
        inner = _unpacked_once(body)
        if inner is None:
            break
        found = body = inner
    return found


_remembered = lru_cache(maxsize=256)(_unpacked)


def _unpacked_once(body: bytes) -> bytes | None:
    if len(body) < 10 or (_cut_short(body[:1000]) is not None and not _CONTROL.search(body[:1000])):
        return None
    marked = next((undo for start, undo in _UNPACKERS.items() if body.startswith(start)), None)
    for undo in (marked,) if marked else (_raw_deflate, _brotli):
        try:
            text = undo(body)
        except (zlib.error, zstandard.ZstdError, brotli.error, lzma.LZMAError, OSError, EOFError, ValueError):
            continue
        if text and (_is_text(text[:1000]) or _magic(text)):
            return text
    return None


def _gzip(body: bytes) -> bytes:
    return zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(body, LARGEST)


def _raw_deflate(body: bytes) -> bytes:
    return zlib.decompressobj(-zlib.MAX_WBITS).decompress(body, LARGEST)


def _zstd(body: bytes) -> bytes:
    return zstandard.ZstdDecompressor().stream_reader(BytesIO(body)).read(LARGEST)


def _brotli(body: bytes) -> bytes:
    return bytes(brotli.Decompressor().process(body, output_buffer_limit=LARGEST))


_UNPACKERS: dict[bytes, Callable[[bytes], bytes]] = {
    b"\x1f\x8b": _gzip,
    b"\x78\x01": _gzip,
    b"\x78\x5e": _gzip,
    b"\x78\x9c": _gzip,
    b"\x78\xda": _gzip,
    b"\x28\xb5\x2f\xfd": _zstd,
    b"BZh": lambda body: bz2.BZ2Decompressor().decompress(body, LARGEST),
    b"\xfd7zXZ": lambda body: lzma.LZMADecompressor(memlimit=64 << 20).decompress(body, LARGEST),
}
_MAGIC = tuple(_UNPACKERS)
