"""Microsoft's fault lab: the faults of every platform in its events, and those that its own rules make possible."""

from __future__ import annotations

from dataclasses import replace

from app.model import Customer
from app.outgoing import Draft
from app.platforms.event_form import EventForm
from app.platforms.fault_lab import HOUR_MS, Recipe, each_event, phone, recipes
from app.platforms.json_text import without_at
from app.platforms.microsoft.compose import ACCOUNT
from app.platforms.microsoft.customer import of_the_api
from app.platforms.microsoft.dedup import ASSUMED_WINDOW_MS

_ORDER = "customData.transactionId"
_OF_IDS = frozenset({"no-event-id", "event-id-case", "event-id-suffix", "twice"})
"""Faults that a shared transaction ID would heal, so it is left out with them."""
_NAMES = frozenset({"name-case"})
"""A fault that is none here: case is no part of a name."""
_REFUSED = frozenset({"md5"})  # what is no SHA-256 is not taken


def recipes_of(form: EventForm) -> tuple[Recipe, ...]:
    """Every fault of Microsoft's events."""
    shared = recipes(
        form,
        account="UET tag",
        account_pattern=ACCOUNT.pattern,
        other_names={"purchase": "PRODUCT_PURCHASE"},  # what the tag calls it in its table of standard events
        late_ms=ASSUMED_WINDOW_MS + HOUR_MS,
        normal=of_the_api,
    )
    return (
        *(_ours(each) for each in shared if each.name not in _NAMES),
        phone(
            "phone-without-plus",
            "Hash the phone without its plus, as Segment's destination does",
            "userData.ph",
            of_the_api,
            lambda number: number.lstrip("+"),
            listed=False,
        ),
    )


def _ours(each: Recipe) -> Recipe:
    if each.name in _REFUSED:
        return replace(each, expects=(*each.expects, "send-rejected"))
    if each.name not in _OF_IDS:
        return each

    def apply(draft: Draft, customer: Customer) -> Draft:
        return each_event(lambda text, _: without_at(text, _ORDER))(each.apply(draft, customer), customer)

    return replace(each, title=f"{each.title}, without a transaction ID", apply=apply)
