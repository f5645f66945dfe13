"""Conversions API payloads in a backend's log, without the request around them.

    {"data":{"events":[{"event_at":1795169730123,"type":{"tracking_type":"PURCHASE"},"metadata":{…}}]}}     v3
    {"events":[{"event_at":"2026-11-20T10:15:30Z","event_type":{"tracking_type":"Purchase"}}]}              v2
    {"event_at":1795169730123,"type":{"tracking_type":"PURCHASE"}}                          one event of such a call

The account stands in the address alone, so a log that names none leaves it open.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from app.model import UNNAMED_ACCOUNT, Request
from app.platforms.logged_payloads import LoggedPayloads, Shape, logged_call
from app.platforms.reading.address import address_of
from app.platforms.reddit.place import API_HOST, call_of

_V3 = f"https://{API_HOST}/api/v3/pixels/{{}}/conversion_events"
_V2 = f"https://{API_HOST}/api/v2.0/conversions/events/{{}}"


def shape(value: object) -> Shape | None:
    """A bare event has a tracking type in its type; a call has such events."""
    if _is_event(value) or (isinstance(value, list) and any(map(_is_event, value))):
        return Shape.EVENT
    return Shape.CALL if any(map(_is_event, _events(value))) else None


def _is_event(value: object) -> bool:
    if not isinstance(value, dict):
        return False
    kinds = (value.get("type"), value.get("event_type"))
    return any(isinstance(kind, dict) and "tracking_type" in kind for kind in kinds)


def _events(value: object) -> list[object]:
    """The events of a call's body, in either version's place."""
    inner = value.get("data", value) if isinstance(value, dict) else None
    listed = inner.get("events") if isinstance(inner, dict) else None
    return listed if isinstance(listed, list) else []


def call(text: str, value: object, account: str) -> Request:
    """The call around a payload. Its version is told by what its events call their type."""
    alone = _is_event(value)
    events = [value] if alone else value if isinstance(value, list) else _events(value)
    newer = any(isinstance(each, dict) and "type" in each for each in events)
    if alone or isinstance(value, list):
        listed = f"[{text}]" if alone else text
        text = f'{{"data":{{"events":{listed}}}}}' if newer else f'{{"events":{listed}}}'
    url = (_V3 if newer else _V2).format(account or UNNAMED_ACCOUNT)
    return logged_call(url, text)


def unnamed(request: Request) -> bool:
    """Whether it is such a call and nobody named its account."""
    return request.url in (_V3.format(UNNAMED_ACCOUNT), _V2.format(UNNAMED_ACCOUNT))


def moved(request: Request, account: str) -> Request:
    """The call at another account."""
    at = call_of(address_of(request.url).path)
    newer = at is not None and request.url == _V3.format(at.account)
    return replace(request, url=(_V3 if newer else _V2).format(account))


def status(answer: Mapping[str, object]) -> int | None:
    """The status that goes with an answer's words; None for one that is not Reddit's."""
    inner = answer.get("data", answer)
    message = inner.get("message") if isinstance(inner, dict) else None
    if isinstance(message, str) and "conversion events" in message:
        return 200 if message.startswith("Successfully") else 400
    error = answer.get("error")
    told = isinstance(error, dict) and {"reason", "explanation"} <= error.keys()
    return (401 if error.get("reason") == "UNAUTHORIZED" else 403) if told and isinstance(error, dict) else None


LOGGED = LoggedPayloads(shape=shape, call=call, unnamed=unnamed, moved=moved, status=status, accounts=("pixel_id",))
