"""A stand-in for Reddit's Conversions API: a request in, the documented answer out, no network.

    POST https://ads-api.reddit.com/api/v3/pixels/a2_…/conversion_events     Authorization: Bearer …
    200 {"data":{"message":"Successfully processed 1 conversion events."}}      v2 without the `data` around it
    400 {"message":"There were 1 invalid conversion events. None were processed.","invalid_events":[…]}
    401 {"success":false,"error":{"reason":"UNAUTHORIZED","explanation":"This server could not verify …"}}

One wrong event refuses the whole call. Any token is good, save the names in `TOKENS`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import NamedTuple

from app.model import Request, Response
from app.platforms.json_text import loaded
from app.platforms.reading.address import address_of
from app.platforms.reddit.call import body_of, newer
from app.platforms.reddit.place import Call, Place, call_of, place_of
from app.platforms.reddit.requirements import MAX_EVENTS, violations
from app.platforms.sandbox import Fault, Faults, html_error, page_answer


class _Said(NamedTuple):
    """An answer."""

    status: int
    body: Mapping[str, object]


def _refusal(status: int, reason: str, explanation: str) -> _Said:
    return _Said(status, {"success": False, "error": {"reason": reason, "explanation": explanation}})


_UNVERIFIED = "This server could not verify that you are authorized to access the document you requested."
_FORBIDDEN = _refusal(403, "FORBIDDEN", "You're not authorized to post conversions to Pixel ID.")
TOKENS: Mapping[str, _Said] = {
    "sandbox-invalid": _refusal(401, "UNAUTHORIZED", _UNVERIFIED),
    "sandbox-expired": _refusal(401, "UNAUTHORIZED", _UNVERIFIED),
    "sandbox-no-permission": _FORBIDDEN,
    "sandbox-wrong-account": _FORBIDDEN,
}
"""Tokens the sandbox refuses, by name."""

_FAULTS: Mapping[Fault, _Said] = {
    Fault.UNKNOWN_ERROR: _Said(500, {"message": "Internal Server Error"}),
    Fault.UNAVAILABLE: _Said(
        503, {"message": "The service is currently unavailable. No conversion events were processed."}
    ),
    Fault.RATE_LIMITED: _Said(429, {"message": "Too many requests/events within timeframe."}),
    Fault.TOKEN_INVALID: TOKENS["sandbox-invalid"],
    Fault.TOKEN_EXPIRED: TOKENS["sandbox-expired"],
    Fault.NO_PERMISSION: TOKENS["sandbox-no-permission"],
}
_PICTURE = re.compile(r"^/(?:rp|rp\.gif|snoo\.gif)/?$")


def answer(request: Request, now_ms: int, faults: Faults | None = None) -> Response:
    """What the API says to a request at `now_ms`. Never raises; junk gets the refusal it would get there."""
    fault = faults.fault if faults else None
    if fault is Fault.HTML:
        return html_error()
    said = _FAULTS[fault] if fault is not None and fault in _FAULTS else _answered(request, now_ms, fault)
    return Response(said.status, (("Content-Type", "application/json"),), json.dumps(said.body).encode())


def page(request: Request) -> Response:
    """What a page gets: a picture for the pixel, a stand-in for its library, an empty configuration."""
    if place_of(address_of(request.url)) is Place.CONFIGURATION:
        allowed = ("access-control-allow-origin", request.header("origin") or "*")
        return Response(200, (("content-type", "application/json"), allowed), b"{}")
    return page_answer(request, pixel=_PICTURE)


def _answered(request: Request, now_ms: int, fault: Fault | None) -> _Said:
    scheme, _, token = request.header("authorization").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        return _refusal(401, "UNAUTHORIZED", "No bearer token provided")
    if token.strip() in TOKENS:
        return TOKENS[token.strip()]
    at = call_of(address_of(request.url).path)
    if at is None:
        return _Said(404, {"message": "Not Found"})
    if request.method != "POST":
        return _Said(405, {"message": "Method Not Allowed"})
    body = loaded(body_of(request))
    inner = body.get("data") if at.place is Place.V3 and isinstance(body, dict) else body
    events = inner.get("events") if isinstance(inner, dict) else None
    if not isinstance(events, list) or not 1 <= len(events) <= MAX_EVENTS:
        return _Said(400, {"message": "Bad Request"})
    wrong = [{"error_message": text, "event": event} for event in events if (text := _refused(event, at, now_ms))]
    if fault is Fault.PARTIAL and not wrong:
        wrong = [{"error_message": "the event could not be processed", "event": events[0]}]
    if wrong:
        message = f"There were {len(wrong)} invalid conversion events. None were processed."
        return _Said(400, {"message": message, "invalid_events": wrong})
    taken = {"message": f"Successfully processed {len(events)} conversion events."}
    return _Said(200, {"data": taken} if at.place is Place.V3 else taken)


def _refused(event: object, at: Call, now_ms: int) -> str:
    """Why an event of a call is refused, by the rules of v3 in either version's form; empty when it is not."""
    if at.place is Place.V2 and isinstance(event, dict):
        event = loaded(newer(json.dumps(event)))
    found = next((each for each in violations(event, now_ms) if each.refused), None)
    return "" if found is None else " ".join(filter(None, (found.field, found.message)))
