"""Server events to start from, one for every standard event; made of what each step of a shop has to say."""

from __future__ import annotations

import copy

from app.model import Customer, Draft
from app.platforms.microsoft.browser import NAME
from app.platforms.microsoft.compose import hashes_of, json_of
from app.platforms.microsoft.words import CUSTOM_EVENT, PAGE, PAGE_LOAD, STEPS
from app.platforms.server_api import ComposeError

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
    """A complete test event of that name.

    The customer's values are hashed; without any, an external ID of its own stands for a person. The event ID is made
    of `now_ms`. Raises `ComposeError` for a source there is none of; any name will do.
    """
    if action_source != WEB:
        raise ComposeError(f"There is no event source {action_source}. There is: {WEB}.")
    custom = copy.deepcopy(_OF_STEP.get(STEPS.get(name, ""), {}))
    event: dict[str, object] = {
        "eventType": PAGE_LOAD if name == PAGE_LOAD else CUSTOM_EVENT,
        **({} if name == PAGE_LOAD else {"eventName": name}),
        "eventId": f"test-{now_ms}",
        "eventTime": now_ms // 1000,
        "eventSourceUrl": "https://shop.example/thanks",
        "adStorageConsent": "G",
        "userData": {
            **_person(customer or Customer()),
            "clientIpAddress": "203.0.113.24",
            "clientUserAgent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/142.0 Safari/537.36",
        },
        **({"customData": custom} if custom else {}),
    }
    return Draft(NAME, account, (json_of(event),), None, api_version or None)


def _person(customer: Customer) -> dict[str, object]:
    found: dict[str, object] = {}
    for key in ("em", "ph"):
        hashes = hashes_of(key, customer.of(key))
        if hashes:
            found[key] = hashes[0]
    external = next(iter(customer.of("external_id")), "")
    return found | ({"externalId": external} if external else {}) or {"externalId": "pixelpair-test-customer"}
