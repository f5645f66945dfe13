"""An order of the demo shop, with what its backend knows of the person who placed it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, NamedTuple

CURRENCY = "EUR"


@dataclass(frozen=True, slots=True)
class Shopper:
    """Who placed an order: as typed, and as the browser came. Keys of `customer` are em, ph, fn and so on."""

    customer: dict[str, str]
    client_ip: str
    user_agent: str
    cookies: dict[str, str]


@dataclass(frozen=True, slots=True)
class Order:
    """One placed order. `browser` is what the page is to fire, by platform; `value` is decimal text."""

    number: str
    scenario: str
    lines: tuple[dict[str, Any], ...]
    value: str
    browser: dict[str, tuple[dict[str, Any], ...]]
    page: str
    shopper: Shopper


class Call(NamedTuple):
    """A call to a platform's server API."""

    host: str
    path: str
    headers: dict[str, str]
    body: dict[str, Any]


def sha256(text: str) -> str:
    """The digest that platforms take."""
    return hashlib.sha256(text.encode()).hexdigest()
