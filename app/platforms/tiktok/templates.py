"""Server events to start from, one for every standard event; made of what each step of a shop has to say."""

from __future__ import annotations

import copy

from app.hashing import sha256
from app.model import Customer, Draft
from app.platforms.server_api import ComposeError
from app.platforms.tiktok.browser import NAME
from app.platforms.tiktok.call import SOURCE, SOURCES, WEB
from app.platforms.tiktok.compose import HASHED_KEYS, PLAIN_KEYS, hashes_of, json_of
from app.platforms.tiktok.customer import documented
from app.platforms.tiktok.words import STEPS

_BASKET: dict[str, object] = {
    "value": 59.9,
    "currency": "EUR",
    "content_type": "product",
    "contents": [{"content_id": "MUG-01", "content_name": "Mug", "quantity": 2, "price": 29.95}],
}
_OF_STEP: dict[str, dict[str, object]] = {
    "page_view": {},
    "search": {"query": "enamel mug"},
    "purchase": {**_BASKET, "order_id": "TEST-1187"},
    **dict.fromkeys(("view_content", "add_to_cart", "add_to_wishlist", "begin_checkout", "add_payment_info"), _BASKET),
    "subscribe": {"value": 9.9, "currency": "EUR"},
    "start_trial": {"value": 9.9, "currency": "EUR"},
}
_PLACES: dict[str, dict[str, dict[str, object]]] = {
    WEB: {
        "user": {"ip": "203.0.113.24", "user_agent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/137.0 Safari/537.36"},
        "page": {"url": "https://shop.example/thanks", "referrer": "https://shop.example/checkout"},
    },
    "app": {
        "user": {"gaid": "38400000-8cf0-11bd-b23e-10b96e40000d", "att_status": "NOT_APPLICABLE"},
        "app": {"app_id": "com.example.shop", "app_name": "Shop", "app_version": "1.0"},
    },
    "offline": {},
    "crm": {"lead": {"lead_id": "1187", "lead_event_source": "crm"}},
}


def names() -> tuple[str, ...]:
    """The standard events."""
    return tuple(STEPS)


def sources() -> tuple[str, ...]:
    """Where an event may have happened."""
    return SOURCES


def from_scratch(
    name: str,
    *,
    account: str,
    now_ms: int,
    action_source: str = WEB,
    customer: Customer | None = None,
    test_code: str | None = None,
    api_version: str | None = None,
) -> Draft:
    """A complete test event of that name, with what its source asks for.

    The customer's values are hashed; without any, an external ID of its own stands for a person. The event ID is made
    of `now_ms`. Raises `ComposeError` for a source there is none of; any name will do.
    """
    if action_source not in SOURCES:
        raise ComposeError(f"There is no event source {action_source}. There are: {', '.join(SOURCES)}.")
    place = copy.deepcopy(_PLACES[action_source])
    user = _person(customer or Customer()) | place.pop("user", {})
    properties = _OF_STEP.get(STEPS.get(name, ""), {})
    event: dict[str, object] = {
        "event": name,
        "event_time": now_ms // 1000,
        "event_id": f"test-{now_ms}",
        **({SOURCE: action_source} if action_source != WEB else {}),
        "user": user,
        **place,
        **({"properties": properties} if properties else {}),
    }
    return Draft(NAME, account, (json_of(event),), test_code or None, api_version or None)


def _person(customer: Customer) -> dict[str, object]:
    found: dict[str, object] = {}
    for wire, key in HASHED_KEYS.items():
        hashes = hashes_of(key, customer.of(key))
        if hashes:
            found[wire] = hashes[0]
    for wire, key in PLAIN_KEYS.items():
        plain = next((text for each in customer.of(key) if (text := documented(key, each))), None)
        if plain:
            found[wire] = plain
    return found or {"external_id": sha256("pixelpair-test-customer")}
