"""Conversions API payloads in a backend's log, without the request around them.

    {"data":[{"event_name":"PURCHASE","event_time":1795169730,"action_source":"WEB","user_data":{…}}]}
    {"event_name":"PURCHASE","event_time":1795169730,"action_source":"WEB",…}        one event of such a call
    [{"pixel_id":"8a6f…","event_type":"PURCHASE","event_conversion_type":"WEB",…}]   v2's

An event of v3 looks like another platform's; it is Snapchat's by its action source in capital letters, by `sc_…` in
its user data, or by its name. The account of v3 stands in the address, that of v2 in the events.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import quote

from msgspec.structs import replace

from app.model import UNNAMED_ACCOUNT, Request
from app.platforms.logged_payloads import LoggedPayloads, Shape, in_data, logged_call
from app.platforms.snapchat.call import SOURCES
from app.platforms.snapchat.place import HOST
from app.platforms.snapchat.words import STEPS

_V2 = f"https://{HOST}/v2/conversion"
_UNNAMED = f'[{{"pixel_id":{json.dumps(UNNAMED_ACCOUNT)}'


def shape(value: object) -> Shape | None:
    """A bare event has Snapchat's words; a call has such events under `data`."""
    if isinstance(value, list):
        return Shape.EVENT if any(map(_is_ours, value)) else None
    if _is_ours(value):
        return Shape.EVENT
    data = value.get("data") if isinstance(value, dict) else None
    return Shape.CALL if isinstance(data, list) and any(map(_is_ours, data)) else None


def _is_ours(value: object) -> bool:
    if not isinstance(value, dict):
        return False
    if "event_name" not in value:
        return _is_older(value)
    user = value.get("user_data")
    if isinstance(user, dict) and any(str(key).startswith("sc_c") for key in user):
        return True
    source = value.get("action_source")
    return source in SOURCES if source is not None else str(value["event_name"]) in STEPS


def _is_older(value: Mapping[str, object]) -> bool:
    return "event_type" in value and not {"event_conversion_type", "hashed_email", "uuid_c1"}.isdisjoint(value)


def call(text: str, value: object, account: str) -> Request:
    """The call around a payload: v3's, whose account stands in the address, or v2's."""
    first = value[0] if isinstance(value, list) and value else value
    data = value.get("data") if isinstance(value, dict) else None
    first = data[0] if isinstance(data, list) and data else first
    if isinstance(first, dict) and "event_name" not in first and _is_older(first):
        return logged_call(_V2, _older_body(text, value, first, account))
    body = in_data(text, value, event=isinstance(value, dict) and "event_name" in value)
    return logged_call(_address(account or UNNAMED_ACCOUNT), body)


def _older_body(text: str, value: object, first: Mapping[str, object], account: str) -> str:
    """v2's list; where its first event names no pixel, one is put in front of the event."""
    if isinstance(value, dict) and "data" in value:
        return text
    listed = text.strip() if isinstance(value, list) else f"[{text.strip()}]"
    if any(first.get(key) for key in ("pixel_id", "snap_app_id", "app_id")):
        return listed
    return f'[{{"pixel_id":{json.dumps(account or UNNAMED_ACCOUNT)},{listed[1:].lstrip()[1:]}'


def unnamed(request: Request) -> bool:
    """Whether it is such a call and nobody named its account."""
    return request.url == _address(UNNAMED_ACCOUNT) or (
        request.url == _V2 and request.body.startswith(_UNNAMED.encode())
    )


def moved(request: Request, account: str) -> Request:
    """The call at another account."""
    if request.url == _V2:
        rest = request.body.removeprefix(_UNNAMED.encode())
        return replace(request, body=f'[{{"pixel_id":{json.dumps(account)}'.encode() + rest)
    return replace(request, url=_address(account))


def _address(account: str) -> str:
    return f"https://{HOST}/v3/{quote(account, safe='')}/events"


def status(answer: Mapping[str, object]) -> int | None:
    """The HTTP status that an answer's body came with."""
    return {"VALID": 200, "SUCCESS": 200, "INVALID": 400, "FAILED": 400}.get(str(answer.get("status")))


LOGGED = LoggedPayloads(shape=shape, call=call, unnamed=unnamed, moved=moved, status=status)
