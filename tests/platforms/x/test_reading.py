"""X beyond the shared vectors: paths, encodings, twins, older forms, Stape's proxy, answers."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import replace

from app.analysis.engine import Analysis
from app.checks import Context
from app.hashing import sha256
from app.model import Exchange, Kind, Outcome, Request, Side, Verdict
from app.platforms import claims, decode, rules_of
from tests.platforms.goldens import har_exchanges
from tests.platforms.vectors import sample
from tests.platforms.x.halves import (
    AGENT,
    API,
    FIRE,
    HIT,
    PIXEL,
    TAG,
    TWIN,
    analysed,
    browser_event,
    call,
    codes,
    data,
    element,
    hit,
    query,
)

POSTED = "https://analytics.x.com/1/i/adsctp"
OLD = "https://analytics.twitter.com/i/adsct"
PROXY = "https://abcdef.eu.stape.example/stape-api/key0123456789/v1/twitter/auth-proxy"


def as_json(exchange: Exchange) -> Exchange:
    """The same posted as one flat JSON object."""
    return replace(exchange, request=replace(exchange.request, body=json.dumps(query()).encode()))


# -- the browser's side -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "exchange",
    [
        hit(),
        hit(at=OLD),
        hit(at="https://analytics.x.com/1/i/adsct"),
        hit(at=POSTED, post=True),
        hit(at="https://analytics.twitter.com/1/i/adsctp", post=True),
        hit(at="https://analytics.twitter.com/i/adsctp", post=True),
        as_json(hit(at=POSTED, post=True)),
        hit(at="https://shop.example/_proxy/x1/i/adsct"),
        hit(at="https://shop.example/fp/1/i/adsctp", post=True),
    ],
    ids=lambda exchange: f"{exchange.request.method} {exchange.request.url.partition('?')[0]}",
)
def test_one_event_at_every_address_and_in_every_encoding(exchange: Exchange) -> None:
    assert claims(exchange.request)
    (event,) = decode(exchange)
    assert (event.kind, event.side, event.account, event.name, event.event_id) == (
        Kind.EVENT,
        Side.BROWSER,
        PIXEL,
        TAG,
        "SO-1187",
    )
    assert (event.value, event.currency, event.order_id, event.own_ms) == ("59.9", "EUR", None, None)
    assert (event.page, event.referrer) == ("https://shop.example/thanks", "https://shop.example/checkout")
    assert [(line.id, line.quantity, line.price) for line in event.contents] == [("MUG-01", "2", "29.95")]
    assert {value.key: value.value for value in event.user} == {
        "em": sha256("mary@shop.example"),
        "ph": sha256("+49301234567"),
    }
    assert dict(event.match_ids) == {"twclid": "2-4kexample", "user_agent": AGENT}
    assert event.emitter == "uwt.js 2.3.37, advertiser"


@pytest.mark.parametrize("at", [TWIN, "https://t.co/i/adsct", "https://t.co/1/i/adsctp", "https://t.co/i/adsctp"])
@pytest.mark.parametrize("changes", [{}, {"txn_id": PIXEL, "event": "{}"}])
def test_the_copy_at_the_short_host_is_a_mirror_in_either_order(at: str, changes: dict[str, Any]) -> None:
    for copy, main in ((2, 1), (1, 2)):
        exchanges = hit(number=main, **changes), hit(number=copy, at=at, **changes)
        analysis = analysed(*sorted(exchanges, key=lambda each: each.number))
        (group,) = analysis.groups()
        assert [event.id for event in group.browser] == [f"e{main}.0"]
        (mirror,) = analysis.uncounted()
        assert (mirror.kind, mirror.id, mirror.mirror_of) == (Kind.MIRROR, f"e{copy}.0", f"e{main}.0")
        assert analysis.summary().browser_events == 1
        assert {finding.event for finding in analysis.summary().session_findings} <= {None, f"e{main}.0"}


def blocked(exchange: Exchange) -> Exchange:
    return replace(exchange, response=None, error="net::ERR_NAME_NOT_RESOLVED")


def test_a_copy_that_alone_got_through_is_the_event() -> None:
    """A filter of names blocks the one host, and can not block the other: it shortens everybody's links."""
    for first, second in (
        (blocked(hit(number=1)), hit(number=2, at=TWIN)),
        (hit(number=1, at=TWIN), blocked(hit(number=2))),
    ):
        analysis = analysed(first, second, call(element(6_000), number=3))
        (group,) = analysis.groups()
        assert (group.verdict, [event.outcome.lost for event in group.browser]) == (Verdict.DEDUPLICATED, [False])
        assert [event.kind for event in (*group.browser, *analysis.uncounted())] == [Kind.EVENT, Kind.MIRROR]
        assert "blocked" not in codes(analysis.groups())
    alone = analysed(hit(at=TWIN), call(element(6_000)))
    assert [group.verdict for group in alone.groups()] == [Verdict.DEDUPLICATED]
    assert alone.uncounted() == ()


OLDER: dict[str, Any] = {"event": None, "events": '[["pageview",{}]]', "tw_sale_amount": "0", "event_id": "f-older"}
PAGE: dict[str, Any] = {"txn_id": PIXEL, "event": "{}"}


@pytest.mark.parametrize("turned", [False, True])
def test_a_page_view_in_both_forms_is_one(turned: bool) -> None:
    """The older form, `/i/adsct?events=…`, still fires together with the newer one, each with its own random number."""
    older: dict[str, Any] = PAGE | OLDER
    places = [(HIT, PAGE), (TWIN, PAGE), (OLD, older), ("https://t.co/i/adsct", older)]
    hits = [hit(number=number, at=at, **say) for number, (at, say) in enumerate(places[:: -1 if turned else 1], 1)]
    analysis = analysed(*hits)
    (group,) = analysis.groups()
    assert [event.id for event in group.browser] == ["e4.0" if turned else "e1.0"]
    assert {event.mirror_of for event in analysis.uncounted()} == {group.browser[0].id}
    assert not codes(analysis.groups()) & {"double-fire", "inflated"}


def test_what_was_fired_twice_or_in_the_older_form_alone_is_counted() -> None:
    twice = analysed(hit(number=1, **PAGE), hit(number=2, **PAGE | {"event_id": "f-again"}))
    assert "double-fire" in codes(twice.groups())
    assert len(twice.groups()) == 2
    alone = analysed(hit(number=1, at=OLD, **PAGE | OLDER))
    assert [len(group.browser) for group in alone.groups()] == [1]
    lost = analysed(blocked(hit(number=1, **PAGE)), hit(number=2, at=OLD, **PAGE | OLDER))
    assert [event.id for group in lost.groups() for event in group.browser if not event.outcome.lost] == ["e2.0"]
    other_load = analysed(hit(number=1, **PAGE), hit(number=2, at=OLD, **PAGE | OLDER | {"pl_id": "another"}))
    assert len(other_load.groups()) == 2


def test_events_fired_one_after_the_other_are_no_copies() -> None:
    analysis = analysed(hit(number=1), hit(number=2, event_id="9223ba39-36ea-454c-bdcc-1307362436c2"))
    assert [len(group.browser) for group in analysis.groups()] == [2]
    assert analysis.groups()[0].verdict is Verdict.DUPLICATE


def test_what_was_said_of_a_copy_is_not_said_again_in_another_context() -> None:
    wrong: dict[str, Any] = {"event": json.dumps(data(conversion_id="undefined"))}
    exchanges = hit(number=1, **wrong), hit(number=2, at=TWIN, **wrong)
    analysis = analysed(*exchanges)
    before = [finding for finding in analysis.groups()[0].findings if finding.code == "event-id-not-a-value"]
    analysis.set_context(Context(), [event for exchange in exchanges for event in decode(exchange)])
    after = [finding for finding in analysis.groups()[0].findings if finding.code == "event-id-not-a-value"]
    assert (len(before), before) == (1, after)
    assert analysis.summary().session_findings == analysed(exchanges[0]).summary().session_findings


def test_the_real_librarys_page_view_and_conversion_count_once() -> None:
    analysis = Analysis(Context(), rules_of())
    for number, exchange in enumerate(har_exchanges(sample("real/x_browser.har")), start=1):
        analysis.add(decode(replace(exchange, number=number)))
    assert sorted((group.name, group.event_id, len(group.browser)) for group in analysis.groups()) == [
        ("page_view", None, 1),
        (TAG, "evt-1187", 1),
    ]
    kinds = [event.kind for event in analysis.uncounted()]
    assert sorted(kinds) == [Kind.CONFIGURATION, Kind.MIRROR, Kind.MIRROR]
    assert all(event.mirror_of for event in analysis.uncounted() if event.kind is Kind.MIRROR)


def test_the_random_number_of_a_request_is_no_key() -> None:
    analysis = analysed(
        hit(event=json.dumps(data(conversion_id=None))),
        call(element(6_000, conversion_id=FIRE)),
    )
    assert [group.event_id for group in analysis.groups()] == [None, FIRE]
    assert all(group.verdict is not Verdict.DEDUPLICATED for group in analysis.groups())


@pytest.mark.parametrize(
    ("changes", "name", "value"),
    [
        ({"txn_id": PIXEL, "event": "{}"}, "page_view", None),
        ({"txn_id": PIXEL, "event": None, "version": None}, "page_view", None),
        ({"txn_id": PIXEL, "event": None, "tw_sale_amount": "0", "tw_order_quantity": "0"}, "page_view", None),
        ({"txn_id": "l6f1p", "event": None, "tw_sale_amount": "12.50"}, "l6f1p", "12.50"),
        ({"txn_id": PIXEL, "event": None, "events": '[["pageview",{}]]', "tw_sale_amount": "0"}, "page_view", None),
        ({"txn_id": PIXEL, "event": None, "events": '[["Purchase",{"value":"5.00"}]]'}, "Purchase", "5.00"),
        ({"event": "{}"}, TAG, None),
    ],
)
def test_what_an_event_is_called(changes: dict[str, Any], name: str, value: str | None) -> None:
    event = browser_event(**changes)
    assert (event.kind, event.name, event.value, event.event_id) == (Kind.EVENT, name, value, None)
    assert event.account == changes.get("txn_id", PIXEL)


def test_the_older_librarys_list_holds_several_events() -> None:
    listed = json.dumps([["pageview", {}], ["AddToCart", {"value": 5, "currency": "EUR"}], ["Download"]])
    events = decode(hit(txn_id=PIXEL, event=None, events=listed))
    assert [(event.id, event.name, event.value) for event in events] == [
        ("e1.0", "page_view", None),
        ("e1.1", "AddToCart", "5"),
        ("e1.2", "Download", None),
    ]


def test_customer_values_are_read_beside_the_data_and_in_it() -> None:
    inside = data(email_address=sha256("a@shop.example"), phone_number=sha256("+4930"), twclid="2-inside")
    event = browser_event(event=json.dumps(inside), email_address=None, phone_number=None)
    assert [(value.key, value.wire) for value in event.user] == [
        ("em", "event.email_address"),
        ("ph", "event.phone_number"),
    ]
    assert event.match_id("twclid") == "2-inside"


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"event": "{"}, "event", "not-json"),
        ({"event": "[1]"}, "event", "not-an-object"),
        ({"event": None, "events": "{"}, "events", "not-json"),
        ({"event": None, "events": "{}"}, "events", "not-a-list"),
        ({"event": '{"conversion_id":["a"]}'}, "event.conversion_id", "list"),
        ({"event": '{"contents":5}'}, "event.contents", "not-a-list"),
    ],
)
def test_what_can_not_be_read_is_said_and_never_lost(changes: dict[str, Any], field: str, reason: str) -> None:
    event = browser_event(**changes)
    assert (field, reason) in {(flaw.field, flaw.reason) for flaw in event.flaws}
    assert event.account == PIXEL


def test_a_request_without_a_tag_is_shown_and_never_counted() -> None:
    event = browser_event(txn_id=None)
    assert (event.kind, event.flaws[0].field) == (Kind.OTHER, "txn_id")
    (bare,) = decode(replace(hit(), request=Request("GET", HIT)))
    assert bare.kind is Kind.OTHER
    (head,) = decode(replace(hit(), request=replace(hit().request, method="HEAD")))
    assert head.kind is Kind.OTHER
    assert decode(replace(hit(), request=replace(hit().request, method="OPTIONS"))) == ()


@pytest.mark.parametrize(
    ("url", "claimed"),
    [
        ("https://t.co/AbCdEf", False),
        ("https://analytics.twitter.com/other", False),
        ("https://ads-api.x.com/12/accounts", False),
        ("https://static.ads-twitter.com/uwt.js", True),
        ("https://platform.twitter.com/oct.js", True),
        ("https://platform.twitter.com/widgets.js", False),
        ("https://shop.example/i/adsct?x=1", False),
        (f"{API}", True),
    ],
)
def test_only_what_is_the_pixels_is_claimed(url: str, claimed: bool) -> None:
    assert claims(Request("GET", url)) is claimed


@pytest.mark.parametrize(
    ("changes", "field", "found"),
    [
        ({"event": json.dumps(data(conversion_id=None, order_id="SO-1"))}, "event.order_id", "SO-1"),
        ({"event": json.dumps(data(conversion_id=None, event_id="SO-2"))}, "event.event_id", "SO-2"),
        ({"event": json.dumps(data(conversion_id=None)), "conversion_id": "SO-3"}, "conversion_id", "SO-3"),
    ],
)
def test_an_id_in_the_wrong_place_is_told_by_the_browser(changes: dict[str, Any], field: str, found: str) -> None:
    (flaw,) = browser_event(**changes).flaws
    assert (flaw.code, flaw.field, flaw.detail) == ("event-id-misplaced", field, found)
    assert browser_event().flaws == ()


# -- the server's side ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        API,
        API.replace("/12/", "/11/"),
        API.replace("ads-api.x.com", "ads-api.twitter.com"),
        API.replace("ads-api.x.com", "ads-api-sandbox.twitter.com"),
        f"{API}/",
        API.replace("https://ads-api.x.com", "https://gateway.example/x"),
    ],
)
def test_a_call_at_every_address(url: str) -> None:
    (event,) = decode(call(element(5_000), url=url))
    assert (event.kind, event.side, event.account, event.name, event.event_id, event.own_ms) == (
        Kind.EVENT,
        Side.SERVER,
        PIXEL,
        TAG,
        "SO-1187",
        5_000,
    )
    assert (event.value, event.currency, event.outcome) == ("59.9", "EUR", Outcome.ACCEPTED)
    assert dict(event.match_ids) == {"twclid": "2-4kexample", "ip": "203.0.113.9", "user_agent": AGENT}


def test_stapes_proxy_names_the_pixel_in_the_body() -> None:
    secrets = {"consumer_key": "c", "consumer_secret": "s", "oauth_token": "t", "oauth_token_secret": "z"}
    (event,) = decode(call(element(5_000), url=PROXY, pixel_id=PIXEL, auth=secrets))
    assert (event.account, event.name, event.transport) == (PIXEL, TAG, "Conversion API, by Stape's proxy")
    assert decode(call(url=PROXY, body=b"{}")) == ()


@pytest.mark.parametrize(
    ("changes", "own_ms", "flaw"),
    [
        ({"conversion_time": None, "conversion_timestamp": 1_795_169_730_123}, 1_795_169_730_123, None),
        ({"conversion_time": None, "conversion_timestamp": 1_795_169_730}, 1_795_169_730_000, "event-time-unit"),
        ({"conversion_time": "2026-11-20T10:15:30+01:00"}, 1_795_166_130_000, None),
        ({"conversion_time": "1795169730"}, 1_795_169_730_000, "event-time-unit"),
        ({"conversion_time": "soon"}, None, "malformed-request"),
        ({"conversion_time": None}, None, "required-parameter-missing"),
        ({"conversion_time": ""}, None, "required-parameter-missing"),
    ],
)
def test_both_forms_of_the_time_are_read(changes: dict[str, Any], own_ms: int | None, flaw: str | None) -> None:
    (event,) = decode(call(element(5_000, **changes)))
    assert event.own_ms == own_ms
    assert [each.code for each in event.flaws] == ([flaw] if flaw else [])


@pytest.mark.parametrize(
    "identifiers",
    [
        [{"twclid": "2-4k"}, {"ip_address": "203.0.113.9"}, {"user_agent": "Mozilla/5.0"}],
        [{"twclid": "2-4k", "ip_address": "203.0.113.9", "user_agent": "Mozilla/5.0"}],
        {"twclid": "2-4k", "ip_address": "203.0.113.9", "user_agent": "Mozilla/5.0"},
    ],
)
def test_identifiers_are_read_however_they_are_spread(identifiers: Any) -> None:
    (event,) = decode(call(element(5_000, identifiers=identifiers)))
    assert dict(event.match_ids) == {"twclid": "2-4k", "ip": "203.0.113.9", "user_agent": "Mozilla/5.0"}


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'"x"', b'{"conversions":[]}', b'{"conversions":{}}', b'{"a":1}', b'{"conversions":[1,null]}'],
)
def test_a_call_that_can_not_be_read_is_never_lost(body: bytes) -> None:
    events = decode(call(body=body))
    assert events
    assert events[0].flaws
    if body != b'{"conversions":{}}':
        assert all(event.kind is Kind.OTHER for event in events)


@pytest.mark.parametrize(
    ("answer", "status", "outcomes"),
    [
        ({"data": {"conversions_processed": 2, "debug_id": "d"}}, 200, [Outcome.ACCEPTED] * 2),
        ({"data": {"conversions_processed": 1}}, 200, [Outcome.UNKNOWN] * 2),
        ({"data": {"conversions_processed": 0}}, 200, [Outcome.REJECTED] * 2),
        ({"data": {"conversions_processed": "²"}}, 200, [Outcome.UNKNOWN] * 2),
        ({"errors": [{"code": "INVALID_PARAMETER", "message": "Hashed_email is not"}]}, 400, [Outcome.REJECTED] * 2),
        ({"errors": [{"code": "INTERNAL_ERROR", "message": "x"}]}, 500, [Outcome.FAILED] * 2),
        ({"errors": ["x"]}, 429, [Outcome.REJECTED] * 2),
        (b"<html>Bad gateway</html>", 502, [Outcome.FAILED] * 2),
        (b"", 200, [Outcome.UNKNOWN] * 2),
        (b"fine", 200, [Outcome.UNKNOWN] * 2),
    ],
)
def test_one_answer_is_for_all_of_a_call(answer: Any, status: int, outcomes: list[Outcome]) -> None:
    exchange = call(element(5_000), element(5_000, conversion_id="SO-2"), answer=answer, status=status)
    if answer == b"":
        exchange = replace(exchange, response=replace(exchange.response, body=b""))  # type: ignore[type-var]  # it has a response, made above
    assert [event.outcome for event in decode(exchange)] == outcomes


@pytest.mark.parametrize(
    ("said", "blamed"),
    [
        ({"code": "MISSING_PARAMETER", "message": "At least one user identifier must be provided"}, "identifiers"),
        ({"code": "INVALID_PARAMETER", "message": "Hashed_email is not a valid SHA-256 hash"}, "hashed_email"),
        ({"code": "INVALID_PARAMETER", "message": "Event_id (tw-1) is not a single event tag (SET)"}, "event_id"),
        ({"code": "INVALID_PARAMETER", "message": "x", "parameter": "value"}, "value"),
        ({"code": "INVALID_PARAMETER", "message": "Conversion count limit is 500"}, None),
    ],
)
def test_a_refusal_names_its_member_and_is_explained(said: dict[str, str], blamed: str | None) -> None:
    other = {"code": "INVALID_PARAMETER", "message": "Something else, too"}
    analysis = analysed(call(element(5_000), answer={"errors": [said, other]}, status=400))
    (group,) = analysis.groups()
    (told,) = [finding for finding in group.findings if finding.code == "send-rejected"]
    assert group.server[0].answer is not None
    assert (group.server[0].answer.blamed, group.server[0].answer.messages) == (blamed, ("Something else, too",))
    assert said["code"] in told.message
    assert said["message"] in told.message


def test_a_page_that_calls_the_api_shows_its_token() -> None:
    exchange = call(element(5_000))
    seen = (("Sec-Fetch-Site", "cross-site"), *exchange.request.headers)
    (event,) = decode(replace(exchange, request=replace(exchange.request, headers=seen)))
    assert [flaw.code for flaw in event.flaws] == ["token-exposed"]
    (plain,) = decode(call(element(5_000), url=API.replace("https:", "http:")))
    assert [flaw.code for flaw in plain.flaws] == ["insecure-transport"]
