"""A stand-in for the documented Graph endpoint that takes server events: a request in, the answer out, no network.

    POST https://graph.facebook.com/v26.0/1111111111111111/events
    {"data":[{"event_name":"Purchase",…}],"test_event_code":"TEST12345","access_token":"…"}
    200 {"events_received":1,"messages":[],"fbtrace_id":"A…"}
    400 {"error":{"message":…,"type":"OAuthException","code":100,"error_subcode":2804003,"error_user_title":…}}

It keeps the Conversions API's documented contract: the three places for a token, JSON, form and multipart bodies, at
most 1,000 events, one bad event refusing the whole call, and Graph's batch form. Any token is good, save the names in
`TOKENS`, which stand for the ways a real one goes bad.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from app.model import Headers, Request, Response
from app.platforms.json_text import loaded
from app.platforms.meta.call import operations, parameters, split, token
from app.platforms.meta.requirements import violations
from app.platforms.sandbox import Fault, Faults, html_error
from app.platforms.server_api import Violation, Weight

NEWEST_VERSION = "v26.0"
MAX_EVENTS = 1000
MAX_BATCH = 50

_VERSION = re.compile(r"v(\d{1,3})\.0", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Refusal:
    """An error answer, still without its trace ID."""

    status: int
    code: int
    message: str
    subcode: int | None = None
    title: str | None = None
    text: str | None = None
    blamed: tuple[str, ...] = ()
    transient: bool = False


TOKENS: Mapping[str, tuple[int, int, int | None, str]] = {
    "sandbox-invalid": (401, 190, None, "Invalid OAuth access token - Cannot parse access token"),
    "sandbox-password-changed": (
        401,
        190,
        460,
        "Error validating access token: The session has been invalidated because the user changed their password.",
    ),
    "sandbox-expired": (401, 190, 463, "Error validating access token: Session has expired."),
    "sandbox-no-permission": (403, 200, None, "(#200) Missing Permissions"),
    "sandbox-app-not-permitted": (403, 10, None, "(#10) Application does not have permission for this action"),
    "sandbox-wrong-account": (
        400,
        100,
        33,
        (
            "Unsupported post request. The object does not exist, cannot be loaded due to missing permissions, "
            "or does not support this operation."
        ),
    ),
}
"""Tokens the sandbox refuses, by name: HTTP status, code, subcode and message."""


def _of_token(name: str) -> _Refusal:
    status, code, subcode, message = TOKENS[name]
    return _Refusal(status, code, message, subcode)


_FAULTS: Mapping[Fault, _Refusal] = {
    Fault.UNKNOWN_ERROR: _Refusal(500, 1, "An unknown error occurred", transient=True),
    Fault.UNAVAILABLE: _Refusal(503, 2, "Service temporarily unavailable", transient=True),
    Fault.RATE_LIMITED: _Refusal(429, 4, "(#4) Application request limit reached", transient=True),
    Fault.TOKEN_INVALID: _of_token("sandbox-invalid"),
    Fault.TOKEN_EXPIRED: _of_token("sandbox-expired"),
    Fault.NO_PERMISSION: _of_token("sandbox-no-permission"),
}


def answer(request: Request, now_ms: int, faults: Faults | None = None) -> Response:
    """What the endpoint says to a request at `now_ms`. Never raises; junk gets the refusal it would get there."""
    fault = faults.fault if faults else None
    if fault is Fault.HTML:
        return html_error()
    trace = _trace(request, now_ms)
    if fault is not None and fault in _FAULTS:
        return _refused(_FAULTS[fault], trace)
    if request.method.upper() == "OPTIONS":  # a page asks before it posts JSON to another origin
        return Response(200, _CORS)
    status, body = _answered(request, now_ms, trace)
    if fault is Fault.PARTIAL and isinstance(body, dict) and body.get("events_received"):
        body |= {"events_received": body["events_received"] - 1, "messages": ["One event could not be processed."]}
    return _response(status, body)


def _answered(request: Request, now_ms: int, trace: str, outer_token: str = "") -> tuple[int, object]:
    """Status and JSON value for one request, alone or inside a batch."""
    params = parameters(request)
    access = token(request) or outer_token
    outcome = _access(access) or _routed(request, params, access, now_ms, trace)
    if isinstance(outcome, _Refusal):
        return outcome.status, _error(outcome, trace)
    return 200, outcome


def _routed(request: Request, params: Mapping[str, object], access: str, now_ms: int, trace: str) -> object:
    parts = [part for part in split(request.url).path.split("/") if part]
    if parts and (version := _VERSION.fullmatch(parts[0])):
        newest = _VERSION.fullmatch(NEWEST_VERSION)
        if newest and int(version[1]) > int(newest[1]):
            return _unknown_path(parts)
        parts = parts[1:]
    post = request.method.upper() == "POST"
    if not parts and post and "batch" in params:
        return _batch(params["batch"], access, now_ms, trace)
    if len(parts) == 2 and parts[1] == "events":
        return _events(parts[0], params, now_ms, trace) if post else _no_such_object("get")
    if len(parts) == 1 and not post:
        return _identity(parts[0])
    return _unknown_path(parts)


def _unknown_path(parts: list[str]) -> _Refusal:
    return _Refusal(400, 2500, f"Unknown path components: /{'/'.join(parts)}")


def _no_such_object(verb: str) -> _Refusal:
    status, code, subcode, message = TOKENS["sandbox-wrong-account"]
    return _Refusal(status, code, message.replace("post", verb), subcode)


def _identity(node: str) -> object:
    """The harmless question a token is checked with: who am I, or what is this dataset called?"""
    if node == "me":
        return {"id": "1000000000000001", "name": "Sandbox system user"}
    return {"id": node, "name": "Sandbox dataset"} if _is_account(node) else _no_such_object("get")


def _is_account(text: str) -> bool:
    return re.fullmatch(r"\d{1,32}", text, re.ASCII) is not None


def _events(account: str, params: Mapping[str, object], now_ms: int, trace: str) -> object:
    if not _is_account(account):
        return _no_such_object("post")
    if "data" not in params:
        return _Refusal(400, 100, "(#100) The parameter data is required", blamed=("data",))
    events = loaded(params["data"])
    if isinstance(events, Mapping):
        events = [events]
    if not isinstance(events, list) or not events:
        return _Refusal(400, 100, "(#100) Param data must be a non-empty array", blamed=("data",))
    if len(events) > MAX_EVENTS:
        return _Refusal(
            400,
            100,
            f"(#100) Param data must have at most {MAX_EVENTS} elements",
            title="Too Many Events",
            text=f"The call holds {len(events)} events; the most is {MAX_EVENTS}. Nothing was taken.",
            blamed=("data",),
        )
    found = [violation for index, item in enumerate(events) for violation in violations(loaded(item), now_ms, index)]
    refusals = [violation for violation in found if violation.refused]
    if refusals:
        return _invalid(refusals)
    warnings = [f"{item.blamed}: {item.message}" for item in found if item.weight is Weight.WARNED]
    return {"events_received": len(events), "messages": warnings, "fbtrace_id": trace}


def _invalid(refusals: list[Violation]) -> _Refusal:
    """One error for the whole call, about the first thing found; whatever breaks the same rule is blamed with it."""
    first = refusals[0]
    same = dict.fromkeys(item.blamed for item in refusals if _rule(item) == _rule(first))
    return _Refusal(400, 100, "Invalid parameter", first.subcode, first.title, first.message, tuple(same))


def _rule(violation: Violation) -> int | str:
    return violation.subcode or violation.message


def _batch(batch: object, access: str, now_ms: int, trace: str) -> object:
    """Graph's batch form: each inner request answered on its own, a null where a null stood."""
    inner = operations(batch)
    if inner is None:
        return _Refusal(400, 100, "(#100) Param batch must be an array", blamed=("batch",))
    if len(inner) > MAX_BATCH:
        return _Refusal(400, 100, f"Too many requests in batch message. Maximum batch size is {MAX_BATCH}")
    return [None if request is None else _inner(request, access, now_ms, trace) for request in inner]


def _inner(request: Request, access: str, now_ms: int, trace: str) -> object:
    nested = "batch" in parameters(request)  # which Graph does not serve
    refusal = _Refusal(400, 100, "(#100) A batch can not hold a batch")
    status, found = (400, _error(refusal, trace)) if nested else _answered(request, now_ms, trace, access)
    headers = [{"name": "Content-Type", "value": _JSON}]
    return {"code": status, "headers": headers, "body": json.dumps(found, ensure_ascii=False)}


def _access(access: str) -> _Refusal | None:
    return _of_token(access or "sandbox-invalid") if not access or access in TOKENS else None


# Writing an answer

_JSON = "application/json; charset=UTF-8"
_CORS: Headers = (
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Allow-Methods", "GET, POST, OPTIONS"),
    ("Access-Control-Allow-Headers", "Authorization, Content-Type"),
)


def _response(status: int, body: object) -> Response:
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    extra: Headers = (("Retry-After", "1"),) if status == 429 else ()
    return Response(status, (("Content-Type", _JSON), *_CORS, *extra), text.encode("utf-8", "replace"))


def _refused(refusal: _Refusal, trace: str) -> Response:
    return _response(refusal.status, _error(refusal, trace))


def _error(refusal: _Refusal, trace: str) -> dict[str, object]:
    error: dict[str, object] = {
        "message": refusal.message,
        "type": "OAuthException",
        "code": refusal.code,
        "is_transient": refusal.transient,
        "fbtrace_id": trace,
    }
    if refusal.subcode is not None:
        error["error_subcode"] = refusal.subcode
    if refusal.title:
        error |= {"error_user_title": refusal.title, "error_user_msg": refusal.text or refusal.message}
    if refusal.blamed:
        error["error_data"] = {"blame_field_specs": [[field] for field in refusal.blamed]}
    return {"error": error}


def _trace(request: Request, now_ms: int) -> str:
    """A trace ID in the platform's shape; equal requests at one time get the same, so that answers can be compared."""
    digest = hashlib.sha256(f"{now_ms} {request.method} {request.url} ".encode("utf-8", "replace") + request.body)
    return "A" + base64.urlsafe_b64encode(digest.digest())[:22].decode()
