"""Server events to start from, one for every standard event and action source; their texts are in the resources."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from app.hashing import sha256
from app.model import Customer
from app.outgoing import Draft
from app.platforms.making import check_source
from app.platforms.meta.compose import HASHES, MAKER
from app.platforms.meta.identifiers import HASHED_KEYS
from app.platforms.server_api import Terms

PATH = Path(__file__).resolve().parents[3] / "resources" / "event_templates.json"


def names() -> tuple[str, ...]:
    """The events there is a template for."""
    return tuple(_templates()["events"])


def action_sources() -> tuple[str, ...]:
    """The action sources there is a template for."""
    return tuple(_templates()["action_sources"])


def from_scratch(name: str, terms: Terms, *, account: str, source: str) -> Draft:
    """A complete test event of that name, with what its action source asks for.

    The customer's values are hashed; without any, an external ID of its own stands for a person. The event ID is made
    of `now_ms`. Raises `ComposeError` for an action source there is none of; any name will do.
    """
    found = _templates()
    check_source(source, action_sources(), "action source")
    place: dict[str, Any] = dict(found["action_sources"][source])
    user = _person(terms.customer) | place.pop("user_data", {})
    custom = found["events"].get(name, {}) | place.pop("custom_data", {})
    event = {
        "event_name": name,
        "event_time": terms.now_ms // 1000,
        "event_id": f"test-{terms.now_ms}",
        "action_source": source,
        **place,
        "user_data": user,
        **({"custom_data": custom} if custom else {}),
    }
    return MAKER.scratch(event, account, terms)


def _person(customer: Customer) -> dict[str, list[str]]:
    keys = {key: key for key in (*HASHED_KEYS, "external_id")}
    return HASHES.all_of(keys, customer) or {"external_id": [sha256("pixelpair-test-customer")]}


@lru_cache(maxsize=1)
def _templates() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(PATH.read_text("utf-8"))
    return found
