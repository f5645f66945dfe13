"""The shop's call to Reddit, read back and answered, and what its own library would send beside it."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from app.hashing import sha256
from app.model import Exchange, Outcome, Provenance, Request, Side, Verdict
from app.platforms import decode, platform
from app.platforms.sandbox import Faults
from app.shop.orders import Order, Shopper
from app.shop.reddit import call_for
from tests.platforms.reddit.halves import AGENT, PIXEL, UUID, groups, hit

NOW_S = int(time.time())
JANE = {"em": " Jane.Doe+news@Example.com", "ph": "+1 650 555 1212", "fn": "Jane", "external_id": "customer-42"}
ORDER = Order(
    "10401",
    "correct",
    ({"id": "MUG-01", "name": "Enamel mug", "price": "14.95", "quantity": 2},),
    "29.90",
    {},
    "https://shop.example/thanks",
    Shopper(JANE, "203.0.113.24", AGENT, {"_rdt_uuid": UUID}),
)


def sent(**send: Any) -> Exchange:
    made = call_for(ORDER, {"name": "PURCHASE", "event_id": "10401"} | send, PIXEL, "demo", NOW_S)
    headers = (("Content-Type", "application/json"), *made.headers.items())
    request = Request("POST", f"https://{made.host}{made.path}", headers, json.dumps(made.body).encode())
    stand_in = platform("reddit").sandbox
    assert stand_in is not None
    answer = stand_in.server(request, NOW_S * 1000, Faults())
    return Exchange(Provenance.FORWARDED, request, answer, None, NOW_S * 1000, NOW_S * 1000 + 30, number=2)


def test_a_sound_call_is_taken_and_read_back() -> None:
    (event,) = decode(sent())
    assert (event.outcome, event.account, event.name, event.value) == (Outcome.ACCEPTED, PIXEL, "Purchase", "29.9")
    assert (event.event_id, event.own_ms, event.match_id("rdt_uuid")) == ("10401", NOW_S * 1000, UUID)
    assert {value.key: value.value for value in event.user} == {
        "em": sha256("janedoe@example.com"),
        "ph": sha256("+16505551212"),
        "external_id": sha256("customer-42"),
    }


def test_the_pages_hashed_id_and_the_shops_plain_one_are_merged() -> None:
    page = hit(NOW_S * 1000 - 600, m__conversionId=sha256("10401"), m__valueDecimal="29.90")
    (group,) = groups(page, sent())
    assert group.verdict is Verdict.DEDUPLICATED
    assert [len(group.side(side)) for side in Side] == [1, 1]


@pytest.mark.parametrize(
    ("fault", "outcome", "event_id", "value"),
    [
        ({"numeric_ids": True}, Outcome.REJECTED, "10401", "29.9"),
        ({"event_id": None}, Outcome.ACCEPTED, None, "29.9"),
        ({"value_less": "0.01"}, Outcome.ACCEPTED, "10401", "29.89"),
    ],
)
def test_each_fault_is_put_in(fault: dict[str, Any], outcome: Outcome, event_id: str | None, value: str) -> None:
    (event,) = decode(sent(**fault))
    assert (event.outcome, event.event_id, event.value) == (outcome, event_id, value)


def test_an_e_mail_may_be_hashed_as_it_was_typed() -> None:
    (event,) = decode(sent(email_as_typed="Jane@X.example"))
    assert event.user[0].value == sha256("Jane@X.example")
