"""The samples of other platforms: requests with the records they must give, and the real libraries' own traffic.

They are read from the folder `shared` beside the checkout when it is there, else from their copy in the fixtures.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from app.model import Event, Exchange, Form, Kind, Provenance, Request, Response
from app.platforms import PLATFORMS, customer_rules, decode, identifier
from app.platforms.base import Role
from tests.platforms.goldens import har_exchanges

_COPY = Path(__file__).parents[1] / "fixtures" / "samples"
_SHARED = Path(__file__).parents[3] / "shared" / "samples"
KNOWN = frozenset(each.name for each in PLATFORMS)
_NEUTRAL = {"email": "em", "phone": "ph", "first_name": "fn", "last_name": "ln", "external_id": "external_id"} | {
    "zip": "zp",
    "city": "ct",
    "state": "st",
    "country": "country",
}


def sample(name: str) -> Path:
    """A sample's file."""
    shared = _SHARED / name
    return shared if shared.exists() else _COPY / name


@cache
def requests() -> dict[str, Any]:
    """`platform_requests.json`, whole."""
    found: dict[str, Any] = json.loads(sample("platform_requests.json").read_text("utf-8"))
    return found


@cache
def real() -> dict[str, Any]:
    """`real/expected.json`, whole."""
    found: dict[str, Any] = json.loads(sample("real/expected.json").read_text("utf-8"))
    return found


def vectors() -> list[dict[str, Any]]:
    """The vectors of platforms that are in the table."""
    return [vector for vector in requests()["vectors"] if vector["platform"] in KNOWN]


def exchange_of(vector: dict[str, Any], number: int = 1, answer: dict[str, Any] | None = None) -> Exchange:
    """A vector's request as an exchange, with one of its answers."""
    request = vector["request"]
    body = request.get("body", "")
    if "body_json" in request:
        body = json.dumps(request["body_json"])
    response = None
    if answer is not None:
        text = json.dumps(answer["body_json"]) if "body_json" in answer else answer.get("body", "")
        response = Response(answer["status"], (), text.encode())
    return Exchange(
        Provenance.IMPORTED,
        Request(request["method"], request["url"], tuple(request.get("headers", {}).items()), body.encode()),
        response,
        number=number,
    )


def counted(events: tuple[Event, ...]) -> list[Event]:
    """The events that are ever counted."""
    return [event for event in events if event.kind in (Kind.EVENT, Kind.AUTOMATIC)]


def of_har(name: str) -> list[Event]:
    """The counted events of a HAR sample."""
    return [event for exchange in har_exchanges(sample(name)) for event in counted(decode(exchange))]


def record(event: Event, wanted: dict[str, Any]) -> dict[str, Any]:
    """What was decoded, in the shape and with just the members of the record that is wanted."""
    shown: dict[str, Any] = {
        "platform": event.platform,
        "account_id": event.account,
        "event_name": event.name,
        "event_id": event.event_id,
        "event_time_ms": event.own_ms,
        "page_url": event.page,
        "referrer": event.referrer,
        "value": None if event.value is None else float(event.value.replace(",", ".")),
        "currency": event.currency,
        "order_id": event.order_id,
        "content_ids": [line.id for line in event.contents],
        "hashed": {name: _hash(event, key) for name, key in _NEUTRAL.items() if _hash(event, key)},
        "click_id": identifier(event, Role.CLICK)[1] or None,
        "cookie_id": event.match_id(identifier(event, Role.BROWSER)[0]),
        "test_mode": event.test_code,
        "rule_id": event.rule,
    }
    return {key: shown[key] for key in wanted if key in shown}


_NO_DIGEST = frozenset({Form.PLAIN, Form.OTHER, Form.EMPTY})


def _hash(event: Event, key: str) -> str | None:
    if key in customer_rules(event).plain:
        return None
    return next((value.value for value in event.user if value.key == key and value.form not in _NO_DIGEST), None)
