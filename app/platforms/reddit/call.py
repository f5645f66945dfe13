"""A server call's events as JSON text in the form of v3, whichever version they were sent in.

    {"event_at":1795169730123,"action_source":"WEBSITE","type":{"tracking_type":"PURCHASE"},"metadata":{…},"user":{…}}

An event of v2 is brought into that form, value for value, and back again where v2 is asked for: `event_type` is `type`,
`event_metadata` is `metadata`, `value_decimal` is `value`, and the time is written as ISO 8601.
"""

from __future__ import annotations

import json
from decimal import Decimal, InvalidOperation

from app.model import Request
from app.platforms.event_form import TimeForm
from app.platforms.json_text import elements, members, raw_at, text_at, with_member, with_text_at, without_at
from app.platforms.reading import plain_body
from app.platforms.reading.address import address_of
from app.platforms.reddit.place import call_of
from app.platforms.reddit.words import TRACKING_TYPES, WEB, canonical

V3, V2 = "v3", "v2.0"
VERSIONS = (V3, V2)
_RENAMED = {"event_type": "type", "event_metadata": "metadata"}
_BEFORE = {new: old for old, new in _RENAMED.items()}


def body_of(request: Request) -> str:
    """A request's body as text."""
    return plain_body(request).decode("utf-8", "replace")


def events_of(request: Request) -> tuple[str, ...]:
    """The events' texts in a call, or in bare JSON, whose URL is empty: an event, a list of them, or a call's body."""
    if request.url and call_of(address_of(request.url).path) is None:
        return ()
    body = body_of(request)
    listed = elements(body) or elements(raw_at(body, "data.events")) or elements(raw_at(body, "events"))
    texts = (body,) if listed is None else listed
    return tuple(newer(text) for text in texts if is_event(text))


def is_event(text: str) -> bool:
    """Whether a text is an event of the Conversions API: an object with a tracking type."""
    return any(raw_at(text, f"{key}.tracking_type") for key in ("type", "event_type"))


def account_of(request: Request) -> str:
    """The pixel ID in a call's address; empty when it names none."""
    found = call_of(address_of(request.url).path)
    return found.account if found else ""


def newer(text: str) -> str:
    """An event's text in the form of v3; one that has that form stays as it is, to the letter."""
    named = dict(members(text) or ())
    if not {"event_type", "event_metadata", "event_at_ms"} & named.keys():
        return text
    kept = _renamed(text, _RENAMED)
    name = text_at(kept, "type.tracking_type")
    if standard := TRACKING_TYPES.get(canonical(name)):
        kept = with_text_at(kept, "type.tracking_type", json.dumps(standard))
    at_ms = TimeForm.ISO.read(text_at(text, "event_at")) or TimeForm.MILLISECONDS.read(text_at(text, "event_at_ms"))
    if at_ms is not None:
        kept = with_member(without_at(kept, "event_at_ms"), "event_at", TimeForm.MILLISECONDS.written(at_ms))
    if decimal := raw_at(kept, "metadata.value_decimal"):
        kept = with_text_at(without_at(kept, "metadata.value_decimal"), "metadata.value", decimal)
    elif (cents := text_at(kept, "metadata.value")).isdigit():
        kept = with_text_at(kept, "metadata.value", _divided(cents))
    if "action_source" not in named:
        kept = with_member(kept, "action_source", json.dumps(WEB))
    if text_at(kept, "user.opt_out") == "true":
        kept = with_text_at(kept, "user.data_processing_options", '{"modes":["LDU"]}')
    return without_at(kept, "user.opt_out") if raw_at(kept, "user.opt_out") else kept


def older(text: str) -> str:
    """An event's text in the form of v2, which has no place for where it happened."""
    kept = _renamed(text, _BEFORE)
    for name in ("action_source", "event_source_url"):
        kept = without_at(kept, name)
    standard = canonical(text_at(text, "type.tracking_type"))
    if standard in TRACKING_TYPES:
        kept = with_text_at(kept, "event_type.tracking_type", json.dumps(standard))
    at_ms = TimeForm.MILLISECONDS.read(text_at(text, "event_at"))
    if at_ms is not None:
        kept = with_member(kept, "event_at", TimeForm.ISO.written(at_ms))
    if value := raw_at(kept, "event_metadata.value"):
        kept = with_text_at(without_at(kept, "event_metadata.value"), "event_metadata.value_decimal", value)
    return kept


def _renamed(text: str, names: dict[str, str]) -> str:
    """An object's text with some of its members under other names, each where it stood."""
    pairs = {names.get(key, key): raw for key, raw in members(text) or ()}
    return "{" + ",".join(f"{json.dumps(key)}:{raw}" for key, raw in pairs.items()) + "}"


def _divided(cents: str) -> str:
    try:
        return str(Decimal(cents) / 100)
    except InvalidOperation:
        return cents
