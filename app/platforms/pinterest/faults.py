"""Pinterest's fault lab: the faults of every platform in its events, and those that its own rules make possible."""

from __future__ import annotations

import json
from dataclasses import replace

from app.platforms.event_form import EventForm
from app.platforms.fault_lab import HOUR_MS, Recipe, RecipeError, each_event, phone, recipes
from app.platforms.json_text import text_at, with_text_at
from app.platforms.pinterest.call import OFFLINE, SOURCE
from app.platforms.pinterest.compose import ACCOUNT
from app.platforms.pinterest.customer import documented
from app.platforms.pinterest.dedup import ASSUMED_WINDOW_MS
from app.platforms.pinterest.requirements import NAMES
from app.platforms.pinterest.words import standard

_SPELLED = ("event-name-variant", "partially-accepted")
"""The two are merged all the same; Pinterest warns."""
_OTHERS = dict.fromkeys(NAMES, "custom") | {"custom": "lead"}


def recipes_of(form: EventForm) -> tuple[Recipe, ...]:
    """Every fault of Pinterest's events."""
    shared = recipes(
        form,
        account="ad account",
        account_pattern=ACCOUNT.pattern,
        other_names=_OTHERS,
        late_ms=ASSUMED_WINDOW_MS + HOUR_MS,
        normal=documented,
    )
    due = {
        "no-event-id": ("send-rejected",),
        "name-case": _SPELLED,
        "other-account": ("account-unmapped",),
    }
    return (
        *(replace(each, expects=due.get(each.name, each.expects)) for each in shared),
        Recipe(
            "name-spelling",
            "Write the event's name as the tag does",
            _SPELLED,
            each_event(lambda text, customer: _as_the_tag(form, text)),
        ),
        Recipe(
            "offline",
            "Say that it happened offline",
            ("offline-never-deduplicated", "never-merged"),
            each_event(lambda text, customer: with_text_at(text, SOURCE, json.dumps(OFFLINE))),
        ),
        phone("phone-with-plus", "Hash the phone with its plus", "user_data.ph", documented, "+{}".format, listed=True),
    )


def _as_the_tag(form: EventForm, text: str) -> str:
    name = text_at(text, form.name)
    other = standard(name) if standard(name) != name else name.title()
    if other == name:
        raise RecipeError("The event has no name that could be spelled in another way.")
    return with_text_at(text, form.name, json.dumps(other))
