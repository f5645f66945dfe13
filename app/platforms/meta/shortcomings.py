"""What a captured server event lacks, as flaws: the same requirements that the composer and the sandbox go by."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from app.hashing import form_of
from app.model import Flaw, Form
from app.platforms.meta.requirements import UNKNOWN, requirements
from app.platforms.meta.words import CALL_LABELS
from app.platforms.reading import Json, text_of
from app.platforms.server_api import Violation, Weight

MAX_UNKNOWN = 10  # keys nobody has written about that are told of one event


def shortcomings(event: Mapping[str, Json], user_data: Mapping[str, Json], found: list[Flaw]) -> list[Flaw]:
    """What an event must carry and does not, and what it carries that nobody knows; `found` is what is known already.

    A flaw's detail is a sentence fit for the user.
    """
    flaws = [_NO_TIME] if event.get("event_time") in (None, "") else []
    unknown = 0
    for violation in requirements(event, user_data):
        if _is_told(violation, event, user_data, found):
            continue
        unknown += violation.reason == UNKNOWN
        if unknown <= MAX_UNKNOWN or violation.reason != UNKNOWN:
            flaws.append(_flaw(violation))
    return flaws


def _is_told(violation: Violation, event: Mapping[str, Json], user_data: Mapping[str, Json], found: list[Flaw]) -> bool:
    """Whether something else tells the same already, or our reading of the event was more lenient than the rule."""
    field = violation.field
    match violation.reason:
        case "unknown":  # out of place
            return field in CALL_LABELS or any(flaw.field == field for flaw in found)
        case "lead-id":  # hashed
            return form_of(text_of(user_data.get("lead_id"))) not in (Form.PLAIN, Form.OTHER)
        case "processing-options":  # a list written as text; what Meta makes of it is not known
            return isinstance(event.get(field), str)
        case _:
            return False


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
