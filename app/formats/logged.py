"""What a log wrote down of a request and its answer, under the names that loggers and clients give to the parts."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from app import platforms
from app.formats import har
from app.formats.text import Value, members
from app.model import Exchange, Headers, Provenance, Request, Response

_BODIES = ("body", "payload", "json", "request_body", "requestBody", "data")
_STATUSES = ("status", "status_code", "statusCode", "response_status", "http_status")
_ANSWERS = ("response_body", "responseBody", "response")


class UnreadableError(Exception):
    """One entry is of no use; says why."""


def recorded(parts: Mapping[str, Value], name: str, started: int | None) -> Exchange:
    """A request somebody wrote down, with its response when that was written down too.

    Raises `UnreadableError` when its body is spoilt.
    """
    request = request_of(parts)
    url = url_of(request)
    body = _body(request)
    headers = _headers(request.get("headers"))
    kind = next((request[key].value for key in ("content_type", "contentType") if key in request), None)
    if isinstance(kind, str) and not any(key.lower() == "content-type" for key, _ in headers):
        headers += (("Content-Type", kind),)
    method = request["method"].value if "method" in request else None
    if not isinstance(method, str) or not method:
        method = "POST" if body else "GET"
    response = response_of(parts)
    return Exchange(
        provenance=Provenance.IMPORTED,
        request=Request(method.upper(), url, headers, body),
        response=response,
        started_ms=started,
        source=name,
    )


def request_of(parts: Mapping[str, Value]) -> Mapping[str, Value]:
    """The members that describe the request: those of `request`, or the entry's own."""
    inner = "url" not in parts and isinstance(value_of(parts, "request"), dict)
    return members(parts["request"]) if inner else parts


def response_of(parts: Mapping[str, Value]) -> Response | None:
    """The answer beside a request or payload; None when nothing tells how it went."""
    answer = members(parts["response"]) if isinstance(value_of(parts, "response"), dict) else {}
    status = _status(answer)
    if status is not None:
        content = answer.get("content")  # of a HAR entry
        inside = members(content).get("text") if content and isinstance(content.value, dict) else None
        return Response(status, _headers(answer.get("headers")), _text_of(answer.get("body", inside)))
    body = _text_of(next((parts[key] for key in _ANSWERS if key in parts), None))
    status = _status(parts)
    if status is None and answer:  # the platform's own words, without the status
        said = {key: member.value for key, member in answer.items()}
        readers = (each.logged for each in platforms.PLATFORMS if each.logged is not None)
        status = next((found for each in readers if (found := each.status(said)) is not None), None)
    return None if status is None else Response(status, body=body)


def _status(parts: Mapping[str, Value]) -> int | None:
    found = next((parts[key].value for key in _STATUSES if key in parts), None)
    known = isinstance(found, int) and not isinstance(found, bool) and 100 <= found <= 999
    return found if known else None


def _body(request: Mapping[str, Value]) -> bytes:
    post = value_of(request, "postData")
    if isinstance(post, dict):  # a HAR entry, one to a line
        return har.body_of(post)
    if value_of(request, "encoding") == "base64" and isinstance(value_of(request, "body"), str):
        try:
            return base64.b64decode(request["body"].value, validate=True)
        except ValueError as error:
            raise UnreadableError("its body is no base64") from error
    key = next((key for key in _BODIES if key in request), "")
    if key == "data" and isinstance(request[key].value, list):
        return bytes_of(f'{{"data":{request[key].text}}}')
    return _text_of(request.get(key))


def _text_of(body: Value | None) -> bytes:
    """A body given as text, or as the JSON it is."""
    if body is None or body.value is None:
        return b""
    return bytes_of(body.value if isinstance(body.value, str) else body.text)


def _headers(found: Value | None) -> Headers:
    match found.value if found else None:
        case dict() as mapping:
            return tuple((str(key), str(value)) for key, value in mapping.items())
        case list() as pairs:
            return tuple(pair for pair in map(_pair, pairs) if pair is not None)
    return ()


def _pair(item: Any) -> tuple[str, str] | None:
    match item:
        case {"name": str(name), "value": value}:
            return name, str(value)
        case [str(name), value]:
            return name, str(value)
    return None


def url_of(parts: Mapping[str, Value]) -> str:
    """The address that a request names; empty when it names none. In a bare event `url` is something else."""
    url = value_of(parts, "url")
    return url if isinstance(url, str) and "://" in url and "event_name" not in parts else ""


def value_of(parts: Mapping[str, Value], key: str) -> Any:
    """A member's value; None when it is not there."""
    return parts[key].value if key in parts else None


def bytes_of(text: str) -> bytes:
    """Text as a body's bytes."""
    return text.encode("utf-8", "replace")
