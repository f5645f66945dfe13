"""Reddit beyond the shared vectors: the pixel's places and encodings, both API versions, answers, what is no event."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest

from app.hashing import sha256
from app.model import Event, Exchange, Kind, Outcome, Provenance, Request, Response, Side
from app.platforms import claims, decode, platform
from tests.platforms.goldens import har_exchanges
from tests.platforms.reddit.halves import (
    CANONICAL,
    HIT,
    ID,
    PIXEL,
    UUID,
    V2,
    V3,
    browser_event,
    call,
    codes,
    element,
    element_of_v2,
    groups,
    hit,
    parameters,
    v3,
)
from tests.platforms.vectors import sample

AT = 1_795_169_730_123
ISO = "2026-11-20T10:15:30.123Z"
FORM = "application/x-www-form-urlencoded"


def sent(
    url: str, body: Any = None, method: str = "POST", endpoints: tuple[str, ...] = (), content_type: str = ""
) -> tuple[Event, ...]:
    data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    heads = (("Content-Type", content_type), ("Referer", "https://shop.example/"))
    return decode(Exchange(Provenance.IMPORTED, Request(method, url, heads, data), number=1), endpoints)


def form(**changes: str) -> bytes:
    return urlencode(parameters(AT, **changes)).encode()


def parts() -> bytes:
    pairs = parameters(AT).items()
    text = "".join(f'--x\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n' for key, value in pairs)
    return f"{text}--x--\r\n".encode()


@pytest.mark.parametrize(
    "events",
    [
        lambda: sent(f"{HIT}?{form().decode()}", method="GET"),
        lambda: sent(f"https://alb.reddit.com/snoo.gif?{form().decode()}", method="GET"),
        lambda: sent(f"https://alb.reddit.com/rp?id={PIXEL}&event=Purchase", form(id="", event=""), content_type=FORM),
        lambda: sent("https://alb.reddit.com/rp", form(), content_type=FORM),
        lambda: sent("https://alb.reddit.com/rp", form()),
        lambda: sent("https://alb.reddit.com/rp", parts(), content_type="multipart/form-data; boundary=x"),
        lambda: sent("https://events.reddit.com/v2", parameters(AT)),
        lambda: sent("https://events.reddit.com/v2", [parameters(AT)]),
        lambda: sent(f"https://shop.example/rp.gif?{form().decode()}", method="GET"),
        lambda: sent(f"https://shop.example/m/r?{form().decode()}", None, "GET", ("shop.example/m",)),
    ],
)
def test_one_event_in_every_place_and_encoding(events: Callable[[], tuple[Event, ...]]) -> None:
    (event,) = events()
    assert (event.kind, event.side, event.account, event.name) == (Kind.EVENT, Side.BROWSER, PIXEL, "Purchase")
    assert (event.event_id, event.order_id, event.own_ms) == (sha256(ID), sha256("SO-1187"), AT)
    assert (event.value, event.currency, event.page) == ("59.90", "EUR", "https://shop.example/thanks")
    assert [(line.id, line.quantity, line.price) for line in event.contents] == [("MUG-01", "2", "29.95")]
    assert dict(event.match_ids)["rdt_uuid"] == UUID
    assert dict(event.match_ids)["rdt_cid"] == "4242"
    assert event.flaws == ()


@pytest.mark.parametrize(
    ("url", "body", "method"),
    [
        ("https://events.reddit.com/v2", [{"event": "screenview", "id": "1"}], "POST"),
        ("https://events.reddit.com/v2", {}, "POST"),
        ("https://events.reddit.com/v2", b"{", "POST"),
        (f"{HIT}?id={PIXEL}", None, "GET"),
        (f"{HIT}?id={PIXEL}&event=Purchase&m.conversionId=x", None, "HEAD"),
    ],
)
def test_what_names_no_event_is_shown_and_never_counted(url: str, body: Any, method: str) -> None:
    (event,) = sent(url, body, method)
    assert (event.kind, event.event_id, event.keys) == (Kind.OTHER, None, ())


@pytest.mark.parametrize(
    ("url", "account"),
    [
        ("https://www.redditstatic.com/ads/pixel.js", ""),
        (f"https://www.redditstatic.com/ads/{PIXEL}/pixel.js", PIXEL),
        (f"https://pixel-config.reddit.com/pixels/{PIXEL}/config", PIXEL),
        (f"https://www.redditstatic.com/ads/conversions-config/v1/pixel/config/{PIXEL}_telemetry", PIXEL),
    ],
)
def test_library_and_configuration_are_no_events(url: str, account: str) -> None:
    (event,) = decode(Exchange(Provenance.CAPTURED, Request("GET", url), Response(200), number=1))
    assert (event.kind, event.account) == (Kind.CONFIGURATION, account)
    (lost,) = decode(Exchange(Provenance.CAPTURED, Request("GET", url), error="blocked by client", number=1))
    assert lost.kind is Kind.OTHER
    assert lost.outcome is Outcome.FAILED


@pytest.mark.parametrize(
    ("url", "claimed"),
    [
        (f"{HIT}?id={PIXEL}&event=Lead", True),
        ("https://alb.reddit.com/cr?x=1", False),
        ("https://www.redditstatic.com/ads/pixel.js", True),
        ("https://www.redditstatic.com/desktop2x/app.js", False),
        ("https://www.reddit.com/login", False),
        ("https://oauth.reddit.com/api/v1/me", False),
        (V3, True),
        ("https://ads-api.reddit.com/api/v3/me", False),
        (f"https://shop.example/rp.gif?id={PIXEL}&event=Lead", True),
        ("https://shop.example/rp.gif?id=77&event=Lead", False),
        ("https://shop.example/rp", False),
    ],
)
def test_nothing_of_reddits_visitors_is_kept(url: str, claimed: bool) -> None:
    assert claims(Request("GET", url)) is claimed
    assert bool(sent(url, method="GET")) is (claimed and "ads-api" not in url and "pixel.js" not in url)


def test_the_pictures_few_words_are_enough() -> None:
    (event,) = sent(f"{HIT}?id={PIXEL}&event=PageVisit", method="GET")
    assert (event.name, event.own_ms, event.page, event.keys) == ("PageVisit", None, "https://shop.example", ())


def test_what_the_library_found_by_itself_is_read_from_its_lists() -> None:
    one, two = sha256("a@shop.example"), sha256("b@shop.example")
    event = browser_event(AT, auto_em=f"{one},{one},{two}", auto_pn=f"495~{one}|225~{two}")
    found = [(value.key, value.value, value.wire) for value in event.user if value.wire.startswith("auto")]
    assert found == [
        ("em", one, "auto_em"),
        ("em", two, "auto_em"),
        ("ph", one, "auto_pn"),
        ("ph", two, "auto_pn"),
    ]


@pytest.mark.parametrize(
    ("changes", "consent"),
    [
        ({}, "none"),
        ({"opt_out": "1"}, "opted out"),
        ({"dpm": "LDU", "dpcc": "US", "dprc": "US-CA"}, "limited data use"),
        ({"opt_out": ""}, None),
    ],
)
def test_the_visitors_choice_is_read(changes: dict[str, str], consent: str | None) -> None:
    assert browser_event(AT, **changes).consent == consent


def test_a_comma_in_the_value_is_told() -> None:
    assert "value-not-a-number" in codes(groups(hit(AT, m__valueDecimal="12,55")))
    assert "value-not-a-number" not in codes(groups(hit(AT)))


def test_what_the_library_leaves_empty_is_no_junk_and_an_unset_variable_is() -> None:
    quiet = groups(*har_exchanges(sample("real/reddit_browser.har")))
    assert len(quiet) == 2
    assert "junk-value" not in codes(quiet)
    assert "junk-value" in codes(groups(hit(AT, m__itemCount="undefined")))


def test_the_older_value_stands_in_where_there_is_no_other() -> None:
    assert browser_event(AT, m__valueDecimal="", m__value="59").value == "59"


@pytest.mark.parametrize(
    ("url", "body", "test"),
    [
        (V3, v3(element(AT), test_id="t2_test"), "t2_test"),
        (V3, {"events": [element(AT)]}, None),
        (V3, v3(element_of_v2(AT, action_source="WEBSITE")), None),
        (V2, {"events": [element_of_v2(ISO)], "test_mode": True}, "test_mode"),
        (V2, {"events": [element_of_v2(ISO)], "test_mode": False}, None),
        (V2, {"events": [element_of_v2(None, event_at_ms=AT)]}, None),
        (V2, {"events": [element_of_v2(ISO, event_metadata={"conversion_id": ID, "value": 5990})]}, None),
        (V2, {"data": {"events": [element(ISO)]}}, None),
    ],
)
def test_every_form_of_a_server_call(url: str, body: Any, test: str | None) -> None:
    (event,) = decode(call(body, url=url))
    assert (event.kind, event.side, event.account, event.name) == (Kind.EVENT, Side.SERVER, PIXEL, "Purchase")
    assert (event.event_id, event.own_ms, event.test_code, float(event.value or 0)) == (ID, AT, test, 59.9)
    assert (event.match_id("rdt_cid"), event.match_id("ip")) == ("4242", "203.0.113.9")
    assert event.user[0].value == CANONICAL
    assert event.flaws == ()


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("PURCHASE", "Purchase"),
        ("purchase", "Purchase"),
        ("SIGN_UP", "SignUp"),
        ("PageVisit", "PageVisit"),
        ("ADD_TO_WISHLIST", "AddToWishlist"),
        ("CUSTOM", "Custom"),
        ("Refund", "Refund"),
    ],
)
def test_an_event_has_one_name_however_it_is_spelt(name: str, read: str) -> None:
    (event,) = decode(call(v3(element(AT, type={"tracking_type": name}))))
    assert event.name == read
    assert browser_event(AT, event=name).name == read


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"{", "not-json"),
        (b"[]", "not-an-object"),
        ({"data": {}}, "data-missing"),
        (v3(), "empty"),
        ({"data": {"events": {"a": 1}}}, "not-a-list"),
        (v3(element(AT), "x"), "not-an-event"),
    ],
)
def test_a_call_that_can_not_be_read_says_why(body: Any, reason: str) -> None:
    events = decode(call(body))
    assert reason in {flaw.reason for event in events for flaw in event.flaws}


def test_an_event_without_a_type_is_told_and_seconds_are_no_milliseconds() -> None:
    (event,) = decode(call(v3(element(AT // 1000, type={}))))
    assert {(flaw.code, flaw.field) for flaw in event.flaws} == {
        ("required-parameter-missing", "type.tracking_type"),
        ("event-time-unit", "event_at"),
    }
    assert event.own_ms == AT // 1000 * 1000


@pytest.mark.parametrize(
    "exchange",
    [
        call(v3(element(AT, metadata={"event_id": ID})), at_ms=AT),
        call(v3(element(AT, metadata={}, conversion_id=ID)), at_ms=AT),
        call(v3(element(AT, metadata={}, user={"conversion_id": ID, "uuid": UUID})), at_ms=AT),
        hit(AT, m__conversionId="", event_id=ID),
    ],
)
def test_a_conversion_id_in_the_wrong_place_is_told(exchange: Exchange) -> None:
    assert "event-id-misplaced" in codes(groups(exchange))
    assert "event-id-misplaced" not in codes(groups(hit(AT), call(v3(element(AT)), at_ms=AT)))


def test_a_picture_without_encryption_is_told() -> None:
    (event,) = sent(f"{HIT.replace('https', 'http')}?id={PIXEL}&event=Lead", method="GET")
    assert [flaw.code for flaw in event.flaws] == ["insecure-transport"]


def test_an_address_that_was_hashed_is_fair() -> None:
    user = {"ip_address": sha256("203.0.113.9"), "external_id": sha256("user-77"), "uuid": UUID}
    (group,) = groups(call(v3(element(AT, user=user)), at_ms=AT))
    assert not {"hashed-must-be-plain", "ip-malformed"} & {finding.code for finding in group.findings}
    assert group.server[0].match_id("hashed_ip") == sha256("203.0.113.9")


def test_plain_values_are_taken_and_advised_against() -> None:
    (group,) = groups(call(v3(element(AT, user={"email": "mary@shop.example"})), at_ms=AT))
    (told,) = [finding for finding in group.findings if finding.code == "raw-personal-data"]
    assert (told.severity.value, "takes it so" in told.message) == ("warning", True)


def test_an_event_known_by_nothing_is_hard_to_attribute() -> None:
    assert "hard-to-attribute" in codes(groups(call(v3(element(AT, user={}, click_id=None)), at_ms=AT)))
    assert "hard-to-attribute" not in codes(groups(call(v3(element(AT)), at_ms=AT)))


TWO = v3(element(AT), element(AT, type={"tracking_type": "LEAD"}, metadata={"conversion_id": "evt-8"}))
OLD = "event_at timestamp must be less than 168h0m0s old"


def _wrong(*events: dict[str, Any]) -> dict[str, Any]:
    message = f"There were {len(events)} invalid conversion events. None were processed."
    return {"message": message, "invalid_events": [{"error_message": OLD, "event": event} for event in events]}


_ECHO = {"event_type": {"tracking_type": "Lead"}, "event_metadata": {"conversion_id": sha256("evt-8")}}


@pytest.mark.parametrize(
    ("status", "answer", "outcome", "code", "subcode"),
    [
        (200, {"message": "Successfully processed 2 conversion events."}, Outcome.ACCEPTED, None, None),
        (200, {"data": {"message": "Successfully processed 2 conversion events."}}, Outcome.ACCEPTED, None, None),
        (200, {}, Outcome.UNKNOWN, None, None),
        (200, {"message": "Successfully processed 0 conversion events."}, Outcome.REJECTED, "200", None),
        (200, {"success": False, "message": "no"}, Outcome.REJECTED, "200", None),
        (200, {"invalid_events": [{"error_message": "no"}]}, Outcome.REJECTED, "200", None),
        (400, _wrong(_ECHO), Outcome.REJECTED, "400", "too-old"),
        (400, {"message": "Bad Request"}, Outcome.REJECTED, "400", None),
        (401, b"Authorization Required", Outcome.REJECTED, "401", None),
        (401, {"success": False, "error": {"reason": "UNAUTHORIZED"}}, Outcome.REJECTED, "401", None),
        (403, {"message": "Missing adsconversions scope to post conversions."}, Outcome.REJECTED, "403", "scope"),
        (429, {"message": "Your user agent was automatically ratelimited."}, Outcome.REJECTED, "429", "user-agent"),
        (500, b"<html>oops</html>", Outcome.FAILED, "500", None),
    ],
)
def test_an_answer_is_read(status: int, answer: Any, outcome: Outcome, code: str | None, subcode: str | None) -> None:
    for event in decode(call(TWO, status=status, answer=answer)):
        assert event.answer is not None
        assert (event.outcome, event.answer.code, event.answer.subcode) == (outcome, code, subcode)
        assert event.answer.transient is (status in (429, 500))
        if code not in (None, "200"):
            assert platform("reddit").explain(code, subcode) is not None


def test_the_wrong_event_of_a_refused_batch_is_told_from_the_others() -> None:
    first, second = decode(call(TWO, status=400, answer=_wrong(_ECHO)))
    assert first.answer is not None
    assert second.answer is not None
    assert (second.answer.message, second.answer.blamed) == (OLD, "event_at")
    assert first.answer.message == "There were 1 invalid conversion events. None were processed."


def test_fewer_taken_than_sent_is_told() -> None:
    said = {"message": "Successfully processed 1 conversion events."}
    assert "partially-accepted" in codes(groups(call(TWO, answer=said, at_ms=AT)))


def test_a_page_that_calls_the_api_shows_its_token() -> None:
    exchange = call(v3(element(AT)), at_ms=AT)
    page = Exchange(Provenance.PAGE, exchange.request, exchange.response, None, AT, AT, number=2)
    assert "token-exposed" in codes(groups(page))
    assert "token-exposed" not in codes(groups(exchange))


def test_a_number_where_v2_wants_a_date_is_read_and_told() -> None:
    (event,) = decode(call({"events": [element_of_v2(AT)]}, url=V2))
    assert event.own_ms == AT
    assert [(flaw.code, flaw.reason) for flaw in event.flaws] == [("event-time-unit", "number")]


def test_a_test_left_in_is_told_in_reddits_words() -> None:
    of_v2 = {"test_mode": True, "events": [element_of_v2(ISO)]}
    for exchange, mark, where in (
        (call(v3(element(AT), test_id="t2_x"), at_ms=AT), "t2_x", "test_id"),
        (call(of_v2, at_ms=AT, url=V2), "test_mode", "test_mode"),
    ):
        told = [each for group in groups(exchange) for each in group.findings if each.code == "test-code-in-production"]
        assert [(each.message, each.field) for each in told] == [
            (f"The captured event is marked as a test: {mark}.", where)
        ]
        assert "test_id" in told[0].fix


def test_a_referer_cut_to_its_origin_is_no_other_page() -> None:
    backend = call(v3(element(AT)), at_ms=AT)
    assert "page-differs" not in codes(groups(hit(AT, esurl=""), backend))
    assert "page-differs" in codes(groups(hit(AT, esurl="https://shop.example/"), backend))


def test_an_address_in_a_cookies_place_is_never_repeated() -> None:
    mail = "mary.doe@shop.example"
    (told,) = [
        each for group in groups(hit(AT, uuid=mail)) for each in group.findings if each.code == "browser-id-malformed"
    ]
    assert mail not in told.message
    assert told.message.startswith("“m…@shop.example” is not")
