"""Server events to start from, one for every standard event; made of what each step of a shop has to say."""

from __future__ import annotations

import copy

from app.hashing import sha256
from app.model import Customer
from app.outgoing import Draft
from app.platforms.making import check_source
from app.platforms.pinterest.call import OFFLINE, SOURCE, SOURCES, WEB
from app.platforms.pinterest.compose import HASHES, MAKER
from app.platforms.pinterest.requirements import NAMES
from app.platforms.pinterest.words import CUSTOMER_KEYS, STEPS, standard
from app.platforms.server_api import Terms

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


def from_scratch(name: str, terms: Terms, *, account: str, source: str) -> Draft:
    """A complete test event of that name, with what its source asks for.

    The customer's values are hashed; without an e-mail, one that nobody has stands for a person. The event ID is made
    of `now_ms`. Raises `ComposeError` for a source there is none of; any name will do.
    """
    check_source(source, SOURCES, "action source")
    data = copy.deepcopy(_OF_STEP.get(STEPS.get(standard(name), ""), {}))
    event: dict[str, object] = {
        "event_name": name,
        SOURCE: source,
        "event_time": terms.now_ms // 1000,
        "event_id": f"test-{terms.now_ms}",
        **({"event_source_url": "https://shop.example/thanks"} if source == WEB else {}),
        **({"app_id": "429047995", "app_name": "Shop"} if source not in (WEB, OFFLINE) else {}),
        "user_data": _person(terms.customer) | (_DEVICE if source != OFFLINE else {}),
        **({"custom_data": data} if data else {}),
    }
    return MAKER.scratch(event, account, terms)


def _person(customer: Customer) -> dict[str, object]:
    return {"em": [sha256("pixelpair-test-customer@shop.example")], **HASHES.all_of(CUSTOMER_KEYS, customer)}
