"""Platforms that do not exist, each a `Platform` value and nothing more."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from msgspec.structs import replace as changed

from app import platforms
from app.model import Event, Standing
from app.platforms import platform
from app.platforms.base import DAY_MS, EVENT_ID, DedupRule, KeyRule, Platform, Survivor, Vocabulary, event_key
from tests import events

ORDER = "order"
BY_ID = KeyRule(name=EVENT_ID, word="event ID", window_ms=2 * DAY_MS, source="invented", standing=Standing.OBSERVED)
BY_ORDER = replace(BY_ID, name=ORDER, word="order ID", window_ms=30 * DAY_MS)
NAMES = {"Bought": "purchase", "Looked": "page_view", "Wished": "add_to_wishlist"}


def invented(**changes: Any) -> Platform:
    """A platform called "other" with keys by event ID, then by order ID."""
    plain: dict[str, Any] = {
        "name": "other",
        "title": "Other",
        "dedup": DedupRule(keys=(BY_ID, BY_ORDER), keeps=Survivor.FIRST, survivor="Other keeps the first."),
        "vocabulary": Vocabulary(steps=NAMES, valued=frozenset({"Bought"})),
        "explain": lambda code, subcode: None,
    }
    return replace(platform("meta"), **plain | changes)


def added(monkeypatch: pytest.MonkeyPatch, **changes: Any) -> Platform:
    """The invented platform, in the table until the test ends."""
    found = invented(**changes)
    monkeypatch.setattr(platforms, "PLATFORMS", (*platforms.PLATFORMS, found))
    return found


def browser(number: int, event_id: str | None = None, at_ms: int = 0, **changes: Any) -> Event:
    """What this platform's pixel sent."""
    return _keyed(events.browser(number, event_id, at_ms, **{"platform": "other", "name": "Bought"} | changes))


def server(number: int, event_id: str | None = None, at_ms: int = 0, **changes: Any) -> Event:
    """What a backend sent to it."""
    return _keyed(events.server(number, event_id, at_ms, **{"platform": "other", "name": "Bought"} | changes))


def _keyed(event: Event) -> Event:
    if event.name not in ("Bought", "Looked"):
        return changed(event, keys=())
    keys = []
    if event.event_id:
        keys.append(event_key(EVENT_ID, event.account, event.name, event.event_id))
    if event.order_id:
        keys.append(event_key(ORDER, event.account, event.name, event.order_id))
    return changed(event, keys=tuple(keys))
