"""The two halves of a Snapchat conversion, as the pixel and a backend send them."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from app.hashing import sha256
from app.model import Customer, Event, Exchange, Provenance, Request, Response
from app.platforms import decode

PIXEL_ID = "8a6f1c2e-1111-4222-8333-944455556666"
BASE = "https://tr.snapchat.com"
PIXEL = f"{BASE}/p"
CALL = f"{BASE}/v3/{PIXEL_ID}/events"
OLDER = f"{BASE}/v2/conversion"
TOKEN = "snap-token-0123456789-secret"
AGENT = "Mozilla/5.0 (X11; Linux x86_64) Chrome/142.0.0.0 Safari/537.36"
SCID = "0c0ffee0-aaaa-4bbb-8ccc-dddddddddddd"
THANKS = "https://shop.example/thanks?ScCid=sc-lab-1"
MARY = Customer((("em", ("Mary@Shop.example",)), ("ph", ("+49 30 1234567",))))


def told(**changes: Any) -> dict[str, Any]:
    """The parameters of one event of the pixel's; None leaves one out."""
    plain: dict[str, Any] = {
        "ev": "PURCHASE",
        "pid": PIXEL_ID,
        "cdid": "evt-7",
        "e_pr": "59.90",
        "e_cur": "EUR",
        "e_tid": "SO-1",
        "e_iids": "MUG-01,TEE-XL",
        "e_ni": "3",
        "u_hem": sha256("mary@shop.example"),
        "u_hpn": sha256("49301234567"),
        "u_c1": SCID,
        "u_sclid": "5e1f0000-0000-4000-8000-000000000abc",
    }
    return {key: value for key, value in (plain | changes).items() if value is not None}


def envelope(at_ms: int, *events: dict[str, Any], page: str = THANKS) -> dict[str, Any]:
    """What scevent posts."""
    context = {"url": page, "ts": at_ms, "v": "3.54.0-2512101929", "c1": SCID, "ua": AGENT}
    return {"ctx": context, "req": [*({"t": event, "ts": at_ms, "del": 4} for event in events), {"md": {"k": "perf"}}]}


def posted(body: Any, number: int = 1, at_ms: int | None = 0, url: str = PIXEL) -> Exchange:
    """A page's request."""
    headers = (("User-Agent", AGENT), ("Content-Type", "text/plain;charset=UTF-8"))
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    started, finished = (None, None) if at_ms is None else (at_ms + 5, at_ms + 40)
    request = Request("POST", url, headers, data)
    return Exchange(Provenance.CAPTURED, request, Response(200), None, started, finished, number=number)


def hit(at_ms: int, number: int = 1, **changes: Any) -> Exchange:
    """One event of a page's."""
    return posted(envelope(at_ms, told(**changes)), number, at_ms)


def picture(at_ms: int, number: int = 1, url: str = PIXEL, **changes: Any) -> Exchange:
    """The same by GET."""
    query = urlencode(told(**changes) | {"ts": str(at_ms), "pl": THANKS, "v": "3.54.0"})
    request = Request("GET", f"{url}?{query}", (("User-Agent", AGENT),))
    return Exchange(Provenance.CAPTURED, request, Response(200), None, at_ms + 5, at_ms + 40, number=number)


def browser_event(at_ms: int, **changes: Any) -> Event:
    """The page's event, read."""
    (event,) = decode(hit(at_ms, **changes))
    return event


def element(at_ms: int, **changes: Any) -> dict[str, Any]:
    """An event of v3; None leaves a member out."""
    plain: dict[str, Any] = {
        "event_name": "PURCHASE",
        "event_time": at_ms // 1000,
        "event_id": "evt-7",
        "action_source": "WEB",
        "event_source_url": THANKS,
        "user_data": {
            "em": [sha256("mary@shop.example")],
            "client_ip_address": "203.0.113.9",
            "client_user_agent": AGENT,
            "sc_cookie1": SCID,
            "sc_click_id": "sc-lab-1",
        },
        "custom_data": {"value": 59.9, "currency": "EUR", "order_id": "SO-1", "content_ids": ["MUG-01", "TEE-XL"]},
    }
    return {key: value for key, value in (plain | changes).items() if value is not None}


def flat(at_ms: int, **changes: Any) -> dict[str, Any]:
    """An event of v2, as the Python SDK sends it."""
    plain: dict[str, Any] = {
        "pixel_id": PIXEL_ID,
        "event_type": "PURCHASE",
        "event_conversion_type": "WEB",
        "timestamp": str(at_ms),
        "client_dedup_id": "evt-7",
        "page_url": THANKS,
        "hashed_email": sha256("mary@shop.example"),
        "hashed_phone_number": sha256("49301234567"),
        "user_agent": AGENT,
        "uuid_c1": SCID,
        "click_id": "sc-lab-1",
        "price": "59.90",
        "currency": "EUR",
        "transaction_id": "SO-1",
        "item_ids": "MUG-01,TEE-XL",
        "number_items": "3",
        "integration": "business-sdk",
    }
    return {key: value for key, value in (plain | changes).items() if value is not None}


def call(
    body: Any, number: int = 2, at_ms: int = 0, answer: Any = None, url: str = CALL, status: int = 200
) -> Exchange:
    """What a backend sends; a bare event, or several, in a list, are put into a call of v3."""
    sent = {"data": body if isinstance(body, list) else [body]} if url.startswith(CALL) else body
    data = body if isinstance(body, bytes) else json.dumps(sent).encode()
    request = Request("POST", f"{url}?access_token={TOKEN}", (("Content-Type", "application/json"),), data)
    said = {"status": "VALID", "reason": "Events have been processed successfully."} if answer is None else answer
    text = said if isinstance(said, bytes) else json.dumps(said).encode()
    return Exchange(Provenance.FORWARDED, request, Response(status, (), text), None, at_ms, at_ms + 40, number=number)
