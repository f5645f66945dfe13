"""Conversion API payloads in a backend's log, without the request around them.

    {"conversions":[{"conversion_time":"…","event_id":"tw-o9z1d-ol7lz","identifiers":[…]}]}      a call's body
    {"pixel_id":"o9z1d","auth":{…},"conversions":[…]}                                           to Stape's proxy
    {"conversion_time":"…","event_id":"tw-o9z1d-ol7lz","identifiers":[…],"conversion_id":"SO-1"}  one event

The pixel stands in the address, and in a whole tag; where nobody names one, `UNNAMED_ACCOUNT` stands in the address.
"""

from __future__ import annotations

from collections.abc import Mapping

from app.model import Request
from app.platforms.logged_payloads import InAddress, LoggedPayloads, Shape
from app.platforms.x.call import is_event
from app.platforms.x.facts import parts_of_tag
from app.platforms.x.place import API_HOST

_BASE = f"https://{API_HOST}/12/measurement/conversions/"
_AT = InAddress(lambda account: _BASE + account)


def shape(value: object) -> Shape | None:
    """An event has a tag and a time, persons or a conversion ID; a call has such events under `conversions`."""
    if isinstance(value, list):
        return Shape.EVENT if any(map(is_event, value)) else None
    if not isinstance(value, dict) or "event_name" in value:
        return None
    if is_event(value):
        return Shape.EVENT
    listed = value.get("conversions")
    return Shape.CALL if isinstance(listed, list) and any(map(is_event, listed)) else None


def call(text: str, value: object, account: str) -> Request:
    """The call around a payload, at the pixel that is named, or that its first whole tag names."""
    if isinstance(value, dict) and "conversions" in value:
        body, events = text, value["conversions"]
    elif isinstance(value, list):
        body, events = f'{{"conversions":{text}}}', value
    else:
        body, events = f'{{"conversions":[{text}]}}', [value]
    told = value.get("pixel_id") if isinstance(value, dict) else None
    pixel = account or (told if isinstance(told, str) else "") or _pixel_of(events)
    return _AT.call(body, pixel)


def _pixel_of(events: object) -> str:
    tags = (item.get("event_id") for item in events if isinstance(item, dict)) if isinstance(events, list) else ()
    return next((pixel for tag in tags if isinstance(tag, str) and (pixel := parts_of_tag(tag)[0])), "")


def status(answer: Mapping[str, object]) -> int | None:
    """The status that an answer's body came with: 200 for a number of conversions, else by the first error's code."""
    data, errors = answer.get("data"), answer.get("errors")
    if isinstance(data, dict) and "conversions_processed" in data:
        return 200
    first = errors[0] if isinstance(errors, list) and errors else None
    code = first.get("code") if isinstance(first, dict) else None
    return _STATUS.get(code, 400) if isinstance(code, str) and code.isupper() else None


_STATUS = {
    "UNAUTHORIZED_ACCESS": 401,
    "UNAUTHORIZED_CLIENT_APPLICATION": 403,
    "FORBIDDEN": 403,
    "NOT_FOUND": 404,
    "ROUTE_NOT_FOUND": 404,
    "TOO_MANY_REQUESTS": 429,
    "INTERNAL_ERROR": 500,
    "OVER_CAPACITY": 503,
    "SERVICE_UNAVAILABLE": 503,
}

LOGGED = LoggedPayloads(
    shape=shape, call=call, unnamed=_AT.unnamed, moved=_AT.moved, status=status, accounts=("pixel_id",)
)
