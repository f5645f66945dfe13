"""Server events to start from, one for every standard event; made of what each step of a shop has to say."""

from __future__ import annotations

import copy

from app.hashing import sha256
from app.outgoing import Draft
from app.platforms.making import check_source
from app.platforms.server_api import Terms
from app.platforms.snapchat.call import SOURCES, WEB
from app.platforms.snapchat.compose import HASHED_KEYS, HASHES, MAKER
from app.platforms.snapchat.words import STEPS

_BASKET: dict[str, object] = {
    "value": 59.9,
    "currency": "EUR",
    "contents": [{"id": "MUG-01", "quantity": 2, "item_price": 29.95}],
    "num_items": 2,
}
_OF_STEP: dict[str, dict[str, object]] = {
    "search": {"search_string": "enamel mug"},
    "purchase": {**_BASKET, "order_id": "TEST-1187"},
    **dict.fromkeys(("view_content", "add_to_cart", "add_to_wishlist", "begin_checkout", "add_payment_info"), _BASKET),
    "subscribe": {"value": 9.9, "currency": "EUR"},
    "start_trial": {"value": 9.9, "currency": "EUR"},
    "lead": {"sign_up_method": "email"},
}
_EXTINFO = [
    *("a2", "com.example.shop", "1", "1.0", "16", "Pixel 9", "de_DE", "CET"),
    *("", "1080", "2400", "2.6", "8", "128", "100", "Europe/Berlin"),
]
_PLACES: dict[str, dict[str, object]] = {
    WEB: {"event_source_url": "https://shop.example/thanks"},
    "MOBILE_APP": {
        "app_data": {
            "app_id": "com.example.shop",
            "advertiser_tracking_enabled": 1,
            "extinfo": _EXTINFO,
        }
    },
    "OFFLINE": {},
}
_DEVICES: dict[str, dict[str, object]] = {
    WEB: {
        "client_ip_address": "203.0.113.24",
        "client_user_agent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/137.0 Safari/537.36",
    },
    "MOBILE_APP": {"madid": sha256("38400000-8cf0-11bd-b23e-10b96e40000d")},
    "OFFLINE": {},
}


def names() -> tuple[str, ...]:
    """The standard events."""
    return tuple(STEPS)


def sources() -> tuple[str, ...]:
    """Where an event may have happened."""
    return SOURCES


def from_scratch(name: str, terms: Terms, *, account: str, source: str) -> Draft:
    """A complete test event of that name, with what its source asks for.

    The customer's values are hashed; without any, an e-mail address of nobody's stands for a person. The event ID is
    made of `now_ms`. Raises `ComposeError` for a source there is none of; any name will do.
    """
    check_source(source, SOURCES, "action source")
    person = HASHES.all_of({key: key for key in HASHED_KEYS}, terms.customer)
    custom = _OF_STEP.get(STEPS.get(name, ""), {})
    event: dict[str, object] = {
        "event_name": name,
        "event_time": terms.now_ms // 1000,
        "event_id": f"test-{terms.now_ms}",
        "action_source": source,
        **copy.deepcopy(_PLACES[source]),
        "user_data": (person or {"em": [sha256("pixelpair-test@example.com")]}) | _DEVICES[source],
        **({"custom_data": custom} if custom else {}),
    }
    return MAKER.scratch(event, account, terms)
