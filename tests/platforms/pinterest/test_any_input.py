"""Whatever is sent to Pinterest's places, decoding gives events and never an exception; what is right comes back.

A decoder that trips is logged by `decode`, and a logged warning fails the test; so calling `decode` is the assertion.
"""

from __future__ import annotations

import json
import tracemalloc
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import astuple

from app.model import Event, Exchange, Kind, Provenance, Request, Response
from app.platforms import decode, reading
from app.platforms.pinterest.contract import answer
from app.platforms.pinterest.requirements import violations
from app.platforms.pinterest.words import API_NAMES, STEPS, folded, standard
from tests.platforms.pinterest.halves import API, EVENT, OLDER_API, SYNC, TAG

MB = 1024 * 1024
_MEMBERS = """
    event_name action_source event_time event_id user_data custom_data em ph external_id contents content_ids data
    web offline app_ios checkout status failed processed events details code message num_events_processed value id
    item_price quantity line_items product_id epik np loc ref opt_out opt_out_type advertiser_id
"""
_PIECES = "event tid ed pd ad cb ed[value] ed[line_items][0][product_id] ed[][ pd[em] ad[loc] ed[a][b] [ ] & = % + init"
NAMES, WORDS = st.sampled_from(_MEMBERS.split()), st.sampled_from(_PIECES.split())
ANY = st.text(max_size=10)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY | NAMES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES | ANY, inner, max_size=6),
    max_leaves=30,
)
QUERY = st.lists(
    st.tuples(WORDS | ANY, ANY | WORDS | JSON.map(lambda value: quote(json.dumps(value)))), max_size=12
).map(lambda pairs: "&".join(f"{key}={value}" for key, value in pairs))
BODY = (
    JSON.map(lambda value: json.dumps(value).encode())
    | JSON.map(lambda value: json.dumps({"data": value}).encode())
    | JSON.map(lambda value: json.dumps({"data": [{"event_name": "checkout", "user_data": value}, value]}).encode())
    | QUERY.map(lambda text: text.encode("utf-8", "replace"))
    | st.binary(max_size=60)
)
ENOUGH = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def sound(events: tuple[Event, ...]) -> None:
    assert [event.id for event in events] == [f"e1.{index}" for index in range(len(events))]
    for event in events:
        assert not event.keys or (event.kind is Kind.EVENT and event.event_id and event.keys[0].startswith("id|"))
        texts = [event.name, event.account, *(part for field in event.fields for part in astuple(field))]
        assert {type(text) for text in texts} == {str}
        "".join(texts).encode()
        assert event.own_ms is None or 0 <= event.own_ms <= 10**15


@ENOUGH
@given(st.sampled_from([EVENT, SYNC, API, OLDER_API]), QUERY, BODY, BODY, st.sampled_from(["GET", "POST", "HEAD"]))
def test_any_exchange_decodes(url: str, query: str, body: bytes, said: bytes, method: str) -> None:
    request = Request(method, f"{url}?{query}", (), body)
    for response in (None, Response(200, (), said), Response(422, (), said)):
        sound(decode(Exchange(Provenance.IMPORTED, request, response, number=1)))


@ENOUGH
@given(JSON, st.integers(0, 2**45))
def test_any_event_is_checked_and_answered(value: Any, now_ms: int) -> None:
    found = violations(value, now_ms)
    asked = Request("POST", API, (("Authorization", "Bearer any"),), json.dumps({"data": [value]}).encode())
    (verdict,) = json.loads(answer(asked, now_ms).body)["events"]
    assert (verdict["status"] == "failed") is any(each.refused for each in found)


@ENOUGH
@given(st.sampled_from([*STEPS, *API_NAMES.values()]), st.randoms(use_true_random=False))
def test_a_standard_name_is_one_in_every_case_and_with_any_mark_between(name: str, chance: Any) -> None:
    written = "".join(chance.choice("_ -") * chance.randrange(2) + chance.choice((c, c.upper())) for c in name)
    assert standard(written) == standard(name) == folded(written)
    assert standard(written) in STEPS


@ENOUGH
@given(st.text(min_size=1, max_size=30).filter(str.strip), st.decimals(0, 10**6, places=2))
def test_an_id_and_an_amount_come_through_as_they_were_sent(event_id: str, value: Any) -> None:
    said = {"event_id": event_id, "value": str(value), "order_id": event_id}
    query = f"event=checkout&tid={TAG}&ed={quote(json.dumps(said))}"
    (event,) = decode(Exchange(Provenance.IMPORTED, Request("GET", f"{EVENT}?{query}"), number=1))
    assert (event.event_id, event.value, event.order_id) == (event_id, str(value), event_id)


@pytest.mark.parametrize(
    "exchange",
    [
        lambda: Request("POST", API, (), b'{"data":' + b"[" * 2_000_000),
        lambda: Request("POST", API, (), b'{"data":[' + b"{}," * 200_000 + b"{}]}"),
        lambda: Request("GET", f"{EVENT}?event=checkout&ed={'[' * 1_000_000}"),
        lambda: Request("GET", f"{EVENT}?event=checkout&ed{'[a]' * 500_000}=1"),
        lambda: Request("GET", f"{EVENT}?event={'a' * 2_000_000}"),
        lambda: Request("POST", EVENT, (), b"&ed[line_items][][product_id]=x" * 100_000),
        lambda: Request("POST", f"https://api.pinterest.com/v5{'/a' * 500_000}", (), b"{}"),
    ],
)
def test_giant_input_costs_no_more_than_a_few_times_its_size(exchange: Any) -> None:
    asked = Exchange(Provenance.IMPORTED, exchange(), number=1)
    tracemalloc.start()
    try:
        events = decode(asked)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    sound(events)
    assert peak < 200 * MB + 4 * reading.MAX_BODY
