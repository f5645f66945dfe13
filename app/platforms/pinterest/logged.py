"""Payloads of the API for Conversions in a backend's log, without the request around them.

    {"data":[{"event_name":"checkout","action_source":"web","event_time":1795169730,"user_data":{…}}]}
    {"event_name":"checkout","action_source":"web",…}                               one event of such a call

Other platforms name their events in the same way, so a payload is Pinterest's by its `action_source` alone. The account
stands in the address; where nobody names one, it is `UNNAMED_ACCOUNT`.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from app.model import Request
from app.platforms.logged_payloads import InAddress, LoggedPayloads, Shape, in_data
from app.platforms.pinterest.call import OLDER_ACCOUNT, SOURCE, SOURCES
from app.platforms.pinterest.place import API_HOST
from app.platforms.reading.fields import text_at


def shape(value: object) -> Shape | None:
    """A bare event says in Pinterest's words where it happened, a call has such events under `data`."""
    if isinstance(value, list):
        return Shape.EVENT if any(map(_own, value)) else None
    if _own(value):
        return Shape.EVENT
    data = value.get("data") if isinstance(value, dict) else None
    return Shape.CALL if isinstance(data, list) and any(map(_own, data)) else None


def _own(value: object) -> bool:
    return isinstance(value, dict) and "event_name" in value and value.get(SOURCE) in SOURCES


def call(text: str, value: object, account: str) -> Request:
    """The call around a payload, at the place where the account stands: in the address."""
    body = in_data(text, value, event=_own(value))
    named = account if _is_account(account) else _older_account(value)
    return _AT.call(body, named)


def _older_account(value: object) -> str:
    """The ad account that an event of v3 names itself; empty where there is none."""
    listed = value.get("data", [value]) if isinstance(value, dict) else value
    first = listed[0] if isinstance(listed, list) and listed else None
    named = text_at(first, OLDER_ACCOUNT) if isinstance(first, dict) else None
    return named if named and _is_account(named) else ""


def _is_account(text: str) -> bool:
    return text.isascii() and text.isdecimal()


def _address(account: str) -> str:
    return f"https://{API_HOST}/v5/ad_accounts/{quote(account, safe='')}/events"


_AT = InAddress(_address)


def status(answer: Mapping[str, object]) -> int | None:
    """An answer that counts its events came with 200; of a refusal without its status, other platforms may be."""
    return 200 if "num_events_received" in answer else None


LOGGED = LoggedPayloads(
    shape=shape,
    call=call,
    unnamed=_AT.unnamed,
    moved=_AT.moved,
    status=status,
    accounts=("ad_account_id", OLDER_ACCOUNT),
)
