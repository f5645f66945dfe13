"""Microsoft's stand-in: validation by index, tokens, faults; the token's question; the page's side."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from msgspec.structs import replace

from app.model import Exchange, Outcome, Provenance, Request, Response
from app.platforms import decode, platform
from app.platforms.microsoft.contract import answer, page
from app.platforms.microsoft.server_api import SERVER
from app.platforms.sandbox import Fault, Faults
from tests.platforms.microsoft.halves import API, BASE, HIT, TAG, body, call, element

NOW = time.time_ns() // 1_000_000


def said(sent: Any, fault: Fault | None = None, token: str = "any", url: str = API) -> tuple[int, dict[str, Any]]:
    data = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
    headers = (("Authorization", f"Bearer {token}"),) if token else ()
    response = answer(Request("POST", url, headers, data), NOW, Faults(fault))
    found: dict[str, Any] = json.loads(response.body)
    assert found["traceId"]
    return response.status, found


PLAIN = {"em": "mary@shop.example"}


@pytest.mark.parametrize(
    ("sent", "status", "received"),
    [
        (body(element(NOW)), 200, 1),
        (body(element(NOW), element(NOW)), 200, 2),
        (body(element(NOW), element(NOW, userData=PLAIN)), 200, 1),
        (body(element(NOW), element(NOW, userData=PLAIN), continueOnValidationError=False), 400, 0),
        (body(element(NOW, userData=PLAIN)), 400, 0),
        (body(), 400, 0),
        (body(*[element(NOW)] * 1001), 400, 0),
        ({"events": []}, 400, 0),
        (b"{", 400, 0),
        (b"\xff\xfe", 400, 0),
        (b"[1]", 400, 0),
        (b"[" * 5000, 400, 0),
    ],
)
def test_a_call_is_answered_by_the_contract(sent: Any, status: int, received: int) -> None:
    found = said(sent)
    assert (found[0], found[1]["eventsReceived"]) == (status, received)


def test_a_refusal_names_place_and_property_and_never_repeats_the_value() -> None:
    status, found = said(body(element(NOW), element(NOW, userData=PLAIN)))
    (detail,) = found["error"]["details"]
    assert (status, detail["index"], detail["propertyName"], detail["isWarning"]) == (200, 1, "userData.em", False)
    assert detail["errorMessage"].startswith("'em' must be a valid SHA256 string")
    assert "mary@" not in json.dumps(found)


@pytest.mark.parametrize(
    ("token", "status"),
    [("", 401), ("sandbox-invalid", 401), ("sandbox-expired", 401), ("sandbox-no-permission", 403)],
)
def test_a_token_is_looked_at_first(token: str, status: int) -> None:
    assert said(b"{", token=token)[0] == status


def test_another_path_is_not_found() -> None:
    assert said(body(element(NOW)), url=f"{BASE}/v2/{TAG}")[0] == 404


@pytest.mark.parametrize(
    ("fault", "status", "outcome", "transient"),
    [
        (Fault.RATE_LIMITED, 429, Outcome.REJECTED, True),
        (Fault.UNKNOWN_ERROR, 500, Outcome.FAILED, True),
        (Fault.UNAVAILABLE, 503, Outcome.FAILED, True),
        (Fault.TOKEN_INVALID, 401, Outcome.REJECTED, False),
        (Fault.TOKEN_EXPIRED, 401, Outcome.REJECTED, False),
        (Fault.NO_PERMISSION, 403, Outcome.REJECTED, False),
    ],
)
def test_a_fault_is_answered_and_read_back_with_its_cause(
    fault: Fault, status: int, outcome: Outcome, transient: bool
) -> None:
    found = said(body(element(NOW)), fault)
    assert found[0] == status
    (event,) = decode(call(body(element(NOW)), status=status, answer=found[1]))
    assert event.answer is not None
    assert (event.outcome, event.answer.transient, event.answer.trace_id) == (outcome, transient, found[1]["traceId"])
    assert platform("microsoft").explain(event.answer.code, None) is not None


def test_all_but_the_first_may_be_taken() -> None:
    sent = body(element(NOW), element(NOW, eventId="evt-8"))
    status, found = said(sent, Fault.PARTIAL)
    assert (status, found["eventsReceived"]) == (200, 1)
    events = decode(call(sent, status=status, answer=found))
    assert [event.outcome for event in events] == [Outcome.REJECTED, Outcome.ACCEPTED]


def test_a_gateway_in_trouble_gives_a_page() -> None:
    assert answer(Request("POST", API), NOW, Faults(Fault.HTML)).status == 502


def test_only_a_call_that_was_refused_whole_for_a_value_is_taken_apart() -> None:
    wrong = (element(NOW), element(NOW, userData=PLAIN))
    whole, going_on = body(*wrong, continueOnValidationError=False), body(*wrong)
    refused = call(whole, status=400, answer=said(whole)[1])
    part = call(going_on, status=200, answer=said(going_on)[1])
    limited = call(whole, status=429, answer=said(whole, Fault.RATE_LIMITED)[1])
    broken = replace(refused, response=None)
    assert [SERVER.take_apart(each) for each in (refused, part, limited, broken)] == [True, False, False, False]


@pytest.mark.parametrize(
    ("token", "works", "words"),
    [
        ("good", True, "The token is taken."),
        ("sandbox-invalid", False, "401 · Access token not taken"),
        ("sandbox-no-permission", False, "403 · No right to this tag"),
        ("", False, "401 · Access token not taken"),
    ],
)
def test_a_token_is_asked_after_without_sending_an_event(token: str, works: bool, words: str) -> None:
    assert SERVER.token_question is not None
    assert SERVER.token_answer is not None
    asked = SERVER.token_question(BASE, TAG, None)
    assert (json.loads(asked.request.body)["data"], asked.events, asked.counts) == ([], 0, False)
    headers = (("Authorization", f"Bearer {token}"),) if token else ()
    response = answer(replace(asked.request, headers=headers), NOW, Faults())
    told = SERVER.token_answer(Exchange(Provenance.SENT, asked.request, response))
    assert told.works is works
    assert told.text.startswith(words)


def test_what_does_not_tell_says_so() -> None:
    assert SERVER.token_answer is not None
    broken = b'{"error":{"code":"InternalServerError"}}'
    for status, text in ((200, b"<html>"), (400, b"{}"), (500, broken), (418, b"")):
        exchange = Exchange(Provenance.SENT, Request("POST", API), Response(status, (), text))
        assert SERVER.token_answer(exchange).works is None
    gone = Exchange(Provenance.SENT, Request("POST", API), error="No route to host")
    assert SERVER.token_answer(gone) == (False, "No route to host")


@pytest.mark.parametrize(
    ("url", "method", "status", "kind"),
    [
        (HIT, "GET", 200, "image/gif"),
        ("https://bat.bing.com/actionp/0", "POST", 204, ""),
        ("https://c.bing.com/c.gif?Red3=BACID_7&vid=1", "GET", 200, "image/gif"),
        ("https://bat.bing.com/bat.js", "GET", 200, "application/javascript"),
        (f"https://bat.bing.com/p/action/{TAG}.js", "GET", 200, "application/javascript"),
        ("https://bat.bing.com/robots", "GET", 204, ""),
    ],
)
def test_a_page_gets_what_it_asked_for(url: str, method: str, status: int, kind: str) -> None:
    found = page(Request(method, url))
    assert (found.status, dict(found.headers).get("content-type", "")) == (status, kind)


@pytest.mark.parametrize(
    ("method", "url", "served"),
    [
        ("POST", API, True),
        ("GET", API, True),
        ("GET", HIT, False),
        ("POST", "https://shop.example/v1/7/events", False),
    ],
)
def test_a_call_is_told_from_a_hit(method: str, url: str, served: bool) -> None:
    assert SERVER.serves(Request(method, url)) is served
