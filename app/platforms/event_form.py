"""Where the composer finds things in a server event's JSON text, and how its fields are called.

Paths have dots between an object's names: `user_data.em`. The text is edited in place (`json_text`), so that what
nobody touches stays as it was, to the byte.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple

from app.platforms.json_text import text_at, with_text_at


class TimeForm(StrEnum):
    """How a platform writes a moment."""

    SECONDS = "s"
    MILLISECONDS = "ms"
    MICROSECONDS = "µs"
    ISO = "ISO 8601"

    def written(self, at_ms: int) -> str:
        """A moment as JSON text."""
        match self:
            case TimeForm.SECONDS:
                return str(at_ms // 1000)
            case TimeForm.MILLISECONDS:
                return str(at_ms)
            case TimeForm.MICROSECONDS:
                return str(at_ms * 1000)
        return json.dumps(f"{datetime.fromtimestamp(at_ms / 1000, UTC):%Y-%m-%dT%H:%M:%S}.{at_ms % 1000:03}Z")

    def read(self, text: str) -> int | None:
        """A moment from its text without quotes; None for what is none of this form."""
        if self is TimeForm.ISO:
            try:
                return round(datetime.fromisoformat(text).timestamp() * 1000)
            except ValueError:
                return None
        if not (text.isascii() and text.isdigit() and len(text) < 20):
            return None
        return {TimeForm.SECONDS: int(text) * 1000, TimeForm.MICROSECONDS: int(text) // 1000}.get(self, int(text))


class FormField(NamedTuple):
    """One field the composer offers. `number` says that what is typed into an absent one is a number."""

    path: str
    label: str
    number: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EventForm:
    """An event's fields. A path is empty where the platform has no such thing.

    `objects` are the paths whose members are shown as fields of their own (`user`; `identifiers[]` for a list of
    objects), `numbers` those of further fields that are numbers. `email` may lead to one value or to a list of them
    (`email_listed`).
    """

    fields: tuple[FormField, ...]
    objects: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    name: str
    event_id: str
    time: str = ""
    time_form: TimeForm = TimeForm.SECONDS
    value: str = ""
    currency: str = ""
    email: str = ""
    email_listed: bool = False

    def is_number(self, path: str) -> bool:
        """Whether what is typed into an absent field is a number."""
        return path in self.numbers or any(each.number for each in self.fields if each.path == path)

    def at_time(self, event: str, at_ms: int) -> str:
        """The event's text with another time, ms UTC; as it stands where the platform takes none."""
        return with_text_at(event, self.time, self.time_form.written(at_ms)) if self.time else event

    def id_of(self, event: str) -> str:
        """The event ID in an event's text; empty when there is none."""
        return text_at(event, self.event_id) if self.event_id else ""
