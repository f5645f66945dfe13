"""The two halves of a Microsoft conversion, as the tag and a backend send them."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from app.hashing import sha256
from app.model import Customer, Event, Exchange, Provenance, Request, Response
from app.platforms import decode

TAG = "97654321"
BASE = "https://capi.uet.microsoft.com"
API = f"{BASE}/v1/{TAG}/events"
HIT = "https://bat.bing.com/action/0"
TOKEN = "microsoft-token-0123456789-secret"
AGENT = "Mozilla/5.0 (X11; Linux x86_64) Chrome/142.0.0.0 Safari/537.36"
CLICK = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
VISITOR = "bd2a7b9087b011f19ac9b9b7a7817f7a"
MARY = Customer((("em", ("Mary.Ann+shop@Shop.example",)), ("ph", ("+49 30 1234567",))))
TAG_MAIL = sha256("mary.ann+shop@shop.example")
API_MAIL = sha256("maryann@shop.example")
PHONE = sha256("+49301234567")


def pid(email: str = TAG_MAIL, phone: str = PHONE) -> str:
    """The customer, as the tag nests it."""
    return urlencode({"em": email, "ph": phone})


def params(**changes: Any) -> dict[str, str]:
    """What the tag sends for a purchase; None takes a parameter away."""
    plain = {
        "ti": TAG,
        "tm": "gtm002",
        "Ver": "2",
        "mid": "7dfdef29-666f-48ab-b583-03bab618cd1d",
        "bo": "2",
        "sid": "bd2a69f087b011f1b90465d952bcf31c",
        "vid": VISITOR,
        "vids": "0",
        "msclkid": f"{CLICK}-1",
        "tl": "Thank you",
        "p": "https://shop.example/thanks",
        "r": "https://shop.example/checkout",
        "pid": pid(),
        "evt": "custom",
        "ea": "purchase",
        "en": "Y",
        "gv": "59.90",
        "gc": "EUR",
        "transaction_id": "SO-1187",
        "event_id": "evt-7",
        "prodid": "MUG-01",
        "pagetype": "purchase",
        "items": "id=MUG-01&quantity=2&price=29.95",
        "asc": "G",
        "rn": "399090",
    }
    return {key: str(value) for key, value in (plain | changes).items() if value is not None}


def hit(at_ms: int, number: int = 1, agent: str = AGENT, url: str = HIT, **changes: Any) -> Exchange:
    """What a page sends."""
    request = Request("GET", f"{url}?{urlencode(params(**changes))}", (("User-Agent", agent),))
    return Exchange(Provenance.CAPTURED, request, Response(204), None, at_ms, at_ms + 40, number=number)


def browser_event(at_ms: int, number: int = 1, **changes: Any) -> Event:
    """The page's event, read."""
    (event,) = decode(hit(at_ms, number, **changes))
    return event


def element(at_ms: int, **changes: Any) -> dict[str, Any]:
    """An event of the Conversions API; None takes a member away."""
    plain = {
        "eventType": "custom",
        "eventName": "purchase",
        "eventId": "evt-7",
        "eventTime": at_ms // 1000,
        "eventSourceUrl": "https://shop.example/thanks",
        "adStorageConsent": "G",
        "userData": {"em": API_MAIL, "ph": PHONE, "msclkid": CLICK, "anonymousId": VISITOR},
        "customData": {
            "value": 59.9,
            "currency": "EUR",
            "transactionId": "SO-1187",
            "items": [{"id": "MUG-01", "quantity": 2, "price": 29.95}],
        },
    }
    return {key: value for key, value in (plain | changes).items() if value is not None}


def body(*events: Any, **root: Any) -> dict[str, Any]:
    """A call's body."""
    return {"data": list(events), "continueOnValidationError": True, "dataProvider": "shop"} | root


def call(sent: Any, number: int = 2, at_ms: int = 0, status: int = 200, answer: Any = None, url: str = API) -> Exchange:
    """What a backend sends."""
    headers = (("Content-Type", "application/json"), ("Authorization", f"Bearer {TOKEN}"))
    data = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
    said = {"eventsReceived": 1, "traceId": "T"} if answer is None else answer
    text = said if isinstance(said, bytes) else json.dumps(said).encode()
    request = Request("POST", url, headers, data)
    return Exchange(Provenance.FORWARDED, request, Response(status, (), text), None, at_ms, at_ms + 40, number=number)


def server_event(at_ms: int, number: int = 2, **changes: Any) -> Event:
    """The backend's event, read."""
    (event,) = decode(call(body(element(at_ms, **changes)), number, at_ms))
    return event
