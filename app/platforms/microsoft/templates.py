"""Server events to start from, one for every standard event; made of what each step of a shop has to say."""

from __future__ import annotations

import copy

from app.model import Customer
from app.outgoing import Draft
from app.platforms.making import check_source
from app.platforms.microsoft.compose import HASHES, MAKER
from app.platforms.microsoft.words import CUSTOM_EVENT, PAGE, PAGE_LOAD, STEPS
from app.platforms.server_api import Terms

WEB = "web"
_BASKET: dict[str, object] = {
    "value": 59.9,
    "currency": "EUR",
    "items": [{"id": "MUG-01", "name": "Mug", "quantity": 2, "price": 29.95}],
    "itemIds": ["MUG-01"],
}
_OF_STEP: dict[str, dict[str, object]] = {
    "search": {"searchTerm": "enamel mug", "pageType": "searchresults"},
    "view_content": {**_BASKET, "pageType": "product"},
    "purchase": {**_BASKET, "transactionId": "TEST-1187", "pageType": "purchase", "ecommTotalValue": 59.9},
    "refund": {**_BASKET, "transactionId": "TEST-1187"},
    **{key: {**_BASKET, "pageType": "cart"} for key in ("add_to_cart", "begin_checkout", "checkout_progress")},
    "add_to_wishlist": _BASKET,
    "subscribe": {"value": 9.9, "currency": "EUR"},
}


def names() -> tuple[str, ...]:
    """The standard events that the Conversions API takes; a one-page site's `page` is the tag's alone."""
    return tuple(name for name in STEPS if name != PAGE)


def sources() -> tuple[str, ...]:
    """Where an event may have happened: a site."""
    return (WEB,)


def from_scratch(name: str, terms: Terms, *, account: str, source: str) -> Draft:
    """A complete test event of that name.

    The customer's values are hashed; without any, an external ID of its own stands for a person. The event ID is made
    of `now_ms`. Raises `ComposeError` for a source there is none of; any name will do.
    """
    check_source(source, sources())
    custom = copy.deepcopy(_OF_STEP.get(STEPS.get(name, ""), {}))
    event: dict[str, object] = {
        "eventType": PAGE_LOAD if name == PAGE_LOAD else CUSTOM_EVENT,
        **({} if name == PAGE_LOAD else {"eventName": name}),
        "eventId": f"test-{terms.now_ms}",
        "eventTime": terms.now_ms // 1000,
        "eventSourceUrl": "https://shop.example/thanks",
        "adStorageConsent": "G",
        "userData": {
            **_person(terms.customer),
            "clientIpAddress": "203.0.113.24",
            "clientUserAgent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/142.0 Safari/537.36",
        },
        **({"customData": custom} if custom else {}),
    }
    return MAKER.scratch(event, account, terms)


def _person(customer: Customer) -> dict[str, object]:
    hashes = HASHES.all_of({"em": "em", "ph": "ph"}, customer)
    found: dict[str, object] = {wire: listed[0] for wire, listed in hashes.items()}
    external = next(iter(customer.of("external_id")), "")
    return found | ({"externalId": external} if external else {}) or {"externalId": "pixelpair-test-customer"}
