"""X's fault lab: the faults of every platform in its events, and those that its own rules make possible."""

from __future__ import annotations

import json
import re
from dataclasses import replace

from app.model import Customer
from app.platforms.event_form import EventForm
from app.platforms.fault_lab import HOUR_MS, Recipe, RecipeError, each_event, phone, recipes
from app.platforms.json_text import text_at, with_text_at
from app.platforms.x.call import PERSON
from app.platforms.x.compose import ACCOUNT
from app.platforms.x.customer import documented
from app.platforms.x.dedup import ASSUMED_WINDOW_MS
from app.platforms.x.facts import parts_of_tag

_NOT_HERE = ("other-name", "name-case")  # an event has no name of its own
_EXPECTED = {
    "md5": ("hash-wrong-form", "send-rejected"),
    "other-account": ("event-tag-of-another-pixel", "send-rejected"),
}
"""What X makes of a shared fault besides."""


def recipes_of(form: EventForm) -> tuple[Recipe, ...]:
    """Every fault of X's events."""
    shared = recipes(
        form,
        account="pixel",
        account_pattern=ACCOUNT.pattern,
        other_names={},
        late_ms=ASSUMED_WINDOW_MS + HOUR_MS,
        normal=documented,
    )
    return (
        *(
            replace(each, expects=_EXPECTED.get(each.name, each.expects))
            for each in shared
            if each.name not in _NOT_HERE
        ),
        Recipe("other-tag", "Give the event another tag", ("event-name-differs",), each_event(_other_tag)),
        Recipe(
            "id-as-tag",
            "Put the conversion ID into event_id",
            ("event-tag-malformed", "send-rejected"),
            each_event(_id_as_tag),
        ),
        Recipe(
            "name-as-tag",
            "Put an event's name into event_id",
            ("event-tag-malformed", "send-rejected"),
            each_event(lambda text, customer: with_text_at(text, "event_id", '"Purchase"')),
        ),
        Recipe(
            "device-only",
            "Name the person by IP address and user agent only",
            ("send-rejected",),
            each_event(_device_only),
        ),
        phone(
            "phone-without-plus",
            "Hash the phone without its plus",
            f"{PERSON}[].hashed_phone_number",
            documented,
            lambda number: number.lstrip("+"),
            listed=False,
        ),
    )


def _other_tag(text: str, customer: Customer) -> str:
    tag = text_at(text, "event_id")
    if not tag:
        raise RecipeError("The event has no tag that could be another.")
    last = "0" if tag[-1] != "0" else "1"
    return with_text_at(text, "event_id", json.dumps(tag[:-1] + last))


def _id_as_tag(text: str, customer: Customer) -> str:
    found = text_at(text, "conversion_id")
    if not found:
        raise RecipeError("The event has no conversion ID that could stand in event_id.")
    if parts_of_tag(found)[0] or re.fullmatch(r"[a-z0-9]{3,12}", found, re.ASCII):
        raise RecipeError("The conversion ID looks like a tag itself. Take one with a dash or a capital in it.")
    return with_text_at(text, "event_id", json.dumps(found))


def _device_only(text: str, customer: Customer) -> str:
    agent = text_at(text, f"{PERSON}[].user_agent") or "Mozilla/5.0 (X11; Linux x86_64) Chrome/137.0 Safari/537.36"
    device = json.dumps({"ip_address": "203.0.113.24", "user_agent": agent})
    return with_text_at(text, PERSON, f"[{device}]")
