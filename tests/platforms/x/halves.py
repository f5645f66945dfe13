"""The two halves of an X conversion, as the pixel and a backend send them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

from app.analysis.engine import Analysis
from app.checks import Context
from app.hashing import sha256
from app.model import Customer, Event, Exchange, Group, Provenance, Request, Response
from app.platforms import decode, rules_of

PIXEL, TAG = "o9z1d", "tw-o9z1d-ol7lz"
BASE = "https://ads-api.x.com"
API = f"{BASE}/12/measurement/conversions/{PIXEL}"
HIT, TWIN = "https://analytics.twitter.com/1/i/adsct", "https://t.co/1/i/adsct"
KEYS = "consumer0123:consumersecret0123:owner0123456:ownersecret0123"
PIXEL_TOKEN = "pixel-token-0123456789-secret"
AGENT = "Mozilla/5.0 (X11; Linux x86_64) Chrome/142.0.0.0 Safari/537.36"
MARY = Customer((("em", ("Mary@Shop.example",)), ("ph", ("+49 30 1234567",))))
FIRE = "6ead9bd0-9112-4e49-9b0d-2b63545e574d"
CONTENTS = [{"content_id": "MUG-01", "num_items": 2, "content_price": 29.95}]


def iso(at_ms: int) -> str:
    """A moment as the API wants it."""
    return f"{datetime.fromtimestamp(at_ms / 1000, UTC):%Y-%m-%dT%H:%M:%S}.{at_ms % 1000:03}Z"


def data(**changes: Any) -> dict[str, Any]:
    """What stands under `event`; a change to None takes the member away."""
    plain = {"value": 59.9, "currency": "EUR", "conversion_id": "SO-1187", "num_items": 2, "contents": CONTENTS}
    return {key: value for key, value in (plain | changes).items() if value is not None}


def query(**changes: Any) -> dict[str, str]:
    """What uwt.js 2.3 puts into the address."""
    plain = {
        "bci": "4",
        "eci": "3",
        "event": json.dumps(data()),
        "event_id": FIRE,
        "integration": "advertiser",
        "p_id": "Twitter",
        "p_user_id": "0",
        "pl_id": "d17f5ca6-35f2-4122-99c2-ee49ab8824c8",
        "pt": "Thank you",
        "email_address": sha256("mary@shop.example"),
        "phone_number": sha256("+49301234567"),
        "tw_document_href": "https://shop.example/thanks",
        "tw_document_referrer": "https://shop.example/checkout",
        "tw_iframe_status": "0",
        "twclid": "2-4kexample",
        "txn_id": TAG,
        "type": "javascript",
        "version": "2.3.37",
    }
    return {key: str(value) for key, value in (plain | changes).items() if value is not None}


def hit(at_ms: int = 5_000, number: int = 1, at: str = HIT, post: bool = False, **changes: Any) -> Exchange:
    """What a page sends."""
    pairs = urlencode(query(**changes), quote_via=quote)
    headers = (("User-Agent", AGENT), ("Referer", "https://shop.example/"))
    if post:
        form = (*headers, ("Content-Type", "application/x-www-form-urlencoded"))
        request = Request("POST", at, form, pairs.encode())
    else:
        request = Request("GET", f"{at}?{pairs}", headers)
    return Exchange(Provenance.CAPTURED, request, Response(200), None, at_ms, at_ms + 40, number=number)


def browser_event(at_ms: int = 5_000, **changes: Any) -> Event:
    """The page's event, read."""
    (event,) = decode(hit(at_ms, **changes))
    return event


def element(at_ms: int, **changes: Any) -> dict[str, Any]:
    """An event of the Conversion API; a change to None takes the member away."""
    plain = {
        "conversion_time": iso(at_ms),
        "event_id": TAG,
        "conversion_id": "SO-1187",
        "identifiers": [
            {"twclid": "2-4kexample"},
            {"hashed_email": sha256("mary@shop.example")},
            {"ip_address": "203.0.113.9", "user_agent": AGENT},
        ],
        "value": 59.9,
        "price_currency": "EUR",
        "number_items": 2,
        "contents": CONTENTS,
    }
    return {key: value for key, value in (plain | changes).items() if value is not None}


def call(
    *events: Any,
    number: int = 2,
    at_ms: int = 6_000,
    answer: Any = None,
    status: int = 200,
    url: str = API,
    body: bytes | None = None,
    **beside: Any,
) -> Exchange:
    """What a backend sends."""
    headers = (("Content-Type", "application/json"), ("X-Pixel-Token", PIXEL_TOKEN))
    sent = json.dumps({"conversions": list(events)} | beside).encode() if body is None else body
    said = answer or {"data": {"conversions_processed": len(events), "debug_id": "dbg-1"}}
    response = Response(status, (), said if isinstance(said, bytes) else json.dumps(said).encode())
    return Exchange(
        Provenance.FORWARDED, Request("POST", url, headers, sent), response, None, at_ms, at_ms + 40, number=number
    )


def analysed(*exchanges: Exchange, customer: Customer = MARY) -> Analysis:
    """What is known of some exchanges."""
    analysis = Analysis(Context(customer=customer), rules_of())
    for exchange in exchanges:
        analysis.add(decode(exchange))
    return analysis


def codes(groups: tuple[Group, ...]) -> set[str]:
    """The codes of all findings on some groups."""
    return {finding.code for group in groups for finding in group.findings}
