"""X's stand-in: one bad event refuses the call and all is listed; the token's question; the page's side."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from msgspec.structs import replace

from app.model import Exchange, Outcome, Provenance, Request
from app.platforms import decode
from app.platforms.sandbox import Fault, Faults
from app.platforms.server_api import Terms
from app.platforms.x.contract import answer, page
from app.platforms.x.server_api import SERVER
from app.sending.auth import with_token
from tests.platforms.x.halves import API, BASE, HIT, KEYS, PIXEL, TWIN, call, element

NOW = time.time_ns() // 1_000_000
PROXY = "https://abcdef.eu.stape.example/stape-api/key0123456789/v1/twitter/auth-proxy"


def said(
    *events: Any, fault: Fault | None = None, token: str = "any", body: bytes | None = None, url: str = API
) -> tuple[int, dict[str, Any]]:
    headers = (("X-Pixel-Token", token),) if token else ()
    sent = json.dumps({"conversions": list(events)}).encode() if body is None else body
    response = answer(Request("POST", url, headers, sent), NOW, Faults(fault))
    found: dict[str, Any] = json.loads(response.body)
    return response.status, found


def test_a_sound_call_is_counted() -> None:
    status, found = said(element(NOW), element(NOW, conversion_id="SO-2"))
    assert (status, found["data"]["conversions_processed"]) == (200, 2)
    assert found["data"]["debug_id"] != said(element(NOW))[1]["data"]["debug_id"]


def test_everything_that_is_wrong_in_any_event_is_listed() -> None:
    wrong = element(NOW, identifiers=[{"hashed_email": "mary@shop.example"}], event_id="Purchase")
    status, found = said(element(NOW), wrong, element(NOW, identifiers=[]))
    assert status == 400
    assert [(error["code"], error["message"].partition(" is")[0]) for error in found["errors"]] == [
        ("INVALID_PARAMETER", "Event_id (Purchase)"),
        ("INVALID_PARAMETER", "Hashed_email"),
        ("MISSING_PARAMETER", "At least one user identifier must be provided: twclid, e-mail or phone."),
    ]
    events = decode(call(element(NOW), wrong, answer=found, status=status))
    assert [event.outcome for event in events] == [Outcome.REJECTED, Outcome.REJECTED]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "INVALID"),
        (b"[" * 5000, 400, "INVALID"),
        (b"\xff\xfe", 400, "INVALID"),
        (b"{}", 400, "MISSING_PARAMETER"),
        (b'{"conversions":[]}', 400, "MISSING_PARAMETER"),
        (b'{"conversions":{"a":1}}', 400, "INVALID_PARAMETER"),
        (b'{"conversions":["x"]}', 400, "INVALID_PARAMETER"),
        (json.dumps({"conversions": [element(NOW)] * 501}).encode(), 400, "INVALID_PARAMETER"),
        (json.dumps({"conversions": [element(NOW, event_id="tw-o8aaa-ol7lz")]}).encode(), 400, "INVALID_PARAMETER"),
    ],
)
def test_junk_is_refused_and_never_breaks_it(body: bytes, status: int, code: str) -> None:
    found = said(body=body)
    assert (found[0], found[1]["errors"][0]["code"]) == (status, code)


@pytest.mark.parametrize(
    ("token", "status"),
    [
        ("", 401),
        ("sandbox-invalid", 401),
        ("sandbox-expired", 401),
        ("sandbox-no-permission", 403),
        ("sandbox-wrong-account", 404),
    ],
)
def test_the_token_is_looked_at_first(token: str, status: int) -> None:
    assert said(body=b"{", token=token)[0] == status


def test_a_signature_is_taken_and_its_owner_may_be_refused_by_name() -> None:
    request = SERVER.outgoing(
        SERVER.templates.from_scratch("ol7lz", Terms(now_ms=NOW), account=PIXEL, source="web"), BASE
    ).request
    assert answer(with_token(request, SERVER.auth, KEYS), NOW).status == 200
    assert answer(with_token(request, SERVER.auth, "c:s:sandbox-invalid:z"), NOW).status == 401


def test_stapes_proxy_is_answered_by_the_secrets_in_the_body() -> None:
    body = {"pixel_id": PIXEL, "auth": {"oauth_token": "t"}, "conversions": [element(NOW)]}
    assert said(body=json.dumps(body).encode(), token="", url=PROXY)[0] == 200
    refused = body | {"auth": {"oauth_token": "sandbox-invalid"}}
    assert said(body=json.dumps(refused).encode(), token="", url=PROXY)[0] == 401


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
def test_a_fault_is_answered_in_the_platforms_words_and_read_back(
    fault: Fault, status: int, outcome: Outcome, transient: bool
) -> None:
    told, found = said(element(NOW), fault=fault)
    assert told == status
    (event,) = decode(call(element(NOW), answer=found, status=status))
    assert event.answer is not None
    assert (event.answer.code, event.outcome) == (found["errors"][0]["code"], outcome)
    assert event.answer.transient is transient


def test_a_number_that_is_too_small_says_nothing_of_which() -> None:
    status, found = said(element(NOW), element(NOW, conversion_id="SO-2"), fault=Fault.PARTIAL)
    events = decode(call(element(NOW), element(NOW, conversion_id="SO-2"), answer=found, status=status))
    assert [event.outcome for event in events] == [Outcome.UNKNOWN, Outcome.UNKNOWN]
    assert events[0].answer is not None
    assert (events[0].answer.received, events[0].answer.sent) == (1, 2)


def test_a_gateway_in_trouble_gives_a_page() -> None:
    assert answer(Request("POST", API), NOW, Faults(Fault.HTML)).status == 502


@pytest.mark.parametrize(("method", "path", "status"), [("GET", API, 405), ("POST", f"{BASE}/12/other", 404)])
def test_what_is_not_served_is_said(method: str, path: str, status: int) -> None:
    assert answer(Request(method, path, (("X-Pixel-Token", "any"),)), NOW).status == status


def test_only_a_wrong_event_lets_a_call_be_taken_apart() -> None:
    status, found = said(element(NOW, identifiers=[]))
    refused = call(element(NOW), answer=found, status=status)
    limited = call(element(NOW), answer=said(fault=Fault.RATE_LIMITED)[1], status=429)
    assert [SERVER.take_apart(each) for each in (refused, limited, replace(refused, response=None))] == [
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("keys", "works", "words"),
    [
        (KEYS, True, "The keys are taken; their user sees 1 ad account."),
        ("c:s:sandbox-invalid:z", False, "UNAUTHORIZED_ACCESS · Not authenticated"),
        ("c:s:sandbox-no-permission:z", False, "FORBIDDEN · No right to this pixel"),
        ("", False, "UNAUTHORIZED_ACCESS · Not authenticated"),
    ],
)
def test_four_keys_are_asked_after_without_sending_an_event(keys: str, works: bool, words: str) -> None:
    assert SERVER.token_question is not None
    assert SERVER.token_answer is not None
    asked = SERVER.token_question(BASE, PIXEL, None)
    assert (asked.request.method, asked.request.url, asked.events, asked.counts) == (
        "GET",
        f"{BASE}/12/accounts",
        0,
        False,
    )
    request = with_token(asked.request, asked.auth, keys) if keys else asked.request
    told = SERVER.token_answer(Exchange(Provenance.SENT, asked.request, answer(request, NOW)))
    assert told.works is works
    assert told.text.startswith(words)


def test_what_does_not_tell_says_so() -> None:
    assert SERVER.token_answer is not None
    for text, status in ((b"<html>", 200), (b"{}", 200), (b'{"errors":[{"code":"X","message":"m"}]}', 500)):
        response = replace(answer(Request("GET", API), NOW), body=text, status=status)
        assert SERVER.token_answer(Exchange(Provenance.SENT, Request("GET", API), response)).works is None
    gone = Exchange(Provenance.SENT, Request("GET", API), error="No route to host")
    assert SERVER.token_answer(gone) == (False, "No route to host")


@pytest.mark.parametrize(
    ("url", "method", "status", "kind"),
    [
        (f"{HIT}?txn_id=o9z1d", "GET", 200, "image/gif"),
        (f"{TWIN}?txn_id=o9z1d", "GET", 200, "image/gif"),
        ("https://analytics.x.com/1/i/adsctp", "POST", 200, "image/gif"),
        ("https://static.ads-twitter.com/uwt.js", "GET", 200, "application/javascript"),
        ("https://analytics.twitter.com/robots", "GET", 204, ""),
    ],
)
def test_a_page_gets_what_it_asked_for(url: str, method: str, status: int, kind: str) -> None:
    found = page(Request(method, url, (("Origin", "https://shop.example"),)))
    assert (found.status, dict(found.headers).get("content-type", "")) == (status, kind)
    assert dict(found.headers)["access-control-allow-origin"] == "https://shop.example"


@pytest.mark.parametrize(
    ("method", "url", "served"),
    [
        ("POST", API, True),
        ("GET", f"{BASE}/12/accounts", True),
        ("POST", API.replace("ads-api.x.com", "gateway.example"), True),
        ("POST", PROXY, True),
        ("POST", HIT, False),
        ("POST", "https://shop.example/conversions", False),
    ],
)
def test_a_call_is_told_from_a_pixels_request(method: str, url: str, served: bool) -> None:
    assert SERVER.serves(Request(method, url)) is served
