"""A server call's events as JSON text, and the conversion rule that each is for.

    {"conversion":"urn:lla:llaPartnerConversion:20529388","conversionHappenedAt":1795169730123,"eventId":"evt-7",…}

In a draft the rule is the account, and an event names one only where it is for another.
"""

from __future__ import annotations

import json

from app.model import Request
from app.platforms.json_text import elements, members, raw_at, text_at, without_member
from app.platforms.linkedin.place import is_call
from app.platforms.linkedin.server import rule_in
from app.platforms.reading import plain_body
from app.platforms.reading.address import address_of

RULE, TIME, ID = "conversion", "conversionHappenedAt", "eventId"
URN = "urn:lla:llaPartnerConversion:"


def body_of(request: Request) -> str:
    """A request's body as text."""
    return plain_body(request).decode("utf-8", "replace")


def events_of(request: Request) -> tuple[str, ...]:
    """The events' texts in a call, or in bare JSON, whose URL is empty: an event, a list of them, or a batch's body."""
    if request.url and not is_call(address_of(request.url).path):
        return ()
    body = body_of(request)
    listed = elements(body) or elements(raw_at(body, "elements"))
    return tuple(text for text in ((body,) if listed is None else listed) if is_event(text))


def is_event(text: str) -> bool:
    """Whether a text is an event: an object that says when the conversion happened, or for which rule."""
    return not {RULE, TIME}.isdisjoint(dict(members(text) or ()))


def rule_of(text: str) -> str:
    """The number of an event's rule; empty when it names none."""
    return rule_in(text_at(text, RULE))


def with_rule(text: str, account: str) -> str:
    """An event as it is sent: for its own rule, else for the draft's, which stands first."""
    kept = members(text)
    if kept is None or RULE in dict(kept):
        return text
    head = f"{json.dumps(RULE)}:{json.dumps(f'{URN}{account}')}"
    return "{" + ",".join((head, *(f"{json.dumps(name)}:{raw}" for name, raw in kept))) + "}"


def without_rule(text: str, account: str) -> str:
    """An event as a draft holds it: its rule left out where it is the draft's, in the due form."""
    return without_member(text, RULE) if text_at(text, RULE) == f"{URN}{account}" else text
