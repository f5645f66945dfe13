"""Conversions API payloads in a backend's log, without the request around them."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from app.model import Request
from app.platforms.logged_payloads import InAddress, LoggedPayloads, Shape, in_data
from app.platforms.meta.door import GRAPH_HOST


def shape(value: object) -> Shape | None:
    """A bare event has an `event_name`, a call such events under `data`."""
    if isinstance(value, list):
        return Shape.EVENT if any(map(_named, value)) else None
    if _named(value):
        return Shape.EVENT
    data = value.get("data") if isinstance(value, dict) else None
    return Shape.CALL if isinstance(data, list) and any(map(_named, data)) else None


def _named(value: object) -> bool:
    return isinstance(value, dict) and "event_name" in value


def call(text: str, value: object, account: str) -> Request:
    """The call around a payload, at the place where the account stands: in the address.

    What is no dataset's number, as a log entry's own `id`, names no account.
    """
    body = in_data(text, value, event=_named(value))
    known = account if account.isascii() and account.isdecimal() else ""
    return _AT.call(body, known)


def _address(account: str) -> str:
    return f"https://{GRAPH_HOST}/{quote(account, safe='')}/events"


_AT = InAddress(_address)


def status(answer: Mapping[str, object]) -> int | None:
    """A refusal has an `error`, an answer to events that were taken their number."""
    if "error" in answer:
        return 400
    return 200 if "events_received" in answer else None


LOGGED = LoggedPayloads(
    shape=shape, call=call, unnamed=_AT.unnamed, moved=_AT.moved, status=status, accounts=("pixel_id", "dataset_id")
)
