"""Traps that show only between requests: what shares a key, what must not, and what never leaves a decoder."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import replace

from app.hashing import sha256
from app.model import Event, Exchange, Kind, Outcome, Provenance, Request, Response, Side
from app.platforms import decode
from tests.platforms.goldens import FOLDER, SAMPLES, cases, exchange_of, har_exchanges

PIXEL = "1111111111111111"


def browser(query: str, number: int = 1, path: str = "tr/") -> Event:
    url = f"https://www.facebook.com/{path}?{query}"
    (event,) = decode(Exchange(Provenance.CAPTURED, Request("GET", url), number=number))
    return event


def server(*events: dict[str, Any], response: Response | None = None, number: int = 1) -> tuple[Event, ...]:
    body = json.dumps({"data": events}).encode()
    request = Request("POST", f"https://graph.facebook.com/v26.0/{PIXEL}/events", (), body)
    return decode(Exchange(Provenance.FORWARDED, request, response, number=number))


def purchase(**changes: Any) -> dict[str, Any]:
    return {"event_name": "Purchase", "event_time": 1795318292, "event_id": "o-1", "user_data": {}} | changes


def test_browser_and_server_event_of_one_pixel_share_the_key_of_their_id() -> None:
    (twin,) = server(purchase())
    assert browser(f"id={PIXEL}&ev=Purchase&eid=o-1").keys == twin.keys == (f"id|16:{PIXEL}|8:Purchase|o-1",)


def test_trap_22_an_event_of_another_pixel_shares_no_key() -> None:
    (event,) = server(purchase(event_id="two-1"))
    assert not set(browser("id=121&ev=Purchase&eid=two-1").keys) & set(event.keys)


def test_trap_20_and_23_another_name_or_another_case_shares_no_key() -> None:
    (event,) = server(purchase())
    for name in ("purchase", "InitiateCheckout", "Purchase%20"):
        assert not set(browser(f"id={PIXEL}&ev={name}&eid=o-1").keys) & set(event.keys)


def test_trap_16_a_number_and_the_same_digits_as_text_share_the_key_and_other_spellings_do_not() -> None:
    (event,) = server(purchase(event_id=7))
    assert browser(f"id={PIXEL}&ev=Purchase&eid=7").keys == event.keys
    assert browser(f"id={PIXEL}&ev=Purchase&eid=007").keys != event.keys


def test_trap_17_and_18_an_id_that_is_no_value_makes_no_key_and_reads_as_absent() -> None:
    for query in ("eid=", "eid=%20", "eid[0]=D&eid[1]=E", "eid[foo]=bar", ""):
        event = browser(f"id={PIXEL}&ev=Lead&{query}")
        assert (event.keys, bool(event.event_id)) == ((), False)


def test_trap_24_a_reloaded_page_sends_two_events_with_one_key() -> None:
    first = browser(f"id={PIXEL}&ev=Purchase&eid=o-1&ts=1795317862356&ec=1", 1)
    second = browser(f"id={PIXEL}&ev=Purchase&eid=o-1&ts=1795317999999&ec=1", 2)
    assert (first.keys, first.id, second.id) == (second.keys, "e1.0", "e2.0")


def test_trap_25_a_retry_without_an_id_has_the_fingerprint_of_the_first_try_and_a_changed_payload_has_not() -> None:
    bare = purchase(event_id=None)
    (first,), (retry,) = server(bare), server(bare, number=2)
    (changed,) = server(bare | {"custom_data": {"value": 1}})
    assert first.fingerprint == retry.fingerprint != changed.fingerprint


def test_trap_27_fbp_with_and_without_appendix_is_one_secondary_key() -> None:
    fbp = "fb.1.1795319006639.447908042"
    (event,) = server(purchase(user_data={"fbp": f"{fbp}.AQQCAQMC"}))
    assert browser(f"id={PIXEL}&ev=Purchase&fbp={fbp}").keys == event.keys[1:]


@pytest.mark.parametrize("sent", ["User_123", " user_123 ", sha256("user_123"), sha256("user_123").upper()])
def test_trap_39_every_form_of_one_external_id_is_one_secondary_key(sent: str) -> None:
    (event,) = server(purchase(user_data={"external_id": [sent]}))
    assert browser(f"id={PIXEL}&ev=Purchase&ud[external_id]={sha256('user_123')}").keys == event.keys[1:]


def test_trap_4_the_privacy_sandbox_copy_is_a_mirror_with_the_key_and_time_of_its_twin() -> None:
    query = f"id={PIXEL}&ev=Purchase&eid=o-1&ts=1795317862356"
    event, copy = browser(query), browser(query, path="privacy_sandbox/pixel/register/trigger/")
    assert (event.kind, copy.kind) == (Kind.EVENT, Kind.MIRROR)
    assert (copy.keys, copy.own_ms, copy.side) == (event.keys, event.own_ms, Side.BROWSER)


def test_trap_5_and_53_every_recorded_gateway_copy_shares_its_key_with_one_browser_event() -> None:
    events = [event for exchange in har_exchanges(SAMPLES / "meta_pixel.har") for event in decode(exchange)]
    copies = [event.keys[0] for event in events if event.kind is Kind.MIRROR]
    originals = [event.keys[0] for event in events if event.kind is not Kind.MIRROR and event.keys]
    assert len(copies) == 8
    assert all(originals.count(key) == copies.count(key) for key in copies)


def test_trap_13_a_refusal_concerns_each_of_a_thousand_events() -> None:
    refusal = Response(400, (), b'{"error":{"code":100,"error_subcode":2804003}}')
    events = server(*[purchase(event_id=str(index)) for index in range(1000)], response=refusal)
    assert {(event.outcome, event.answer and event.answer.subcode) for event in events} == {
        (Outcome.REJECTED, "2804003")
    }
    assert [event.id for event in events] == [f"e1.{index}" for index in range(1000)]


def test_trap_10_no_token_stands_in_any_decoded_event() -> None:
    for name in cases():
        case = json.loads((FOLDER / f"{name}.request.json").read_text("utf-8"))
        shown = repr(decode(exchange_of(case)))
        for token in ("EAAFAKE", "EAAq", "EAAx", "KEYFAKE", "abcdef'"):
            assert token not in shown, name


def test_provenance_send_and_time_of_receipt_come_from_the_exchange() -> None:
    request = Request("GET", f"https://www.facebook.com/tr/?id={PIXEL}&ev=Lead")
    exchange = Exchange(Provenance.CAPTURED, request, started_ms=5, send="s-1", number=12)
    (event,) = decode(exchange)
    assert (event.provenance, event.received_ms, event.send, event.id, event.exchange) == (
        Provenance.CAPTURED,
        5,
        "s-1",
        "e12.0",
        12,
    )
    (replayed,) = decode(replace(exchange, provenance=Provenance.REPLAYED))
    assert replayed == replace(event, provenance=Provenance.REPLAYED)
