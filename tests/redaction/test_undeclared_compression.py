"""A secret in a body that is compressed without saying so is masked like any other."""

from __future__ import annotations

import gzip
import json

import pytest

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
