"""A stand-in for X's Conversion API: a request in, the documented answer out, no network.

    POST https://ads-api.x.com/12/measurement/conversions/o9z1d     Authorization: OAuth … | X-Pixel-Token: …
    200 {"data":{"conversions_processed":1,"debug_id":"ff3c…"},"request":{"params":{"pixel_id":"o9z1d"}}}
    400 {"errors":[{"code":"INVALID_PARAMETER","message":"Hashed_email is not a valid SHA-256 hash"}],"request":{…}}

One bad event refuses the whole call, and every error of all its events is listed. A signature is not checked; any token
is good, save the names in `TOKENS`. Stape's proxy and `GET /12/accounts`, the harmless question, are answered, too.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import unquote

from app.model import Request, Response
from app.platforms.json_text import loaded, text_at
from app.platforms.reading.address import address_of
from app.platforms.sandbox import Fault, Faults, html_error, page_answer
from app.platforms.x.call import body_of
from app.platforms.x.place import is_call, pixel_of
from app.platforms.x.requirements import MAX_EVENTS, foreign_tag, violations

TOKEN_HEADER = "X-Pixel-Token"  # noqa: S105 - a header's name
_OWNER = re.compile(r'oauth_token="([^"]{1,500})"')
_PIXEL = re.compile(r"/i/adsctp?/?$")
_ACCOUNTS = re.compile(r"/\d{1,3}/accounts/?$")


class _Said(NamedTuple):
    """A refusal: its status, and code and message of each error."""

    status: int
    errors: tuple[tuple[str, str], ...]


def _refusal(status: int, code: str, message: str) -> _Said:
    return _Said(status, ((code, message),))


_UNAUTHORIZED = _refusal(401, "UNAUTHORIZED_ACCESS", "This request is not properly authenticated")
TOKENS: Mapping[str, _Said] = {
    "sandbox-invalid": _UNAUTHORIZED,
    "sandbox-expired": _UNAUTHORIZED,
    "sandbox-no-permission": _refusal(403, "FORBIDDEN", "The user has no access to this account"),
    "sandbox-wrong-account": _refusal(404, "NOT_FOUND", "The pixel was not found"),
}
"""Tokens the sandbox refuses, by name."""
_FAULTS: Mapping[Fault, _Said] = {
    Fault.UNKNOWN_ERROR: _refusal(500, "INTERNAL_ERROR", "An internal error occurred"),
    Fault.UNAVAILABLE: _refusal(503, "SERVICE_UNAVAILABLE", "The service is temporarily unavailable"),
    Fault.RATE_LIMITED: _refusal(429, "TOO_MANY_REQUESTS", "Too many requests; wait for the next window"),
    Fault.TOKEN_INVALID: TOKENS["sandbox-invalid"],
    Fault.TOKEN_EXPIRED: TOKENS["sandbox-expired"],
    Fault.NO_PERMISSION: TOKENS["sandbox-no-permission"],
}


def answer(request: Request, now_ms: int, faults: Faults | None = None) -> Response:
    """What the API says to a request at `now_ms`. Never raises; junk gets the refusal it would get there."""
    fault = faults.fault if faults else None
    if fault is Fault.HTML:
        return html_error()
    if fault is not None and fault in _FAULTS:
        return _refused(_FAULTS[fault])
    path = address_of(request.url).path
    body = loaded(body_of(request))
    token = _token_of(request, body)
    if not token:
        return _refused(_UNAUTHORIZED)
    if token in TOKENS:
        return _refused(TOKENS[token])
    if request.method == "GET" and _ACCOUNTS.search(path):
        return _json(200, {"request": {"params": {}}, "data": [{"id": "18ce54d4x5t", "name": "Sandbox"}]})
    wrong = _wrong(request, path, body, now_ms)
    if wrong:
        return _refused(wrong)
    taken = len(body["conversions"]) - (fault is Fault.PARTIAL) if isinstance(body, dict) else 0
    number = hashlib.sha256(f"{now_ms} {request.url} ".encode("utf-8", "replace") + request.body).hexdigest()[:32]
    said = {"conversions_processed": taken, "debug_id": number}
    return _json(200, {"request": {"params": {"pixel_id": pixel_of(path)}}, "data": said})


def page(request: Request) -> Response:
    """What a page gets: a picture for the pixel, which any page may read, and a stand-in for its library."""
    found = page_answer(request, pixel=_PIXEL)
    allowed = {
        "access-control-allow-origin": request.header("origin") or "*",
        "access-control-allow-credentials": "true",
        "access-control-allow-headers": "content-type",
    }
    return Response(found.status, (*found.headers, *allowed.items()), found.body)


def _token_of(request: Request, body: object) -> str:
    """The pixel's token, or the owner's of a signature, which to Stape's proxy is in the body."""
    plain = request.header(TOKEN_HEADER).strip()
    signed = _OWNER.search(request.header("authorization")[:5_000])
    inside = text_at(body_of(request), "auth.oauth_token") if isinstance(body, dict) else ""
    return plain or (unquote(signed[1]) if signed else "") or inside


def _wrong(request: Request, path: str, body: object, now_ms: int) -> _Said | None:
    if not is_call(path):
        return _refusal(404, "ROUTE_NOT_FOUND", f"The requested resource could not be found: {path[:100]}")
    if request.method != "POST":
        return _refusal(405, "METHOD_NOT_ALLOWED", f"{request.method[:20]} is not allowed here")
    listed = body.get("conversions") if isinstance(body, dict) else None
    if not isinstance(body, dict):
        return _refusal(400, "INVALID", "The body is not valid JSON")
    if listed is None or listed == []:
        return _refusal(400, "MISSING_PARAMETER", "Conversions must be provided")
    if not isinstance(listed, list):
        return _refusal(400, "INVALID_PARAMETER", "Conversions must be a list")
    if len(listed) > MAX_EVENTS:
        return _refusal(400, "INVALID_PARAMETER", f"Conversion count limit is {MAX_EVENTS}")
    pixel = pixel_of(path) or str(body.get("pixel_id", ""))
    errors = [error for event in listed for error in _errors(event, pixel, now_ms)]
    return _Said(400, tuple(errors)) if errors else None


def _errors(event: object, pixel: str, now_ms: int) -> list[tuple[str, str]]:
    """Everything an event is refused for."""
    found = [
        ("MISSING_PARAMETER" if _is_missing(each.message) else "INVALID_PARAMETER", each.message)
        for each in violations(event, now_ms)
        if each.refused
    ]
    foreign = foreign_tag(event, pixel) if isinstance(event, dict) else ()
    return [*found, *(("INVALID_PARAMETER", each.message) for each in foreign)]


def _is_missing(message: str) -> bool:
    return " is missing" in message or "must be provided" in message


def _refused(said: _Said) -> Response:
    errors = [{"code": code, "message": message} for code, message in said.errors]
    return _json(said.status, {"errors": errors, "request": {"params": {}}})


def _json(status: int, body: Mapping[str, object]) -> Response:
    return Response(status, (("Content-Type", "application/json;charset=utf-8"),), json.dumps(body).encode())
