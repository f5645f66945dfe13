"""Payloads of the Conversions API without a request around them, as a backend logs them.

    {"conversion":"urn:lla:llaPartnerConversion:20529388","conversionHappenedAt":1795169730123,"user":{…}}    one event
    {"elements":[…]}                                                                                          a batch

The rule stands in the event, and is all the account there is. Where an event names none, `UNNAMED_ACCOUNT` is put in
front of everything else.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from app.model import UNNAMED_ACCOUNT, Request
from app.platforms.linkedin.call import RULE, TIME, URN
from app.platforms.linkedin.place import API_HOST
from app.platforms.logged_payloads import LoggedPayloads, Shape, logged_call

_CALLS = f"https://{API_HOST}/rest/conversionEvents"


def shape(value: object) -> Shape | None:
    """A bare event has its time and its rule or its person; a call has such events under `elements`."""
    if isinstance(value, list):
        return Shape.EVENT if any(map(_is_event, value)) else None
    if not isinstance(value, dict):
        return None
    if _is_event(value):
        return Shape.EVENT
    listed = value.get("elements")
    return Shape.CALL if isinstance(listed, list) and any(map(_is_event, listed)) else None


def _is_event(value: object) -> bool:
    return isinstance(value, dict) and TIME in value and (RULE in value or "user" in value)


def call(text: str, value: object, account: str) -> Request:
    """The call around a payload."""
    body = f'{{"elements":{text}}}' if isinstance(value, list) else text
    if isinstance(value, dict) and RULE not in value and "elements" not in value:
        body = f"{_head(account or UNNAMED_ACCOUNT)}{text.lstrip()[1:]}"
    return logged_call(_CALLS, body)


def _head(account: str) -> str:
    return f'{{"{RULE}":"{URN}{account}",'


def unnamed(request: Request) -> bool:
    """Whether it is such a call and nobody named its rule."""
    return request.url == _CALLS and request.body.startswith(_head(UNNAMED_ACCOUNT).encode())


def moved(request: Request, account: str) -> Request:
    """The call for another rule."""
    rest = request.body.removeprefix(_head(UNNAMED_ACCOUNT).encode())
    return replace(request, body=_head(account).encode() + rest)


def status(answer: Mapping[str, object]) -> int | None:
    """LinkedIn repeats the HTTP status in a refusal; a batch's answer has one for each element."""
    said = answer.get("status")
    if isinstance(said, int) and not isinstance(said, bool) and 400 <= said < 600 and "message" in answer:
        return said
    listed = answer.get("elements")
    each = [item.get("status") for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
    return 200 if each and all(isinstance(one, int) for one in each) else None


LOGGED = LoggedPayloads(shape=shape, call=call, unnamed=unnamed, moved=moved, status=status, accounts=(RULE,))
