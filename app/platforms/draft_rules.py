"""What the platforms' requirements of a server event share: reading a member, advice, the order of what was found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation

from app.model import Standing
from app.platforms.reading import Json
from app.platforms.server_api import Violation, Weight

_FIRST = {weight: place for place, weight in enumerate(Weight)}


def found_in(
    event: object, index: int, rules: Callable[[Mapping[str, Json]], Iterable[Violation]]
) -> tuple[Violation, ...]:
    """What `rules` find in a decoded event, null members left out, refusals first; `index` is its place in the call.

    `event` is whatever stood there.
    """
    if not isinstance(event, Mapping):
        return (Violation("", "An event must be a JSON object.", event=index),)
    present: dict[str, Json] = {str(key): value for key, value in event.items() if value is not None}
    found = sorted(rules(present), key=lambda violation: _FIRST[violation.weight])
    return tuple(replace(violation, event=index) for violation in found)


def scalar(value: object) -> str:
    """A scalar as text; empty for anything else. Numbers are Python's here, for a draft's text was loaded."""
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def is_number(value: object) -> bool:
    """Whether it is a finite number, bare or in quotes."""
    try:
        return not isinstance(value, bool | dict | list) and Decimal(scalar(value)).is_finite()
    except InvalidOperation:
        return False


def advice(field: str, message: str, standing: Standing = Standing.OBSERVED) -> Violation:
    """Something the platform says no word about."""
    return Violation(field, message, Weight.ADVICE, standing=standing)
