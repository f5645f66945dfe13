"""Server events to start from, one for every standard event and action source; their texts are in the resources."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from app.hashing import sha256
from app.model import Customer, Draft
from app.platforms.meta.compose import hashes_of
from app.platforms.meta.identifiers import HASHED_KEYS
from app.platforms.server_api import ComposeError

PATH = Path(__file__).resolve().parents[3] / "resources" / "event_templates.json"


def names() -> tuple[str, ...]:
    """The events there is a template for."""
    return tuple(_templates()["events"])


def action_sources() -> tuple[str, ...]:
    """The action sources there is a template for."""
    return tuple(_templates()["action_sources"])


def from_scratch(
    name: str,
    *,
    account: str,
    now_ms: int,
    action_source: str = "website",
    customer: Customer | None = None,
    test_code: str | None = None,
    api_version: str | None = None,
) -> Draft:
    """A complete test event of that name, with what its action source asks for.

    The customer's values are hashed; without any, an external ID of its own stands for a person. The event ID is made
    of `now_ms`. Raises `ComposeError` for an action source there is none of; any name will do.
    """
    found = _templates()
    if action_source not in found["action_sources"]:
        raise ComposeError(f"There is no action source {action_source}. There are: {', '.join(action_sources())}.")
    source: dict[str, Any] = dict(found["action_sources"][action_source])
    user = _person(customer or Customer()) | source.pop("user_data", {})
    custom = found["events"].get(name, {}) | source.pop("custom_data", {})
    event = {
        "event_name": name,
        "event_time": now_ms // 1000,
        "event_id": f"test-{now_ms}",
        "action_source": action_source,
        **source,
        "user_data": user,
        **({"custom_data": custom} if custom else {}),
    }
    text = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
    return Draft("meta", account, (text,), test_code or None, api_version or None)


def _person(customer: Customer) -> dict[str, object]:
    hashed = {key: hashes_of(key, customer.of(key)) for key in (*HASHED_KEYS, "external_id")}
    known: dict[str, object] = {key: values for key, values in hashed.items() if values}
    return known or {"external_id": [sha256("pixelpair-test-customer")]}


@lru_cache(maxsize=1)
def _templates() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(PATH.read_text("utf-8"))
    return found
