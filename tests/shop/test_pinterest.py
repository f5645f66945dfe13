"""The demo shop's call to Pinterest: taken by the stand-in, read back, the faults of its scenarios put in."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.hashing import check
from app.model import CheckStatus, Customer, Event, Exchange, Outcome, Provenance, Request, Side
from app.platforms import decode, platform
from app.platforms.sandbox import Faults
from app.shop.pinterest import call_for
from tests.shop.test_backend import CATALOGUE, NOW_MS, ORDER

PINTEREST = platform("pinterest")


def event_of(**send: Any) -> Event:
    sound = {"name": "checkout", "event_id": "10401"}
    made = call_for(ORDER, sound | send, "549755000001", "any", NOW_MS // 1000)
    headers = (("Content-Type", "application/json"), *made.headers.items())
    request = Request("POST", f"https://{made.host}{made.path}", headers, json.dumps(made.body).encode())
    assert PINTEREST.sandbox is not None
    response = PINTEREST.sandbox.server(request, NOW_MS, Faults())
    (event,) = decode(Exchange(Provenance.FORWARDED, request, response, number=1))
    return event


def test_a_sound_call_is_taken_and_read_back() -> None:
    event = event_of()
    assert (event.outcome, event.account, event.event_id, event.value, event.order_id) == (
        Outcome.ACCEPTED,
        "549755000001",
        "10401",
        "29.90",
        "10401",
    )
    assert event.answer is not None
    assert event.answer.messages == ()


def test_the_customer_is_hashed_by_the_documented_rules() -> None:
    customer = Customer(tuple((key, (text,)) for key, text in CATALOGUE["customer"].items()))
    rules = PINTEREST.customer[Side.SERVER]
    found = {value.key: check(value, customer, rules).status for value in event_of().user}
    assert found
    assert set(found.values()) <= {CheckStatus.VERIFIED, CheckStatus.CONVENTION}
    assert found["em"] is CheckStatus.VERIFIED


@pytest.mark.parametrize("send", [{"numeric_value": True}, {"event_id": None}, {"name": "own"}])
def test_pinterest_refuses_the_faults_made_for_it(send: dict[str, Any]) -> None:
    assert event_of(**send).outcome is Outcome.REJECTED


def test_an_offline_send_says_so_and_a_cheaper_one_is_cheaper() -> None:
    assert event_of(action_source="offline").off_page
    assert event_of(value_less="0.90").value == "29.00"
