"""Meta's fault lab: the faults of every platform, in its events."""

from __future__ import annotations

from app.platforms.event_form import EventForm
from app.platforms.fault_lab import HOUR_MS, Recipe, recipes
from app.platforms.meta.compose import ACCOUNT
from app.platforms.meta.customer import documented
from app.platforms.meta.dedup import MERGE_WINDOW_MS


def recipes_of(form: EventForm) -> tuple[Recipe, ...]:
    """Every fault of Meta's events."""
    return recipes(
        form,
        account="pixel",
        account_pattern=ACCOUNT.pattern,
        other_names={"Purchase": "CompletePayment", "Lead": "CompleteRegistration"},
        late_ms=MERGE_WINDOW_MS + HOUR_MS,
        normal=documented,
    )
