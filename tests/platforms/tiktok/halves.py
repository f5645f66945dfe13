"""The two halves of a TikTok conversion, as the pixel and a backend send them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from app.hashing import sha256
from app.model import Customer, Event, Exchange, Provenance, Request, Response
from app.platforms import decode

CODE = "CQ7EXAMPLE0PIXELCODE"
BASE = "https://business-api.tiktok.com"
API = f"{BASE}/open_api/v1.3"
PIXEL = "https://analytics.tiktok.com/api/v2/pixel"
TOKEN = "tiktok-token-0123456789-secret"
AGENT = "Mozilla/5.0 (X11; Linux x86_64) Chrome/142.0.0.0 Safari/537.36"
MARY = Customer((("em", ("Mary@Shop.example",)), ("ph", ("+49 30 1234567",))))


def iso(at_ms: int) -> str:
    """A moment as the pixel writes it."""
    return f"{datetime.fromtimestamp(at_ms / 1000, UTC):%Y-%m-%dT%H:%M:%S}.{at_ms % 1000:03}Z"


def payload(at_ms: int, **changes: Any) -> dict[str, Any]:
    """What pixel.js 2.2 posts for one event."""
    plain = {
        "event": "CompletePayment",
        "event_id": "evt-7",
        "message_id": f"messageId-{at_ms}-4711-{CODE}",
        "timestamp": iso(at_ms),
        "context": {
            "ad": {"callback": "E.C.P.lab"},
            "pixel": {"code": CODE, "runtime": "1"},
            "page": {"url": "https://shop.example/thanks", "referrer": "https://shop.example/checkout"},
            "user": {
                "anonymous_id": "0Eq60ey8EBGtOCzAA6lRfVDxnP5",
                "email": sha256("mary@shop.example"),
                "phone_number": sha256("+49301234567"),
                "external_id": "user-77",
            },
            "library": {"name": "pixel.js", "version": "2.2.0"},
            "userAgent": AGENT,
        },
        "properties": {
            "value": 59.9,
            "currency": "EUR",
            "order_id": "SO-1187",
            "content_type": "product",
            "contents": [{"content_id": "MUG-01", "content_name": "Mug", "quantity": 2, "price": 29.95}],
        },
    }
    return plain | changes


def hit(at_ms: int, number: int = 1, **changes: Any) -> Exchange:
    """What a page sends."""
    headers = (("User-Agent", AGENT), ("Content-Type", "text/plain;charset=UTF-8"), ("Cookie", "_ttp=2abc"))
    request = Request("POST", PIXEL, headers, json.dumps(payload(at_ms, **changes)).encode())
    return Exchange(Provenance.CAPTURED, request, Response(200), None, at_ms + 5, at_ms + 40, number=number)


def browser_event(at_ms: int, **changes: Any) -> Event:
    """The page's event, read."""
    (event,) = decode(hit(at_ms, **changes))
    return event


def element(at_ms: int, **changes: Any) -> dict[str, Any]:
    """An event of Events API 2.0."""
    plain = {
        "event": "CompletePayment",
        "event_time": at_ms // 1000,
        "event_id": "evt-7",
        "user": {"email": sha256("mary@shop.example"), "ip": "203.0.113.9", "user_agent": AGENT},
        "page": {"url": "https://shop.example/thanks"},
        "properties": {"value": 59.9, "currency": "EUR", "contents": [{"content_id": "MUG-01", "quantity": 2}]},
    }
    return plain | changes


def older(at_ms: int, **changes: Any) -> dict[str, Any]:
    """An event of the older form, as the official SDK sends it."""
    plain = {
        "pixel_code": CODE,
        "event": "CompletePayment",
        "event_id": "evt-7",
        "timestamp": iso(at_ms),
        "context": {
            "ad": {"callback": "E.C.P.lab"},
            "page": {"url": "https://shop.example/thanks"},
            "user": {"email": sha256("mary@shop.example"), "phone_number": sha256("+49301234567")},
            "ip": "203.0.113.9",
            "user_agent": AGENT,
        },
        "properties": {"value": 59.9, "currency": "EUR"},
    }
    return plain | changes


def call(path: str, body: Any, number: int = 2, at_ms: int = 0, answer: Any = None) -> Exchange:
    """What a backend sends."""
    headers = (("Content-Type", "application/json"), ("Access-Token", TOKEN))
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    response = Response(200, (), json.dumps(answer or {"code": 0, "message": "OK", "request_id": "R"}).encode())
    request = Request("POST", f"{API}/{path}", headers, data)
    return Exchange(Provenance.FORWARDED, request, response, None, at_ms, at_ms + 40, number=number)


def v2(*events: Any, **root: Any) -> dict[str, Any]:
    """A call's body in the form of 2.0."""
    return {"event_source": "web", "event_source_id": CODE, "data": list(events)} | root
