"""Reddit's fault lab: the faults of every platform in its events, and those that its own rules make possible."""

from __future__ import annotations

import json
from dataclasses import replace

from app.hashing import sha256
from app.platforms.event_form import EventForm
from app.platforms.fault_lab import HOUR_MS, Recipe, RecipeError, each_event, recipes, time_of
from app.platforms.json_text import with_text_at
from app.platforms.reddit.compose import ACCOUNT
from app.platforms.reddit.customer import documented
from app.platforms.reddit.dedup import MERGE_WINDOW_MS
from app.platforms.reddit.facts import compared_id
from app.platforms.reddit.requirements import TOO_OLD_MS

_OTHERS = {"PURCHASE": "SIGN_UP", "LEAD": "SIGN_UP", "SIGN_UP": "LEAD", "ADD_TO_CART": "ADD_TO_WISHLIST"}
_EXPECTED = {
    "name-case": ("send-rejected",),  # v3 takes its own spelling alone; where it counts, case means nothing
    "plain-email": ("raw-personal-data",),  # which Reddit takes
}


def recipes_of(form: EventForm) -> tuple[Recipe, ...]:
    """Every fault of Reddit's events."""
    shared = recipes(
        form,
        account="pixel",
        account_pattern=ACCOUNT.pattern,
        other_names=_OTHERS,
        late_ms=MERGE_WINDOW_MS + HOUR_MS,
        normal=documented,
    )
    return (
        *(replace(each, expects=_EXPECTED.get(each.name, each.expects)) for each in shared),
        Recipe(
            "id-hashed-twice",
            "Hash the conversion ID's hash once more",
            ("conversion-id-hashed-twice",),
            each_event(lambda text, customer: _hashed_again(form, text)),
        ),
        Recipe(
            "other-source",
            "Say that it happened in a shop",
            ("event-id-kept-apart",),
            each_event(lambda text, customer: with_text_at(text, "action_source", '"PHYSICAL_STORE"')),
        ),
        Recipe(
            "too-old",
            "Put the time eight days back",
            ("event-time-too-old", "send-rejected"),
            each_event(lambda text, customer: _moved(form, text)),
        ),
    )


def _hashed_again(form: EventForm, text: str) -> str:
    event_id = form.id_of(text)
    if not event_id:
        raise RecipeError("The event has no conversion ID that could be hashed.")
    return with_text_at(text, form.event_id, json.dumps(sha256(compared_id(event_id))))


def _moved(form: EventForm, text: str) -> str:
    return form.at_time(text, time_of(form, text) - TOO_OLD_MS - 24 * HOUR_MS)
