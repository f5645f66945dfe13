"""The tag's hits and the API's calls beyond the shared vectors: roads, encodings, non-events, answers by index."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from app.model import Event, Exchange, Flaw, Kind, Outcome, Provenance, Request, Response, Side
from app.platforms import claims, decode, platform
from tests.platforms.microsoft.halves import (
    AGENT,
    API,
    CLICK,
    HIT,
    PHONE,
    TAG,
    TAG_MAIL,
    VISITOR,
    body,
    browser_event,
    call,
    element,
    hit,
    params,
    server_event,
)

NOW = 1_795_169_730_000
QUERY = urlencode(params())


def sent(url: str, data: bytes = b"", method: str = "GET", **given: Any) -> tuple[Event, ...]:
    headers = tuple((name.replace("_", "-"), value) for name, value in given.pop("headers", {}).items())
    exchange = Exchange(given.pop("via", Provenance.IMPORTED), Request(method, url, headers, data, **given), number=1)
    if decode(exchange):
        assert claims(exchange.request), "what is read was kept"
    return decode(exchange)


@pytest.mark.parametrize(
    "events",
    [
        lambda: sent(f"{HIT}?{QUERY}"),
        lambda: sent(f"https://bat.bing.com/action/0/?{QUERY}"),
        lambda: sent(f"https://bat.bing.net/action/0?{QUERY}"),
        lambda: sent(f"https://bat.bing.com/actionp/0?{QUERY}", method="POST"),
        lambda: sent("https://bat.bing.com/actionp/0", QUERY.encode(), "POST"),
        lambda: sent(f"https://bat.bing.com/actionp/0?ti={TAG}&Ver=2", QUERY.encode(), "POST"),
        lambda: sent("https://bat.bing.com/actionp/0", json.dumps(params()).encode(), "POST"),
        lambda: sent(f"https://commerce.bing.com/cst/0?{QUERY}"),
        lambda: sent(f"https://shop.example/action/0?{QUERY}"),
        lambda: sent("https://shop.example/metrics/actionp/0", QUERY.encode(), "POST"),
    ],
)
def test_one_event_on_every_road(events: Any) -> None:
    (event,) = events()
    assert (event.kind, event.side, event.account, event.name) == (Kind.EVENT, Side.BROWSER, TAG, "purchase")
    assert (event.event_id, event.order_id, event.value, event.currency) == ("evt-7", "SO-1187", "59.90", "EUR")
    assert [(item.key, item.value) for item in event.user] == [("em", TAG_MAIL), ("ph", PHONE)]
    assert [(line.id, line.quantity, line.price) for line in event.contents] == [("MUG-01", "2", "29.95")]
    assert len({field.key for field in event.fields}) == len(event.fields) or "Ver" in {f.key for f in event.fields}


def test_a_place_the_user_named_is_read_by_its_content() -> None:
    request = Request("GET", f"https://shop.example/fp/uet?{QUERY}")
    assert not claims(request)
    assert claims(request, ("shop.example/fp",))
    (event,) = decode(Exchange(Provenance.IMPORTED, request, number=1), ("shop.example/fp",))
    assert (event.account, event.transport) == (TAG, "GET, first-party endpoint")


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example/action/0?ti=abc&evt=custom",
        "https://shop.example/action/0?page=2",
        "https://shop.example/transaction?ti=1&evt=x",
        "https://bat.bing.com/p/insights/t/1",
        "https://c.bing.com/c.gif?ctsa=mr",
        "https://commerce.bing.com/api/search",
        f"https://capi.uet.microsoft.com/v1/{TAG}/status",
    ],
)
def test_what_is_not_microsofts_business_is_nobodys(url: str) -> None:
    assert not claims(Request("GET", url))
    assert sent(url) == ()


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("evt=consent&src=default&asc=D&cdb=AQED", "consent default"),
        ("evt=consent&src=update&asc=G&cdb=AQER", "consent update"),
        (f"evt=pid&pid=em%3D{TAG_MAIL}", "pid"),
        ("evt=pageHide", "pageHide"),
    ],
)
def test_what_the_library_tells_for_itself_is_shown_and_never_counted(query: str, name: str) -> None:
    (event,) = sent(f"https://bat.bing.com/actionp/0?ti={TAG}&Ver=2&mid=1&{query}", method="POST")
    assert (event.kind, event.name, event.account, event.keys) == (Kind.OTHER, name, TAG, ())


def test_an_identity_sync_and_a_preflight_count_nowhere() -> None:
    (event,) = sent(f"https://c.bing.com/c.gif?Red3=BACID_77&vid={VISITOR}&uid=user-7")
    assert (event.kind, event.name, event.match_id("vid")) == (Kind.OTHER, "identity sync", VISITOR)
    assert sent(f"{HIT}?{QUERY}", method="OPTIONS") == ()
    (checked,) = sent(f"{HIT}?{QUERY}", method="HEAD")
    assert checked.kind is Kind.OTHER


def test_the_library_and_a_tags_configuration_tell_whether_they_came() -> None:
    for url, name, account in (
        ("https://bat.bing.com/bat.js", "bat.js", ""),
        (f"https://bat.bing.com/p/action/{TAG}.js", "configuration", TAG),
    ):
        request = Request("GET", url)
        (came,) = decode(Exchange(Provenance.CAPTURED, request, Response(200), number=1))
        (lost,) = decode(Exchange(Provenance.CAPTURED, request, error="net::ERR_BLOCKED_BY_CLIENT", number=1))
        assert (came.kind, came.name, came.account) == (Kind.CONFIGURATION, name, account)
        assert (lost.kind, lost.outcome) == (Kind.OTHER, Outcome.FAILED)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({}, "purchase"),
        ({"evt": "pageLoad", "ea": None}, "pageLoad"),
        ({"evt": "page", "ea": None, "spa": "1"}, "page"),
        ({"ea": None, "ec": "shop", "el": "x"}, "custom"),
        ({"evt": None, "ea": None, "mid": None}, "pageLoad"),
    ],
)
def test_an_event_is_called_by_its_action_else_by_its_kind(changes: dict[str, Any], name: str) -> None:
    event = browser_event(NOW, **changes)
    assert (event.kind, event.name) == (Kind.EVENT, name)


def test_a_picture_written_by_hand_is_a_page_load() -> None:
    (event,) = sent(f"{HIT}?ti={TAG}&Ver=2", headers={"Referer": "https://shop.example/thanks"})
    assert (event.name, event.emitter, event.page) == (
        "pageLoad",
        "image without script",
        "https://shop.example/thanks",
    )


@pytest.mark.parametrize(
    ("sent_as", "click"),
    [
        (f"{CLICK}-0", CLICK),
        (f"{CLICK}-1", CLICK),
        (f"{CLICK}-1N", CLICK),
        (CLICK, CLICK),
        (f"_uet{CLICK}", CLICK),
        ("0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0", "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"),
        ("N", None),
        ("", None),
    ],
)
def test_a_click_id_is_taken_out_of_the_tags_marks(sent_as: str, click: str | None) -> None:
    assert browser_event(NOW, msclkid=sent_as).match_id("msclkid") == click


def test_a_click_id_of_a_server_container_or_of_the_cookie_is_found() -> None:
    assert browser_event(NOW, msclkid=None, uet_msclkid=CLICK).match_id("msclkid") == CLICK
    cookie = {"Cookie": f"_ga=1; _uetmsclkid=_uet{CLICK}"}
    (event,) = sent(f"https://shop.example/action/0?ti={TAG}&evt=custom", headers=cookie)
    assert event.match_id("msclkid") == CLICK


@pytest.mark.parametrize(
    ("asc", "words"), [("G", "ad storage granted"), ("D", "ad storage denied"), (None, None), ("X", "ad storage X")]
)
def test_consent_is_told_in_one_text_on_both_sides(asc: str | None, words: str | None) -> None:
    assert browser_event(NOW, asc=asc).consent == server_event(NOW, adStorageConsent=asc).consent == words


@pytest.mark.parametrize(
    ("changes", "ids"),
    [
        ({"items": None}, ["MUG-01"]),
        ({"items": None, "prodid": "MUG-01,TEE-XL"}, ["MUG-01", "TEE-XL"]),
        ({"items": None, "prodid": None, "ecomm_prodid": "A"}, ["A"]),
        ({"items": "id=A&quantity=1,id=B%2C2&price=3"}, ["A", "B,2"]),
        ({"items": '[{"id":"A","price":1},{"id":"B"}]'}, ["A", "B"]),
        ({"items": None, "items.0.id": "A", "items.1.id": "B", "items.1.price": "2"}, ["A", "B"]),
    ],
)
def test_a_basket_is_read_in_every_form(changes: dict[str, Any], ids: list[str]) -> None:
    event = browser_event(NOW, **changes)
    assert [line.id for line in event.contents] == ids
    assert event.flaws == ()


@pytest.mark.parametrize(
    ("changes", "flaw"),
    [
        ({"items": "price=3"}, Flaw("contents-malformed", "items", "no-id")),
        ({"items": "broken"}, Flaw("contents-malformed", "items", "not-a-list")),
        ({"event_id": " "}, Flaw("event-id-not-a-value", "event_id", "blank", " ")),
    ],
)
def test_what_can_not_be_read_is_said(changes: dict[str, Any], flaw: Flaw) -> None:
    assert browser_event(NOW, **changes).flaws == (flaw,)


def test_older_spellings_of_value_and_id_are_read() -> None:
    event = browser_event(NOW, gv=None, gc=None, revenue_value="5", currency="USD", event_id=None, eventId="evt-8")
    assert (event.value, event.currency, event.event_id) == ("5", "USD", "evt-8")
    assert browser_event(NOW, gv=None, ecomm_totalvalue="7").value == "7"


@pytest.mark.parametrize(
    ("via", "agent", "side"),
    [
        (Provenance.CAPTURED, AGENT, Side.BROWSER),
        (Provenance.PROXIED, AGENT, Side.SERVER),
        (Provenance.FORWARDED, "", Side.SERVER),
        (Provenance.IMPORTED, "Google-Tag-Manager/1.0", Side.SERVER),
        (Provenance.IMPORTED, "python-httpx/0.28", Side.SERVER),
        (Provenance.IMPORTED, "", Side.BROWSER),
    ],
)
def test_a_hit_that_a_server_built_is_told_by_its_sender(via: Provenance, agent: str, side: Side) -> None:
    (event,) = sent(f"{HIT}?{QUERY}", via=via, headers={"User-Agent": agent} if agent else {})
    assert event.side is side
    assert ("microsoft-hit-from-server" in {flaw.code for flaw in event.flaws}) is (side is Side.SERVER)
    assert event.transport.endswith("from a server") is (side is Side.SERVER)


# -- calls ------------------------------------------------------------------------------------------------------------


def test_a_call_is_read_with_what_stands_beside_its_events() -> None:
    event = server_event(NOW)
    assert (event.kind, event.side, event.account, event.own_ms) == (Kind.EVENT, Side.SERVER, TAG, NOW)
    assert (event.emitter, event.consent) == ("shop", "ad storage granted")
    assert {"dataProvider", "continueOnValidationError", "customData.value"} <= {field.key for field in event.fields}


@pytest.mark.parametrize("url", [f"https://CAPI.uet.microsoft.com:443/V1/{TAG}/Events/?x=1", API.replace("v1", "v2")])
def test_a_call_is_known_by_its_path_whatever_its_case_or_version(url: str) -> None:
    request = Request("POST", url, (), json.dumps(body(element(NOW))).encode())
    assert claims(request)
    (event,) = decode(Exchange(Provenance.IMPORTED, request, number=1))
    assert (event.account, event.event_id) == (TAG, "evt-7")


def test_segments_events_carry_the_calls_members_themselves() -> None:
    (event,) = decode(call({"data": [element(NOW, dataProvider="SEGMENT", continueOnValidationError=True)]}))
    assert (event.emitter, event.kind) == ("SEGMENT", Kind.EVENT)


def test_a_page_load_has_one_name_on_both_sides() -> None:
    ours = browser_event(NOW, evt="pageLoad", ea=None)
    theirs = server_event(NOW, eventType="pageLoad", eventName="page_view")
    assert ours.name == theirs.name == "pageLoad"


def _detail(index: int, field: str = "userData.em", warning: bool = False) -> dict[str, Any]:
    said = {"errorMessage": "'em' must be a valid SHA256 string", "errorCode": "X", "attemptedValue": "a@shop.example"}
    return {"index": index, "propertyName": field, "isWarning": warning} | said


def _error(*details: dict[str, Any], received: int = 0) -> dict[str, Any]:
    error = {"code": "ValidationError", "message": "Some are wrong.", "details": list(details)}
    return {"eventsReceived": received, "error": error, "traceId": "T"}


TAKEN, LOST, FAILED, UNKNOWN = Outcome.ACCEPTED, Outcome.REJECTED, Outcome.FAILED, Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("status", "answer", "goes_on", "outcomes"),
    [
        (200, {"eventsReceived": 2, "traceId": "T"}, True, [TAKEN, TAKEN]),
        (200, b"", True, [TAKEN, TAKEN]),
        (200, {"eventsReceived": 0, "traceId": "T"}, True, [LOST, LOST]),
        (200, {"eventsReceived": 1, "traceId": "T"}, True, [UNKNOWN, UNKNOWN]),
        (200, _error(_detail(1), received=1), True, [TAKEN, LOST]),
        (400, _error(_detail(1), received=1), True, [TAKEN, LOST]),
        (400, _error(_detail(1)), False, [LOST, LOST]),
        (400, _error(_detail(0), _detail(1)), True, [LOST, LOST]),
        (200, _error(_detail(0, warning=True), received=2), True, [TAKEN, TAKEN]),
        (200, {"error": {"code": "ValidationError"}}, True, [LOST, LOST]),
        (401, {"error": {"code": "Unauthorized", "message": "No."}}, True, [LOST, LOST]),
        (429, b"", True, [LOST, LOST]),
        (503, b"<html>Bad gateway</html>", True, [FAILED, FAILED]),
        (200, b"<html>Welcome</html>", True, [UNKNOWN, UNKNOWN]),
    ],
)
def test_an_answer_is_read_event_by_event(status: int, answer: Any, goes_on: bool, outcomes: list[Outcome]) -> None:
    sent = body(element(NOW), element(NOW, eventId="evt-8"), continueOnValidationError=goes_on)
    assert [event.outcome for event in decode(call(sent, status=status, answer=answer))] == outcomes


def test_a_refusal_names_the_property_and_a_warning_is_kept() -> None:
    answer = _error(_detail(0), _detail(1, "customData.value", warning=True), received=1)
    first, second = decode(call(body(element(NOW), element(NOW)), answer=answer))
    assert first.answer is not None
    assert second.answer is not None
    assert (first.answer.code, first.answer.blamed, first.answer.trace_id) == ("ValidationError", "userData.em", "T")
    assert second.answer.messages == ("customData.value: 'em' must be a valid SHA256 string",)
    assert "a@shop.example" not in f"{first.answer}{second.answer}", "the value that was tried is a person's"


@pytest.mark.parametrize("code", ["ValidationError", "Unauthorized", "400", "401", "403", "404", "413", "429", "500"])
def test_every_known_refusal_has_a_cause_and_a_cure(code: str) -> None:
    found = platform("microsoft").explain(code, None)
    assert found is not None
    assert found.code == code
    assert all((found.title, found.cause, found.fix))
    assert found.source in ("documented", "observed", "not verified")


def test_an_unknown_refusal_is_left_as_it_stands() -> None:
    assert platform("microsoft").explain("Teapot", None) is None
    assert platform("microsoft").explain(None, None) is None


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b'{"data": []}', b"\xff\xfe", b'{"data": [1, "x", null]}', b'{"a":1}']
)
def test_a_call_that_can_not_be_read_is_never_lost(data: bytes) -> None:
    events = decode(call(data))
    assert events
    assert all(event.kind is Kind.OTHER and event.flaws for event in events)


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"eventName": None}, "required-parameter-missing", "eventName"),
        ({"eventId": ["a"]}, "event-id-not-a-value", "eventId"),
        ({"eventTime": NOW}, "event-time-unit", "eventTime"),
        ({"eventTime": None}, "required-parameter-missing", "eventTime"),
        ({"customData": {"items": {"id": "A"}}}, "contents-malformed", "customData.items"),
    ],
)
def test_what_an_event_lacks_is_said(changes: dict[str, Any], code: str, field: str) -> None:
    assert [(flaw.code, flaw.field) for flaw in server_event(NOW, **changes).flaws] == [(code, field)]


def test_a_token_in_a_page_and_plain_http_are_told() -> None:
    request = Request(
        "POST", API.replace("https", "http"), (("Authorization", "Bearer x"),), json.dumps(body()).encode()
    )
    (event,) = decode(Exchange(Provenance.PAGE, request, number=1))
    assert {"token-exposed", "insecure-transport"} <= {flaw.code for flaw in event.flaws}
    (plain,) = sent(f"http://bat.bing.com/action/0?{QUERY}")
    assert [flaw.code for flaw in plain.flaws] == ["insecure-transport"]


def test_a_nested_query_may_be_encoded_twice() -> None:
    (event,) = sent(f"{HIT}?ti={TAG}&evt=custom&ea=lead&pid={quote(f'em={TAG_MAIL}&ph={PHONE}', safe='')}")
    assert {item.wire for item in event.user} == {"pid.em", "pid.ph"}
    assert hit(NOW).request.url.count("pid=em%3D") == 1
