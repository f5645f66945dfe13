"""A call to the Conversions API taken apart: each event's JSON text just as it stood, and the tag it is for."""

from __future__ import annotations

from app.model import Request
from app.platforms.json_text import elements, members, raw_at
from app.platforms.microsoft.place import Place, place_of, tag_of
from app.platforms.reading import plain_body
from app.platforms.reading.address import address_of

GOES_ON = "continueOnValidationError"
OF_CALL = (GOES_ON, "dataProvider")
"""Members of a call beside its events; Segment writes them into each event."""


def body_of(request: Request) -> str:
    """A request's body as text."""
    return plain_body(request).decode("utf-8", "replace")


def events_of(request: Request) -> tuple[str, ...]:
    """The events' texts in a call, or in bare JSON, whose URL is empty: an event, a list of them, or a call's body."""
    if request.url and place_of(address_of(request.url)) is not Place.API:
        return ()
    body = body_of(request)
    listed = elements(body) or elements(raw_at(body, "data"))
    return tuple(text for text in ((body,) if listed is None else listed) if is_event(text))


def is_event(text: str) -> bool:
    """Whether a text is an event of the Conversions API: an object that says which kind of event it is, or its name."""
    return not {"eventType", "eventName"}.isdisjoint(dict(members(text) or ()))


def account_of(request: Request) -> str:
    """The tag that a call is for; empty when it names none."""
    return tag_of(address_of(request.url).path) if request.url else ""
