"""An invented platform whose tag and whose server API name accounts of different kinds, which only the user can map.

browser  GET  https://px.other.example/tag?account=2613&key=a
server   POST https://api.other.example/events?account=5497&key=a
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from app.model import Event, Exchange, Outcome, Provenance, Request, Response
from app.platforms import Platform
from tests.events import START_MS
from tests.platforms.invented import added, browser, server

TAG, AD_ACCOUNT = "2613", "5497"


def install(monkeypatch: pytest.MonkeyPatch) -> Platform:
    """Put the platform into the table until the test ends."""
    return added(monkeypatch, hosts=("other.example",), claims=lambda request, endpoints=(): True, decode=_decode)


def halves(key: str = "a") -> tuple[Exchange, Exchange]:
    """One conversion, told by both sides."""
    return (
        _exchange(1, "GET", f"https://px.other.example/tag?account={TAG}&key={key}"),
        _exchange(2, "POST", f"https://api.other.example/events?account={AD_ACCOUNT}&key={key}"),
    )


def _exchange(number: int, method: str, url: str) -> Exchange:
    provenance = Provenance.CAPTURED if method == "GET" else Provenance.FORWARDED
    return Exchange(provenance, Request(method, url), Response(200, (), b"{}"), None, START_MS, START_MS, number=number)


def _decode(exchange: Exchange, endpoints: tuple[str, ...] = ()) -> tuple[Event, ...]:
    query = {name: values[0] for name, values in parse_qs(urlsplit(exchange.request.url).query).items()}
    told: dict[str, Any] = {
        "account": query["account"],
        "page": "https://shop.example/thanks",
        "provenance": exchange.provenance,
        "outcome": Outcome.ACCEPTED,
    }
    if exchange.request.method == "GET":
        return (browser(exchange.number, query["key"], account_kind="tag", **told),)
    return (server(exchange.number, query["key"], 900, account_kind="ad account", **told),)
