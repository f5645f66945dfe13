"""The two halves of a Reddit conversion, as the pixel and a backend send them."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from app.analysis.engine import Analysis
from app.checks import Context
from app.hashing import sha256
from app.model import Customer, Event, Exchange, Group, Provenance, Request, Response
from app.platforms import decode, rules_of

PIXEL = "a2_exampleacct1"
HIT = "https://alb.reddit.com/rp.gif"
BASE = "https://ads-api.reddit.com"
V3 = f"{BASE}/api/v3/pixels/{PIXEL}/conversion_events"
V2 = f"{BASE}/api/v2.0/conversions/events/{PIXEL}"
TOKEN = "reddit-token-0123456789-secret"
AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
UUID = "1795169730123.2c1b0a99-8877-4665-8443-322110000000"
ID = "evt-7f3a"
PRODUCTS = [{"id": "MUG-01", "name": "Mug", "category": "Kitchen", "item_price": 29.95, "quantity": 2}]
MARY = Customer((("em", ("Mary.Doe+news@Shop.example",)), ("ph", ("+49 30 1234567",))))
PLAIN, CANONICAL = sha256("mary.doe+news@shop.example"), sha256("marydoe@shop.example")


def parameters(at_ms: int, **changes: str) -> dict[str, str]:
    """What the pixel sends of one event; dots in a name are written as two underscores."""
    plain = {
        "ts": str(at_ms),
        "id": PIXEL,
        "event": "Purchase",
        "m.itemCount": "2",
        "m.valueDecimal": "59.90",
        "m.currency": "EUR",
        "m.transactionId": sha256("SO-1187"),
        "m.customEventName": "",
        "m.products": json.dumps(PRODUCTS),
        "m.conversionId": sha256(ID),
        "click_id": "4242",
        "uuid": UUID,
        "em": CANONICAL,
        "pn": sha256("+49301234567"),
        "external_id": sha256("user-77"),
        "opt_out": "0",
        "sh": "1920",
        "sw": "1080",
        "v": "rdt_5afed25b",
        "dpm": "",
        "esurl": "https://shop.example/thanks",
    }
    return plain | {key.replace("__", "."): value for key, value in changes.items()}


def hit(at_ms: int, **changes: str) -> Exchange:
    """What a page sends."""
    headers = (("User-Agent", AGENT), ("Referer", "https://shop.example/"))
    request = Request("GET", f"{HIT}?{urlencode(parameters(at_ms, **changes))}", headers)
    return Exchange(Provenance.CAPTURED, request, Response(200), None, at_ms + 5, at_ms + 40, number=1)


def browser_event(at_ms: int, **changes: str) -> Event:
    """The page's event, read."""
    (event,) = decode(hit(at_ms, **changes))
    return event


def element(at_ms: Any, **changes: Any) -> dict[str, Any]:
    """An event of v3."""
    plain = {
        "event_at": at_ms,
        "action_source": "WEBSITE",
        "event_source_url": "https://shop.example/thanks",
        "click_id": "4242",
        "type": {"tracking_type": "PURCHASE"},
        "metadata": {
            "conversion_id": ID,
            "currency": "EUR",
            "value": 59.9,
            "item_count": 2,
            "products": PRODUCTS,
        },
        "user": {"email": CANONICAL, "uuid": UUID, "ip_address": "203.0.113.9", "user_agent": AGENT},
    }
    return plain | changes


def element_of_v2(at: Any, **changes: Any) -> dict[str, Any]:
    """An event of v2."""
    plain = {
        "event_at": at,
        "event_type": {"tracking_type": "Purchase"},
        "click_id": "4242",
        "event_metadata": {"conversion_id": ID, "currency": "EUR", "value_decimal": 59.9, "products": PRODUCTS},
        "user": {"email": CANONICAL, "ip_address": "203.0.113.9", "user_agent": AGENT},
    }
    return plain | changes


def v3(*events: Any, **root: Any) -> dict[str, Any]:
    """A call's body."""
    return {"data": {"events": list(events)} | root}


def call(body: Any, number: int = 2, at_ms: int = 0, answer: Any = None, status: int = 200, url: str = V3) -> Exchange:
    """What a backend sends."""
    headers = (("Content-Type", "application/json"), ("Authorization", f"Bearer {TOKEN}"), ("User-Agent", "shop/1"))
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    said = answer if answer is not None else {"data": {"message": "Successfully processed 1 conversion events."}}
    text = said if isinstance(said, bytes) else json.dumps(said).encode()
    request = Request("POST", url, headers, data)
    return Exchange(Provenance.FORWARDED, request, Response(status, (), text), None, at_ms, at_ms + 40, number=number)


def groups(*exchanges: Exchange, customer: Customer | None = None) -> tuple[Group, ...]:
    """What the engine makes of some exchanges."""
    analysis = Analysis(Context(customer=customer or Customer()), rules_of())
    for exchange in exchanges:
        analysis.add(decode(exchange))
    return tuple(analysis.groups())


def codes(found: tuple[Group, ...]) -> set[str]:
    """The codes of all findings."""
    return {finding.code for group in found for finding in group.findings}
