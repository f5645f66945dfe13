"""A stand-in for LinkedIn's Conversions API: a request in, the documented answer out, no network.

    POST https://api.linkedin.com/rest/conversionEvents     Authorization: Bearer …     LinkedIn-Version: 202608
    201                                                     one event, taken
    200 {"elements":[{"status":201},…]}                     a batch
    422 {"status":422,"message":"Index: 0, ERROR :: /conversionValue/amount :: field is required but not found …\\n"}

One wrong event refuses the whole call. Any token is good, save the names in `TOKENS`. A rule of the tag's can not be
told from one of the API's here; the token `sandbox-wrong-account` has every rule refused as one.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from app.model import Request, Response
from app.platforms.json_text import loaded
from app.platforms.linkedin.call import body_of
from app.platforms.linkedin.compose import METHOD_HEADER, VERSION_HEADER
from app.platforms.linkedin.place import is_call
from app.platforms.linkedin.requirements import MAX_EVENTS, violations
from app.platforms.reading.address import address_of
from app.platforms.sandbox import Fault, Faults, html_error, page_answer
from app.platforms.server_api import Violation

_RULES = re.compile(r"/rest/conversions(?:/(\d{1,20}))?")
_VERSION = re.compile(r"(20\d\d)(0[1-9]|1[0-2])(?:\.\d\d)?", re.ASCII)
_LIFE_MONTHS = 12
_PICTURE = re.compile(r"^/collect/?$")


class _Said(NamedTuple):
    """A refusal: the status, LinkedIn's word and number for it where there are any, and its message."""

    status: int
    message: str
    code: str = ""
    number: int = 0


TOKENS: Mapping[str, _Said] = {
    "sandbox-invalid": _Said(401, "Invalid access token", "INVALID_ACCESS_TOKEN", 65600),
    "sandbox-expired": _Said(401, "The token used in the request has expired", "EXPIRED_ACCESS_TOKEN", 65602),
    "sandbox-no-permission": _Said(
        403, "Not enough permissions to access: conversionEvents.CREATE", "ACCESS_DENIED", 100
    ),
    "sandbox-wrong-account": _Said(
        400,
        "Incorrect conversions information provided. Conversion's method should be CONVERSIONS_API, indices [0] "
        "(0-indexed)",
    ),
}
"""Tokens the sandbox refuses, by name."""

_FAULTS: Mapping[Fault, _Said] = {
    Fault.UNKNOWN_ERROR: _Said(500, "Internal Server Error"),
    Fault.UNAVAILABLE: _Said(503, "Service Unavailable"),
    Fault.RATE_LIMITED: _Said(
        429, "Resource level throttle APPLICATION DAY limit for calls to this resource is reached.", "", 101
    ),
    Fault.TOKEN_INVALID: TOKENS["sandbox-invalid"],
    Fault.TOKEN_EXPIRED: TOKENS["sandbox-expired"],
    Fault.NO_PERMISSION: TOKENS["sandbox-no-permission"],
}


def answer(request: Request, now_ms: int, faults: Faults | None = None) -> Response:
    """What the API says to a request at `now_ms`. Never raises; junk gets the refusal it would get there."""
    fault = faults.fault if faults else None
    if fault is Fault.HTML:
        return html_error()
    said = _FAULTS.get(fault) if fault is not None else None
    said = said or _refusal(request, now_ms)
    if said is not None:
        return _response(request, now_ms, said.status, _body(said))
    address = address_of(request.url)
    if request.method == "GET":
        return _response(request, now_ms, 200, _rules(address.path))
    events, batch = _events(loaded(body_of(request)), request)
    if not batch:
        if fault is Fault.PARTIAL:
            return _response(request, now_ms, 500, _body(_FAULTS[Fault.UNKNOWN_ERROR]))
        return _response(request, now_ms, 201, None)
    statuses: list[dict[str, object]] = [{"status": 201} for _ in events]
    if fault is Fault.PARTIAL:
        statuses[0] = {"status": 500, "error": _body(_FAULTS[Fault.UNKNOWN_ERROR])}
    return _response(request, now_ms, 200, {"elements": statuses})


def page(request: Request) -> Response:
    """What a page gets: a picture for the tag's requests, a stand-in for its library."""
    return page_answer(request, _PICTURE)


def _refusal(request: Request, now_ms: int) -> _Said | None:
    """Why a request is refused; None when it is taken."""
    kind, _, token = request.header("authorization").strip().partition(" ")
    token = token.strip()
    if kind.lower() != "bearer" or not token:
        return _Said(401, "Empty oauth2 access token", "EMPTY_ACCESS_TOKEN", 65604)
    path = address_of(request.url).path
    asked = _RULES.fullmatch(path)
    if token in TOKENS and (not asked or TOKENS[token].status != 400):
        return TOKENS[token]
    wrong = _of_version(request, path, now_ms)
    if wrong is not None:
        return wrong
    if request.method == "GET" and asked:
        return None
    if not is_call(path):
        return _Said(404, f"No virtual resource found for path {path[:100]}", "RESOURCE_NOT_FOUND", 0)
    if request.method != "POST":
        return _Said(405, f"{request.method} is not supported here.")
    body = loaded(body_of(request))
    if not isinstance(body, dict):
        return _Said(400, "The body could not be read as JSON data.")
    events, batch = _events(body, request)
    if batch and not isinstance(body.get("elements"), list):
        return _Said(400, "A batch needs a list of elements.")
    if len(events) > MAX_EVENTS:
        return _Said(400, f"A batch takes at most {MAX_EVENTS} elements.")
    found = [each for index, event in enumerate(events) for each in violations(event, now_ms, index) if each.refused]
    return _Said(422, _lines(found)) if found else None


def _of_version(request: Request, path: str, now_ms: int) -> _Said | None:
    """What is wrong with the version that a call names; the old paths know none."""
    if not path.startswith("/rest/"):
        return None
    version = request.header(VERSION_HEADER).strip()
    if not version:
        text = "A version must be present. Please specify a version by adding the LinkedIn-Version header."
        return _Said(400, text, "VERSION_MISSING")
    named, now = _VERSION.fullmatch(version), datetime.fromtimestamp(now_ms / 1000, UTC)
    months = (now.year - int(named[1])) * 12 + now.month - int(named[2]) if named else _LIFE_MONTHS + 1
    if 0 <= months <= _LIFE_MONTHS:
        return None
    return _Said(426, f"Requested version {version[:20]} is not active", "NONEXISTENT_VERSION")


def _events(body: object, request: Request) -> tuple[list[object], bool]:
    """The events of a body, and whether they came as a batch."""
    if not isinstance(body, dict):
        return [], False
    batch = "elements" in body or "BATCH" in request.header(METHOD_HEADER).upper()
    listed = body.get("elements")
    return (listed if isinstance(listed, list) else []) if batch else [body], batch


def _lines(found: list[Violation]) -> str:
    """A refusal's text: one line for each path, the first of an event's begun with its place."""
    text, place = "", None
    for each in found:
        head = f"Index: {each.event}, " if each.event != place else ""
        text += f"{head}ERROR :: /{each.field.replace('.', '/')} :: {each.message}\n"
        place = each.event
    return text


def _rules(path: str) -> dict[str, object]:
    """The conversion rules, or the one that a path names."""
    asked = _RULES.fullmatch(path)
    rule: dict[str, object] = {"conversionMethod": "CONVERSIONS_API", "enabled": True, "type": "PURCHASE"}
    return rule | {"id": int(asked[1])} if asked and asked[1] else {"elements": [rule | {"id": 20529388}]}


def _body(said: _Said) -> dict[str, object]:
    told = {"status": said.status, "serviceErrorCode": said.number, "code": said.code, "message": said.message}
    return {key: value for key, value in told.items() if value}


def _response(request: Request, now_ms: int, status: int, body: dict[str, object] | None) -> Response:
    """An answer with a number in the platform's shape; equal requests at one time get the same."""
    digest = hashlib.sha256(f"{now_ms} {request.url} ".encode("utf-8", "replace") + request.body).hexdigest()
    headers = (("Content-Type", "application/json"), ("x-li-uuid", f"AAY{digest[:21]}=="))
    return Response(status, headers, b"" if body is None else json.dumps(body).encode())
