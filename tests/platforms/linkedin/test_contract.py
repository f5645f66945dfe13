"""The stand-in for LinkedIn's Conversions API answers by the documented contract, faults included."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.model import Outcome, Request, Response
from app.platforms import decode
from app.platforms.json_text import loaded
from app.platforms.linkedin.contract import TOKENS
from app.platforms.linkedin.logged import LOGGED
from app.platforms.linkedin.server_api import SANDBOX, SERVER
from app.platforms.logged_payloads import Shape
from app.platforms.sandbox import Fault, Faults
from app.platforms.server_api import ComposeError
from tests.fuzz.test_decoders import BODY
from tests.platforms.linkedin.halves import BASE, CALLS, call, element
from tests.platforms.linkedin.test_reading import OWN

AT = 1_795_169_730_123  # 20 November 2026
RULES = f"{BASE}/rest/conversions/7"
HEADS = {"Authorization": "Bearer any", "LinkedIn-Version": "202608", "X-RestLi-Method": "CREATE"}


def said(body: Any, fault: Fault | None = None, url: str = CALLS, method: str = "POST", **headers: Any) -> Response:
    heads = HEADS | {name.replace("_", "-"): value for name, value in headers.items()}
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return SANDBOX.server(Request(method, url, tuple(heads.items()), data), AT, Faults(fault))


def told(answer: Response) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(answer.body)
    return found


def test_one_event_is_taken_without_a_word_and_a_batch_event_by_event() -> None:
    assert (said(element(AT)).status, said(element(AT)).body) == (201, b"")
    batch = said({"elements": [element(AT), element(AT)]})
    assert (batch.status, told(batch)) == (200, {"elements": [{"status": 201}, {"status": 201}]})


def test_one_wrong_event_refuses_the_whole_batch_with_a_line_for_each_path() -> None:
    wrong = element(AT, conversionValue={"currencyCode": "EUR"}, user={"userInfo": {"lastName": "B"}})
    answer = said({"elements": [element(AT), wrong]})
    lines = told(answer)["message"].splitlines()
    assert answer.status == 422
    assert lines[0].startswith("Index: 1, ERROR :: /conversionValue/amount :: field is required but not found")
    assert [line.partition(" ::")[0] for line in lines[1:]] == ["ERROR", "ERROR"]
    events = decode(call({"elements": [element(AT), wrong]}, answer=answer))
    assert [event.outcome for event in events] == [Outcome.REJECTED] * 2
    assert events[1].answer is not None
    assert events[1].answer.blamed == "conversionValue.amount"


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Authorization": ""}, 401, "EMPTY_ACCESS_TOKEN"),
        ({"Authorization": "any"}, 401, "EMPTY_ACCESS_TOKEN"),
        ({"LinkedIn_Version": ""}, 400, "VERSION_MISSING"),
        ({"LinkedIn_Version": "202510"}, 426, "NONEXISTENT_VERSION"),
        ({"LinkedIn_Version": "202612"}, 426, "NONEXISTENT_VERSION"),
        ({"LinkedIn_Version": "august"}, 426, "NONEXISTENT_VERSION"),
    ],
)
def test_what_a_call_needs_besides_its_event(headers: dict[str, str], status: int, code: str) -> None:
    answer = said(element(AT), None, **headers)
    assert (answer.status, told(answer)["code"]) == (status, code)


@pytest.mark.parametrize("version", ["202511", "202608", "202608.01", "202611"])
def test_a_version_lives_a_year(version: str) -> None:
    assert said(element(AT), LinkedIn_Version=version).status == 201


@pytest.mark.parametrize("name", TOKENS)
def test_a_token_is_refused_by_its_name(name: str) -> None:
    answer = said(element(AT), Authorization=f"Bearer {name}")
    assert answer.status == TOKENS[name].status
    (event,) = decode(call(element(AT), answer=answer))
    assert event.outcome is Outcome.REJECTED


@pytest.mark.parametrize(
    ("body", "url", "method", "status"),
    [
        (b"{", CALLS, "POST", 400),
        ([], CALLS, "POST", 400),
        ({"elements": 7}, CALLS, "POST", 400),
        ({"elements": [{}] * 5001}, CALLS, "POST", 400),
        ({"elements": [7]}, CALLS, "POST", 422),
        (element(AT), CALLS, "PUT", 405),
        (element(AT), CALLS.replace("rest", "restful"), "POST", 404),
    ],
)
def test_junk_gets_its_refusal(body: Any, url: str, method: str, status: int) -> None:
    assert said(body, url=url, method=method).status == status


def test_the_older_path_knows_no_versions() -> None:
    assert said(element(AT), url=CALLS.replace("rest", "v2"), LinkedIn_Version="").status == 201


@pytest.mark.parametrize(
    "url", ["conversions/20529388", "conversions?q=account&account=urn%3Ali%3AsponsoredAccount%3A1"]
)
def test_rules_may_be_looked_at(url: str) -> None:
    answer = said(b"", url=f"https://api.linkedin.com/rest/{url}", method="GET")
    assert answer.status == 200
    assert b"20529388" in answer.body


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (Fault.UNKNOWN_ERROR, 500),
        (Fault.UNAVAILABLE, 503),
        (Fault.RATE_LIMITED, 429),
        (Fault.TOKEN_INVALID, 401),
        (Fault.TOKEN_EXPIRED, 401),
        (Fault.NO_PERMISSION, 403),
        (Fault.HTML, 502),
    ],
)
def test_every_fault_has_its_answer(fault: Fault, status: int) -> None:
    answer = said(element(AT), fault)
    assert answer.status == status
    (event,) = decode(call(element(AT), answer=answer))
    assert event.outcome.lost


def test_a_partial_failure_is_the_first_event_of_a_batch() -> None:
    body = {"elements": [element(AT), element(AT, eventId="evt-8")]}
    events = decode(call(body, answer=said(body, Fault.PARTIAL)))
    assert [event.outcome for event in events] == [Outcome.FAILED, Outcome.ACCEPTED]
    (alone,) = decode(call(element(AT), answer=said(element(AT), Fault.PARTIAL)))
    assert alone.outcome is Outcome.FAILED


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://px.ads.linkedin.com/collect?pid=1", "image/gif"),
        ("https://snap.licdn.com/li.lms-analytics/insight.min.js", "application/javascript"),
    ],
)
def test_a_page_gets_a_picture_and_a_script(url: str, kind: str) -> None:
    answer = SANDBOX.browser(Request("GET", url))
    assert (answer.status, answer.header("content-type")) == (200, kind)


@settings(max_examples=80, deadline=None)
@given(OWN | BODY, st.sampled_from(["POST", "GET", "PUT"]), st.sampled_from([CALLS, RULES, f"{CALLS}x", "x"]))
def test_whatever_is_sent_is_answered_and_whatever_is_pasted_or_logged_is_looked_at(
    body: bytes, method: str, url: str
) -> None:
    request = Request(method, url, tuple(HEADS.items()), body)
    assert 200 <= SANDBOX.server(request, AT, Faults()).status < 600
    draft = SERVER.read_pasted(Request("POST", "", (), body))
    if draft is not None:
        SERVER.validate(draft, AT)
        with contextlib.suppress(ComposeError):
            SERVER.outgoing(draft, BASE)
        for snippet in SERVER.snippets:
            assert isinstance(snippet.write(draft), str)
    value = loaded(body.decode("utf-8", "replace"))
    assert LOGGED.shape(value) in (None, *Shape)
