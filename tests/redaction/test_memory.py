"""A secret once seen is known: in later exchanges, in earlier ones when they are shown, in every coding."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from uuid import UUID

import pytest

from app.analysis.engine import Analysis
from app.checks import Context
from app.hashing import sha256
from app.model import Exchange, Provenance, Request, Response
from app.platforms import rules_of
from app.redaction import Masker, mask, mask_bytes, mask_text
from app.reports.json_report import build
from app.reports.sources import of_session
from app.session.file import Session
from app.session.worker import Inspector

TOKEN = "3f9a0c5be1d7428896b0aa45c3e2d1f07b6c9d8e"  # as TikTok makes them: it could be a SHA-1 hash
GRAPH = "https://graph.facebook.com/v26.0/1111111111111111/events"


def call(note: str, **headers: str) -> Exchange:
    event = {"event_name": "Purchase", "event_id": f"e-{len(note)}", "event_time": 1_795_317_862}
    body = json.dumps(
        {"data": [{**event, "custom_data": {"note": note}, "event_source_url": f"https://s.example/?n={note}"}]}
    )
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Exchange(Provenance.FORWARDED, Request("POST", GRAPH, named, body.encode()), Response(200), started_ms=1)


@pytest.mark.parametrize(
    "dressed",
    [
        TOKEN,
        f"hash={TOKEN}&b=1",
        "".join(f"%25{ord(letter):02x}" for letter in TOKEN),
        base64.b64encode(f"x={TOKEN}".encode()).decode(),
        f"prefix{TOKEN}suffix",
        TOKEN.encode("utf-16-le").decode("latin-1"),
    ],
)
def test_a_secret_is_known_again_in_later_exchanges(dressed: str) -> None:
    masker = Masker()
    assert TOKEN in repr(masker.mask(call(f"of nobody {TOKEN}")))
    masker.mask(call("", Access_Token=TOKEN))
    masked = masker.mask(call(dressed))
    assert masked != call(dressed)
    assert len(masked.request.body) == len(call(dressed).request.body)
    assert masker.mask(masked) == masked


def test_an_earlier_exchange_is_masked_when_it_is_shown_and_exported(tmp_path: Path) -> None:
    with Session.open(tmp_path / "run.pixelpair") as session:
        inspector = Inspector(session, Analysis(Context(), rules_of()), lambda _: None)
        inspector.record(call(f"of nobody {TOKEN}"))
        inspector.exchange(1).result(30)
        inspector.record(call("", Access_Token=TOKEN))
        shown = inspector.exchange(1).result(30)
        report = inspector.ask(
            lambda session, analysis: build(
                analysis, of_session(session, (), inspector.masker), raw=True, app_version="test"
            )
        ).result(30)
        inspector.close()
    assert TOKEN not in repr(shown)
    assert b"of nobody ***" in shown.request.body
    assert TOKEN not in json.dumps(report)
    assert len(report["events"]) == 2


@pytest.mark.parametrize("value", ["order-2026-1187", "1795317862330", "Purchase", str(UUID(int=7)), "ab12cd34"])
def test_what_may_be_an_id_is_not_looked_for_in_other_exchanges(value: str) -> None:
    masker = Masker()
    masker.mask(call("", Access_Token=value))
    assert masker.mask(call(value)) == call(value)


@pytest.mark.parametrize(
    "token", [str(UUID(int=0x3F9A0C5BE1D7428896B0AA45C3E2D1F0)), TOKEN + "7f0b6c9d8e12345678abcdef"]
)
def test_what_stands_where_only_a_token_does_is_known_even_if_it_looks_like_an_id(token: str) -> None:
    masker = Masker()
    masker.mask(call("", Access_Token=token))
    assert token not in repr(masker.mask(call(f"saw {token}")))
    assert token.upper() not in repr(masker.mask(call(f"saw {token.upper()}")))


@pytest.mark.parametrize("header", ["X-Request-Token", "X-Idempotency-Token"])
def test_a_header_that_may_hold_an_events_mark_makes_it_no_secret_elsewhere(header: str) -> None:
    masker, mark = Masker(), str(UUID(int=0x3F9A0C5BE1D7428896B0AA45C3E2D1F0))
    masker.mask(call("", **{header.replace("-", "_"): mark}))
    assert mark in repr(masker.mask(call(f"event {mark}")))


def test_the_oldest_of_too_many_secrets_is_forgotten() -> None:
    masker = Masker()
    masker.learn(f"{number:04}secret{number:030}".encode() for number in range(2_001))
    first, last = (f"{number:04}secret{number:030}" for number in (0, 2_000))
    assert masker.text(f"{first} {last}").startswith(first)
    assert last not in masker.text(f"{first} {last}")


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"key": "event_id", "value": str(UUID(int=2**100))}),
        json.dumps({"token_type": "bearer", "expires_in": 3600, "scope": "ads_management"}),
        f"ud[em]={sha256('a@b.example')}&key={sha256('a@b.example')}",
        "fbc=fb.1.1795317862330.IwAR0abcEAAdefghijklmnopqrstuvwxyz&fbp=fb.1.1795310000000.447908042",
        "gclid=Cj0KCQiA5NSuBhDNARIsAF_EAIaIQobChMI7v&ttclid=E.C.P.Ct8BXwz5qz1n&ScCid=0c0ffee0-1111-4222-8333-444455556666",
        "_ttp=2f3e4d5c6b7a89012f3e4d5c6b7&_scid=0c0ffee0-1111-4222-8333-444455556666&epik=dj0yJnU9a1b2c3d4e5f6a7b8c9d0",
        "message_id=messageId-1795169730123-4711-CQ7EXAMPLE0PIXELCODE",
        "the token event evt-7f3a2c10-5d1e-4b7a-9c44-0a1b2c3d4e5f of order SO-2026-1187",
        "mutation($token: String!, $key: ID!) { send(token: $token) }",
        'function(e){var token=e.token;return this.key||(this.key=e.getToken("access_denied",n.keys))}',
        '"keywords","authors":["A. Writer"],"monkey":"banana1234567890123"',
        base64.b64encode(json.dumps({"event": "Purchase", "event_id": str(UUID(int=2**99))}).encode()).decode(),
    ],
)
def test_ids_hashes_and_words_stay(text: str) -> None:
    masked = mask_text(text)
    assert masked == text or "token=e.token" in text


def test_inside_a_coding_the_rest_stays_readable() -> None:
    token = "EAAB" + "x1Y2" * 8
    inner = json.dumps({"event": "Purchase", "access_token": token, "event_id": "e-1"})
    masked = mask_text(f"analytics_message={base64.b64encode(inner.encode()).decode()}&z=1")
    read = json.loads(base64.b64decode(masked.removeprefix("analytics_message=").removesuffix("&z=1")))
    assert (read["event"], read["event_id"]) == ("Purchase", "e-1")
    assert read["access_token"].startswith("EAA***")
    wide = mask_bytes(inner.encode("utf-16")).decode("utf-16")
    assert json.loads(wide)["event_id"] == "e-1"
    assert token not in wide


def test_nothing_runs_on_from_one_part_of_an_exchange_into_the_next() -> None:
    exchange = Exchange(
        Provenance.IMPORTED, Request("POST", GRAPH, (), b'{"access_token": "cut-off-'), Response(200, (), b'{"a": "b"}')
    )
    masked = mask(exchange)
    assert masked.response == exchange.response
    assert b"cut-off" not in masked.request.body
