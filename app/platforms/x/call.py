"""A server call's events as JSON text, as they stand in its body."""

from __future__ import annotations

from app.model import Request
from app.platforms.json_text import elements, members, raw_at, text_at
from app.platforms.reading import plain_body
from app.platforms.reading.address import address_of
from app.platforms.x.place import is_call, pixel_of

PERSON = "identifiers"
_TIMES = frozenset({"conversion_time", "conversion_timestamp"})
_MARKS = frozenset({PERSON, "conversion_id"})


def body_of(request: Request) -> str:
    """A request's body as text."""
    return plain_body(request).decode("utf-8", "replace")


def events_of(request: Request) -> tuple[str, ...]:
    """The events' texts in a call, or in bare JSON, whose URL is empty: an event, a list of them, or a call's body."""
    if request.url and not is_call(address_of(request.url).path):
        return ()
    body = body_of(request)
    listed = elements(body) or elements(raw_at(body, "conversions"))
    texts = (body,) if listed is None else listed
    return tuple(text for text in texts if is_event(dict(members(text) or ())))


def is_event(named: object) -> bool:
    """Whether something is an event of the Conversion API: it has a tag, and a time, persons or a conversion ID."""
    return isinstance(named, dict) and "event_id" in named and not (_TIMES | _MARKS).isdisjoint(named)


def account_of(request: Request) -> str:
    """The pixel that a call names in its address, or to Stape's proxy in its body; empty when it names none."""
    return pixel_of(address_of(request.url).path) or text_at(body_of(request), "pixel_id")
