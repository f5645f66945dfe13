"""Server events to start from, one for every standard event; made of what each step of a shop has to say."""

from __future__ import annotations

import copy

from app.hashing import sha256
from app.model import Customer, Draft
from app.platforms.pinterest.call import OFFLINE, SOURCE, SOURCES, WEB
from app.platforms.pinterest.compose import hashes_of, json_of
from app.platforms.pinterest.facts import NAME
from app.platforms.pinterest.requirements import NAMES
from app.platforms.pinterest.words import CUSTOMER_KEYS, STEPS, standard
from app.platforms.server_api import ComposeError

_BASKET: dict[str, object] = {
    "value": "59.90",
    "currency": "EUR",
    "num_items": 2,
    "content_ids": ["MUG-01"],
    "contents": [{"id": "MUG-01", "item_name": "Mug", "item_price": "29.95", "quantity": 2}],
}
_OF_STEP: dict[str, dict[str, object]] = {
    "search": {"search_string": "enamel mug"},
    "purchase": {**_BASKET, "order_id": "TEST-1187"},
    **dict.fromkeys(("view_content", "add_to_cart", "add_to_wishlist", "begin_checkout", "add_payment_info"), _BASKET),
    "subscribe": {"value": "9.90", "currency": "EUR"},
    "start_trial": {"value": "9.90", "currency": "EUR"},
}
_DEVICE = {
    "client_ip_address": "203.0.113.24",
    "client_user_agent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/137.0 Safari/537.36",
}


def names() -> tuple[str, ...]:
    """The standard events, in the API's spelling; the checkout first."""
    return tuple(sorted(NAMES, key=lambda name: name != "checkout"))


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

    The customer's values are hashed; without an e-mail, one that nobody has stands for a person. The event ID is made
    of `now_ms`. Raises `ComposeError` for a source there is none of; any name will do.
    """
    if action_source not in SOURCES:
        raise ComposeError(f"There is no action source {action_source}. There are: {', '.join(SOURCES)}.")
    data = copy.deepcopy(_OF_STEP.get(STEPS.get(standard(name), ""), {}))
    event: dict[str, object] = {
        "event_name": name,
        SOURCE: action_source,
        "event_time": now_ms // 1000,
        "event_id": f"test-{now_ms}",
        **({"event_source_url": "https://shop.example/thanks"} if action_source == WEB else {}),
        **({"app_id": "429047995", "app_name": "Shop"} if action_source not in (WEB, OFFLINE) else {}),
        "user_data": _person(customer or Customer()) | (_DEVICE if action_source != OFFLINE else {}),
        **({"custom_data": data} if data else {}),
    }
    return Draft(NAME, account, (json_of(event),), None, api_version or None)


def _person(customer: Customer) -> dict[str, object]:
    found: dict[str, object] = {}
    for wire, key in CUSTOMER_KEYS.items():
        hashes = hashes_of(key, customer.of(key))
        if hashes:
            found[wire] = hashes
    return {"em": [sha256("pixelpair-test-customer@shop.example")], **found}
