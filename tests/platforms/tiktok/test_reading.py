"""TikTok beyond the shared vectors: encodings, several pixel codes, older calls, partial answers, the library's own."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from msgspec.structs import replace

from app.analysis.engine import Analysis
from app.checks import Context
from app.model import Customer, Event, Exchange, Kind, Outcome, Provenance, Request, Response, Side, Verdict
from app.platforms import decode, rules_of
from tests.platforms.vectors import of_har

PIXEL = "https://analytics.tiktok.com/api/v2/pixel"
API = "https://business-api.tiktok.com/open_api/v1.3"
CODE = "CQ7EXAMPLE0PIXELCODE"


def payload(**changes: Any) -> dict[str, Any]:
    plain = {
        "event": "CompletePayment",
        "event_id": "evt-7",
        "timestamp": "2026-11-20T10:15:30.123Z",
        "context": {"pixel": {"code": CODE}, "page": {"url": "https://shop.example/thanks"}, "user": {}},
        "properties": {"value": 59.9, "currency": "EUR"},
    }
    return plain | changes


def sent(url: str, body: Any = None, answer: Any = None, method: str = "POST", **headers: str) -> tuple[Event, ...]:
    data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    response = None if answer is None else Response(200, (), json.dumps(answer).encode())
    heads = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return decode(Exchange(Provenance.IMPORTED, Request(method, url, heads, data), response, number=1))


def _coded(safe: bool) -> str:
    text = json.dumps(payload()).encode()
    return (base64.urlsafe_b64encode(text) if safe else base64.b64encode(text)).decode().rstrip("=")


@pytest.mark.parametrize(
    "events",
    [
        lambda: sent(PIXEL, payload()),
        lambda: sent(f"{PIXEL}/track/", payload()),
        lambda: sent("https://analytics.tiktok.com/api/v1/track", payload()),
        lambda: sent("https://analytics.tiktok.com/api/v2/shopify_pixel", payload()),
        lambda: sent(f"{PIXEL}?analytics_message={_coded(safe=True)}", method="GET"),
        lambda: sent(PIXEL, _coded(safe=False).encode()),
        lambda: sent(PIXEL, f"analytics_message={_coded(safe=True)}".encode()),
        lambda: sent(PIXEL, [payload()]),
        lambda: sent(PIXEL, {"batch": [payload()]}),
        lambda: sent("https://eu.analytics.tiktok.com/api/v2/pixel", payload()),
        lambda: sent("https://shop.example/api/v2/pixel", payload()),
    ],
)
def test_one_event_in_every_encoding(events: Any) -> None:
    (event,) = events()
    assert (event.kind, event.side, event.account, event.name, event.event_id, event.own_ms) == (
        Kind.EVENT,
        Side.BROWSER,
        CODE,
        "CompletePayment",
        "evt-7",
        1_795_169_730_123,
    )


def test_each_pixel_code_gets_its_own_event() -> None:
    both = {"pixel": {"code": CODE, "codes": f"{CODE}|CR8SECOND"}}
    events = sent(PIXEL, payload(context=both))
    assert [(event.id, event.account) for event in events] == [("e1.0", CODE), ("e1.1", "CR8SECOND")]


@pytest.mark.parametrize(
    ("url", "body", "name"),
    [
        (f"{PIXEL}/act", payload(event="", action="Click"), "Click"),
        ("https://analytics.tiktok.com/api/v2/performance_interaction", payload(event=""), "performance_interaction"),
        (f"{PIXEL}/enrich_ipv6", {}, "enrich_ipv6"),
        (PIXEL, payload(event="EnrichAM"), "EnrichAM"),
        (f"{PIXEL}?sdkid={CODE}", None, ""),
    ],
)
def test_what_the_library_sends_for_itself_is_shown_and_never_counted(url: str, body: Any, name: str) -> None:
    (event,) = sent(url, body)
    assert (event.kind, event.name, event.keys) == (Kind.OTHER, name, ())


def test_the_librarys_own_validation_is_told() -> None:
    labels = {"raw_email": {"label": "invalid", "abnormal_types": ["unknown_invalid"]}, "raw_phone": {"label": "valid"}}
    analysis = Analysis(Context(), rules_of())
    analysis.add(sent(PIXEL, payload(signal_diagnostic_labels=labels)))
    (group,) = analysis.groups()
    (told,) = [finding for finding in group.findings if finding.code == "platform-diagnosis"]
    assert told.field == "signal_diagnostic_labels.raw_email"
    assert "unknown_invalid" in told.message


@pytest.mark.parametrize(
    ("path", "body", "account", "own_ms", "off_page"),
    [
        ("event/track/", {"event_source": "web", "event_source_id": CODE}, CODE, 1_795_169_730_000, False),
        ("event/track", {"event_source": "offline", "event_source_id": "77"}, "77", 1_795_169_730_000, True),
        ("pixel/batch/", {"pixel_code": CODE}, CODE, 1_795_169_730_123, False),
        ("offline/batch/", {"event_set_id": "88"}, "88", 1_795_169_730_123, True),
    ],
)
def test_every_form_of_a_server_call(
    path: str, body: dict[str, Any], account: str, own_ms: int, off_page: bool
) -> None:
    element: dict[str, Any] = {"event": "CompletePayment", "event_id": "evt-7", "properties": {"value": "59.90"}}
    if "event/" in path:
        body |= {"data": [element | {"event_time": 1_795_169_730}]}
    else:
        body |= {"batch": [element | {"timestamp": "2026-11-20T10:15:30.123Z"}]}
    (event,) = sent(f"{API}/{path}", body)
    assert (event.account, event.own_ms, event.off_page, event.value) == (account, own_ms, off_page, "59.90")


@pytest.mark.parametrize(
    ("answer", "outcomes"),
    [
        ({"code": 0, "message": "OK"}, [Outcome.ACCEPTED, Outcome.ACCEPTED]),
        ({"code": 40002, "message": "data.0.event: Missing"}, [Outcome.REJECTED, Outcome.REJECTED]),
        ({"code": 50000, "message": "System error"}, [Outcome.FAILED, Outcome.FAILED]),
        (
            {"code": 20001, "message": "Some failed", "data": {"failed_events": [{"order_in_request": 1}]}},
            [Outcome.ACCEPTED, Outcome.REJECTED],
        ),
        ({"code": 20001, "message": "Some failed"}, [Outcome.UNKNOWN, Outcome.UNKNOWN]),
        ("<html>Bad gateway</html>", [Outcome.UNKNOWN, Outcome.UNKNOWN]),
    ],
)
def test_the_answers_code_decides_and_not_its_status(answer: Any, outcomes: list[Outcome]) -> None:
    element = {"event": "CompletePayment", "event_time": 1_795_169_730, "event_id": "evt-7"}
    body = {"event_source": "web", "event_source_id": CODE, "data": [element, element]}
    assert [event.outcome for event in sent(f"{API}/event/track/", body, answer)] == outcomes


def test_the_path_in_a_refusal_is_blamed_and_its_cause_told() -> None:
    message = "data.0.properties.contents.0.content_id: Not a valid string"
    body = {"event_source_id": CODE, "data": [{"event": "Purchase", "event_id": "a", "event_time": 1_795_169_730}]}
    events = sent(f"{API}/event/track/", body, {"code": 40002, "message": message, "request_id": "2026A"})
    analysis = Analysis(Context(), rules_of())
    analysis.add(events)
    (group,) = analysis.groups()
    (told,) = [finding for finding in group.findings if finding.code == "send-rejected"]
    assert events[0].answer is not None
    assert (events[0].answer.blamed, events[0].answer.trace_id) == (message.partition(":")[0], "2026A")
    assert "40002" in told.message


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"data": []}', b"\xff\xfe", b'[1, "x", null]'])
def test_a_call_that_can_not_be_read_is_never_lost(body: bytes) -> None:
    events = sent(f"{API}/event/track/", body)
    assert all(event.kind is not Kind.EVENT for event in events)
    if body:
        assert events
        assert events[0].flaws


def test_the_real_halves_get_the_verdicts_they_deserve() -> None:
    mary = Customer((("em", ("mary@shop.example",)),))
    analysis = Analysis(Context(customer=mary), rules_of())
    browser, server = of_har("real/tiktok_browser.har"), of_har("real/tiktok_server.har")
    for number, event in enumerate((*browser, *server)):
        analysis.add([replace(event, id=f"e{number + 1}.0", exchange=number + 1)])
    verdicts = {(group.name, group.event_id): group.verdict for group in analysis.groups() if group.event_id}
    assert verdicts == {
        ("ViewContent", "vc-1"): Verdict.DEDUPLICATED,
        ("CompletePayment", "evt-1187"): Verdict.DEDUPLICATED,
        ("CompletePayment", "evt-1188"): Verdict.DOUBLE_COUNTED,
        ("Purchase", "evt-1188"): Verdict.DOUBLE_COUNTED,
    }
    told = {(group.event_id, finding.code) for group in analysis.groups() for finding in group.findings}
    assert {("vc-1", "copy-dropped"), ("evt-1187", "copy-dropped"), ("evt-1188", "event-name-differs")} <= told
