"""TikTok's fault lab: the faults of every platform in its events, and those that its own rules make possible."""

from __future__ import annotations

import json

from app.platforms.event_form import EventForm
from app.platforms.fault_lab import HOUR_MS, Recipe, RecipeError, each_event, phone, recipes, time_of
from app.platforms.json_text import text_at, with_text_at
from app.platforms.tiktok.compose import ACCOUNT
from app.platforms.tiktok.customer import documented
from app.platforms.tiktok.dedup import MERGE_WINDOW_MS

AWAY_MS = 6 * 60 * 1000  # outside the five minutes within which copies are merged
_GENERATIONS = {"CompletePayment": "Purchase", "SubmitForm": "Lead"}
GENERATIONS = {**_GENERATIONS, **{new: old for old, new in _GENERATIONS.items()}}
"""The older and the newer name of one thing. TikTok merges by name, so not these."""
_OTHERS = {"CompletePayment": "PlaceAnOrder", "Purchase": "PlaceAnOrder", "Lead": "CompleteRegistration"}


def recipes_of(form: EventForm) -> tuple[Recipe, ...]:
    """Every fault of TikTok's events."""
    shared = recipes(
        form,
        account="pixel",
        account_pattern=ACCOUNT.pattern,
        other_names=_OTHERS,
        late_ms=MERGE_WINDOW_MS + HOUR_MS,
        normal=documented,
    )
    return (
        *shared,
        Recipe(
            "name-generation",
            "Mix CompletePayment and Purchase, or SubmitForm and Lead",
            ("event-name-differs",),
            each_event(lambda text, customer: _renamed(form, text)),
        ),
        Recipe(
            "after-merge",
            "Put the time six minutes back, outside the merge window",
            ("copy-dropped",),
            each_event(lambda text, customer: _moved(form, text)),
        ),
        phone(
            "phone-without-plus",
            "Hash the phone without its plus",
            "user.phone",
            documented,
            lambda number: number.lstrip("+"),
            listed=False,
        ),
    )


def _renamed(form: EventForm, text: str) -> str:
    other = GENERATIONS.get(text_at(text, form.name))
    if other is None:
        raise RecipeError(f"Only {', '.join(GENERATIONS)} have an older and a newer name.")
    return with_text_at(text, form.name, json.dumps(other))


def _moved(form: EventForm, text: str) -> str:
    return form.at_time(text, time_of(form, text) - AWAY_MS)
