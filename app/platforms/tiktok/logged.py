"""Events API payloads in a backend's log, without the request around them.

    {"event_source":"web","event_source_id":"CQ7…","data":[{"event":"CompletePayment","event_time":1795169730}]}
    {"event":"CompletePayment","event_time":1795169730,"user":{…},"properties":{…}}     one event of such a call
    {"pixel_code":"CQ7…","event":"CompletePayment","timestamp":"…","context":{…}}       the older form's
    {"pixel_code":"CQ7…","batch":[…]}

The account stands in the body. Where nobody names one, `UNNAMED_ACCOUNT` is put in front of everything else.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from msgspec.structs import replace

from app.model import UNNAMED_ACCOUNT, Request
from app.platforms.logged_payloads import LoggedPayloads, Shape, logged_call
from app.platforms.reading.fields import text_at
from app.platforms.tiktok.place import API_HOST
from app.platforms.tiktok.server import ACCOUNTS

_API = f"https://{API_HOST}/open_api/v1.3"
_EVENTS, _TRACK, _BATCH = f"{_API}/event/track/", f"{_API}/pixel/track/", f"{_API}/pixel/batch/"
_ACCOUNT_OF = {_EVENTS: "event_source_id", _TRACK: "pixel_code", _BATCH: "pixel_code"}


def shape(value: object) -> Shape | None:
    """A bare event has `event` and its time or its context; a call has such events, or an event source."""
    if isinstance(value, list):
        return Shape.EVENT if any(map(_named, value)) else None
    if not isinstance(value, dict) or "event_name" in value:
        return None
    if _named(value):
        return Shape.EVENT
    for key in ("data", "batch"):
        listed = value.get(key)
        if isinstance(listed, list) and (any(map(_named, listed)) or (_source(value) and not _foreign(listed))):
            return Shape.CALL
    return None


def _named(value: object) -> bool:
    """Whether it is an event; a log's own line may say `event`, too, and a timestamp."""
    if not isinstance(value, dict) or not isinstance(value.get("event"), str) or "event_name" in value:
        return False
    return "event_time" in value or _older(value)


def _older(value: Mapping[str, object]) -> bool:
    """Whether an event has the older form."""
    context = value.get("context")
    if isinstance(context, dict) and not {"user", "page", "ad", "pixel"}.isdisjoint(context):
        return True
    return "pixel_code" in value and not {"context", "properties", "event_id"}.isdisjoint(value)


def _source(value: Mapping[str, object]) -> bool:
    return any(isinstance(value.get(key), str) for key in ("event_source", *ACCOUNTS))


def _foreign(listed: list[object]) -> bool:
    return any(isinstance(item, dict) and "event_name" in item for item in listed)


def call(text: str, value: object, account: str) -> Request:
    """The call around a payload, which names its account itself or gets it in front."""
    url, body = _around(text, value)
    if not _names_account(value):
        body = _with_account(body, _ACCOUNT_OF[url], account or UNNAMED_ACCOUNT)
    return logged_call(url, body)


def _names_account(value: object) -> bool:
    """Whether a payload, or an event in it, says whose it is."""
    if isinstance(value, list):
        return any(map(_names_account, value))
    if not isinstance(value, dict):
        return False
    own = any(text_at(value, key) for key in ACCOUNTS)
    return own or any(_names_account(value[key]) for key in ("data", "batch") if isinstance(value.get(key), list))


def _around(text: str, value: object) -> tuple[str, str]:
    """The address a payload goes to, and the call's body."""
    if isinstance(value, list):
        older = any(isinstance(item, dict) and _is_track(item) for item in value)
        return (_BATCH, f'{{"batch":{text}}}') if older else (_EVENTS, f'{{"event_source":"web","data":{text}}}')
    if isinstance(value, dict) and _named(value):
        if _is_track(value):
            return _TRACK, text
        source = text_at(value, "event_source_id")
        head = f'"event_source_id":{json.dumps(source)},' if source else ""
        return _EVENTS, f'{{{head}"event_source":"web","data":[{text}]}}'
    return (_BATCH if isinstance(value, dict) and "batch" in value else _EVENTS), text


def _is_track(value: Mapping[str, object]) -> bool:
    return "event_time" not in value


def _with_account(body: str, key: str, account: str) -> str:
    inner = body.lstrip()[1:]
    comma = "" if inner.lstrip().startswith("}") else ","
    return f"{_head(key, account)}{comma}{inner}"


def _head(key: str, account: str) -> str:
    return f"{{{json.dumps(key)}:{json.dumps(account)}"


def unnamed(request: Request) -> bool:
    """Whether it is such a call and nobody named its account."""
    key = _ACCOUNT_OF.get(request.url)
    return key is not None and request.body.startswith(_head(key, UNNAMED_ACCOUNT).encode())


def moved(request: Request, account: str) -> Request:
    """The call at another account."""
    key = _ACCOUNT_OF[request.url]
    rest = request.body.removeprefix(_head(key, UNNAMED_ACCOUNT).encode())
    return replace(request, body=_head(key, account).encode() + rest)


def status(answer: Mapping[str, object]) -> int | None:
    """TikTok answers 200 whatever it says; the code in the body tells how it went."""
    code = answer.get("code")
    told = isinstance(code, int) and not isinstance(code, bool) and isinstance(answer.get("message"), str)
    return 200 if told else None


LOGGED = LoggedPayloads(
    shape=shape, call=call, unnamed=unnamed, moved=moved, status=status, accounts=("pixel_code", "event_source_id")
)
