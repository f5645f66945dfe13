"""Whatever arrives at Snapchat's doors: no reader trips, three forms say one thing, and the two versions are one."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.model import Exchange, Kind, Provenance, Request, Response
from app.platforms import platform
from app.platforms.json_text import loaded
from app.platforms.sandbox import Faults
from app.platforms.server_api import Terms
from app.platforms.snapchat.call import newer, older
from app.platforms.snapchat.contract import answer, page
from app.platforms.snapchat.dedup import keys_of
from app.platforms.snapchat.logged import LOGGED
from app.platforms.snapchat.requirements import violations
from app.platforms.snapchat.server_api import SERVER
from tests.fuzz.test_decoders import ANY_TEXT, HEADERS, MULTIPART, TYPES, invariants
from tests.platforms.snapchat.halves import CALL, OLDER, PIXEL, PIXEL_ID, THANKS, element, envelope, posted, told

NOW = 1_795_169_730_123
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]  # a busy machine is no failure
DOORS = (
    *(PIXEL, "https://tr6.snapchat.com/p", "https://gw.example/gateway/p", "https://shop.example/snap"),
    *(
        "https://tr.snapchat.com/cm/i",
        "https://tr.snapchat.com/config/a",
        "https://tr-shadow.snapchat.com/v2/conversion",
    ),
    *(CALL, f"{CALL}/validate", OLDER, f"{OLDER}/validate", "https://sc-static.net/scevent.min.js"),
)
MEMBERS = """
    ctx req t ev pid pids cdid e_pr e_cur e_tid e_iids e_ni u_hem u_hpn u_c1 u_sclid du ts del md i pc url v
    data event event_name event_time event_id action_source event_source_url user_data custom_data em ph
    sc_click_id sc_cookie1 value client_ip_address contents content_ids order_id event_type
    event_conversion_type timestamp client_dedup_id record_indexes item_ids price hashed_email uuid_c1 status
    errors codes error_msgs event_logs warnings error_records reason
"""
NAMES = st.sampled_from(MEMBERS.split())
WORDS = st.sampled_from(["PURCHASE", "WEB", "@-1", "VALID", "INVALID", "1795169730", "null", "a,b", '["a"]', "['lmu']"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES | ANY_TEXT, inner, max_size=8),
    max_leaves=40,
)
ENTRIES = st.lists(st.dictionaries(st.sampled_from(["t", "ts", "md", "i"]), JSON, max_size=3) | JSON, max_size=4)
PAIRS = st.lists(st.tuples(NAMES, WORDS | st.text(max_size=12)), max_size=12).map(urlencode)
BODY = (
    st.binary(max_size=100)
    | JSON.map(lambda value: json.dumps(value).encode())
    | st.builds(lambda ctx, req: json.dumps({"ctx": ctx, "req": req}).encode(), JSON, ENTRIES)
    | JSON.map(lambda value: json.dumps({"data": [value, {"event_name": "SAVE", "user_data": value}]}).encode())
    | JSON.map(lambda value: json.dumps([{"event_type": "SAVE", "item_ids": value, "client_dedup_id": value}]).encode())
    | PAIRS.map(str.encode)
    | MULTIPART.map(str.encode)
)


@st.composite
def exchanges(draw: st.DrawFn) -> Exchange:
    door, query = draw(st.sampled_from(DOORS)), draw(PAIRS | st.text(max_size=20))
    headers = (("Content-Type", draw(st.sampled_from(TYPES))), *draw(HEADERS))
    method = draw(st.sampled_from(["GET", "POST", "OPTIONS", "HEAD"]))
    request = Request(method, f"{door}?{query}", headers, draw(BODY), truncated=draw(st.booleans()))
    response = draw(st.none() | st.builds(Response, st.integers(0, 599), HEADERS.map(tuple), BODY))
    return Exchange(
        draw(st.sampled_from(Provenance)), request, response, None, draw(st.none() | st.just(NOW)), number=1
    )


@settings(max_examples=250, deadline=None, suppress_health_check=SLOW)
@given(exchanges())
def test_any_exchange_decodes_and_keeps_the_invariants(exchange: Exchange) -> None:
    own = platform("snapchat")
    events = own.decode(exchange, ("shop.example",))
    invariants(events)
    assert not events or own.claims(exchange.request, ("shop.example",))
    answer(exchange.request, NOW, Faults())
    page(exchange.request)
    SERVER.read_pasted(exchange.request)


@settings(max_examples=150, deadline=None, suppress_health_check=SLOW)
@given(JSON)
def test_any_json_is_judged_and_brought_into_the_form_of_v3(value: Any) -> None:
    violations(value, NOW)
    text = json.dumps(value)
    once = newer(text)
    assert newer(once) == once
    if isinstance(loaded(once), dict):
        assert older(once, PIXEL_ID)["pixel_id"] == PIXEL_ID
    LOGGED.shape(value)
    if isinstance(value, dict | list):
        LOGGED.call(text, value, "").body.decode()


_ID = st.text(st.sampled_from("abz019-_@"), min_size=1, max_size=12)


@settings(max_examples=100, deadline=None, suppress_health_check=SLOW)
@given(st.lists(st.tuples(st.sampled_from(["PURCHASE", "SAVE"]), _ID, _ID), min_size=1, max_size=5))
def test_an_envelope_says_what_the_single_requests_say(events: list[tuple[str, str, str]]) -> None:
    parts = [told(ev=name, cdid=event_id, e_tid=order) for name, event_id, order in events]
    together = platform("snapchat").decode(posted(envelope(NOW, *parts)))
    assert len(together) == len(parts)
    for event, part in zip(together, parts, strict=True):
        query = urlencode(part | {"ts": str(NOW), "pl": THANKS})
        (alone,) = platform("snapchat").decode(
            Exchange(Provenance.IMPORTED, Request("GET", f"{PIXEL}?{query}"), number=1)
        )
        assert (alone.name, alone.event_id, alone.order_id, alone.value, alone.contents, alone.user, alone.keys) == (
            event.name,
            event.event_id,
            event.order_id,
            event.value,
            event.contents,
            event.user,
            event.keys,
        )
        assert event.kind is Kind.EVENT


@settings(max_examples=100, deadline=None, suppress_health_check=SLOW)
@given(st.tuples(_ID, _ID, _ID), st.tuples(_ID, _ID, _ID))
def test_different_conversions_never_share_a_key(one: tuple[str, str, str], two: tuple[str, str, str]) -> None:
    ours, theirs = (set(keys_of(account, "PURCHASE", event_id, order)) for account, event_id, order in (one, two))
    same_id = one[:2] == two[:2] and not one[1].startswith("@-")
    same_order = (one[0], one[2]) == (two[0], two[2])
    assert bool(ours & theirs) is (same_id or same_order)


@settings(max_examples=60, deadline=None, suppress_health_check=SLOW)
@given(_ID, st.decimals(0, 10**6, places=2), st.lists(_ID, max_size=3))
def test_what_is_composed_is_read_back(event_id: str, value: Any, goods: list[str]) -> None:
    (browser,) = platform("snapchat").decode(posted(envelope(NOW, told(cdid=event_id, e_pr=str(value), e_iids=goods))))
    made = SERVER.compose(browser, Terms(now_ms=NOW))
    request = SERVER.outgoing(made, "https://tr.snapchat.com").request
    (server,) = platform("snapchat").decode(Exchange(Provenance.SENT, request, number=2))
    assert set(server.keys) == set(browser.keys)
    assert [line.id for line in server.contents] == goods
    assert element(NOW)["event_name"] == server.name
