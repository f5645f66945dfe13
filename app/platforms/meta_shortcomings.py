"""What a captured server event lacks, as flaws: the same requirements that the composer and the sandbox go by."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from app.model import Flaw
from app.platforms._wire import Json
from app.platforms.meta_requirements import UNKNOWN, Violation, Weight, requirements
from app.platforms.meta_words import CALL_LABELS

MAX_UNKNOWN = 10  # keys nobody has written about that are told of one event


def shortcomings(event: Mapping[str, Json], user_data: Mapping[str, Json], found: list[Flaw]) -> list[Flaw]:
    """What an event must carry and does not, and what it carries that nobody knows; `found` is what is known already.

    A flaw's detail is a sentence fit for the user.
    """
    flaws = [_NO_TIME] if event.get("event_time") in (None, "") else []
    unknown = 0
    for violation in requirements(event, user_data):
        if violation.reason == UNKNOWN:
            field = violation.field
            if field in CALL_LABELS or any(flaw.field == field for flaw in found):  # out of place, and told so
                continue
            unknown += 1
            if unknown > MAX_UNKNOWN:
                continue
        elif violation.reason == "processing-options" and isinstance(event.get(violation.field), str):
            continue  # a list written as text was read as one; what Meta makes of it is not known
        flaws.append(_flaw(violation))
    return flaws


_NO_TIME = Flaw(
    "required-parameter-missing", "event_time", "required", "Every server event must say when it happened (event_time)."
)


@lru_cache(maxsize=1024)
def _flaw(violation: Violation) -> Flaw:
    """One object for all events that lack the same."""
    field, detail = violation.field, violation.message
    if violation.reason == UNKNOWN:
        return Flaw("unknown-parameter", field, None, detail)
    if violation.reason:
        return Flaw("malformed-request", field, violation.reason, detail)
    return Flaw(
        "required-parameter-missing", field, "required" if violation.weight is Weight.REFUSED else "expected", detail
    )
