"""Whatever arrives at X's doors: no reader trips, every form says one thing, and what is composed is read back."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.model import Exchange, Kind, Provenance, Request, Response
from app.platforms import platform
from app.platforms.sandbox import Faults
from app.platforms.server_api import Terms
from app.platforms.x.call import events_of
from app.platforms.x.contract import answer, page
from app.platforms.x.logged import LOGGED
from app.platforms.x.requirements import violations
from app.platforms.x.server_api import SERVER
from tests.fuzz.test_decoders import ANY_TEXT, HEADERS, MULTIPART, TYPES, invariants
from tests.platforms.x.halves import API, BASE, HIT, PIXEL, TAG, TWIN, browser_event, call, data, hit

NOW = 1_795_169_730_123
DOORS = (
    *(HIT, TWIN, "https://analytics.x.com/1/i/adsctp", "https://analytics.twitter.com/i/adsct"),
    *("https://shop.example/_proxy/x1/i/adsct", "https://shop.example/x", "https://static.ads-twitter.com/uwt.js"),
    *(API, f"{BASE}/12/accounts", "https://ads-api.twitter.com/11/measurement/conversions/o9z1d"),
    "https://a.stape.example/stape-api/key/v1/twitter/auth-proxy",
)
MEMBERS = """
    txn_id event events event_id p_id tw_document_href tw_sale_amount value currency conversion_id contents content_id
    num_items content_price email_address phone_number twclid conversions conversion_time conversion_timestamp pixel_id
    identifiers hashed_email hashed_phone_number ip_address user_agent price_currency number_items auth oauth_token data
    conversions_processed debug_id errors code message parameter description search_string
"""
NAMES = st.sampled_from(MEMBERS.split())
WORDS = st.sampled_from(
    [TAG, PIXEL, "{}", '{"conversion_id":"a"}', '[["pageview",{}]]', "[[]]", "Twitter", "0", "null", "INVALID"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES | ANY_TEXT, inner, max_size=8),
    max_leaves=40,
)
PAIRS = st.lists(st.tuples(NAMES, WORDS | st.text(max_size=12)), max_size=12).map(urlencode)
WRAPPED = st.builds(lambda key, value: urlencode({"txn_id": TAG, key: json.dumps(value)}), NAMES, JSON)
BODY = (
    st.binary(max_size=100)
    | JSON.map(lambda value: json.dumps(value).encode())
    | JSON.map(lambda value: json.dumps({"conversions": [value, {"event_id": TAG, "identifiers": value}]}).encode())
    | JSON.map(lambda value: json.dumps({"errors": value, "data": value}).encode())
    | (PAIRS | WRAPPED).map(str.encode)
    | MULTIPART.map(str.encode)
)


@st.composite
def exchanges(draw: st.DrawFn) -> Exchange:
    door, query = draw(st.sampled_from(DOORS)), draw(PAIRS | WRAPPED | st.text(max_size=20))
    headers = (("Content-Type", draw(st.sampled_from(TYPES))), *draw(HEADERS))
    method = draw(st.sampled_from(["GET", "POST", "OPTIONS", "HEAD"]))
    request = Request(method, f"{door}?{query}", headers, draw(BODY), truncated=draw(st.booleans()))
    response = draw(st.none() | st.builds(Response, st.integers(0, 599), HEADERS.map(tuple), BODY))
    at_ms = draw(st.none() | st.just(NOW))
    return Exchange(draw(st.sampled_from(Provenance)), request, response, None, at_ms, number=1)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(exchanges())
def test_any_exchange_decodes_and_keeps_the_invariants(exchange: Exchange) -> None:
    own = platform("x")
    events = own.decode(exchange, ("shop.example",))
    invariants(events)
    assert not events or own.claims(exchange.request, ("shop.example",))
    answer(exchange.request, NOW, Faults())
    page(exchange.request)
    SERVER.read_pasted(exchange.request)


@settings(max_examples=50, deadline=None)
@given(JSON)
def test_any_json_is_judged_and_never_trips_a_reader(value: Any) -> None:
    violations(value, NOW)
    text = json.dumps(value)
    events_of(Request("POST", "", (), text.encode()))
    LOGGED.shape(value)
    if isinstance(value, dict | list):
        LOGGED.call(text, value, "").body.decode()
        LOGGED.status(value if isinstance(value, dict) else {})


_TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12).filter(str.strip)
_AMOUNT = st.decimals(0, 10_000, places=2).map(float)


@settings(max_examples=30, deadline=None)
@given(_TEXT, _AMOUNT, st.lists(st.tuples(_TEXT, st.integers(1, 9)), max_size=3))
def test_get_and_post_and_twin_say_one_thing(event_id: str, value: float, lines: list[tuple[str, int]]) -> None:
    contents = [{"content_id": name, "num_items": count} for name, count in lines]
    event = json.dumps(data(conversion_id=event_id, value=value, contents=contents))
    got, posted = browser_event(event=event), browser_event(event=event, post=True)
    twin = browser_event(event=event, at=TWIN)
    for other in (posted, twin):
        for name in ("account", "name", "event_id", "keys", "value", "currency", "contents", "user", "match_ids"):
            assert getattr(other, name) == getattr(got, name)
    assert (got.event_id, twin.kind) == (event_id, Kind.MIRROR)


@settings(max_examples=30, deadline=None)
@given(_TEXT, _AMOUNT)
def test_a_twin_has_the_key_of_its_browser_event_after_the_whole_way(event_id: str, value: float) -> None:
    event = browser_event(event=json.dumps(data(conversion_id=event_id, value=value)))
    request = SERVER.outgoing(SERVER.compose(event, Terms(now_ms=NOW)), BASE).request
    (made,) = platform("x").decode(call(body=request.body))
    assert made.keys == event.keys
    assert (made.value, made.own_ms) == (event.value, NOW)


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=30))
def test_any_text_as_tag_is_an_event_or_shown(tag: str) -> None:
    (event,) = platform("x").decode(hit(txn_id=tag))
    assert event.kind is (Kind.EVENT if tag.strip() else Kind.OTHER)
    (server,) = platform("x").decode(call({"event_id": tag, "conversion_time": "2026-11-20T10:15:30Z"}))
    assert server.kind is Kind.EVENT
