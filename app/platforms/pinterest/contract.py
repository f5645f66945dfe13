"""A stand-in for Pinterest's API for Conversions: a request in, the documented answer out, no network.

    POST https://api.pinterest.com/v5/ad_accounts/549755000001/events?test=true     Authorization: Bearer …
    200 {"num_events_received":1,"num_events_processed":1,"events":[{"status":"processed","error_message":null,…}]}
    400 {"code":4196,"message":"The request was invalid."}

Each event has a verdict of its own; only what makes the call no list of events refuses it whole. Pinterest also answers
422 where not all events were processed, with details that are not documented; the stand-in has no such answer. Any
token is good, save the names in `TOKENS`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple

from app.model import Request, Response
from app.platforms.json_text import loaded
from app.platforms.pinterest.call import OLDER_ACCOUNT, body_of
from app.platforms.pinterest.compose import ACCOUNT
from app.platforms.pinterest.place import Place, ad_account_in, place_of
from app.platforms.pinterest.requirements import MAX_EVENTS, violations
from app.platforms.reading.address import address_of
from app.platforms.sandbox import Fault, Faults, html_error, page_answer, picture
from app.platforms.server_api import Weight


class _Said(NamedTuple):
    """A refusal of the whole call."""

    status: int
    code: int
    message: str


_INVALID = _Said(400, 4196, "The request was invalid.")
_NO_TOKEN = _Said(401, 2, "Authentication failed.")
_NO_RIGHT = _Said(403, 29, "You are not permitted to access that resource.")
TOKENS: Mapping[str, _Said] = {
    "sandbox-invalid": _NO_TOKEN,
    "sandbox-expired": _NO_TOKEN,
    "sandbox-no-permission": _NO_RIGHT,
    "sandbox-wrong-account": _NO_RIGHT,
}
"""Tokens the sandbox refuses, by name."""
_FAULTS: Mapping[Fault, _Said] = {
    Fault.UNKNOWN_ERROR: _Said(500, 0, "Unexpected error."),
    Fault.UNAVAILABLE: _Said(503, 4197, "The endpoint has been ramped down and is not accepting any traffic."),
    Fault.RATE_LIMITED: _Said(429, 8, "This request exceeded a rate limit."),
    Fault.TOKEN_INVALID: _NO_TOKEN,
    Fault.TOKEN_EXPIRED: _NO_TOKEN,
    Fault.NO_PERMISSION: _NO_RIGHT,
}


def answer(request: Request, now_ms: int, faults: Faults | None = None) -> Response:
    """What the API says to a request at `now_ms`. Never raises; junk gets the refusal it would get there."""
    fault = faults.fault if faults else None
    if fault is Fault.HTML:
        return html_error()
    refused = _FAULTS[fault] if fault is not None and fault in _FAULTS else _refused(request)
    if refused is not None:
        return _json(refused.status, {"code": refused.code, "message": refused.message})
    found = [_verdict(event, now_ms) for event in _events(request)]
    if fault is Fault.PARTIAL and found:
        found[0] = _failed("The event could not be processed.")
    taken = sum(each["status"] == "processed" for each in found)
    return _json(200, {"num_events_received": len(found), "num_events_processed": taken, "events": found})


def page(request: Request) -> Response:
    """What a page gets: the tag's requests are answered to any origin, its library has a stand-in."""
    place = place_of(address_of(request.url))
    if place not in (Place.EVENT, Place.SYNC):
        return page_answer(request)
    if request.header("sec-fetch-dest") == "image" or "noscript=1" in request.url:
        return picture()
    body, kind = (b"{}", "application/json") if place is Place.SYNC else (b"", "text/plain")
    allowed = {
        "access-control-allow-origin": request.header("origin") or "*",
        "access-control-allow-credentials": "true",
    }
    return Response(200, (("content-type", kind), *allowed.items()), body)


def _refused(request: Request) -> _Said | None:
    """Why the whole call is refused; None when it is a list of events."""
    token = request.header("authorization").partition(" ")[2].strip()
    if not token:
        return _NO_TOKEN
    if token in TOKENS:
        return TOKENS[token]
    address = address_of(request.url)
    place, account = place_of(address), ad_account_in(address.path)
    if place not in (Place.API, Place.OLDER_API) and not account:
        return _Said(404, 0, "There is no such path.")
    if request.method != "POST":
        return _Said(405, 0, f"{request.method} is not supported here.")
    if place is not Place.OLDER_API and not ACCOUNT.fits(account):
        return _Said(400, 1, f"'{account[:40]}' does not match '^\\d+$'.")
    body = loaded(body_of(request))
    events = body.get("data") if isinstance(body, dict) else None
    whole = isinstance(events, list) and 1 <= len(events) <= MAX_EVENTS
    return None if whole else _INVALID


def _events(request: Request) -> list[object]:
    body = loaded(body_of(request))
    events = body["data"] if isinstance(body, dict) else []
    older = place_of(address_of(request.url)) is Place.OLDER_API
    return [_current(event) if older else event for event in events]


def _current(event: object) -> object:
    """An event of v3 as one of v5, which has no member for the account."""
    return {key: item for key, item in event.items() if key != OLDER_ACCOUNT} if isinstance(event, dict) else event


def _verdict(event: object, now_ms: int) -> dict[str, object]:
    found = violations(event, now_ms)
    refused = next((each for each in found if each.refused), None)
    if refused is not None:
        return _failed(refused.message)
    warned = "; ".join(f"{each.field}: {each.message}" for each in found if each.weight is Weight.WARNED)
    return {"status": "processed", "error_message": None, "warning_message": warned or None}


def _failed(message: str) -> dict[str, object]:
    return {"status": "failed", "error_message": message, "warning_message": None}


def _json(status: int, body: dict[str, object]) -> Response:
    return Response(status, (("Content-Type", "application/json"),), json.dumps(body).encode())
