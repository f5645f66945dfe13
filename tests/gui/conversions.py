"""Conversions for the details pane and the send dialog, made by the real decoders and the real analysis."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from urllib.parse import urlencode

from msgspec.structs import replace

from app.analysis.engine import Analysis
from app.checks import Context
from app.model import Customer, Event, Exchange, Group, Provenance, Request, Response, Side
from app.platforms import decode, rules_of

START = 1_795_317_862_330  # 2026-11-22T03:24:22.330Z
ACCOUNT = "1111111111111111"
AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/137.0.0.0 Safari/537.36"
CUSTOMER = Customer((("em", ("john.doe@example.com",)), ("fn", ("Jean-Pierre",)), ("ph", ("+1 650 555 0100",))))
EMAIL = "836f82db99121b3481011f16b49dfa5fbc714a0d1b1b9f784a1ebbbf5b39577f"
PIXEL_NAME = "fbcc8fa66b9a007dc3649ee989950d38f12ed91b9f18a3d215b04ff77546dca0"  # the pixel's rule: jeanpierre
SDK_NAME = "a57fd9d030da0ec1b572403b945bb5a011055dd5124e10af6b80d1fa4c5e99ba"  # the Python SDK's rule: jean-pierre


def pixel(
    name: str = "Purchase", event_id: str | None = "o-1", at_ms: int = START, more: Mapping[str, str] | None = None
) -> Exchange:
    """A browser event as the pixel sends it, number still to be given."""
    query = {
        "id": ACCOUNT,
        "ev": name,
        "dl": "https://shop.example/thank-you?order=1",
        "rl": "https://shop.example/checkout",
        "if": "false",
        "ts": str(at_ms),
        "cd[value]": "59.90",
        "cd[currency]": "USD",
        "cd[content_type]": "product",
        "cd[contents]": '[{"id":"SKU-1","quantity":2,"item_price":29.95}]',
        "ud[em]": EMAIL,
        "ud[fn]": PIXEL_NAME,
        "sw": "1366",
        "sh": "768",
        "v": "2.9.252",
        "r": "stable",
        "a": "tmgoogletagmanager",
        "ec": "2",
        "o": "4126",
        "fbp": "fb.1.1795317862330.447908042",
        "it": str(at_ms - 900),
        "coo": "false",
        "rqm": "GET",
        **({"eid": event_id} if event_id is not None else {}),
        **(more or {}),
    }
    request = Request(
        "GET",
        f"https://www.facebook.com/tr/?{urlencode(query)}",
        (("Host", "www.facebook.com"), ("User-Agent", AGENT), ("Referer", "https://shop.example/")),
    )
    response = Response(200, (("Content-Type", "image/gif"),), b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00")
    return Exchange(Provenance.CAPTURED, request, response, None, at_ms + 3, at_ms + 51)


def server(
    name: str = "Purchase",
    event_id: str | None = "o-1",
    at_ms: int = START + 840,
    more: Mapping[str, object] | None = None,
    *,
    response: Response | None = None,
    error: str | None = None,
    send: str | None = None,
    provenance: Provenance = Provenance.FORWARDED,
) -> Exchange:
    """A server event as a backend sends it."""
    event: dict[str, object] = {
        "event_name": name,
        "event_time": at_ms // 1000,
        "event_source_url": "https://shop.example/thank-you?order=1",
        "action_source": "website",
        "user_data": {
            "em": [EMAIL],
            "fn": [SDK_NAME],
            "client_user_agent": AGENT,
            "client_ip_address": "203.0.113.7",
            "fbp": "fb.1.1795317862330.447908042",
        },
        "custom_data": {
            "value": 59.9,
            "currency": "USD",
            "content_type": "product",
            "contents": [{"id": "SKU-1", "quantity": 2, "item_price": 29.95}],
        },
        **({"event_id": event_id} if event_id is not None else {}),
        **(more or {}),
    }
    headers = (
        ("Host", "graph.facebook.com"),
        ("Content-Type", "application/json"),
        ("User-Agent", "fbbizsdk-python-v26.0.3"),
        ("Authorization", "Bearer ****************cd42"),
    )
    body = json.dumps({"data": [event]}, ensure_ascii=False).encode()
    request = Request("POST", f"https://graph.facebook.com/v26.0/{ACCOUNT}/events", headers, body)
    if response is None and error is None:
        response = accepted()
    return Exchange(provenance, request, response, error, at_ms, at_ms + 86, send=send)


def accepted() -> Response:
    """The documented answer to one event taken."""
    return _json(200, {"events_received": 1, "messages": [], "fbtrace_id": "AbCdEfGhIjKlMnO"})


def refused() -> Response:
    """The documented answer to an event that is too old."""
    error = {
        "message": "Invalid parameter",
        "type": "OAuthException",
        "code": 100,
        "error_subcode": 2804003,
        "is_transient": False,
        "error_user_title": "Event Timestamp Too Old",
        "error_user_msg": "The timestamp for this event is too far in the past.",
        "error_data": {"blame_field_specs": [["data[0][event_time]"]]},
        "fbtrace_id": "AxYz0123456789",
    }
    return _json(400, {"error": error})


def _json(status: int, body: object) -> Response:
    headers = (("Content-Type", "application/json; charset=UTF-8"), ("Date", "Sun, 22 Nov 2026 03:24:23 GMT"))
    return Response(status, headers, json.dumps(body).encode())


class Recording:
    """A session's exchanges, numbered and analysed, asked for as the window asks."""

    def __init__(self, exchanges: Iterable[Exchange], *sides: Side, customer: Customer = CUSTOMER) -> None:
        self.exchanges = {
            number: replace(exchange, number=number) for number, exchange in enumerate(exchanges, start=1)
        }
        analysis = Analysis(Context(customer=customer, live=True), rules_of())
        for side in sides:
            analysis.observe(side)
        for exchange in self.exchanges.values():
            analysis.add(decode(exchange))
        analysis.changes(None)
        self.groups: tuple[Group, ...] = analysis.groups()

    def group(self, group_id: str) -> Group | None:
        """A group by its ID."""
        return next((group for group in self.groups if group.id == group_id), None)

    def event(self, index: int, side: Side) -> Event:
        """The first event of a side of a group, with its fields."""
        thin = self.groups[index].side(side)[0]
        return next(event for event in decode(self.exchanges[thin.exchange]) if event.id == thin.id)

    def ask(self, number: int) -> Future[Exchange]:
        """An exchange by its number, there at once."""
        future: Future[Exchange] = Future()
        future.set_result(self.exchanges[number])
        return future
