"""Content encodings taken off, with an eye on the size: a few bytes of gzip may hold gigabytes."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from io import BytesIO

import brotli
import zstandard

_PIECE = 1 << 16


class Beginning:
    """Passes every piece of a body on and keeps the first `limit` bytes of it.

    mitmproxy calls it with each piece, and with an empty one at the end. `on_whole` is called once, before the last
    piece is passed on: with its last byte where its length is known.
    """

    def __init__(self, limit: int, on_whole: Callable[[], None] | None = None) -> None:
        self.kept = bytearray()
        self.size = 0
        self.ended = False
        self.length: int | None = None  # where it is known before
        self._limit = limit
        self._on_whole = on_whole

    @property
    def whole(self) -> bool:
        """Whether the body came to its end and all of it was kept."""
        return self.ended and self.size == len(self.kept)

    def __call__(self, piece: bytes) -> bytes:
        self.size += len(piece)
        self.kept += piece[: self._limit - len(self.kept)]
        if not self.ended and (not piece or self.size == self.length):
            self.ended = True
            if self._on_whole:
                self._on_whole()
        return piece


def decoded(raw: bytes, encodings: str, limit: int) -> tuple[bytes, bool]:
    """The body without its content encodings, cut at `limit` bytes, and whether it was cut.

    What does not decode is given back as it stood on the wire: a decoder further on will say what it thinks of it.
    """
    body = raw
    for name in reversed([part.strip().lower() for part in encodings.split(",")]):
        if name in ("", "identity"):
            continue
        undo = _DECODERS.get(name)
        try:
            body = undo(body, limit + 1) if undo else body
        except (zlib.error, zstandard.ZstdError, brotli.error):
            return raw[:limit], len(raw) > limit
    return body[:limit], len(body) > limit


def _gzip(raw: bytes, most: int) -> bytes:
    return zlib.decompressobj(wbits=zlib.MAX_WBITS | 32).decompress(raw, most)


def _deflate(raw: bytes, most: int) -> bytes:
    try:
        return _gzip(raw, most)
    except zlib.error:  # some senders leave the zlib header out
        return zlib.decompressobj(wbits=-zlib.MAX_WBITS).decompress(raw, most)


def _zstd(raw: bytes, most: int) -> bytes:
    return zstandard.ZstdDecompressor().stream_reader(BytesIO(raw)).read(most)


def _brotli(raw: bytes, most: int) -> bytes:
    decoder, parts, size = brotli.Decompressor(), [], 0
    parts.append(decoder.process(raw, output_buffer_limit=_PIECE))
    size = len(parts[0])
    while size < most and not decoder.is_finished() and not decoder.can_accept_more_data():
        parts.append(decoder.process(b"", output_buffer_limit=_PIECE))
        size += len(parts[-1])
    return b"".join(parts)


_DECODERS: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "zstd": _zstd,
    "br": _brotli,
}
