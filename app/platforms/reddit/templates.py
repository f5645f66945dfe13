"""Server events to start from, one for every standard event; made of what each step of a shop has to say."""

from __future__ import annotations

import copy

from app.hashing import sha256
from app.model import Customer
from app.outgoing import Draft
from app.platforms.making import check_source
from app.platforms.reddit.compose import HASHED_KEYS, HASHES, MAKER
from app.platforms.reddit.words import CUSTOM_NAME, SOURCES, STEPS, TRACKING_TYPES, WEB, canonical
from app.platforms.server_api import Terms

_BASKET: dict[str, object] = {
    "value": 59.9,
    "currency": "EUR",
    "item_count": 2,
    "products": [{"id": "MUG-01", "name": "Mug", "category": "Kitchen", "quantity": 2, "item_price": 29.95}],
}
_OF_STEP: dict[str, dict[str, object]] = dict.fromkeys(
    ("view_content", "add_to_cart", "add_to_wishlist", "purchase"), _BASKET
)
_PLACES: dict[str, dict[str, dict[str, object] | str]] = {
    WEB: {
        "event_source_url": "https://shop.example/thanks",
        "user": {
            "ip_address": "203.0.113.24",
            "user_agent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/137.0 Safari/537.36",
        },
    },
    "APP": {"user": {"aaid": "38400000-8cf0-11bd-b23e-10b96e40000d"}},
}


def names() -> tuple[str, ...]:
    """The standard events."""
    return tuple(STEPS)


def sources() -> tuple[str, ...]:
    """Where an event may have happened."""
    return SOURCES


def from_scratch(name: str, terms: Terms, *, account: str, source: str) -> Draft:
    """A complete test event of that name, with what its source asks for.

    The customer's values are hashed; without any, an external ID of its own stands for a person. The conversion ID is
    made of `now_ms`. A name that is no standard event's is a custom event's. Raises `ComposeError` for a source there
    is none of.
    """
    check_source(source, SOURCES, "action source")
    place = copy.deepcopy(_PLACES.get(source, {}))
    around = place.pop("user", {})
    standard = canonical(name)
    custom = "Test" if standard == CUSTOM_NAME else name if standard not in STEPS else ""
    kind = {"tracking_type": TRACKING_TYPES.get(standard, TRACKING_TYPES[CUSTOM_NAME])}
    event: dict[str, object] = {
        "event_at": terms.now_ms,
        "action_source": source,
        **place,
        "type": kind | ({"custom_event_name": custom} if custom else {}),
        "metadata": {"conversion_id": f"test-{terms.now_ms}", **_OF_STEP.get(STEPS.get(standard, ""), {})},
        "user": _person(terms.customer) | (around if isinstance(around, dict) else {}),
    }
    return MAKER.scratch(event, account, terms)


def _person(customer: Customer) -> dict[str, object]:
    found: dict[str, object] = {wire: hashes[0] for wire, hashes in HASHES.all_of(HASHED_KEYS, customer).items()}
    return found or {"external_id": sha256("pixelpair-test-customer")}
