"""The demo shop's call to Microsoft's Conversions API, read back; its tag puts on the wire what the real one does."""

from __future__ import annotations

import json
from typing import Any

from app.model import Event, Exchange, Outcome, Provenance, Request
from app.platforms import decode
from app.platforms.microsoft.contract import answer
from app.platforms.sandbox import Faults
from app.shop import SHOP_PAGES
from app.shop.microsoft import call_for
from app.shop.orders import Order, Shopper
from tests.platforms.microsoft.halves import CLICK, TAG, VISITOR

NOW = 1_795_817_569_000
CUSTOMER = {"em": "Jane.Doe+news@Example.com ", "ph": "+49 1512 3456789", "external_id": "cust-42"}
ORDER = Order(
    number="10401",
    scenario="correct",
    lines=({"id": "MUG-01", "name": "Enamel mug", "price": "14.95", "quantity": 2},),
    value="29.90",
    browser={},
    page="http://localhost:1/thanks.html?order=10401",
    shopper=Shopper(
        CUSTOMER, "203.0.113.24", "Mozilla/5.0 Chrome/142.0", {"_uetvid": VISITOR, "_uetmsclkid": f"_uet{CLICK}"}
    ),
)


def read(**faults: Any) -> Event:
    send = {"name": "purchase", "event_id": "10401"} | faults
    made = call_for(ORDER, send, TAG, "demo-token", NOW // 1000)
    headers = (("Content-Type", "application/json"), *made.headers.items())
    request = Request("POST", f"https://{made.host}{made.path}", headers, json.dumps(made.body).encode())
    response = answer(request, NOW, Faults())
    (event,) = decode(Exchange(Provenance.FORWARDED, request, response, number=1))
    return event


def test_a_sound_call_is_taken_and_read_back() -> None:
    event = read()
    assert (event.outcome, event.account, event.event_id, event.order_id) == (Outcome.ACCEPTED, TAG, "10401", "10401")
    assert (event.value, event.match_id("msclkid"), event.match_id("vid")) == ("29.9", CLICK, VISITOR)
    # The hash of janedoe@example.com: dots and alias are left out.
    assert event.user_values("em")[0].value == "c4d25e9c90ff23e9145397bc6fbd5385ca5fbe78211222ccbecd0b369ebb19a6"
    assert event.user_values("ph")[0].value == "663a4322addcdcc2be9435bfd2505066dc1048b89d33e48f363119f18bdd71e8"


def test_each_fault_of_a_scenario_does_its_wrong() -> None:
    assert read(plain_email=True).outcome is Outcome.REJECTED
    assert read(event_id=None).event_id is None
    assert read(without_order=True).order_id is None
    assert read(value_less="0.01").value == "29.89"
    assert read(email_as_typed="x").user_values("em")[0].value != read().user_values("em")[0].value


def test_the_tag_that_stands_in_drops_the_event_id_as_the_real_one_does() -> None:
    text = (SHOP_PAGES / "uetq.js").read_text("utf-8")
    assert "'https://bat.bing.com/action/0'" in text
    assert "DROPPED = ['event_id', 'pid']" in text
