"""Conversions API payloads in a backend's log, without the request around them.

{"data":[{"eventType":"custom","eventName":"purchase","eventId":"evt-7","eventTime":1795169730}],"dataProvider":"…"}
{"eventType":"custom","eventName":"purchase","eventTime":1795169730,"userData":{…}}       one event of such a call
"""

from __future__ import annotations

from collections.abc import Mapping

from app.model import Request
from app.platforms.logged_payloads import InAddress, LoggedPayloads, Shape, in_data
from app.platforms.microsoft.place import API_HOST

_MEMBERS = frozenset({"userData", "customData", "eventSourceUrl", "adStorageConsent", "pageLoadId"})


def shape(value: object) -> Shape | None:
    """A bare event has an `eventType`, or an `eventName` beside members that only this API has; a call such events."""
    if isinstance(value, list):
        return Shape.EVENT if any(map(_named, value)) else None
    if _named(value):
        return Shape.EVENT
    data = value.get("data") if isinstance(value, dict) else None
    return Shape.CALL if isinstance(data, list) and any(map(_named, data)) else None


def _named(value: object) -> bool:
    if not isinstance(value, dict) or "event_name" in value or "eventTime" not in value:
        return False
    typed = value.get("eventType") in ("pageLoad", "custom")
    return typed or (isinstance(value.get("eventName"), str) and not _MEMBERS.isdisjoint(value))


def call(text: str, value: object, account: str) -> Request:
    """The call around a payload. What is no tag's number, as a log entry's own `id`, names no account."""
    body = in_data(text, value, event=_named(value))
    known = account if account.isascii() and account.isdecimal() and len(account) <= 20 else ""
    return _AT.call(body, known)


def _address(account: str) -> str:
    return f"https://{API_HOST}/v1/{account}/events"


_AT = InAddress(_address)


def status(answer: Mapping[str, object]) -> int | None:
    """An answer to events has their number and a trace; a refusal has an error instead, or none received."""
    if "traceId" not in answer or not ({"eventsReceived", "error"} & answer.keys()):
        return None
    return 400 if "error" in answer and not answer.get("eventsReceived") else 200


LOGGED = LoggedPayloads(
    shape=shape, call=call, unnamed=_AT.unnamed, moved=_AT.moved, status=status, accounts=("tagId", "uetTagId")
)
