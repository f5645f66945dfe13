"""A stand-in for Microsoft's tag and Conversions API: a request in, the documented answer out, no network.

    POST https://capi.uet.microsoft.com/v1/97654321/events          Authorization: Bearer …
    200 {"eventsReceived":1,"traceId":"…"}
    400 {"eventsReceived":0,"error":{"code":"ValidationError","message":"…","details":[{"index":0,
         "propertyName":"userData.em",…,"isWarning":false}]},"traceId":"…"}

One bad event refuses the whole call, unless the call asks to go on: then the others are taken. That such an answer has
status 200, the texts under 401 and the details' `errorCode` are assumptions. Any token is good, save the names in
`TOKENS`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import NamedTuple

from app.model import Request, Response
from app.platforms.json_text import loaded
from app.platforms.microsoft.call import GOES_ON, body_of
from app.platforms.microsoft.place import Place, is_call, place_of
from app.platforms.microsoft.requirements import MAX_EVENTS, violations
from app.platforms.reading.address import address_of
from app.platforms.sandbox import Fault, Faults, html_error, page_answer, picture
from app.platforms.server_api import Violation, Weight

INVALID = "ValidationError"


class _Said(NamedTuple):
    """An answer, still without its trace ID."""

    status: int
    code: str = ""
    message: str = ""
    received: int | None = None
    details: tuple[dict[str, object], ...] = ()


_BAD_TOKEN = _Said(401, "Unauthorized", "Access token is missing or invalid.")
_NO_RIGHT = _Said(403, "Forbidden", "Access to this tag is denied.")
TOKENS: Mapping[str, _Said] = {
    "sandbox-invalid": _BAD_TOKEN,
    "sandbox-expired": _BAD_TOKEN,
    "sandbox-no-permission": _NO_RIGHT,
    "sandbox-wrong-account": _BAD_TOKEN,
}
"""Tokens the sandbox refuses, by name."""

_FAULTS: Mapping[Fault, _Said] = {
    Fault.UNKNOWN_ERROR: _Said(500, "InternalServerError", "An unexpected error occurred."),
    Fault.UNAVAILABLE: _Said(503, "ServiceUnavailable", "The service is temporarily unavailable."),
    Fault.RATE_LIMITED: _Said(429, "TooManyRequests", "Too many requests."),
    Fault.TOKEN_INVALID: TOKENS["sandbox-invalid"],
    Fault.TOKEN_EXPIRED: TOKENS["sandbox-expired"],
    Fault.NO_PERMISSION: TOKENS["sandbox-no-permission"],
}
_SCRIPT = re.compile(r"^/p/action/|\.js$")


def answer(request: Request, now_ms: int, faults: Faults | None = None) -> Response:
    """What the Conversions API says to a request at `now_ms`. Never raises; junk is refused as it would be there."""
    fault = faults.fault if faults else None
    if fault is Fault.HTML:
        return html_error()
    said = _FAULTS[fault] if fault is not None and fault in _FAULTS else _answered(request, now_ms)
    if fault is Fault.PARTIAL and said.status == 200 and said.received:
        first = _detail(Violation("eventName", "The event could not be processed."))
        said = said._replace(code=INVALID, received=said.received - 1, details=(first, *said.details))
    return _response(said, request, now_ms)


def page(request: Request) -> Response:
    """What a page gets: the tag's pictures and its beacons are answered, its library and configuration stood in for."""
    place = place_of(address_of(request.url))
    if place in (Place.HIT, Place.OWN_DOMAIN) and request.method == "POST":
        allowed = {
            "access-control-allow-origin": request.header("origin") or "*",
            "access-control-allow-credentials": "true",
        }
        return Response(204, tuple(allowed.items()))
    return picture() if place in (Place.HIT, Place.SYNC) else page_answer(request, script=_SCRIPT)


def code_of(response: Response) -> str:
    """The error's code in an answer; empty when it has none."""
    said = loaded(response.body.decode("utf-8", "replace"))
    error = said.get("error") if isinstance(said, dict) else None
    code = error.get("code") if isinstance(error, dict) else None
    return code if isinstance(code, str) else ""


def _answered(request: Request, now_ms: int) -> _Said:
    scheme, _, token = request.header("Authorization").strip().partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        return _BAD_TOKEN
    if token.strip() in TOKENS:
        return TOKENS[token.strip()]
    if not is_call(address_of(request.url).path):
        return _Said(404, "NotFound", "There is no such path.")
    if request.method != "POST":
        return _Said(405, "MethodNotAllowed", f"{request.method} is not supported here.")
    body = loaded(body_of(request))
    if not isinstance(body, dict):
        return _Said(400, INVALID, "The request body is not valid JSON.", 0)
    events = body.get("data")
    if not isinstance(events, list) or not 1 <= len(events) <= MAX_EVENTS:
        return _Said(400, INVALID, f"'data' must hold 1 to {MAX_EVENTS} events.", 0)
    return _of_events(events, now_ms, goes_on=body.get(GOES_ON) is True)


def _of_events(events: list[object], now_ms: int, *, goes_on: bool) -> _Said:
    found = [each for place, event in enumerate(events) for each in violations(event, now_ms, place)]
    details = tuple(_detail(each) for each in found if each.weight is not Weight.ADVICE)
    refused = {each.event for each in found if each.refused}
    received = len(events) - len(refused) if goes_on or not refused else 0
    if not details:
        return _Said(200, received=received)
    message = "One or more validation errors occurred."
    return _Said(200 if received else 400, INVALID, message, received, details)


def _detail(violation: Violation) -> dict[str, object]:
    """One remark on an event. The value that was tried is left out here: it may be a person's."""
    return {
        "index": violation.event,
        "propertyName": violation.field,
        "attemptedValue": None,
        "errorMessage": violation.message,
        "errorCode": "InvalidValue",
        "isWarning": not violation.refused,
    }


def _response(said: _Said, request: Request, now_ms: int) -> Response:
    body: dict[str, object] = {} if said.received is None else {"eventsReceived": said.received}
    if said.code:
        body["error"] = {"code": said.code, "message": said.message}
        if said.details:
            body["error"] = {"code": said.code, "message": said.message, "details": list(said.details)}
    body["traceId"] = _trace(request, now_ms)
    return Response(said.status, (("Content-Type", "application/json"),), json.dumps(body).encode())


def _trace(request: Request, now_ms: int) -> str:
    """A trace ID; equal requests at one time get the same, so that answers compare."""
    told = f"{now_ms} {request.url} ".encode("utf-8", "replace") + request.body
    return hashlib.sha256(told).hexdigest()[:32]
