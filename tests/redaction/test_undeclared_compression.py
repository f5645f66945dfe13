"""A secret in a body that is compressed without saying so is masked like any other."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import zlib
from collections.abc import Callable

import brotli
import pytest
import zstandard

from app.model import Exchange, Provenance, Request, Response
from app.redaction import Masker

TOKEN = "3f9a1c77b0d24e58a6c1f0e9d8b7a6543210fedc"
HERE = "https://business-api.tiktok.com/open_api/v1.3/event/track/"


def sent(body: object, headers: tuple[tuple[str, str], ...] = (), answer: bytes = b"{}") -> Exchange:
    packed = gzip.compress(json.dumps(body).encode())
    return Exchange(
        provenance=Provenance.IMPORTED,
        request=Request("POST", HERE, headers, packed),
        response=Response(200, (), answer),
    )


def readable(body: bytes) -> bytes:
    return gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body


SECRET = {
    "token": sent({"token": TOKEN}),
    "named with another word": sent({"properties": {"my_token": TOKEN}}),
    "known from the header": sent({"description": f"sent with {TOKEN}"}, (("Access-Token", TOKEN),)),
    "in the answer": sent({}, (("Access-Token", TOKEN),), gzip.compress(f"bad {TOKEN}".encode())),
}


@pytest.mark.parametrize("exchange", SECRET.values(), ids=SECRET)
def test_a_secret_in_it_is_masked(exchange: Exchange) -> None:
    masked = Masker().mask(exchange)
    assert masked.response is not None
    assert TOKEN.encode() not in readable(masked.request.body) + readable(masked.response.body)


def test_one_that_becomes_known_later_is_masked_then() -> None:
    masker = Masker()
    early = masker.mask(sent({"description": f"sent with {TOKEN}"}))
    masker.mask(sent({}, (("Access-Token", TOKEN),)))
    assert TOKEN.encode() not in readable(masker.again(early).request.body)


def test_a_body_without_a_secret_stays_as_it_was_sent() -> None:
    exchange = sent({"event": "Purchase"})
    assert Masker().mask(exchange) is exchange


PLAIN, BODY = b'{"event": "Purchase"}', json.dumps({"access_token": TOKEN}).encode()


def as_part(packed: bytes) -> bytes:
    return b'--x\r\nContent-Disposition: form-data; name="f"\r\n\r\n' + packed + b"\r\n--x--\r\n"


PACKED: dict[str, tuple[bytes, Callable[[bytes], bytes]]] = {
    "two members": (gzip.compress(PLAIN) + gzip.compress(BODY), gzip.decompress),
    "two frames": (
        zstandard.compress(PLAIN) + zstandard.compress(BODY),
        lambda body: zstandard.ZstdDecompressor().stream_reader(body, read_across_frames=True).read(),
    ),
    "two streams": (bz2.compress(PLAIN) + bz2.compress(BODY), bz2.decompress),
    "two containers": (lzma.compress(PLAIN) + lzma.compress(BODY), lzma.decompress),
    "plain text behind it": (gzip.compress(PLAIN) + BODY, lambda body: body),
    "a small window": (zlib.compress(BODY, wbits=9), zlib.decompress),
    "a middling window": (zlib.compress(BODY, wbits=12), zlib.decompress),
    "a large body": (gzip.compress(b" " * (17 << 20) + BODY), gzip.decompress),
    "a part": (as_part(gzip.compress(BODY)), lambda body: gzip.decompress(part_of(body))),
    "a part of zlib": (as_part(zlib.compress(BODY)), lambda body: zlib.decompress(part_of(body))),
    "a part of brotli": (as_part(brotli.compress(BODY)), lambda body: brotli.decompress(part_of(body))),
}


def part_of(body: bytes) -> bytes:
    return body.partition(b"\r\n\r\n")[2].rpartition(b"\r\n--")[0]


@pytest.mark.parametrize(("packed", "undo"), PACKED.values(), ids=PACKED)
def test_nothing_that_unpacks_to_a_secret_is_kept(packed: bytes, undo: Callable[[bytes], bytes]) -> None:
    assert TOKEN.encode() in undo(packed)
    exchange = sent({})
    exchange = Exchange(exchange.provenance, Request("POST", HERE, (), packed), exchange.response)
    kept = Masker().mask(exchange).request
    try:
        text = undo(kept.body)
    except (OSError, EOFError, zlib.error, brotli.error, zstandard.ZstdError, lzma.LZMAError):
        text = b""
    assert TOKEN.encode() not in kept.body + text
    assert len(kept.body) <= max(1 << 20, len(packed) + 1_000)


def test_a_large_body_is_said_to_be_cut() -> None:
    packed = gzip.compress(b" " * (17 << 20))
    kept = Masker().mask(Exchange(Provenance.IMPORTED, Request("POST", HERE, (), packed), Response(200))).request
    assert kept.truncated
    assert kept.body == b" " * (1 << 20)
