"""Whatever arrives, decoding gives events: no exception, and no more time or memory than the input is worth.

A decoder that trips is logged by `decode`, and a logged warning fails the test; so calling `decode` is the assertion.
"""

from __future__ import annotations

import gzip
import json
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from msgspec.structs import astuple, replace

from app.model import Event, Exchange, Provenance, Request, Response
from app.platforms import decode, reading
from tests.fuzz import doors
from tests.fuzz.doors import CALL, DOORS, RECORDED

MB = 1024 * 1024
TYPES = (
    "",
    "application/json",
    "text/plain;charset=UTF-8",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "multipart/form-data",
)

# Pieces that a decoder looks for, in any order, are worth more than noise.
PIECES = """
    id ev eid ts dl rl cd[value] cd[contents] cd[contents][0][id] cd[] cd[ ud[em] ud[] eid[0] events[0] batch data o dpo
    expv2[0] dpo[] eid[] cd[contents][][id] cd[contents][0] batch[0][method] user_data[em][0]
    rqm=SB data[0][event_name] data[ access_token = & %5B %5D %25 % + [ ] { } 1 111 Purchase null NaN 1e999
"""
MEMBERS = """
    event_name event_time event_id user_data custom_data em ph external_id fbp contents content_ids data batch method
    relative_url body fb.pixel_id fb.advanced_matching website_context conversion_value data_processing_options error
    code error_data messages events_received id ev cd access_token 0 2 eid dpo rqm test_event_code
"""
WORDS = st.sampled_from([*PIECES.split(), *doors.PARAMETERS])
NAMES = st.sampled_from([*MEMBERS.split(), *doors.MEMBERS])
TEXT = st.lists(WORDS | st.text(max_size=8), max_size=40).map("".join)
QUERY = st.lists(st.tuples(WORDS, WORDS | st.text(max_size=12)), max_size=20).map(
    lambda pairs: "&".join(f"{key}={value}" for key, value in pairs)
)
ANY_TEXT = st.text(st.characters(), max_size=12)  # half characters included: JSON can spell them
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT | NAMES,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(NAMES | ANY_TEXT, inner, max_size=8),
    max_leaves=40,
)
PART = '--x\r\nContent-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'
MULTIPART = st.lists(st.builds(PART.format, WORDS, st.text(max_size=12)), max_size=8).map("".join)
BODY = (
    st.binary(max_size=200)
    | TEXT.map(str.encode)
    | QUERY.map(str.encode)
    | MULTIPART.map(lambda text: text.encode() + b"--x--")
    | JSON.map(lambda value: json.dumps(value).encode())
    | JSON.map(lambda value: json.dumps({"data": value, "event_name": "x", "fb.pixel_id": "1"}).encode())
    | JSON.map(lambda value: json.dumps({"data": [json.dumps(value), value]}).encode())
    | JSON.map(
        lambda value: json.dumps({"batch": [{"method": "POST", "relative_url": "1/events", "body": value}]}).encode()
    )
    | JSON.map(lambda value: b"data=" + json.dumps(value).encode())
    | JSON.map(lambda value: json.dumps([{"id": "1", "ev": "A", "rqm": "SB", "eid": value}, value]).encode())
    | st.binary(max_size=60).map(lambda body: b"\x1f\x8b" + body)
)
HEADERS = st.lists(
    st.tuples(
        st.sampled_from(["Date", "Content-Encoding", "User-Agent", "Referer", "Authorization", "X"]),
        st.text(max_size=20),
    ),
    max_size=3,
)


@st.composite
def exchanges(draw: st.DrawFn) -> Exchange:
    door = draw(st.sampled_from(DOORS) | TEXT.map(lambda text: f"https://{text}"))
    query = draw(QUERY | TEXT)
    method = draw(st.sampled_from(["GET", "POST", "OPTIONS", "HEAD", "PUT"]))
    headers = (("Content-Type", draw(st.sampled_from(TYPES))), *draw(HEADERS))
    request = Request(method, f"{door}?{query}", headers, draw(BODY), truncated=draw(st.booleans()))
    response = draw(st.none() | st.builds(Response, st.integers(0, 999), HEADERS.map(tuple), BODY, st.booleans()))
    error = draw(st.none() | st.text(max_size=10)) if response is None else None
    times = draw(st.none() | st.integers(0, 2**45)), draw(st.none() | st.integers(0, 2**45))
    return Exchange(draw(st.sampled_from(Provenance)), request, response, error, *times, number=1)


def invariants(events: tuple[Event, ...]) -> None:
    """What every reader of events relies on, whatever was sent."""
    assert [event.id for event in events] == [f"e1.{index}" for index in range(len(events))]
    for event in events:
        known = bool(event.event_id) and not event.id_by_script
        keyed = bool(event.keys and event.keys[0].startswith("id|"))
        assert known == keyed if event.platform == "meta" else known or not keyed
        assert len(set(event.keys)) == len(event.keys)
        texts = [event.name, event.account, *(part for field in event.fields for part in astuple(field))]
        assert {type(text) for text in texts} == {str}
        "".join(texts).encode()  # raises for half a character
        assert event.own_ms is None or 0 <= event.own_ms <= 10**15


# Time is bounded by the suite's own timeout: a deadline for each example would make a busy machine a failure.
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(exchanges())
@example(
    Exchange(
        Provenance.IMPORTED, Request("POST", DOORS[4], (), b'{"data":[{"user_data":[],"custom_data":7}]}'), number=1
    )
)
@example(Exchange(Provenance.IMPORTED, Request("POST", CALL, (), b'{"data":[{"event_time":"1013-11-22"}]}'), number=1))
@example(Exchange(Provenance.IMPORTED, Request("POST", CALL, (), b'{"data":[{"event_time":1e95318292}]}'), number=1))
def test_any_exchange_decodes_and_keeps_the_invariants(exchange: Exchange) -> None:
    invariants(decode(exchange, ("shop.example", "gw.example/events")))


@settings(max_examples=300, deadline=None)
@given(st.text(), st.text(), st.binary(max_size=100))
def test_any_text_in_place_of_method_and_address_decodes(method: str, url: str, body: bytes) -> None:
    invariants(decode(Exchange(Provenance.IMPORTED, Request(method, url, (), body), number=1), (url,)))


ODD_TEXT = st.sampled_from(["", "0", "-1", "1e999", "NaN", "[]", "{}", "[1", "%", "\ud800", "|", ","])
JUNK = st.none() | st.booleans() | ODD_TEXT | st.integers() | st.floats() | ANY_TEXT | JSON


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every member and element in a document, as what holds it and where."""
    held = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(held):
        yield value, key
        yield from _places(inner)


def _spoilt_json(body: bytes, data: st.DataObject) -> bytes:
    """A document with anything in some of its places."""
    document = json.loads(body)
    found = list(_places(document))
    for _ in range(data.draw(st.integers(1, 3)) if found else 0):
        holder, key = data.draw(st.sampled_from(found))
        if isinstance(holder, dict) or key < len(holder):
            holder[key] = data.draw(JUNK)
    return json.dumps(document).encode()


def _spoilt_query(query: str, data: st.DataObject) -> str:
    """Parameters some of which say something else, or are there again."""
    pairs = parse_qsl(query, keep_blank_values=True)
    for _ in range(data.draw(st.integers(1, 3)) if pairs else 0):
        at, value = data.draw(st.integers(0, len(pairs) - 1)), data.draw(JUNK)
        said = pairs[at][0], value if isinstance(value, str) else json.dumps(value)
        pairs[at : at + data.draw(st.integers(0, 1))] = [said]
    return urlencode(pairs, errors="replace")


def _is_json(body: bytes) -> bool:
    return body[:1] in (b"{", b"[")


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.sampled_from(RECORDED), st.data())
def test_a_platforms_own_request_with_anything_in_any_place_decodes(exchange: Exchange, data: st.DataObject) -> None:
    request, response = exchange.request, exchange.response
    base, mark, query = request.url.partition("?")
    if query:
        request = replace(request, url=base + mark + _spoilt_query(query, data))
    if _is_json(request.body):
        request = replace(request, body=_spoilt_json(request.body, data))
    if response and _is_json(response.body):
        response = replace(response, body=_spoilt_json(response.body, data))
    invariants(decode(replace(exchange, request=request, response=response, number=1)))


def _post(url: str, body: bytes, content_type: str = "application/json") -> Exchange:
    return Exchange(Provenance.IMPORTED, Request("POST", url, (("Content-Type", content_type),), body), number=1)


def _reasons(events: tuple[Event, ...]) -> set[str | None]:
    return {flaw.reason for event in events for flaw in event.flaws if flaw.code == "malformed-request"}


def _get(query: str) -> Exchange:
    return Exchange(Provenance.IMPORTED, Request("GET", f"{DOORS[0]}?id=1&ev=A{query}"), number=1)


def _one(**event: object) -> bytes:
    return json.dumps({"data": [{"event_name": "A", **event}]}).encode()


FORM, MULTI = TYPES[3], TYPES[4]
EVERY_BYTE = bytes(range(256))
MANY_NAMES = b"&".join(b"k%d=%d" % (n, n) for n in range(1_000_000))

# What is sent, and the reasons of which one must be given; no reasons: it is large and still fine.
GIANTS: dict[str, tuple[Callable[[], Exchange], set[str]]] = {
    "deep JSON": (lambda: _post(CALL, b'{"data":' + b"[" * 5_000_000), {"too-deep"}),
    "deep JSON, closed": (lambda: _post(CALL, b'{"data":' + b"[" * 200_000 + b"]" * 200_000 + b"}"), {"too-deep"}),
    "deep JSON in text": (lambda: _post(CALL, json.dumps({"data": "[" * 1_000_000}).encode()), {"too-deep"}),
    "deep gateway copy": (lambda: _post(DOORS[7], b'{"fb.pixel_id":' + b'{"a":' * 1_000_000), {"too-deep"}),
    "ten megabytes of one value": (lambda: _post(CALL, _one(custom_data={"x": "y" * 10 * MB})), set()),
    "ten megabytes of noise": (lambda: _post(DOORS[0], EVERY_BYTE * (40 * 1024), FORM), set()),
    "a huge number": (lambda: _post(CALL, _one(event_time=0).replace(b"0", b"9" * 5_000_000)), {"not-a-time"}),
    "too many events": (lambda: _post(CALL, b'{"data":[' + b"{}," * 300_000 + b"{}]}"), {"too-many-events"}),
    "a million parameters": (lambda: _get("&k=v" * 1_000_000), {"too-many-parameters"}),
    "a million names": (lambda: _post(DOORS[0], MANY_NAMES, FORM), {"too-many-parameters"}),
    "many parts": (
        lambda: _post(DOORS[0], PART.format("k", "v").encode() * 150_000 + b"--x--", MULTI),
        {"too-many-parameters"},
    ),
    "a million values of one key": (lambda: _post(CALL, _one(user_data={"em": ["x"] * 1_000_000})), set()),
    "a million brackets": (lambda: _get(f"&cd{'[a]' * 1_000_000}=1"), set()),
    "a path of slashes": (lambda: _post("https://gw.example" + "/a" * 500_000 + "/" * 500_000, _one()), set()),
    "a zip bomb": (lambda: _post(CALL, gzip.compress(bytes(200 * MB))), {"not-json", "data-missing"}),
    "a zip bomb of JSON": (lambda: _post(CALL, gzip.compress(b'{"data":[' + b" " * (100 * MB))), {"not-json"}),
}


@pytest.mark.parametrize("name", GIANTS)
def test_giant_input_costs_no_more_than_a_few_times_its_size(name: str) -> None:
    build, reasons = GIANTS[name]
    exchange = build()
    tracemalloc.start()
    try:
        events = decode(exchange)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    invariants(events)
    assert _reasons(events) & reasons or not reasons
    # Python text and objects take several times the bytes they were read from; never more than this.
    assert peak < 200 * MB + 4 * reading.MAX_BODY
