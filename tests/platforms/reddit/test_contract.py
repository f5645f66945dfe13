"""Reddit's stand-in: whole batches refused, in the words of either version; the token's question; the page's side."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from msgspec.structs import replace

from app.model import Exchange, Outcome, Provenance, Request
from app.platforms import decode
from app.platforms.reddit.contract import answer, page
from app.platforms.reddit.server_api import SERVER
from app.platforms.sandbox import Fault, Faults
from tests.platforms.reddit.halves import BASE, HIT, PIXEL, V2, V3, call, element, element_of_v2, v3

NOW = time.time_ns() // 1_000_000
TAKEN = "Successfully processed"
ISO = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(NOW / 1000))


def said(url: str, body: Any, fault: Fault | None = None, token: str = "Bearer any") -> tuple[int, dict[str, Any]]:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    response = answer(Request("POST", url, (("Authorization", token),), data), NOW, Faults(fault))
    found: dict[str, Any] = json.loads(response.body)
    return response.status, found


@pytest.mark.parametrize(
    ("url", "body", "message"),
    [
        (V3, v3(element(NOW)), {"data": {"message": f"{TAKEN} 1 conversion events."}}),
        (V2, {"events": [element_of_v2(ISO)] * 2}, {"message": f"{TAKEN} 2 conversion events."}),
        (
            V2,
            {"events": [element_of_v2(None, event_at_ms=NOW)]},
            {"message": "Successfully processed 1 conversion events."},
        ),
    ],
)
def test_a_good_call_is_taken_in_its_versions_words(url: str, body: Any, message: Any) -> None:
    assert said(url, body) == (200, message)


@pytest.mark.parametrize(
    ("changes", "start"),
    [
        ({"event_at": 1_700_000_000_000}, "event_at event_at timestamp must be less than 168h"),
        ({"event_at": NOW + 360_000}, "event_at event_at lies more than five minutes in the future"),
        ({"event_at": ISO}, "event_at event_at must be a whole number"),
        ({"event_at": NOW // 1000}, "event_at event_at looks like seconds"),
        ({"type": {"tracking_type": "Purchase"}}, "type.tracking_type tracking_type must be one of"),
        ({"type": {"tracking_type": "CUSTOM"}}, "type.custom_event_name"),
        ({"type": {"tracking_type": "CUSTOM", "custom_event_name": "x" * 65}}, "type.custom_event_name"),
        ({"action_source": "website"}, "action_source action_source must be one of"),
        ({"action_source": None}, "action_source"),
        ({"user": {}, "click_id": None}, "user Nothing says who it was"),
        ({"user": []}, "user user must be an object"),
        ({"user": {"uuid": 5}}, "user.uuid"),
        ({"user": {"uuid": "5", "data_processing_options": "LDU"}}, "user.data_processing_options"),
        ({"metadata": 7}, "metadata"),
        ({"metadata": {"value": "59.90"}}, "metadata.value"),
        ({"metadata": {"currency": "Euro"}}, "metadata.currency"),
        ({"metadata": {"conversion_id": 7}}, "metadata.conversion_id"),
        ({"metadata": {"item_count": "2"}}, "metadata.item_count"),
        ({"metadata": {"products": {}}}, "metadata.products"),
        ({"metadata": {"products": [{"name": "Mug"}]}}, "metadata.products.0.id"),
        ({"metadata": {"products": [{"id": "M", "item_price": "x"}]}}, "metadata.products.0.item_price"),
        ({"event_source_url": 7}, "event_source_url"),
    ],
)
def test_one_wrong_event_refuses_the_whole_call(changes: dict[str, Any], start: str) -> None:
    wrong = element(NOW, **changes)
    status, body = said(V3, v3(element(NOW), wrong))
    assert (status, body["message"]) == (400, "There were 1 invalid conversion events. None were processed.")
    assert [each["event"] for each in body["invalid_events"]] == [wrong]
    assert body["invalid_events"][0]["error_message"].startswith(start)
    events = decode(call(v3(element(NOW), wrong), answer=body, status=status))
    assert {event.outcome for event in events} == {Outcome.REJECTED}


def test_a_thousand_events_are_taken_and_not_one_more() -> None:
    assert said(V3, v3(*[element(NOW)] * 1000))[0] == 200
    assert said(V3, v3(*[element(NOW)] * 1001)) == (400, {"message": "Bad Request"})


@pytest.mark.parametrize(
    ("token", "status"),
    [
        ("", 401),
        ("Basic abc", 401),
        ("Bearer sandbox-invalid", 401),
        ("Bearer sandbox-expired", 401),
        ("Bearer sandbox-no-permission", 403),
        ("Bearer sandbox-wrong-account", 403),
    ],
)
def test_a_token_is_looked_at_first(token: str, status: int) -> None:
    assert said(V3, b"{", token=token)[0] == status


@pytest.mark.parametrize(
    ("fault", "code", "outcome", "transient"),
    [
        (Fault.RATE_LIMITED, "429", Outcome.REJECTED, True),
        (Fault.UNKNOWN_ERROR, "500", Outcome.FAILED, True),
        (Fault.UNAVAILABLE, "503", Outcome.FAILED, True),
        (Fault.TOKEN_INVALID, "401", Outcome.REJECTED, False),
        (Fault.TOKEN_EXPIRED, "401", Outcome.REJECTED, False),
        (Fault.NO_PERMISSION, "403", Outcome.REJECTED, False),
        (Fault.PARTIAL, "400", Outcome.REJECTED, False),
    ],
)
def test_a_fault_is_answered_in_the_platforms_words_and_read_back(
    fault: Fault, code: str, outcome: Outcome, transient: bool
) -> None:
    status, body = said(V3, v3(element(NOW)), fault)
    (event,) = decode(call(v3(element(NOW)), answer=body, status=status))
    assert event.answer is not None
    assert (event.answer.code, event.outcome, event.answer.transient) == (code, outcome, transient)


def test_a_gateway_in_trouble_gives_a_page() -> None:
    assert answer(Request("POST", V3), NOW, Faults(Fault.HTML)).status == 502


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"[1]", b'{"data": [1]}', b'{"data": {"events": 1}}', b"[" * 5000])
def test_junk_is_refused_and_never_breaks_it(body: bytes) -> None:
    assert {said(url, body)[0] for url in (V3, V2)} == {400}
    assert said(V3, v3("x", None, [1]))[0] == 400


def test_what_is_no_call_is_none() -> None:
    assert said(f"{BASE}/api/v3/me", b"{}")[0] == 404
    request = Request("GET", V3, (("Authorization", "Bearer any"),))
    assert answer(request, NOW).status == 405


def test_only_a_wrong_event_lets_a_call_be_taken_apart() -> None:
    status, body = said(V3, v3(element(NOW, user={}, click_id=None)))
    refused = call(v3(element(NOW)), answer=body, status=status)
    crowded = call(v3(element(NOW)), answer={"message": "Bad Request"}, status=400)
    limited = call(v3(element(NOW)), answer={}, status=429)
    gone = replace(refused, response=None)
    assert [SERVER.take_apart(each) for each in (refused, crowded, limited, gone)] == [True, False, False, False]


@pytest.mark.parametrize(
    ("token", "works", "words"),
    [
        ("Bearer good", True, "The token is taken."),
        ("Bearer sandbox-invalid", False, "401 · Access token not valid"),
        ("Bearer sandbox-no-permission", False, "403 · No right to this pixel"),
        ("", False, "401 · Access token missing"),
    ],
)
@pytest.mark.parametrize("version", [None, "v2.0"])
def test_a_token_is_asked_after_without_sending_an_event(
    version: str | None, token: str, works: bool, words: str
) -> None:
    assert SERVER.token_question is not None
    assert SERVER.token_answer is not None
    asked = SERVER.token_question(BASE, PIXEL, version)
    assert (b'"events":[]' in asked.request.body, asked.events, asked.counts) == (True, 0, False)
    response = answer(replace(asked.request, headers=(("Authorization", token),)), NOW, Faults())
    told = SERVER.token_answer(Exchange(Provenance.SENT, asked.request, response))
    assert told.works is works
    assert told.text.startswith(words)


def test_what_does_not_tell_says_so() -> None:
    assert SERVER.token_answer is not None
    for fault in (Fault.RATE_LIMITED, Fault.HTML):
        response = answer(Request("POST", V3, (("Authorization", "Bearer x"),)), NOW, Faults(fault))
        assert SERVER.token_answer(Exchange(Provenance.SENT, Request("POST", V3), response)).works is None
    gone = Exchange(Provenance.SENT, Request("POST", V3), error="No route to host")
    assert SERVER.token_answer(gone) == (False, "No route to host")


@pytest.mark.parametrize(
    ("url", "status", "kind"),
    [
        (HIT, 200, "image/gif"),
        ("https://alb.reddit.com/rp", 200, "image/gif"),
        ("https://www.redditstatic.com/ads/pixel.js", 200, "application/javascript"),
        (f"https://pixel-config.reddit.com/pixels/{PIXEL}/config", 200, "application/json"),
        ("https://alb.reddit.com/robots", 204, ""),
    ],
)
def test_a_page_gets_what_it_asked_for(url: str, status: int, kind: str) -> None:
    found = page(Request("GET", url))
    assert (found.status, dict(found.headers).get("content-type", "")) == (status, kind)


@pytest.mark.parametrize(
    ("method", "url", "served"),
    [
        ("POST", V3, True),
        ("GET", V2, True),
        ("POST", V3.replace("ads-api.reddit.com", "gateway.example"), True),
        ("POST", HIT, False),
        ("POST", "https://shop.example/conversion_events", False),
    ],
)
def test_a_call_is_told_from_a_pixels_request(method: str, url: str, served: bool) -> None:
    assert SERVER.serves(Request(method, url)) is served
