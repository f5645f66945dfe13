"""The demo shop's call to X is what X takes, its faults aside."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.model import Event, Exchange, Provenance, Request
from app.platforms import decode, platform
from app.platforms.sandbox import Faults
from app.shop.orders import Order, Shopper
from app.shop.x import call_for

NOW_MS = 1_795_817_569_000
SHOPPER = Shopper(
    {"em": "Mary@Shop.example", "ph": "+49 30 1234567"}, "203.0.113.9", "Mozilla/5.0", {"_twclid": "2-4k"}
)
ORDER = Order(
    number="10401",
    scenario="correct",
    lines=({"id": "MUG-01", "name": "Enamel mug", "price": "14.95", "quantity": 2},),
    value="29.90",
    browser={},
    page="http://localhost:1/thanks.html?order=10401",
    shopper=SHOPPER,
)


def sent(**faults: Any) -> Event:
    """The event of one call, answered by the stand-in and read back."""
    send = {"name": "tw-o9z1d-ol7lz", "event_id": "10401"} | faults
    made = call_for(ORDER, send, "o9z1d", "DEMO-TOKEN-THAT-OPENS-NOTHING", NOW_MS // 1000)
    headers = (("Content-Type", "application/json"), *made.headers.items())
    request = Request("POST", f"https://{made.host}{made.path}", headers, json.dumps(made.body).encode())
    stand_in = platform("x").sandbox
    assert stand_in is not None
    (event,) = decode(Exchange(Provenance.FORWARDED, request, stand_in.server(request, NOW_MS, Faults()), number=1))
    return event


def test_a_sound_call_is_taken_and_read_back() -> None:
    event = sent()
    assert event.answer is not None
    assert event.answer.accepted
    assert (event.account, event.name, event.event_id, event.own_ms) == ("o9z1d", "tw-o9z1d-ol7lz", "10401", NOW_MS)
    assert (event.value, event.currency, event.contents[0].id) == ("29.9", "EUR", "MUG-01")
    assert dict(event.match_ids) == {"twclid": "2-4k", "ip": "203.0.113.9", "user_agent": "Mozilla/5.0"}
    assert {value.key for value in event.user} == {"em", "ph"}


@pytest.mark.parametrize("fault", [{"device_only": True}, {"name": "Purchase"}])
def test_x_refuses_the_faults_made_for_it(fault: dict[str, Any]) -> None:
    assert sent(**fault).outcome.lost
