"""Whatever comes in Reddit's name decodes, and what comes out keeps its promises."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.hashing import sha256
from app.model import Event, Exchange, Provenance, Request, Response
from app.platforms import decode
from tests.platforms.reddit.halves import HIT, PIXEL, V2, V3, parameters

AT = 1_795_169_730_123

NAMES = st.sampled_from([*parameters(AT), "auto_em", "auto_pn", "rdt_cid", "m.value", "events", "data"])
VALUES = st.text(max_size=20) | st.sampled_from(["NaN", "1e999", "[]", "[1]", '[{"id":1}]', "0", sha256("x"), PIXEL])
MEMBERS = st.sampled_from(
    [
        *("data", "events", "type", "event_type", "tracking_type", "custom_event_name", "metadata", "event_metadata"),
        *("conversion_id", "value", "value_decimal", "products", "id", "user", "email", "uuid", "ip_address"),
        *("event_at", "event_at_ms", "action_source", "test_id", "test_mode", "data_processing_options", "modes"),
        *("opt_out", "message", "error", "reason", "invalid_events", "error_message", "event"),
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | VALUES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(MEMBERS, inner, max_size=8),
    max_leaves=30,
)


def _sound(events: tuple[Event, ...]) -> None:
    """A decoder that trips logs it, which fails the test; what comes out keeps its promises."""
    assert [event.id for event in events] == [f"e1.{place}" for place in range(len(events))]
    for event in events:
        assert bool(event.keys) == bool(event.event_id)
        assert event.own_ms is None or 0 <= event.own_ms <= 10**15


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(NAMES, VALUES), max_size=15), st.sampled_from([HIT, "https://alb.reddit.com/rp"]), st.booleans()
)
def test_any_hit_decodes(pairs: list[tuple[str, str]], url: str, posted: bool) -> None:
    text = urlencode(pairs)
    request = Request("POST", url, (), text.encode()) if posted else Request("GET", f"{url}?{text}")
    _sound(decode(Exchange(Provenance.IMPORTED, request, number=1)))


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(JSON, JSON, st.sampled_from([V2, V3, "https://events.reddit.com/v2"]), st.sampled_from([200, 400, 401, 500]))
def test_any_call_and_any_answer_decode(body: Any, answer: Any, url: str, status: int) -> None:
    for wrapped in (body, {"data": {"events": body}}, {"events": [body]}):
        request = Request("POST", url, (), json.dumps(wrapped).encode())
        response = Response(status, (), json.dumps(answer).encode())
        _sound(decode(Exchange(Provenance.IMPORTED, request, response, number=1)))
