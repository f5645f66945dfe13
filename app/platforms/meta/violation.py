"""What it means to break one of Meta's rules for server events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.model import Standing


class Weight(StrEnum):
    """What the platform does about a violation."""

    REFUSED = "refused"  # the whole call fails
    WARNED = "warned"  # taken, with a word in `messages`
    ADVICE = "advice"  # no word from Meta; only we say so


@dataclass(frozen=True, slots=True)
class Violation:
    """One rule an event breaks. `field` is the path in the event: `event_time`, `user_data.em`; empty: the whole event.

    `subcode` is Meta's where one is known; the code is always 100. `message` is ours, fit to stand beside the field.
    `event` is the event's place in its call. `reason` says what kind of thing is wrong; None: something is missing.
    """

    field: str
    message: str
    weight: Weight = Weight.REFUSED
    title: str = "Invalid parameter"
    subcode: int | None = None
    standing: Standing = Standing.DOCUMENTED
    event: int = 0
    reason: str | None = None

    @property
    def refused(self) -> bool:
        return self.weight is Weight.REFUSED

    @property
    def blamed(self) -> str:
        """The field as Meta spells it: `data[0][user_data][em]`."""
        parts = self.field.split(".") if self.field else []
        return "".join([f"data[{self.event}]", *(f"[{part}]" for part in parts)])


def text_of(value: object) -> str:
    """A JSON scalar as the platform reads it; empty for what is no scalar."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else ""


def object_at(event: Mapping[str, object], key: str) -> Mapping[str, object]:
    """An object's member that is an object itself, less its nulls; empty when there is none."""
    found = event.get(key)
    if not isinstance(found, Mapping):
        return {}
    return {str(name): value for name, value in found.items() if value is not None}
