"""TikTok's stand-in: HTTP 200 whatever it thinks, and a code that tells; the token's question; the page's side."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from msgspec.structs import replace

from app.model import Exchange, Outcome, Provenance, Request
from app.platforms import decode
from app.platforms.sandbox import Fault, Faults
from app.platforms.tiktok.contract import answer, page
from app.platforms.tiktok.server_api import SERVER
from tests.platforms.tiktok.halves import API, BASE, CODE, PIXEL, call, element, older, v2

NOW = time.time_ns() // 1_000_000


def said(path: str, body: Any, fault: Fault | None = None, token: str = "any") -> dict[str, Any]:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = Request("POST", f"{API}/{path}", (("Access-Token", token),) if token else (), data)
    response = answer(request, NOW, Faults(fault))
    assert response.status == 200
    found: dict[str, Any] = json.loads(response.body)
    assert found.keys() == {"code", "message", "request_id", "data"}
    return found


NUMERIC = {"contents": [{"content_id": "a"}, {"content_id": 9}]}


@pytest.mark.parametrize(
    ("path", "body", "code", "start"),
    [
        ("event/track/", v2(element(NOW)), 0, "OK"),
        ("event/track", v2(element(NOW), element(NOW)), 0, "OK"),
        ("pixel/track/", older(NOW), 0, "OK"),
        ("pixel/batch/", {"pixel_code": CODE, "batch": [older(NOW)]}, 0, "OK"),
        (
            "event/track/",
            v2(element(NOW), element(NOW, properties=NUMERIC)),
            40002,
            "data.1.properties.contents.1.content_id: Not a valid string",
        ),
        ("event/track/", v2(element(NOW, user={})), 40002, "data.0.user: "),
        ("event/track/", v2(element(NOW), event_source="store"), 40002, "event_source: Must be one of"),
        ("event/track/", v2(element(NOW), event_source_id=None), 40002, "event_source_id: Missing data"),
        ("event/track/", v2(), 40002, "data: Length must be between 1 and 1000"),
        ("event/track/", v2(*[element(NOW)] * 1001), 40002, "data: Length"),
        ("event/track/", {"event_source": "web", "event_source_id": CODE}, 40002, "data: Missing"),
        ("event/track/", v2("x"), 40002, "data.0: An event must be a JSON object"),
        ("event/track/", b"{", 40002, "Request body is not valid JSON"),
        ("pixel/track/", older(1), 40002, "timestamp: The event is older"),
        ("pixel/track/", older(NOW, pixel_code=""), 40002, "pixel_code: Missing"),
        ("pixel/track/", older(NOW, context={"user": {"phone_number": "+4930"}}), 40002, "context.user.phone_number: "),
        (
            "pixel/batch/",
            {"pixel_code": CODE, "batch": [older(NOW), older(NOW, context={"user": {"email": "a@b.example"}})]},
            40002,
            "batch.1.context.user.email: ",
        ),
        ("pixel/batch/", {"pixel_code": CODE, "batch": [older(NOW)] * 51}, 40002, "batch: Length"),
        ("offline/track/", older(NOW, event_set_id="7000000000000000001"), 0, "OK"),
        ("offline/track/", older(NOW), 40002, "event_set_id: Missing"),
        ("app/track/", older(NOW, tiktok_app_id="700", context={"device": {"gaid": "38400000-8cf0"}}), 0, "OK"),
        ("campaign/get/", {}, 40002, "There is no such path"),
    ],
)
def test_a_call_is_answered_by_the_contract(path: str, body: Any, code: int, start: str) -> None:
    found = said(path, body)
    assert found["code"] == code
    assert found["message"].startswith(start)


@pytest.mark.parametrize(
    ("token", "code"),
    [("", 40104), ("sandbox-invalid", 40105), ("sandbox-expired", 40102), ("sandbox-no-permission", 40001)],
)
def test_a_token_is_looked_at_first(token: str, code: int) -> None:
    assert said("event/track/", b"{", token=token)["code"] == code


@pytest.mark.parametrize(
    ("fault", "code", "outcome", "transient"),
    [
        (Fault.RATE_LIMITED, 40100, Outcome.REJECTED, True),
        (Fault.UNKNOWN_ERROR, 50000, Outcome.FAILED, True),
        (Fault.UNAVAILABLE, 50002, Outcome.FAILED, True),
        (Fault.TOKEN_INVALID, 40105, Outcome.REJECTED, False),
        (Fault.TOKEN_EXPIRED, 40102, Outcome.REJECTED, False),
        (Fault.NO_PERMISSION, 40001, Outcome.REJECTED, False),
    ],
)
def test_a_fault_is_answered_in_the_platforms_words_and_read_back(
    fault: Fault, code: int, outcome: Outcome, transient: bool
) -> None:
    found = said("event/track/", v2(element(NOW)), fault)
    (event,) = decode(call("event/track/", v2(element(NOW)), answer=found))
    assert event.answer is not None
    assert (event.answer.code, event.outcome, event.answer.transient) == (str(code), outcome, transient)
    assert event.answer.trace_id == found["request_id"]


def test_all_but_the_first_may_be_taken() -> None:
    body = v2(element(NOW), element(NOW, event_id="evt-8"))
    found = said("event/track/", body, Fault.PARTIAL)
    assert found["code"] == 20001
    events = decode(call("event/track/", body, answer=found))
    assert [event.outcome for event in events] == [Outcome.REJECTED, Outcome.ACCEPTED]


def test_a_gateway_in_trouble_gives_a_page() -> None:
    assert answer(Request("POST", f"{API}/event/track/"), NOW, Faults(Fault.HTML)).status == 502


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"[1]", b'{"data": {"a": 1}}', b'"x"', b"[" * 5000])
def test_junk_is_refused_and_never_breaks_it(body: bytes) -> None:
    for path in ("event/track/", "pixel/track/", "pixel/batch/"):
        assert said(path, body)["code"] == 40002


def test_only_a_wrong_value_lets_a_call_be_taken_apart() -> None:
    refused = call("event/track/", v2(element(NOW)), answer=said("event/track/", v2(element(NOW, user={}))))
    limited = call("event/track/", v2(element(NOW)), answer=said("event/track/", b"", Fault.RATE_LIMITED))
    broken = replace(refused, response=None)
    assert [SERVER.take_apart(each) for each in (refused, limited, broken)] == [True, False, False]


@pytest.mark.parametrize(
    ("token", "works", "words"),
    [
        ("good", True, "The token is taken."),
        ("sandbox-invalid", False, "40105 · Access token not valid"),
        ("sandbox-no-permission", False, "40001 · No right to this pixel"),
        ("", False, "40104 · Access token missing"),
    ],
)
def test_a_token_is_asked_after_without_sending_an_event(token: str, works: bool, words: str) -> None:
    assert SERVER.token_question is not None
    assert SERVER.token_answer is not None
    asked = SERVER.token_question(BASE, CODE, None)
    assert (json.loads(asked.request.body)["data"], asked.events, asked.counts) == ([], 0, False)
    headers = (("Access-Token", token),) if token else ()
    response = answer(replace(asked.request, headers=headers), NOW, Faults())
    told = SERVER.token_answer(Exchange(Provenance.SENT, asked.request, response))
    assert told.works is works
    assert told.text.startswith(words)


def test_what_does_not_tell_says_so() -> None:
    assert SERVER.token_answer is not None
    for text, works in ((b"<html>", None), (b'{"code":40100}', None), (b'{"code":99}', None)):
        response = replace(answer(Request("GET", API), NOW), body=text)
        assert SERVER.token_answer(Exchange(Provenance.SENT, Request("POST", API), response)).works is works
    gone = Exchange(Provenance.SENT, Request("POST", API), error="No route to host")
    assert SERVER.token_answer(gone) == (False, "No route to host")


@pytest.mark.parametrize(
    ("url", "method", "status", "kind"),
    [
        (PIXEL, "POST", 200, "application/json"),
        ("https://analytics.tiktok.com/i18n/pixel/events.js?sdkid=C&lib=ttq", "GET", 200, "application/javascript"),
        ("https://analytics.tiktok.com/i18n/pixel/config.js?sdkid=C", "GET", 200, "application/javascript"),
        ("https://analytics.tiktok.com/i18n/pixel/config?sdkid=C", "GET", 200, "application/javascript"),
        ("https://analytics.tiktok.com/api/v2/pixel/act", "POST", 200, "application/json"),
        ("https://analytics.tiktok.com/robots", "GET", 204, ""),
    ],
)
def test_a_page_gets_what_it_asked_for(url: str, method: str, status: int, kind: str) -> None:
    found = page(Request(method, url))
    assert (found.status, dict(found.headers).get("content-type", "")) == (status, kind)


def test_a_page_of_another_origin_may_read_the_pixels_answer() -> None:
    found = dict(page(Request("OPTIONS", PIXEL, (("Origin", "https://shop.example"),))).headers)
    assert found["access-control-allow-origin"] == "https://shop.example"
    assert found["access-control-allow-credentials"] == "true"


@pytest.mark.parametrize(
    ("method", "url", "served"),
    [
        ("POST", f"{API}/event/track/", True),
        ("GET", f"{API}/pixel/track/", True),
        ("POST", "https://gateway.example/open_api/v1.3/event/track/", True),
        ("POST", PIXEL, False),
        ("POST", "https://shop.example/event/track/", False),
    ],
)
def test_a_call_is_told_from_a_pixels_request(method: str, url: str, served: bool) -> None:
    assert SERVER.serves(Request(method, url)) is served
