"""A stand-in for TikTok's Events API: a request in, the documented answer out, no network.

    POST https://business-api.tiktok.com/open_api/v1.3/event/track/     Access-Token: …
    200 {"code":0,"message":"OK","request_id":"20261120101530AAAA","data":{}}
    200 {"code":40002,"message":"data.0.properties.contents.0.content_id: Not a valid string.","request_id":"…"}

HTTP is 200 for refusals, too; only `code` tells. One bad event refuses the whole call, and the message begins with the
path of the first wrong field. The older `/pixel/track/` and `/pixel/batch/` are answered alike, with paths in their own
form. Any token is good, save the names in `TOKENS`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from app.model import Request, Response
from app.platforms.json_text import loaded, text_at
from app.platforms.reading.address import address_of
from app.platforms.sandbox import Fault, Faults, html_error, page_answer
from app.platforms.server_api import Violation
from app.platforms.tiktok.call import OLDER_ACCOUNTS, OLDER_PATHS, SOURCE, SOURCES, body_of, newer
from app.platforms.tiktok.place import TOKEN_HEADER, Place, place_of, source_of
from app.platforms.tiktok.requirements import MAX_EVENTS, violations

MAX_BATCH = 50


class _Said(NamedTuple):
    """An answer, still without its request ID."""

    code: int
    message: str = "OK"
    data: dict[str, object] | None = None


TOKENS: Mapping[str, _Said] = {
    "sandbox-invalid": _Said(40105, "Access token is incorrect or has been revoked."),
    "sandbox-expired": _Said(40102, "Access token has expired."),
    "sandbox-no-permission": _Said(40001, "No permission to operate pixel."),
    "sandbox-wrong-account": _Said(40001, "No permission to operate pixel."),
}
"""Tokens the sandbox refuses, by name."""

_FAULTS: Mapping[Fault, _Said] = {
    Fault.UNKNOWN_ERROR: _Said(50000, "Internal service error."),
    Fault.UNAVAILABLE: _Said(50002, "Internal service is unavailable. Please try again later."),
    Fault.RATE_LIMITED: _Said(40100, "Too many requests. Please retry in some time."),
    Fault.TOKEN_INVALID: TOKENS["sandbox-invalid"],
    Fault.TOKEN_EXPIRED: TOKENS["sandbox-expired"],
    Fault.NO_PERMISSION: TOKENS["sandbox-no-permission"],
}
_POSTED = (Place.EVENT, Place.ACTIVITY, Place.MEASUREMENT)
_SCRIPT = re.compile(r"^/i18n/pixel/|\.js$")


def answer(request: Request, now_ms: int, faults: Faults | None = None) -> Response:
    """What the Events API says to a request at `now_ms`. Never raises; junk gets the refusal it would get there."""
    fault = faults.fault if faults else None
    if fault is Fault.HTML:
        return html_error()
    said = _FAULTS[fault] if fault is not None and fault in _FAULTS else _answered(request, now_ms)
    if fault is Fault.PARTIAL and said.code == 0:
        failed = [{"order_in_request": 0, "error_message": "Could not be processed."}]
        said = _Said(20001, "Partially successful: 1 event could not be processed.", {"failed_events": failed})
    body = {"code": said.code, "message": said.message, "request_id": _number(request, now_ms), "data": said.data or {}}
    return Response(200, (("Content-Type", "application/json"),), json.dumps(body).encode())


def page(request: Request) -> Response:
    """What a page gets: the pixel's posts are taken, its library and its configuration have a stand-in."""
    if place_of(address_of(request.url)) not in _POSTED:
        return page_answer(request, script=_SCRIPT)
    allowed = {
        "access-control-allow-origin": request.header("origin") or "*",
        "access-control-allow-credentials": "true",
        "access-control-allow-headers": "content-type",
    }
    return Response(200, (("content-type", "application/json"), *allowed.items()), b'{"code":0,"message":"OK"}')


def _answered(request: Request, now_ms: int) -> _Said:
    token = request.header(TOKEN_HEADER).strip()
    if not token:
        return _Said(40104, "Access token is empty.")
    if token in TOKENS:
        return TOKENS[token]
    address = address_of(request.url)
    place = place_of(address)
    if place not in (Place.EVENTS_API, Place.TRACK, Place.BATCH):
        return _Said(40002, "There is no such path.")
    if request.method != "POST":
        return _Said(40002, f"{request.method} is not supported here.")
    body = loaded(body_of(request))
    if not isinstance(body, dict):
        return _Said(40002, "Request body is not valid JSON.")
    if place is Place.EVENTS_API:
        return _of_call(body, now_ms)
    wrong = _missing_account(body, OLDER_ACCOUNTS[source_of(address.path)])
    if place is Place.BATCH:
        return wrong or _of_list(body, "batch", MAX_BATCH, now_ms, older=True)
    return wrong or _of_events([body], ("",), now_ms, older=True)


def _of_call(body: dict[str, object], now_ms: int) -> _Said:
    if body.get(SOURCE) not in SOURCES:
        return _Said(40002, f"{SOURCE}: Must be one of: {', '.join(SOURCES)}.")
    wrong = _missing_account(body, "event_source_id")
    return wrong or _of_list(body, "data", MAX_EVENTS, now_ms, older=False)


def _missing_account(body: dict[str, object], name: str) -> _Said | None:
    account = body.get(name)
    if account is None or account == "":
        return _Said(40002, f"{name}: Missing data for required field.")
    return None if isinstance(account, str) else _Said(40002, f"{name}: Not a valid string.")


def _of_list(body: dict[str, object], name: str, most: int, now_ms: int, *, older: bool) -> _Said:
    events = body.get(name)
    if events is None:
        return _Said(40002, f"{name}: Missing data for required field.")
    if not isinstance(events, list):
        return _Said(40002, f"{name}: Not a valid list.")
    if not 1 <= len(events) <= most:
        return _Said(40002, f"{name}: Length must be between 1 and {most}.")
    return _of_events(events, tuple(f"{name}.{place}" for place in range(len(events))), now_ms, older=older)


def _of_events(events: list[object], paths: tuple[str, ...], now_ms: int, *, older: bool) -> _Said:
    for event, path in zip(events, paths, strict=True):
        current = loaded(newer(json.dumps(event))) if older and isinstance(event, dict) else event
        refused = next((each for each in violations(current, now_ms) if each.refused), None)
        if refused is not None:
            return _Said(40002, f"{_path(refused, path, older=older)}: {refused.message}")
    return _Said(0)


def _path(violation: Violation, event: str, *, older: bool) -> str:
    field = OLDER_PATHS.get(violation.field, violation.field) if older else violation.field
    if older and field.partition(".")[0] == "user":
        field = f"context.{field}"
    return ".".join(filter(None, (event, field)))


def _number(request: Request, now_ms: int) -> str:
    """A request ID in the platform's shape; equal requests at one time get the same, so that answers compare."""
    digest = hashlib.sha256(f"{now_ms} {request.url} ".encode("utf-8", "replace") + request.body).hexdigest()
    return f"{datetime.fromtimestamp(now_ms / 1000, UTC):%Y%m%d%H%M%S}{digest[:20].upper()}"


def code_of(response: Response) -> str:
    """The code of an answer; empty when it has none."""
    return text_at(response.body.decode("utf-8", "replace"), "code")
