"""An invented platform that publishes no window: 48 hours are assumed for its events' IDs.

browser  GET  https://px.other.example/tag?key=a&at=0
server   POST https://api.other.example/events?key=a&at=3600000
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from app.model import Event, Exchange, Outcome, Provenance, Request, Response
from app.platforms import Platform
from app.platforms.base import DAY_MS, DedupRule, Survivor, WindowBy
from tests.events import START_MS
from tests.platforms.invented import BY_ID, BY_ORDER, added, browser, server

HOUR_MS = DAY_MS // 24
GUESSED = replace(BY_ID, window_by=WindowBy.NOBODY)
DEDUP = DedupRule(keys=(GUESSED, BY_ORDER), keeps=Survivor.FIRST, survivor="Other keeps the first.")
"""The window for order IDs, 30 days, is published."""


def install(monkeypatch: pytest.MonkeyPatch) -> Platform:
    """Put the platform into the table until the test ends."""
    claims = {"claims": lambda request, endpoints=(): True}
    return added(monkeypatch, hosts=("other.example",), decode=_decode, dedup=DEDUP, **claims)


def halves(apart_ms: int) -> tuple[Exchange, Exchange]:
    """One conversion, told by both sides, the server so much later."""
    return (
        _exchange(1, "GET", "https://px.other.example/tag?key=a&at=0", 0),
        _exchange(2, "POST", f"https://api.other.example/events?key=a&at={apart_ms}", apart_ms),
    )


def _exchange(number: int, method: str, url: str, at_ms: int) -> Exchange:
    provenance = Provenance.CAPTURED if method == "GET" else Provenance.FORWARDED
    seen_ms = START_MS + at_ms
    return Exchange(provenance, Request(method, url), Response(200, (), b"{}"), None, seen_ms, seen_ms, number=number)


def _decode(exchange: Exchange, endpoints: tuple[str, ...] = ()) -> tuple[Event, ...]:
    query = {name: values[0] for name, values in parse_qs(urlsplit(exchange.request.url).query).items()}
    told: dict[str, Any] = {
        "page": "https://shop.example/thanks",
        "provenance": exchange.provenance,
        "outcome": Outcome.ACCEPTED,
    }
    half = browser if exchange.request.method == "GET" else server
    return (half(exchange.number, query["key"], int(query["at"]), **told),)
