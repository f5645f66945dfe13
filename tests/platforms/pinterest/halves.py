"""The two halves of a Pinterest conversion, as the tag and a backend send them."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from app.analysis.engine import Analysis
from app.checks import Context
from app.hashing import sha256
from app.model import Customer, Event, Exchange, Finding, Group, Provenance, Request, Response
from app.platforms import decode, rules_of

TAG, AD_ACCOUNT = "2613999999999", "549755000001"
BASE = "https://api.pinterest.com"
API = f"{BASE}/v5/ad_accounts/{AD_ACCOUNT}/events"
OLDER_API = "https://ct.pinterest.com/events/v3"
EVENT, SYNC = "https://ct.pinterest.com/v3/", "https://ct.pinterest.com/user/"
TOKEN = "pina_TESTTOKEN0000000000000000000000000001"
AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
MARY = Customer((("em", ("Mary@Shop.example",)), ("ph", ("+49 30 1234567",))))
PAGE = "https://shop.example/thanks"


def data(**changes: Any) -> dict[str, Any]:
    """`ed` of a checkout."""
    plain = {
        "value": 59.9,
        "currency": "EUR",
        "order_id": "SO-1187",
        "order_quantity": 2,
        "event_id": "evt-7",
        "line_items": [
            {"product_id": "MUG-01", "product_name": "Mug", "product_price": 29.95, "product_quantity": 2},
        ],
    }
    return plain | changes


def person(**changes: Any) -> dict[str, Any]:
    """`pd` of a visitor who is known."""
    return {"em": sha256("mary@shop.example"), "ph": sha256("49301234567"), "epik": "dj0yLab", "np": "gtm"} | changes


def query(at_ms: int, event: str = "checkout", *, ed: Any = None, pd: Any = None, **changes: str) -> str:
    """What the tag's library of 2024 writes into a query."""
    said = {
        "event": event,
        "ed": json.dumps(data() if ed is None else ed),
        "tid": TAG,
        "cb": str(at_ms),
        "dep": "2,PAGE_LOAD",
        "pd": json.dumps(person() if pd is None else pd),
        "ad": json.dumps({"loc": PAGE, "ref": "https://shop.example/checkout", "if": False, "is_eu": True}),
    }
    return "&".join(f"{key}={quote(value, safe='')}" for key, value in (said | changes).items())


def hit(at_ms: int, event: str = "checkout", number: int = 1, url: str = EVENT, **changes: Any) -> Exchange:
    """What a page sends."""
    request = Request("GET", f"{url}?{query(at_ms, event, **changes)}", (("User-Agent", AGENT),))
    return Exchange(Provenance.CAPTURED, request, Response(200), None, at_ms + 5, at_ms + 40, number=number)


def browser_event(at_ms: int, event: str = "checkout", number: int = 1, **changes: Any) -> Event:
    """The page's event, read."""
    (found,) = decode(hit(at_ms, event, number, **changes))
    return found


def element(at_ms: int, **changes: Any) -> dict[str, Any]:
    """An event of the API for Conversions."""
    plain = {
        "event_name": "checkout",
        "action_source": "web",
        "event_time": at_ms // 1000,
        "event_id": "evt-7",
        "event_source_url": PAGE,
        "user_data": {
            "em": [sha256("mary@shop.example")],
            "client_ip_address": "203.0.113.9",
            "client_user_agent": AGENT,
            "click_id": "dj0yLab",
        },
        "custom_data": {
            "value": "59.90",
            "currency": "EUR",
            "order_id": "SO-1187",
            "num_items": 2,
            "content_ids": ["MUG-01"],
            "contents": [{"id": "MUG-01", "item_price": "29.95", "quantity": 2}],
        },
    }
    return plain | changes


def taken(count: int) -> dict[str, Any]:
    """The answer to events that were all processed."""
    each = {"status": "processed", "error_message": None, "warning_message": None}
    return {"num_events_received": count, "num_events_processed": count, "events": [each] * count}


def call(
    *events: Any,
    url: str = API,
    number: int = 2,
    at_ms: int = 0,
    answer: Any = None,
    status: int = 200,
    body: bytes | None = None,
) -> Exchange:
    """What a backend sends."""
    headers = (("Content-Type", "application/json"), ("Authorization", f"Bearer {TOKEN}"), ("User-Agent", "shop/1"))
    sent = json.dumps({"data": list(events)}).encode() if body is None else body
    said = taken(len(events)) if answer is None else answer
    response = Response(status, (), said.encode() if isinstance(said, str) else json.dumps(said).encode())
    request = Request("POST", url, headers, sent)
    return Exchange(Provenance.FORWARDED, request, response, None, at_ms, at_ms + 40, number=number)


def judged(*exchanges: Exchange, one: bool = True, customer: Customer | None = None) -> tuple[Group, ...]:
    """The groups that come of exchanges; `one` says that the user named tag and ad account as one."""
    same = ((AD_ACCOUNT, TAG),) if one else ()
    analysis = Analysis(Context(customer=customer or Customer(), one_account=same), rules_of())
    for exchange in exchanges:
        analysis.add(decode(exchange))
    return analysis.groups()


def findings(*exchanges: Exchange, one: bool = True, customer: Customer | None = None) -> tuple[Finding, ...]:
    """What is found in exchanges, group by group."""
    return tuple(each for group in judged(*exchanges, one=one, customer=customer) for each in group.findings)


def codes(*exchanges: Exchange, one: bool = True, customer: Customer | None = None) -> set[str]:
    """The codes of what is found."""
    return {each.code for each in findings(*exchanges, one=one, customer=customer)}
