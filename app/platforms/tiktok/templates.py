"""Server events to start from, one for every standard event; made of what each step of a shop has to say."""

from __future__ import annotations

import copy

from app.hashing import sha256
from app.model import Customer
from app.outgoing import Draft
from app.platforms.making import check_source, filled
from app.platforms.server_api import Terms
from app.platforms.tiktok.call import SOURCE, SOURCES, WEB
from app.platforms.tiktok.compose import HASHED_KEYS, HASHES, MAKER, PLAIN_KEYS
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


def from_scratch(name: str, terms: Terms, *, account: str, source: str) -> Draft:
    """A complete test event of that name, with what its source asks for.

    The customer's values are hashed; without any, an external ID of its own stands for a person. The event ID is made
    of `now_ms`. Raises `ComposeError` for a source there is none of; any name will do.
    """
    check_source(source, SOURCES)
    place = copy.deepcopy(_PLACES[source])
    user = _person(terms.customer) | place.pop("user", {})
    properties = _OF_STEP.get(STEPS.get(name, ""), {})
    event: dict[str, object] = {
        "event": name,
        "event_time": terms.now_ms // 1000,
        "event_id": f"test-{terms.now_ms}",
        **({SOURCE: source} if source != WEB else {}),
        "user": user,
        **place,
        **({"properties": properties} if properties else {}),
    }
    return MAKER.scratch(event, account, terms)


def _person(customer: Customer) -> dict[str, object]:
    found: dict[str, object] = {wire: hashes[0] for wire, hashes in HASHES.all_of(HASHED_KEYS, customer).items()}
    plain = {wire: HASHES.plain(key, customer.of(key)) for wire, key in PLAIN_KEYS.items()}
    found |= filled(plain)
    return found or {"external_id": sha256("pixelpair-test-customer")}
