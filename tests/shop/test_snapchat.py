"""The demo shop's call to Snapchat: what the stand-in takes, read back, its faults refused."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from app.hashing import check
from app.model import CheckStatus, Customer, Event, Exchange, Provenance, Request
from app.platforms import customer_rules, decode, platform
from app.platforms.sandbox import Faults
from app.shop.backend import ACCESS_TOKEN
from app.shop.snapchat import call_for
from tests.shop.test_backend import CATALOGUE, NOW_MS, ORDER

ACCOUNT = "8a6f1c2e-1111-4222-8333-944455556666"
SOUND: dict[str, Any] = {"name": "PURCHASE", "event_id": "10401"}


def sent(**faults: Any) -> Event:
    order = replace(ORDER, shopper=replace(ORDER.shopper, cookies={"_scid": "0c0ffee0-aaaa"}))
    made = call_for(order, SOUND | faults, ACCOUNT, ACCESS_TOKEN, NOW_MS // 1000)
    request = Request("POST", f"https://{made.host}{made.path}", (), json.dumps(made.body).encode())
    stand_in = platform("snapchat").sandbox
    assert stand_in is not None
    response = stand_in.server(request, NOW_MS, Faults())
    (event,) = decode(Exchange(Provenance.FORWARDED, request, response, number=1))
    return event


def test_a_sound_call_is_taken_and_read_back() -> None:
    event = sent()
    assert event.answer is not None
    assert event.answer.accepted
    assert (event.account, event.event_id, event.order_id, event.value) == (ACCOUNT, "10401", "10401", "29.9")
    assert (event.match_id("scid"), event.match_id("ip")) == ("0c0ffee0-aaaa", CATALOGUE["client_ip"])
    assert [(line.id, line.quantity, line.price) for line in event.contents] == [("MUG-01", "2", "14.95")]


def test_the_customers_hashes_follow_the_documented_rule() -> None:
    event = sent()
    customer = Customer(tuple((key, (text,)) for key, text in CATALOGUE["customer"].items()))
    statuses = {item.key: check(item, customer, customer_rules(event)).status for item in event.user}
    assert set(statuses.values()) == {CheckStatus.VERIFIED}


def test_the_faults_of_a_scenario_are_put_in() -> None:
    assert sent(without_value=True).outcome.lost
    assert (sent(event_id=None).event_id, sent(without_order=True).order_id) == (None, None)
    assert sent(value_less="0.01").value == "29.89"
