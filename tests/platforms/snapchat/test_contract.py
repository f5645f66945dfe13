"""Snapchat's stand-in: its refusals and faults, the token's question, the page's side, one host for both."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from msgspec.structs import replace

from app.model import Exchange, Outcome, Provenance, Request
from app.platforms import decode
from app.platforms.sandbox import Fault, Faults
from app.platforms.snapchat.contract import answer, page
from app.platforms.snapchat.server_api import SERVER
from tests.platforms.snapchat.halves import BASE, CALL, OLDER, PIXEL, PIXEL_ID, element, flat

NOW = time.time_ns() // 1_000_000


def asked(body: Any, url: str = CALL, token: str = "any") -> Request:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Request("POST", f"{url}?access_token={token}" if token else url, (), data)


def said(body: Any, url: str = CALL, fault: Fault | None = None, token: str = "any") -> tuple[int, dict[str, Any]]:
    response = answer(asked(body, url, token), NOW, Faults(fault))
    found: dict[str, Any] = json.loads(response.body)
    return response.status, found


GOOD = {"data": [element(NOW)]}
BAD = {"data": [element(NOW), element(NOW, event_name="")]}


def test_a_sound_call_is_valid_in_every_form() -> None:
    assert said(GOOD) == (200, {"status": "VALID", "reason": "Events have been processed successfully."})
    assert said([flat(NOW)], OLDER)[1]["status"] == "SUCCESS"
    status, body = said(GOOD, f"{CALL}/validate")
    assert (status, body["test_event"], [log["status"] for log in body["event_logs"]]) == (200, True, ["VALID"])
    bearer = replace(asked(GOOD, token=""), headers=(("Authorization", "Bearer abc"),))
    assert answer(bearer, NOW).status == 200


def test_one_bad_event_refuses_the_call_and_is_named() -> None:
    status, body = said(BAD)
    assert (status, body["status"], body["event"], len(body["errors"]["error_msgs"])) == (400, "INVALID", 1, 1)
    assert body["errors"]["error_msgs"][0].startswith("event_name: ")
    assert [log["status"] for log in said(BAD, f"{CALL}/validate")[1]["event_logs"]] == ["VALID", "INVALID"]
    status, body = said([flat(NOW), flat(NOW, timestamp="soon")], OLDER)
    assert (status, body["status"], body["error_records"][0]["record_indexes"]) == (400, "FAILED", [1])
    assert body["error_records"][0]["reason"].startswith("timestamp: ")


@pytest.mark.parametrize("url", [CALL, f"{CALL}/validate", OLDER])
def test_what_the_stand_in_says_is_read_back(url: str) -> None:
    bad = [flat(NOW), flat(NOW, event_type="")] if url == OLDER else BAD
    request = asked(bad, url)
    events = decode(Exchange(Provenance.FORWARDED, request, answer(request, NOW), number=1))
    whole = url == CALL
    assert [event.outcome for event in events] == [
        Outcome.REJECTED if whole else Outcome.ACCEPTED if "validate" in url else Outcome.REJECTED,
        Outcome.REJECTED,
    ]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"data": []}', b'{"data": {}}', b"7", b'{"data": [1]}'])
@pytest.mark.parametrize("url", [CALL, OLDER])
def test_junk_is_refused(body: bytes, url: str) -> None:
    assert said(body, url)[0] == 400


@pytest.mark.parametrize(
    ("fault", "status", "outcome"),
    [
        (Fault.UNKNOWN_ERROR, 500, Outcome.FAILED),
        (Fault.UNAVAILABLE, 503, Outcome.FAILED),
        (Fault.RATE_LIMITED, 429, Outcome.REJECTED),
        (Fault.TOKEN_INVALID, 401, Outcome.REJECTED),
        (Fault.TOKEN_EXPIRED, 401, Outcome.REJECTED),
        (Fault.NO_PERMISSION, 403, Outcome.REJECTED),
        (Fault.HTML, 502, Outcome.FAILED),
    ],
)
def test_every_fault_is_answered_and_understood(fault: Fault, status: int, outcome: Outcome) -> None:
    request = asked(GOOD)
    response = answer(request, NOW, Faults(fault))
    (event,) = decode(Exchange(Provenance.FORWARDED, request, response, number=1))
    assert (response.status, event.outcome) == (status, outcome)
    assert event.answer is not None
    assert event.answer.transient is (status >= 429)


def test_all_but_the_first_event_is_taken() -> None:
    request = asked({"data": [element(NOW), element(NOW, event_id="evt-8")]})
    events = decode(Exchange(Provenance.FORWARDED, request, answer(request, NOW, Faults(Fault.PARTIAL)), number=1))
    assert [event.outcome for event in events] == [Outcome.REJECTED, Outcome.ACCEPTED]


def test_paths_and_methods_have_their_own_refusals() -> None:
    assert said(GOOD, f"{BASE}/v3/events")[0] == 404
    assert answer(replace(asked(GOOD), method="PUT"), NOW).status == 405
    for path, key in (("logs", "logs"), ("stats", "status")):
        looked = answer(Request("GET", f"{CALL}/validate/{path}?access_token=a"), NOW)
        assert (looked.status, key in json.loads(looked.body)) == (200, True)


@pytest.mark.parametrize(
    ("token", "works", "words"),
    [
        ("any", True, "The token is taken"),
        ("sandbox-invalid", False, "HTTP 401 · Access token not valid"),
        ("sandbox-expired", False, "HTTP 401"),
        ("sandbox-no-permission", False, "HTTP 403 · No right to this pixel"),
        ("", False, "HTTP 401"),
    ],
)
def test_a_token_is_asked_after_without_sending_an_event(token: str, works: bool, words: str) -> None:
    assert SERVER.token_question is not None
    assert SERVER.token_answer is not None
    question = SERVER.token_question(BASE, PIXEL_ID, None)
    assert (json.loads(question.request.body), question.events, question.counts) == ({"data": []}, 0, False)
    assert question.request.url == f"{CALL}/validate"
    request = replace(question.request, url=f"{question.request.url}?access_token={token}")
    told = SERVER.token_answer(Exchange(Provenance.SENT, request, answer(request, NOW)))
    assert told.works is works
    assert told.text.startswith(words)


def test_what_does_not_tell_says_so() -> None:
    assert SERVER.token_answer is not None
    good = answer(asked(GOOD), NOW)
    for response in (
        replace(good, body=b"<html>"),
        replace(good, status=404, body=b"<html>"),
        replace(good, status=500, body=b"{}"),
        answer(asked(GOOD), NOW, Faults(Fault.RATE_LIMITED)),
    ):
        assert SERVER.token_answer(Exchange(Provenance.SENT, asked(GOOD), response)).works is None
    gone = Exchange(Provenance.SENT, asked(GOOD), error="No route to host")
    assert SERVER.token_answer(gone) == (False, "No route to host")


@pytest.mark.parametrize(
    ("url", "method", "status", "kind"),
    [
        (PIXEL, "POST", 200, ""),
        (PIXEL, "GET", 200, "image/gif"),
        ("https://tr6.snapchat.com/p", "POST", 200, ""),
        (f"{BASE}/cm/i?pid=1", "GET", 200, "image/gif"),
        (f"{BASE}/config/de/{PIXEL_ID}.js", "GET", 200, "application/javascript"),
        ("https://sc-static.net/scevent.min.js", "GET", 200, "application/javascript"),
        (f"{BASE}/robots", "GET", 204, ""),
    ],
)
def test_a_page_gets_what_it_asked_for(url: str, method: str, status: int, kind: str) -> None:
    found = page(Request(method, url, (("Origin", "https://shop.example"),)))
    assert (found.status, dict(found.headers).get("content-type", "")) == (status, kind)
    if method == "POST":
        assert dict(found.headers)["access-control-allow-origin"] == "https://shop.example"


@pytest.mark.parametrize(
    ("method", "url", "served"),
    [
        ("POST", CALL, True),
        ("GET", f"{CALL}/validate/logs", True),
        ("POST", OLDER, True),
        ("POST", f"https://relay.example/v3/{PIXEL_ID}/events", True),
        ("POST", PIXEL, False),
        ("GET", f"{PIXEL}?ev=SAVE", False),
        ("POST", "https://tr6.snapchat.com/p", False),
        ("POST", "https://relay.example/v3/1111111111111111/events", False),
    ],
)
def test_a_call_is_told_from_a_pixels_request_by_its_path(method: str, url: str, served: bool) -> None:
    assert SERVER.serves(Request(method, url)) is served
