"""Snapchat's fault lab: the faults of every platform in its events, and those that its own rules make possible.

A purchase is merged by its order ID as well, and an event ID counts whatever the event's name is. So a fault in the
event ID, or in the time, comes out only where the order ID is left out with it, and another name alone is no fault.
"""

from __future__ import annotations

import json
from dataclasses import replace

from app.hashing import sha256
from app.model import Customer
from app.outgoing import Draft
from app.platforms.event_form import EventForm
from app.platforms.fault_lab import HOUR_MS, Recipe, each_event, phone, recipes
from app.platforms.json_text import text_at, with_text_at, without_at
from app.platforms.snapchat.compose import ACCOUNT
from app.platforms.snapchat.customer import documented
from app.platforms.snapchat.dedup import ID_WINDOW_MS

ORDER_AT = "custom_data.order_id"
_ALSO_BY_ORDER = {
    "no-event-id": "Leave event ID and order ID out",
    "event-id-case": "Change the event ID's case, and leave the order ID out",
    "event-id-suffix": "Add “-server” to the event ID, and leave the order ID out",
    "late": f"Shift the time back by {(ID_WINDOW_MS + HOUR_MS) // HOUR_MS} hours, and leave the order ID out",
    "twice": "Fire it twice, without an order ID",
}


def recipes_of(form: EventForm) -> tuple[Recipe, ...]:
    """Every fault of Snapchat's events."""
    shared = recipes(
        form,
        account="pixel",
        account_pattern=ACCOUNT.pattern,
        other_names={},
        late_ms=ID_WINDOW_MS + HOUR_MS,
        normal=documented,
    )
    return (
        *(_ours(each) for each in shared if each.name != "other-name"),
        phone("phone-with-plus", "Hash the phone with its plus", "user_data.ph", documented, "+{}".format, listed=True),
        Recipe(
            "hashed-ip",
            "Hash the IP address, as v2 wanted it",
            ("hashed-must-be-plain", "send-rejected"),
            each_event(_hashed_ip),
        ),
    )


def _ours(recipe: Recipe) -> Recipe:
    if recipe.name == "name-case":
        return replace(recipe, expects=("unknown-event-name",))
    title = _ALSO_BY_ORDER.get(recipe.name)
    if title is None:
        return recipe

    def apply(draft: Draft, customer: Customer) -> Draft:
        return _without_order(recipe.apply(draft, customer), customer)

    return replace(recipe, title=title, apply=apply)


_without_order = each_event(lambda text, customer: without_at(text, ORDER_AT) if text_at(text, ORDER_AT) else text)


def _hashed_ip(text: str, customer: Customer) -> str:
    address = text_at(text, "user_data.client_ip_address") or "203.0.113.24"
    return with_text_at(text, "user_data.client_ip_address", json.dumps(sha256(address)))
