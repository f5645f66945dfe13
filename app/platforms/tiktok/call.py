"""A server call's events as JSON text in the form of Events API 2.0, whichever form they were sent in.

    {"event":"CompletePayment","event_time":1795169730,"event_id":"evt-7","user":{…},"page":{…},"properties":{…}}

An older event is brought into that form, value for value: `timestamp` becomes `event_time`, what stood in `context`
moves to `user` and `page`. Whatever else `context` had has no place in 2.0 and is left out. Where an event happened is
a member of the call; here it goes along with the event, as `event_source`, unless it is the web.
"""

from __future__ import annotations

import json

from app.model import Request
from app.platforms.event_form import TimeForm
from app.platforms.json_text import elements, members, raw_at, text_at, with_member, with_text_at, without_member
from app.platforms.reading import plain_body
from app.platforms.reading.address import address_of
from app.platforms.tiktok.place import Place, place_of, source_of

SOURCE = "event_source"
WEB = "web"
SOURCES = (WEB, "app", "offline", "crm")
OLDER_ACCOUNTS = {WEB: "pixel_code", "offline": "event_set_id", "app": "tiktok_app_id"}
"""The account in an older call, by where its events happened."""
ACCOUNTS = ("event_source_id", *OLDER_ACCOUNTS.values())

_MOVED = {
    "context.ad.callback": "user.ttclid",
    "context.ip": "user.ip",
    "context.user_agent": "user.user_agent",
    "context.page": "page",
    **{f"context.device.{key}": f"user.{key}" for key in ("idfa", "idfv", "gaid")},
}
_USER = {"phone_number": "phone"}  # the customer's keys that changed; the others only moved
OLDER_PATHS = {new: old for old, new in _MOVED.items()} | {
    "event_time": "timestamp",
    "user.phone": "context.user.phone_number",
}
"""Where a value of an event stands in the older form, unless it is the customer's: those are under `context.user`."""
_OF_CALL = (*OLDER_ACCOUNTS.values(), "test_event_code", "partner_name", "context", "timestamp", "type")
_OF_NEWER = ("event_time", "user", "page", "ad", "app", "lead", SOURCE)


def body_of(request: Request) -> str:
    """A request's body as text."""
    return plain_body(request).decode("utf-8", "replace")


def events_of(request: Request) -> tuple[str, ...]:
    """The events' texts in a call, or in bare JSON, whose URL is empty: an event, a list of them, or a call's body."""
    body = body_of(request)
    address = address_of(request.url)
    place = place_of(address) if request.url else Place.EVENTS_API
    if place not in (Place.EVENTS_API, Place.TRACK, Place.BATCH):
        return ()
    listed = elements(body) or elements(raw_at(body, "data")) or elements(raw_at(body, "batch"))
    texts = (body,) if listed is None else listed
    source = text_at(body, SOURCE) or source_of(address.path)
    return tuple(_with_source(newer(text), source) for text in texts if is_event(text))


def is_event(text: str) -> bool:
    """Whether a text is an event of the Events API: an object that names its event."""
    return "event" in dict(members(text) or ())


def newer(text: str) -> str:
    """An event's text in the form of 2.0; one that has that form stays as it is, to the letter."""
    named = dict(members(text) or ())
    if "event_time" in named or not {"timestamp", "context"} & named.keys():
        return text
    kept = _without(text, _OF_CALL)
    at_ms = TimeForm.ISO.read(text_at(text, "timestamp"))
    if at_ms is not None:
        kept = with_member(kept, "event_time", TimeForm.SECONDS.written(at_ms))
    for key, raw in members(raw_at(text, "context.user")) or ():
        kept = with_text_at(kept, f"user.{_USER.get(key, key)}", raw)
    for old, new in _MOVED.items():
        if raw := raw_at(text, old):
            kept = with_text_at(kept, new, raw)
    return kept


def older(text: str, account: str) -> str:
    """An event's text in the older form, which is all that TikTok's own SDK can send."""
    kept = with_member(_without(text, _OF_NEWER), "pixel_code", json.dumps(account))
    at_ms = TimeForm.SECONDS.read(text_at(text, "event_time"))
    if at_ms is not None:
        kept = with_member(kept, "timestamp", TimeForm.ISO.written(at_ms))
    for key, raw in members(raw_at(text, "user")) or ():
        path = f"user.{key}"
        kept = with_text_at(kept, OLDER_PATHS.get(path, f"context.{path}"), raw)
    for path in ("page", "ad"):
        if raw := raw_at(text, path):
            kept = with_text_at(kept, f"context.{path}", raw) if not raw_at(kept, f"context.{path}") else kept
    return kept


def account_of(request: Request) -> str:
    """The pixel code that a call names; empty when it names none."""
    body = body_of(request)
    first = next(iter(elements(raw_at(body, "batch")) or ()), "{}")
    named = (text_at(text, key) for text in (body, first) for key in ACCOUNTS)
    return next(filter(None, named), "")


def _without(text: str, names: tuple[str, ...]) -> str:
    for name in names:
        text = without_member(text, name)
    return text


def _with_source(text: str, source: str) -> str:
    return with_member(text, SOURCE, json.dumps(source)) if source != WEB else text
