"""What X's senders sign with is masked before it is recorded, wherever it stands; the event stays whole."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from app.model import Exchange
from app.platforms import decode
from app.redaction import mask
from tests.platforms.x.halves import PIXEL, PIXEL_TOKEN, call, element

AUTH = {
    "consumer_key": "Ck0aB1cD2eF3gH4iJ5",
    "consumer_secret": "Cs9zY8xW7vU6tS5rQ4",
    "oauth_token": "1234567890-Ot1aB2cD3eF4gH5iJ6kL7mN8oP",
    "oauth_token_secret": "Ts0pO9nM8lK7jI6hG5",
}
HEADER = (
    'OAuth oauth_consumer_key="Ck0aB1cD2eF3gH4iJ5", oauth_nonce="n", oauth_signature="Sg1aB2cD3eF4%2BgH5%3D", '
    'oauth_signature_method="HMAC-SHA1", oauth_timestamp="1795169730", oauth_token="Ot7aB2cD3eF4gH5"'
)
STAPE_KEY = "eu0a1b2c3d4e5f6a7b8c9d"
PROXY = f"https://abcdef.eu.stape.example/stape-api/{STAPE_KEY}/v1/twitter/auth-proxy"


def with_header(name: str, value: str) -> Exchange:
    sent = call(element(5_000))
    return replace(sent, request=replace(sent.request, headers=((name, value),)))


@pytest.mark.parametrize(
    ("exchange", "secrets"),
    [
        (call(element(5_000)), [PIXEL_TOKEN]),
        (with_header("x-pixel-token", "b7Qk2Lm9"), ["b7Qk2Lm9"]),
        (with_header("Authorization", HEADER), ["Ck0aB1cD2eF3gH4iJ5", "Sg1aB2cD3eF4", "Ot7aB2cD3eF4gH5"]),
        (with_header("Authorization", "Bearer stape-token-0a1b2c3d"), ["stape-token-0a1b2c3d"]),
        (call(element(5_000), url=PROXY, pixel_id=PIXEL, auth=AUTH), [*AUTH.values(), STAPE_KEY]),
    ],
)
def test_no_secret_is_kept_and_the_event_is_read_all_the_same(exchange: Exchange, secrets: list[str]) -> None:
    kept = mask(exchange)
    assert [secret for secret in secrets if secret in repr(kept)] == []
    (event,) = decode(kept)
    assert (event.account, event.event_id, event.match_id("twclid")) == (PIXEL, "SO-1187", "2-4kexample")
