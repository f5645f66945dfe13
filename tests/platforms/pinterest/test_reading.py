"""Pinterest beyond the shared vectors: encodings, what is no event, older calls, answers event by event."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import replace

from app.model import Content, Event, Exchange, Kind, Outcome, Provenance, Request, Response, Side
from app.platforms import claims, decode, platform_of
from tests.platforms.pinterest.halves import (
    AD_ACCOUNT,
    AGENT,
    API,
    EVENT,
    OLDER_API,
    PAGE,
    SYNC,
    TAG,
    browser_event,
    call,
    data,
    element,
    hit,
    person,
    query,
    taken,
)

AT = 1_795_169_730_123
BRACKETS = (
    "ed[value]=59.9&ed[currency]=EUR&ed[order_id]=SO-1187&ed[event_id]=evt-7"
    "&ed[line_items][0][product_id]=MUG-01&ed[line_items][0][product_price]=29.95"
    f"&ed[line_items][0][product_quantity]=2&pd[em]={'a' * 64}&ad[loc]={PAGE}&ad[ref]="
)


def sent(url: str, body: bytes = b"", method: str = "GET", **headers: str) -> tuple[Event, ...]:
    heads = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return decode(Exchange(Provenance.IMPORTED, Request(method, url, heads, body), number=1))


def _objects() -> dict[str, Any]:
    return {"ed": data(), "pd": person(), "ad": {"loc": PAGE, "ref": "https://shop.example/checkout"}}


def _parts(text: str) -> bytes:
    pairs = (piece.partition("=") for piece in text.split("&"))
    part = '--x\r\nContent-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'
    return ("".join(part.format(key, value) for key, _, value in pairs) + "--x--\r\n").encode()


@pytest.mark.parametrize(
    "events",
    [
        lambda: decode(hit(AT)),
        lambda: sent(EVENT.rstrip("/") + "?" + query(AT)),
        lambda: sent(EVENT, query(AT).encode(), "POST", content_type="application/x-www-form-urlencoded"),
        lambda: sent(f"{EVENT}?tid={TAG}", query(AT).encode(), "POST"),
        lambda: sent(EVENT, json.dumps({"event": "checkout", "tid": TAG, "cb": AT} | _objects()).encode(), "POST"),
        lambda: sent(f"{EVENT}?event=checkout&tid={TAG}&cb={AT}&{BRACKETS}&noscript=1"),
        lambda: sent(f"{EVENT}?event=checkout&tid={TAG}&cb={AT}&{BRACKETS}".replace("[", "%5B").replace("]", "%5D")),
        lambda: sent(
            EVENT,
            _parts(f"event=checkout&tid={TAG}&cb={AT}&{BRACKETS}"),
            "POST",
            content_type="multipart/form-data; boundary=x",
        ),
    ],
)
def test_one_event_in_every_encoding(events: Any) -> None:
    (event,) = events()
    assert (event.kind, event.side, event.account, event.account_kind) == (Kind.EVENT, Side.BROWSER, TAG, "tag")
    assert (event.name, event.event_id, event.own_ms, event.page) == ("checkout", "evt-7", AT, PAGE)
    assert (event.value, event.currency, event.order_id) == ("59.9", "EUR", "SO-1187")
    assert event.contents == (Content("MUG-01", "2", "29.95"),)
    assert [item.key for item in event.user][:1] == ["em"]
    assert event.flaws == ()


def test_a_place_that_the_user_named_takes_the_tags_requests() -> None:
    request = Request("GET", f"https://shop.example/pin/v3/?{query(AT)}")
    exchange = Exchange(Provenance.IMPORTED, request, number=1)
    assert decode(exchange) == ()
    (event,) = decode(exchange, ("shop.example/pin",))
    assert (event.platform, event.kind, event.event_id) == ("pinterest", Kind.EVENT, "evt-7")
    bare = replace(request, url="https://shop.example/pin/v3/?event=checkout")
    assert decode(replace(exchange, request=bare), ("shop.example/pin",)) == ()


@pytest.mark.parametrize(
    ("events", "name"),
    [
        (lambda: decode(hit(AT, "init")), "init"),
        (lambda: decode(hit(AT, url=SYNC)), "checkout"),
        (lambda: decode(hit(AT, "init", url=SYNC)), "init"),
        (lambda: sent(f"{SYNC}?tid={TAG}&cb={AT}"), "user"),
        (lambda: sent(f"{EVENT}?tid={TAG}&cb={AT}"), ""),
        (lambda: sent(f"https://trk.pinterest.com/anything?tid={TAG}"), "user"),
        (lambda: sent(f"{EVENT}?{query(AT)}", method="HEAD"), "checkout"),
    ],
)
def test_what_the_tag_sends_for_itself_is_shown_and_never_counted(events: Any, name: str) -> None:
    (event,) = events()
    assert (event.kind, event.name, event.keys) == (Kind.OTHER, name, ())


@pytest.mark.parametrize(
    ("url", "method"),
    [
        ("https://ct.pinterest.com/ct.html", "GET"),
        ("https://ct.pinterest.com/stats/", "GET"),
        ("https://s.pinimg.com/images/logo.js", "GET"),
        ("https://api.pinterest.com/v5/ad_accounts/1/campaigns", "GET"),
        ("https://api.pinterest.com/v5/user_account", "GET"),
    ],
)
def test_what_else_is_pinterests_is_not_kept(url: str, method: str) -> None:
    request = Request(method, url)
    assert not claims(request)
    assert sent(url, method=method) == ()


def test_a_preflight_is_nothing() -> None:
    assert sent(f"{EVENT}?{query(AT)}", method="OPTIONS") == ()
    assert sent(API, method="OPTIONS") == ()


@pytest.mark.parametrize("path", ["core.js", "lib/main.97c41ef3.js"])
def test_the_library_is_known_loaded_or_blocked(path: str) -> None:
    request = Request("GET", f"https://s.pinimg.com/ct/{path}")
    (came,) = decode(Exchange(Provenance.IMPORTED, request, Response(200), number=1))
    (lost,) = decode(Exchange(Provenance.IMPORTED, request, None, "blocked by client", number=1))
    assert (came.kind, lost.kind, lost.outcome) == (Kind.CONFIGURATION, Kind.OTHER, Outcome.FAILED)


def test_one_host_serves_the_tag_and_the_older_api() -> None:
    owner = platform_of(Request("GET", EVENT))
    assert owner is not None
    assert owner.server is not None
    assert [owner.server.serves(Request("POST", url)) for url in (EVENT, OLDER_API, API)] == [False, True, True]


def test_cookies_and_the_click_are_read_where_they_are() -> None:
    pd = person(pin_unauth="dWlkPU1", derived_epik="dj0yDerived")
    found = dict(browser_event(AT, pd=pd).match_ids)
    assert found == {
        "epik": "dj0yLab",
        "pin_unauth": "dWlkPU1",
        "derived_epik": "dj0yDerived",
        "user_agent": AGENT,
    }
    (event,) = decode(
        replace(
            hit(AT, pd={}),
            request=Request("GET", f"{EVENT}?{query(AT, pd={})}", (("Cookie", "_epik=dj0yC; _pin_unauth=dW"),)),
        )
    )
    assert (event.match_id("epik"), event.match_id("pin_unauth")) == ("dj0yC", "dW")


@pytest.mark.parametrize(("cb", "own_ms"), [(str(AT), AT), ("0.123456", None), ("1795169730", None), ("", None)])
def test_the_number_against_caches_is_a_time_only_in_milliseconds(cb: str, own_ms: int | None) -> None:
    event = browser_event(AT, cb=cb)
    assert (event.own_ms, event.flaws) == (own_ms, ())


def test_the_answers_consent_header_and_every_parameter_are_shown() -> None:
    exchange = replace(hit(AT), response=Response(200, (("ppce", "1"),)))
    fields = {field.key: field.value for field in decode(exchange)[0].fields}
    assert (fields["ppce"], fields["ad.is_eu"], fields["dep"], fields["ed.value"]) == (
        "1",
        "true",
        "2,PAGE_LOAD",
        "59.9",
    )


@pytest.mark.parametrize("value", ["{", "[1]", "7", '"x"'])
def test_an_object_that_can_not_be_read_is_said(value: str) -> None:
    (event,) = sent(f"{EVENT}?event=checkout&tid={TAG}&ed={value}")
    assert [(flaw.code, flaw.field, flaw.reason) for flaw in event.flaws] == [
        ("malformed-request", "ed", "parameter-not-json")
    ]
    assert event.kind is Kind.EVENT


def test_an_opt_out_is_consent_on_both_sides() -> None:
    (server,) = decode(call(element(AT, opt_out=True)))
    assert server.consent == "opted out"
    assert browser_event(AT, ed=data(opt_out_type="LDP")).consent == "opted out (LDP)"
    assert decode(call(element(AT, opt_out=False)))[0].consent == "none"
    assert browser_event(AT).consent is None


@pytest.mark.parametrize(
    ("raw", "name", "told"),
    [
        ("checkout", "checkout", False),
        ("Checkout", "checkout", True),
        ("add_to_cart", "addtocart", True),
        ("Add To Cart", "addtocart", True),
        ("page_visit", "pagevisit", True),
        ("purchase", "checkout", True),
        ("PageView", "pagevisit", True),
        ("complete_registration", "signup", True),
        ("My event", "My event", False),
    ],
)
def test_a_browser_events_name_is_read_in_the_tags_spelling(raw: str, name: str, told: bool) -> None:
    event = browser_event(AT, raw)
    assert (event.name, [flaw.code for flaw in event.flaws]) == (name, ["event-name-variant"] if told else [])


@pytest.mark.parametrize(
    ("raw", "name", "told"),
    [
        ("add_to_cart", "addtocart", False),
        ("addtocart", "addtocart", True),
        ("PAGE_VISIT", "pagevisit", True),
        ("checkout", "checkout", False),
        ("Purchase", "checkout", True),
        ("own", "own", False),
    ],
)
def test_a_server_events_name_is_due_in_the_apis_spelling(raw: str, name: str, told: bool) -> None:
    (event,) = decode(call(element(AT, event_name=raw)))
    assert (event.name, [flaw.code for flaw in event.flaws]) == (name, ["event-name-variant"] if told else [])


@pytest.mark.parametrize(
    ("url", "changes", "account", "test"),
    [
        (API, {}, AD_ACCOUNT, None),
        (f"{API}?test=true", {}, AD_ACCOUNT, "test=true"),
        (f"{API}?test=True", {}, AD_ACCOUNT, "test=true"),
        (f"{API}?test=false", {}, AD_ACCOUNT, None),
        (OLDER_API, {"advertiser_id": "77"}, "77", None),
        (f"{OLDER_API}/?test=true", {"advertiser_id": 77}, "77", "test=true"),
    ],
)
def test_every_version_of_a_call(url: str, changes: dict[str, Any], account: str, test: str | None) -> None:
    (event,) = decode(call(element(AT, **changes), url=url))
    assert (event.side, event.account, event.account_kind, event.test_code) == (
        Side.SERVER,
        account,
        "ad account",
        test,
    )
    assert (event.name, event.own_ms, event.value, event.outcome) == (
        "checkout",
        AT // 1000 * 1000,
        "59.90",
        Outcome.ACCEPTED,
    )


def test_what_happened_in_an_app_is_no_half_of_a_page() -> None:
    events = decode(call(element(AT, action_source="app_ios"), element(AT, action_source="offline")))
    assert [(event.kind, event.off_page, event.keys) for event in events] == [
        (Kind.OTHER, True, ()),
        (Kind.EVENT, True, ()),
    ]


def _each(*verdicts: tuple[str, str | None]) -> dict[str, Any]:
    return {"events": [{"status": status, "error_message": text} for status, text in verdicts]}


@pytest.mark.parametrize(
    ("status", "answer", "outcomes"),
    [
        (200, taken(2), ["accepted", "accepted"]),
        (200, _each(("processed", None), ("failed", "'em' must be SHA256 hashed values")), ["accepted", "rejected"]),
        (422, _each(("failed", "no"), ("processed", None)), ["rejected", "accepted"]),
        (422, {"code": 4196, "message": "no", "details": _each(("failed", "x"), ("processed", None))}, None),
        (422, {"code": 4196, "message": "no", "details": {}}, ["rejected", "rejected"]),
        (200, _each(("processed", None)), ["accepted", "unknown"]),
        (200, _each(("odd", None), ("processed", None)), ["unknown", "accepted"]),
        (200, {"num_events_received": 2, "num_events_processed": 2}, ["accepted", "accepted"]),
        (200, {"num_events_received": 2, "num_events_processed": 1}, ["unknown", "unknown"]),
        (200, {"num_events_received": 2, "num_events_processed": 0}, ["rejected", "rejected"]),
        (401, {"code": 2, "message": "Authentication failed."}, ["rejected", "rejected"]),
        (503, {"code": 4197, "message": "down"}, ["failed", "failed"]),
        (502, "<html>Bad gateway</html>", ["failed", "failed"]),
        (200, "<html>Hello</html>", ["unknown", "unknown"]),
        (200, "", ["unknown", "unknown"]),
    ],
)
def test_an_answer_has_a_verdict_for_each_event(status: int, answer: Any, outcomes: list[str] | None) -> None:
    events = decode(call(element(AT), element(AT, event_id="evt-8"), answer=answer, status=status))
    assert [event.outcome.value for event in events] == (outcomes or ["rejected", "accepted"])


def test_a_refusals_field_and_an_events_warning_are_kept() -> None:
    answer = _each(("failed", "'em' must be SHA256 hashed values"), ("processed", None))
    answer["events"][1]["warning_message"] = "unknown field"
    first, second = decode(call(element(AT), element(AT, event_id="b"), answer=answer))
    assert first.answer is not None
    assert second.answer is not None
    assert (first.answer.blamed, first.answer.message) == ("em", "'em' must be SHA256 hashed values")
    assert second.answer.messages == ("unknown field",)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"data": []}', b'{"data": 7}', b"\xff\xfe", b'{"x": 1}'])
def test_a_call_that_can_not_be_read_is_never_lost(body: bytes) -> None:
    events = decode(call(body=body))
    assert [event.kind for event in events] == [Kind.OTHER]
    assert events[0].flaws


def test_what_is_no_event_in_a_call_does_not_hide_the_others() -> None:
    events = decode(call(element(AT), 7, element(AT, event_id="b")))
    assert [event.kind for event in events] == [Kind.EVENT, Kind.OTHER, Kind.EVENT]
    assert json.dumps([event.id for event in events]) == '["e2.0", "e2.1", "e2.2"]'


def test_a_token_in_a_page_is_told() -> None:
    exchange = replace(call(element(AT)), provenance=Provenance.PAGE)
    assert [flaw.code for flaw in decode(exchange)[0].flaws] == ["token-exposed"]
