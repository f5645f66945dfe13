"""Server events to start from: an order, and a visit without data.

X's events have no names but the tags that their owner made in Events Manager, so these are invented ones.
"""

from __future__ import annotations

from app.model import Customer, Draft
from app.platforms.event_form import TimeForm
from app.platforms.json_text import loaded
from app.platforms.server_api import ComposeError
from app.platforms.x.call import PERSON
from app.platforms.x.compose import HASHED_KEYS, hash_of, json_of
from app.platforms.x.facts import NAME, whole_tag

ORDER, VISIT = "ol7lz", "ol8aa"
WEB = "web"
_ORDER: dict[str, object] = {
    "value": 59.9,
    "price_currency": "EUR",
    "number_items": 2,
    "contents": [{"content_id": "MUG-01", "content_name": "Mug", "num_items": 2, "content_price": 29.95}],
}
_DEVICE = {"ip_address": "203.0.113.24", "user_agent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/137.0 Safari/537.36"}


def names() -> tuple[str, ...]:
    """Two invented tags, to be replaced by those of Events Manager: an order's, a visit's."""
    return (ORDER, VISIT)


def sources() -> tuple[str, ...]:
    """Where an event may have happened; X does not ask."""
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
    """A complete event of that tag, whole or bare; any but the visit's has an order's data.

    The customer's values are hashed; without any, a click ID stands for a person. The conversion ID is made of
    `now_ms`. Raises `ComposeError` for a source there is none of.
    """
    if action_source != WEB:
        raise ComposeError(f"There is no event source {action_source}. There is: {WEB}.")
    event: dict[str, object] = {
        "conversion_time": loaded(TimeForm.ISO.written(now_ms)),
        "event_id": whole_tag(account, name),
        PERSON: [*_person(customer or Customer()), _DEVICE],
        "conversion_id": f"test-{now_ms}",
        **(_ORDER if name != VISIT else {}),
    }
    return Draft(NAME, account, (json_of(event),), None, api_version or None)


def _person(customer: Customer) -> list[dict[str, str]]:
    hashes = ((wire, hash_of(key, customer.of(key))) for wire, key in HASHED_KEYS.items())
    return [{wire: found} for wire, found in hashes if found] or [{"twclid": "2-pixelpairtest"}]
