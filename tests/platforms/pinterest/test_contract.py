"""Pinterest's stand-in: a verdict for each event, refusals of the whole call, the token's question, the page's side."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from msgspec.structs import replace

from app.model import Exchange, Outcome, Provenance, Request, Response
from app.platforms import decode
from app.platforms.pinterest.contract import answer, page
from app.platforms.pinterest.server_api import SERVER
from app.platforms.sandbox import Fault, Faults
from tests.platforms.pinterest.halves import AD_ACCOUNT, API, BASE, EVENT, OLDER_API, SYNC, call, element, query, taken

NOW = time.time_ns() // 1_000_000


def said(
    body: Any, fault: Fault | None = None, token: str = "any", url: str = API, method: str = "POST"
) -> tuple[int, dict[str, Any]]:
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = (("Authorization", f"Bearer {token}"),) if token else ()
    response = answer(Request(method, url, headers, sent), NOW, Faults(fault))
    found: dict[str, Any] = json.loads(response.body)
    return response.status, found


def test_events_that_are_fine_are_processed() -> None:
    body = {"data": [element(NOW), element(NOW, event_id="evt-8")]}
    assert said(body) == (200, taken(2))
    assert said(body, url=f"{API}?test=true") == (200, taken(2))


def test_each_event_has_its_own_verdict() -> None:
    wrong = element(NOW, user_data={"em": ["mary@shop.example"]})
    odd = element(NOW, event_name="Checkout", extra=1)
    status, found = said({"data": [element(NOW), wrong, odd, "x"]})
    assert (status, found["num_events_received"], found["num_events_processed"]) == (200, 4, 2)
    assert [each["status"] for each in found["events"]] == ["processed", "failed", "processed", "failed"]
    assert found["events"][1]["error_message"] == "'em' must be SHA256 hashed values."
    assert "extra" in found["events"][2]["warning_message"]
    assert "JSON object" in found["events"][3]["error_message"]


@pytest.mark.parametrize(
    ("body", "url", "method", "status", "code"),
    [
        (b"{", API, "POST", 400, 4196),
        ({"data": []}, API, "POST", 400, 4196),
        ({"data": {}}, API, "POST", 400, 4196),
        ({"data": [element(NOW)] * 1001}, API, "POST", 400, 4196),
        ([element(NOW)], API, "POST", 400, 4196),
        ({"data": [element(NOW)]}, f"{BASE}/v5/ad_accounts/my-shop/events", "POST", 400, 1),
        ({"data": [element(NOW)]}, f"{BASE}/v5/pins", "POST", 404, 0),
        ({"data": [element(NOW)]}, API, "GET", 405, 0),
    ],
)
def test_what_is_no_call_is_refused_whole(body: Any, url: str, method: str, status: int, code: int) -> None:
    told, found = said(body, url=url, method=method)
    assert (told, found["code"]) == (status, code)


@pytest.mark.parametrize(
    ("token", "status", "code"),
    [("", 401, 2), ("sandbox-invalid", 401, 2), ("sandbox-expired", 401, 2), ("sandbox-no-permission", 403, 29)],
)
def test_a_token_is_looked_at_first(token: str, status: int, code: int) -> None:
    told, found = said(b"{", token=token)
    assert (told, found["code"]) == (status, code)


@pytest.mark.parametrize(
    ("fault", "outcomes"),
    [
        (Fault.UNKNOWN_ERROR, ["failed", "failed"]),
        (Fault.UNAVAILABLE, ["failed", "failed"]),
        (Fault.RATE_LIMITED, ["rejected", "rejected"]),
        (Fault.TOKEN_INVALID, ["rejected", "rejected"]),
        (Fault.TOKEN_EXPIRED, ["rejected", "rejected"]),
        (Fault.NO_PERMISSION, ["rejected", "rejected"]),
        (Fault.PARTIAL, ["rejected", "accepted"]),
        (Fault.HTML, ["failed", "failed"]),
        (None, ["accepted", "accepted"]),
    ],
)
def test_every_fault_is_read_back_as_what_it_is(fault: Fault | None, outcomes: list[str]) -> None:
    asked = call(element(NOW), element(NOW, event_id="b"))
    events = decode(replace(asked, response=answer(asked.request, NOW, Faults(fault))))
    assert [event.outcome.value for event in events] == outcomes
    lost = [event for event in events if event.outcome is not Outcome.ACCEPTED]
    assert all(event.answer and event.answer.transient is (fault in _AGAIN) for event in lost)


_AGAIN = (Fault.UNKNOWN_ERROR, Fault.UNAVAILABLE, Fault.RATE_LIMITED, Fault.HTML)


def test_the_older_version_is_answered_alike() -> None:
    assert said({"data": [element(NOW, advertiser_id="77")]}, url=OLDER_API) == (200, taken(1))


@pytest.mark.parametrize(
    ("token", "works", "words"),
    [
        ("any", True, "The token is taken"),
        ("sandbox-invalid", False, "2 · Authentication failed"),
        ("sandbox-no-permission", False, "29 · No right to this ad account"),
    ],
)
def test_a_token_is_asked_with_a_test_without_events(token: str, works: bool, words: str) -> None:
    assert SERVER.token_question is not None
    assert SERVER.token_answer is not None
    asked = SERVER.token_question(BASE, AD_ACCOUNT, None)
    assert (asked.request.url, asked.request.body, asked.counts) == (f"{API}?test=true", b'{"data":[]}', False)
    request = replace(asked.request, headers=(*asked.request.headers, ("Authorization", f"Bearer {token}")))
    told = SERVER.token_answer(Exchange(Provenance.SENT, request, answer(request, NOW)))
    assert told.works is works
    assert told.text.startswith(words)


@pytest.mark.parametrize(
    ("status", "body", "works"),
    [(502, b"<html>", None), (429, b'{"code":8}', None), (400, b'{"code":99}', None), (200, b"{}", True)],
)
def test_what_does_not_tell_says_so(status: int, body: bytes, works: bool | None) -> None:
    assert SERVER.token_answer is not None
    exchange = Exchange(Provenance.SENT, Request("POST", API), Response(status, (), body))
    assert SERVER.token_answer(exchange).works is works
    gone = Exchange(Provenance.SENT, Request("POST", API), error="No route to host")
    assert SERVER.token_answer(gone) == (False, "No route to host")


@pytest.mark.parametrize(
    ("status", "answer_", "apart"),
    [
        (422, {"code": 1, "message": "no", "details": {}}, True),
        (400, {"code": 4196, "message": "no"}, True),
        (400, {"code": 1, "message": "no"}, False),
        (422, {"code": 1, "details": {"events": [{"status": "failed"}]}}, False),
        (401, {"code": 2}, False),
        (200, taken(2), False),
    ],
)
def test_only_a_call_refused_whole_is_taken_apart(status: int, answer_: Any, apart: bool) -> None:
    assert SERVER.take_apart(call(element(NOW), element(NOW), answer=answer_, status=status)) is apart


@pytest.mark.parametrize(
    ("url", "headers", "kind"),
    [
        (f"{EVENT}?{query(NOW)}", (), "text/plain"),
        (f"{SYNC}?tid=1", (), "application/json"),
        (f"{EVENT}?{query(NOW)}", (("Sec-Fetch-Dest", "image"),), "image/gif"),
        (f"{EVENT}?event=pagevisit&noscript=1", (), "image/gif"),
        ("https://s.pinimg.com/ct/core.js", (), "application/javascript"),
        ("https://trk.pinterest.com/x", (), "application/json"),
    ],
)
def test_a_page_gets_what_it_asked_for(url: str, headers: tuple[tuple[str, str], ...], kind: str) -> None:
    found = page(Request("GET", url, headers))
    assert (found.status, dict(found.headers)["content-type"]) == (200, kind)


def test_a_page_of_another_origin_may_read_the_answer() -> None:
    found = dict(page(Request("GET", SYNC, (("Origin", "https://shop.example"),))).headers)
    assert found["access-control-allow-origin"] == "https://shop.example"
