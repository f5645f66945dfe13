"""The two halves of a LinkedIn conversion, as the Insight Tag and a backend send them."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from app.hashing import sha256
from app.model import Customer, Event, Exchange, Provenance, Request, Response
from app.platforms import decode

PARTNER, TAG_RULE, API_RULE = "4455667", "20529377", "20529388"
BASE = "https://api.linkedin.com"
CALLS = f"{BASE}/rest/conversionEvents"
COLLECT = "https://px.ads.linkedin.com/collect"
ACTIVITY = "https://px.ads.linkedin.com/wa/?medium=fetch&fmt=g"
TOKEN = "AQXlinkedinTOKEN0123456789secretAQX"
AGENT = "Mozilla/5.0 (X11; Linux x86_64) Chrome/142.0.0.0 Safari/537.36"
FAT_ID = "2b6f8c1e-3d4f-4a5b-9c6d-7e8f90a1b2c3"
PAGE = "https://shop.example/thanks"
MARY = Customer((("em", ("Mary@Shop.example",)), ("fn", ("Mary",)), ("ln", ("Miller",)), ("country", ("DE",))))


def query(at_ms: int, **changes: Any) -> dict[str, Any]:
    """What insight.min.js asks for one conversion; a parameter that is None is left out."""
    plain = {
        "v": "2",
        "fmt": "js",
        "pid": PARTNER,
        "time": at_ms,
        "li_fat_id": FAT_ID,
        "conversionId": TAG_RULE,
        "eventId": "evt-7",
        "url": PAGE,
    }
    return {key: value for key, value in (plain | changes).items() if value is not None}


def hit(at_ms: int, number: int = 1, address: str = COLLECT, **changes: Any) -> Exchange:
    """What a page sends."""
    request = Request("GET", f"{address}?{urlencode(query(at_ms, **changes))}", (("User-Agent", AGENT),))
    return Exchange(Provenance.CAPTURED, request, Response(200), None, at_ms + 5, at_ms + 40, number=number)


def browser_event(at_ms: int, **changes: Any) -> Event:
    """The page's event, read."""
    (event,) = decode(hit(at_ms, **changes))
    return event


def activity(body: bytes, address: str = ACTIVITY, number: int = 1) -> Exchange:
    """What the tag sends on its second channel."""
    headers = (("User-Agent", AGENT), ("Content-Type", "text/plain;charset=UTF-8"))
    return Exchange(Provenance.CAPTURED, Request("POST", address, headers, body), Response(200), number=number)


def element(at_ms: int, **changes: Any) -> dict[str, Any]:
    """An event of the Conversions API."""
    plain = {
        "conversion": f"urn:lla:llaPartnerConversion:{API_RULE}",
        "conversionHappenedAt": at_ms,
        "conversionValue": {"currencyCode": "EUR", "amount": "59.90"},
        "eventId": "evt-7",
        "user": {
            "userIds": [
                {"idType": "SHA256_EMAIL", "idValue": sha256("mary@shop.example")},
                {"idType": "LINKEDIN_FIRST_PARTY_ADS_TRACKING_UUID", "idValue": FAT_ID},
            ],
            "userInfo": {"firstName": "Mary", "lastName": "Miller", "countryCode": "DE"},
        },
    }
    return {key: value for key, value in (plain | changes).items() if value is not None}


def call(body: Any, number: int = 2, at_ms: int = 0, answer: Response | None = None, **headers: str) -> Exchange:
    """What a backend sends."""
    heads = {
        "Content-Type": "application/json",
        "Authorization": f"Bearer {TOKEN}",
        "LinkedIn-Version": "202608",
        "X-Restli-Protocol-Version": "2.0.0",
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = Request("POST", CALLS, tuple((name, value) for name, value in heads.items() if value), data)
    reply = answer if answer is not None else Response(201)
    return Exchange(Provenance.FORWARDED, request, reply, None, at_ms, at_ms + 40, number=number)


def refusal(status: int, message: str, **more: Any) -> Response:
    """A refusal in LinkedIn's form."""
    return Response(status, (), json.dumps({"status": status, "message": message, **more}).encode())
