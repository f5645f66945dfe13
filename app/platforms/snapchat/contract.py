"""A stand-in for Snapchat's Conversions API: a request in, the documented answer out, no network.

    POST https://tr.snapchat.com/v3/8a6f1c2e-…/events?access_token=…
    200 {"status":"VALID","reason":"Events have been processed successfully."}
    400 {"status":"INVALID","reason":"…","event":0,"errors":{"codes":[],"error_msgs":["event_name is required"]}}
    POST …/events/validate                          the same checks, and `event_logs` with each event's own
    POST https://tr.snapchat.com/v2/conversion      200 {"status":"SUCCESS"}
    400 {"status":"FAILED","error_records":[{"reason":"…","record_indexes":[0]}]}

One bad event refuses the whole call. Snap's own codes are published nowhere, so the list of codes stays empty. Any
token is good, in the query or as Bearer, save the names in `TOKENS`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import NamedTuple

from app.model import Request, Response
from app.platforms.json_text import loaded
from app.platforms.reading import pairs_of
from app.platforms.reading.address import address_of
from app.platforms.sandbox import Fault, Faults, html_error, page_answer, picture
from app.platforms.server_api import Violation
from app.platforms.snapchat.call import OLDER_PATHS, body_of, newer
from app.platforms.snapchat.place import TESTS, Place, place_of
from app.platforms.snapchat.requirements import MAX_EVENTS, violations


class _Said(NamedTuple):
    """An answer: its status, its words, the first wrong event, and each event's refusals where there are any."""

    status: int = 200
    reason: str = "Events have been processed successfully."
    event: int | None = None
    wrong: tuple[Violation, ...] = ()
    events: int = 0


TOKENS: Mapping[str, _Said] = {
    "sandbox-invalid": _Said(401, "Invalid access token."),
    "sandbox-expired": _Said(401, "Access token has expired."),
    "sandbox-no-permission": _Said(403, "The token has no permission for this asset."),
    "sandbox-wrong-account": _Said(403, "The token has no permission for this asset."),
}
"""Tokens the sandbox refuses, by name."""

_FAULTS: Mapping[Fault, _Said] = {
    Fault.UNKNOWN_ERROR: _Said(500, "Internal server error."),
    Fault.UNAVAILABLE: _Said(503, "Service unavailable."),
    Fault.RATE_LIMITED: _Said(429, "Too many requests."),
    Fault.TOKEN_INVALID: TOKENS["sandbox-invalid"],
    Fault.TOKEN_EXPIRED: TOKENS["sandbox-expired"],
    Fault.NO_PERMISSION: TOKENS["sandbox-no-permission"],
}
_V3, _V2 = (Place.V3, Place.V3_TEST), (Place.V2, Place.V2_TEST)
_LOGS = re.compile(r"/v3/[^/]{1,100}/events/validate/(logs|stats)/?")
_SCRIPT = re.compile(r"\.js$|^/config/")


def answer(request: Request, now_ms: int, faults: Faults | None = None) -> Response:
    """What the Conversions API says to a request at `now_ms`. Never raises; junk is refused as it would be there."""
    fault = faults.fault if faults else None
    if fault is Fault.HTML:
        return html_error()
    address = address_of(request.url)
    place = place_of(address)
    said = _FAULTS[fault] if fault is not None and fault in _FAULTS else _answered(request, place, now_ms)
    if said.status == 200 and request.method == "GET":
        return _json(200, {"status": "SUCCESS", "logs": []} if "logs" in address.path else {"status": "SUCCESS"})
    if fault is Fault.PARTIAL and said.status == 200:
        wrong = Violation("", "Could not be processed.", event=0)
        return _json(200, _body(said._replace(wrong=(wrong,)), place, logs=True, good=True))
    return _json(said.status, _body(said, place, logs=place in TESTS, good=said.status == 200))


def page(request: Request) -> Response:
    """What a page gets: the pixel's posts are taken, its library and its configuration have a stand-in."""
    if place_of(address_of(request.url)) not in (Place.EVENT, Place.MIRROR, Place.SYNC, Place.GATEWAY):
        return page_answer(request, script=_SCRIPT)
    if request.method == "GET":
        return picture()
    allowed = {
        "access-control-allow-origin": request.header("origin") or "*",
        "access-control-allow-credentials": "true",
        "access-control-allow-headers": "content-type",
    }
    return Response(200, tuple(allowed.items()))


def token_of(request: Request) -> str:
    """The token of a call: in the query, or as Bearer."""
    query = pairs_of(address_of(request.url).query)
    named = next((value for key, value in query if key == "access_token"), "")
    scheme, _, bearer = request.header("authorization").partition(" ")
    return named or (bearer.strip() if scheme.lower() == "bearer" else "")


def _json(status: int, body: object) -> Response:
    return Response(status, (("Content-Type", "application/json"),), json.dumps(body).encode())


def _body(said: _Said, place: Place, *, logs: bool, good: bool) -> dict[str, object]:
    if place in _V2:
        records = [{"reason": _words(each, place), "record_indexes": [each.event]} for each in said.wrong]
        shown: dict[str, object] = {"status": "SUCCESS" if good else "FAILED", "reason": said.reason}
        return shown | ({"error_records": records} if records else {})
    body: dict[str, object] = {"status": "VALID" if good else "INVALID", "reason": said.reason}
    if place is Place.V3_TEST:
        body["test_event"] = True
    if logs and said.events:
        return body | {"event_logs": [_log(said, index) for index in range(said.events)]}
    if not good and said.event is not None:
        messages = [_words(each, place) for each in said.wrong if each.event == said.event]
        body |= {"event": said.event, "errors": {"codes": [], "error_msgs": messages}}
    return body


def _log(said: _Said, index: int) -> dict[str, object]:
    messages = [_words(each, Place.V3) for each in said.wrong if each.event == index]
    errors = {"codes": [], "error_msgs": messages}
    return {"event": index, "status": "INVALID" if messages else "VALID", "errors": errors, "warnings": []}


def _words(violation: Violation, place: Place) -> str:
    field = OLDER_PATHS.get(violation.field, violation.field) if place in _V2 else violation.field
    return f"{field}: {violation.message}" if field else violation.message


def _answered(request: Request, place: Place, now_ms: int) -> _Said:
    token = token_of(request)
    if not token:
        return _Said(401, "Missing access token.")
    if token in TOKENS:
        return TOKENS[token]
    if place not in (*_V3, *_V2):
        looked_up = request.method == "GET" and _LOGS.fullmatch(address_of(request.url).path)
        return _Said() if looked_up else _Said(404, "Not found.")
    if request.method != "POST":
        return _Said(405, f"{request.method} is not supported here.")
    body = loaded(body_of(request))
    events = body.get("data") if isinstance(body, dict) and place in _V3 else body
    if place in _V2 and isinstance(body, dict):
        events = [body]
    if not isinstance(events, list):
        return _Said(400, "Request body is not valid JSON with a list of events.")
    if not 1 <= len(events) <= MAX_EVENTS:
        return _Said(400, f"A request takes 1 to {MAX_EVENTS} events.")
    wrong: list[Violation] = []
    for index, event in enumerate(events):
        current = loaded(newer(json.dumps(event))) if isinstance(event, dict) else event
        wrong += [each for each in violations(current, now_ms, index) if each.refused]
    if wrong:
        return _Said(400, "Some events are not valid.", wrong[0].event, tuple(wrong), len(events))
    return _Said(events=len(events))
