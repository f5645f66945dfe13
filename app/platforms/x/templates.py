"""Server events to start from: an order, and a visit without data.

X's events have no names but the tags that their owner made in Events Manager, so these are invented ones.
"""

from __future__ import annotations

from app.model import Customer
from app.outgoing import Draft
from app.platforms.event_form import TimeForm
from app.platforms.json_text import loaded
from app.platforms.making import check_source
from app.platforms.server_api import Terms
from app.platforms.x.call import PERSON
from app.platforms.x.compose import HASHED_KEYS, HASHES, MAKER
from app.platforms.x.facts import whole_tag

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


def from_scratch(name: str, terms: Terms, *, account: str, source: str) -> Draft:
    """A complete event of that tag, whole or bare; any but the visit's has an order's data.

    The customer's values are hashed; without any, a click ID stands for a person. The conversion ID is made of
    `now_ms`. Raises `ComposeError` for a source there is none of.
    """
    check_source(source, sources())
    event: dict[str, object] = {
        "conversion_time": loaded(TimeForm.ISO.written(terms.now_ms)),
        "event_id": whole_tag(account, name),
        PERSON: [*_person(terms.customer), _DEVICE],
        "conversion_id": f"test-{terms.now_ms}",
        **(_ORDER if name != VISIT else {}),
    }
    return MAKER.scratch(event, account, terms)


def _person(customer: Customer) -> list[dict[str, str]]:
    hashes = HASHES.all_of(HASHED_KEYS, customer)
    return [{wire: listed[0]} for wire, listed in hashes.items()] or [{"twclid": "2-pixelpairtest"}]
