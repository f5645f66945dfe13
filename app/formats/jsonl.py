"""Server payloads as JSON or JSON Lines: what a backend logged instead of, or before, sending it.

A line, or an element of a list, is one of:

    {"data": [{"event_name": "Purchase", …}], "access_token": "…"}         a whole Conversions API request
    {"event_name": "Purchase", "event_time": 1795317862, …}                one event
    {"pixel_id": "111", "payload": {…}}                                    either of them, and its account
    {"method": "POST", "url": "https://…", "headers": {…}, "body": "…"}    any request

Whatever it is, the answer may stand beside it: as "response", or as "status" with "response_body". Values may also
follow each other without being one to a line.

`pixel_id`, `dataset_id`, `account` or `id` beside the payload name the account. Where nobody does, it is the one given
to `read`, or else `UNKNOWN`, which `app.formats.settle_accounts` replaces when all inputs together name a single one.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from app.formats import har
from app.formats.errors import FormatError
from app.formats.text import BrokenError, Value, elements, members, parse
from app.formats.times import epoch_ms
from app.model import UNNAMED_ACCOUNT, Exchange, Headers, Provenance, Request, Response
from app.store import Skipped

UNKNOWN = UNNAMED_ACCOUNT

_GRAPH = "https://graph.facebook.com"
_ACCOUNTS = ("pixel_id", "dataset_id", "account", "account_id", "id")
_PAYLOADS = ("payload", "body", "event", "events", "request")
_TELLING = frozenset(("event_name", "data", "url", *_PAYLOADS))
_BODIES = ("body", "payload", "json", "request_body", "requestBody", "data")
_STATUSES = ("status", "status_code", "statusCode", "response_status", "http_status")
_ANSWERS = ("response_body", "responseBody", "response")
_TIMES = ("started_ms", "startedDateTime", "sent_at", "timestamp", "time")
_JSON = (("Content-Type", "application/json"),)


def read(text: str, name: str, account: str = "") -> tuple[tuple[Exchange, ...], tuple[Skipped, ...]]:
    """The exchanges of a file of payloads, and what was skipped, by line or element from 0.

    Raises `FormatError` when nothing could be read.
    """
    exchanges: list[Exchange] = []
    skipped: list[Skipped] = []
    for index, item in _items(text):
        if isinstance(item, BrokenError):
            skipped.append(Skipped(index, f"no JSON at {item.where}"))
            continue
        try:
            exchanges.append(_exchange(item, name, account or UNKNOWN))
        except _UnreadableError as error:
            skipped.append(Skipped(index, str(error)))
    if not exchanges:
        raise FormatError(
            f"{name} holds nothing Pixelpair can read ({_first(skipped)}). It reads HAR files, mitmproxy's flow files, "
            "server payloads as JSON or JSON Lines, cURL commands, and its own session files."
        )
    return tuple(exchanges), tuple(skipped)


def homeless(exchange: Exchange) -> bool:
    """Whether it is a payload whose account nobody named."""
    return exchange.provenance is Provenance.IMPORTED and exchange.request.url == _address(UNKNOWN)


def housed(exchange: Exchange, account: str) -> Exchange:
    """The exchange, at this account if it had none."""
    if not homeless(exchange):
        return exchange
    return replace(exchange, request=replace(exchange.request, url=_address(account)))


def _address(account: str) -> str:
    return f"{_GRAPH}/{quote(account, safe='')}/events"


def _first(skipped: list[Skipped]) -> str:
    """The first thing that went wrong."""
    if not skipped:
        return "the list in it is empty"
    return skipped[0].reason if len(skipped) == 1 else f"entry {skipped[0].index}: {skipped[0].reason}"


class _UnreadableError(Exception):
    """One entry is of no use; says why."""


def _items(text: str) -> Iterator[tuple[int, Value | BrokenError]]:
    """The entries of a document, of a list, or of lines, each with its index or the break that ended them."""
    whole: Value | BrokenError
    try:
        value, end = parse(text)
        whole = Value(text[:end].strip(), value)
    except BrokenError as broken:
        whole, end = broken, 0
    if isinstance(whole, Value) and not text[end:].strip():
        return _of_document(whole)
    if isinstance(whole, Value) and "\n" in whole.text and not _by_lines(text):
        return _sequence(text.rstrip())
    if isinstance(whole, Value) or _by_lines(text):
        return _lines(text)
    return _of_list(text, text.index("[")) if text.lstrip().startswith("[") else iter([(0, whole)])


def _by_lines(text: str) -> bool:
    """Whether the lines are values of their own: half of them, or one that is a payload, as in a log among much else.

    In a broken document such lines are few, and indented.
    """
    items = [item for _, item in _lines(text)]
    return 2 * sum(isinstance(item, Value) for item in items) >= len(items) or any(
        isinstance(item := _line(line.strip()), Value) and _TELLING & item.value.keys()
        for line in text.split("\n")
        if line.startswith("{")
    )


def _of_document(whole: Value) -> Iterator[tuple[int, Value | BrokenError]]:
    if isinstance(whole.value, list):
        return _of_list(whole.text, 0)
    return iter([(0, whole)])


def _of_list(text: str, start: int) -> Iterator[tuple[int, Value | BrokenError]]:
    index = -1
    try:
        for index, item in enumerate(elements(text, start)):
            yield index, item
    except BrokenError as broken:
        yield index + 1, broken


def _sequence(text: str) -> Iterator[tuple[int, Value | BrokenError]]:
    """Values that follow each other over as many lines as they like, as loggers print them for people."""
    at, index = 0, 0
    while at < len(text):
        try:
            value, end = parse(text, at)
        except BrokenError as broken:
            yield index, broken
            return
        yield index, Value(text[at:end].strip(), value)
        at, index = end, index + 1


def _lines(text: str) -> Iterator[tuple[int, Value | BrokenError]]:
    for index, line in enumerate(text.split("\n")):
        if not line.strip():
            continue
        item = _line(line.strip())
        if isinstance(item, BrokenError):
            item.line = index + 1  # of the file
        yield index, item


def _line(line: str) -> Value | BrokenError:
    try:
        value, end = parse(line)
    except BrokenError as broken:
        return broken
    if line[end:].strip():
        return BrokenError(line, end, "something follows the first value")
    if isinstance(value, dict | list | str):
        return Value(line, value)
    return BrokenError(line, 0, "a bare number or word is no payload")


def _exchange(item: Value, name: str, account: str) -> Exchange:
    """One entry as the exchange it was, or would have been."""
    if isinstance(item.value, str):
        return _exchange(_inner(item), name, account)
    if isinstance(item.value, list):
        return _call(f'{{"data":{item.text}}}', account, name, None)
    if not isinstance(item.value, dict):
        raise _UnreadableError("it is neither an object nor a list")
    parts = members(item.text)
    named = _account(parts, bare="event_name" in parts) or account
    started = next((ms for key in _TIMES if key in parts and (ms := epoch_ms(parts[key].value)) is not None), None)
    if _url(_request(parts)):
        return _recorded(parts, name, started)
    if "event_name" in parts:
        return _call(f'{{"data":[{item.text}]}}', named, name, None)
    if "data" in parts:
        return replace(_call(item.text, named, name, started), response=_response(parts))
    payload = next((parts[key] for key in _PAYLOADS if key in parts), None)
    if payload is None or not isinstance(payload.value, dict | list | str):
        asked = isinstance(_value(parts, "method"), str)
        raise _UnreadableError(
            "its request has no URL" if asked else "it has neither a URL nor data, event_name or payload"
        )
    inner = _exchange(payload, name, named)
    return replace(
        inner,
        started_ms=started if inner.started_ms is None else inner.started_ms,
        response=_response(parts) if inner.response is None else inner.response,
    )


def _inner(item: Value) -> Value:
    """JSON inside a JSON string."""
    try:
        value, end = parse(item.value)
    except BrokenError as broken:
        raise _UnreadableError(f"its text is no JSON at {broken.where}") from broken
    if not isinstance(value, dict | list):
        raise _UnreadableError("its text is neither an object nor a list")
    return Value(item.value[:end].strip(), value)


def _call(body: str, account: str, name: str, started: int | None) -> Exchange:
    """A Conversions API call around a body, as the platform's own address would have got it."""
    request = Request("POST", _address(account), _JSON, _bytes(body))
    return Exchange(Provenance.IMPORTED, request, started_ms=started, source=name)


def _recorded(parts: Mapping[str, Value], name: str, started: int | None) -> Exchange:
    """A request somebody wrote down, with its response when that was written down too."""
    request = _request(parts)
    url = _url(request)
    body = _body(request)
    headers = _headers(request.get("headers"))
    kind = next((request[key].value for key in ("content_type", "contentType") if key in request), None)
    if isinstance(kind, str) and not any(key.lower() == "content-type" for key, _ in headers):
        headers += (("Content-Type", kind),)
    method = request["method"].value if "method" in request else None
    if not isinstance(method, str) or not method:
        method = "POST" if body else "GET"
    response = _response(parts)
    return Exchange(
        provenance=Provenance.IMPORTED,
        request=Request(method.upper(), url, headers, body),
        response=response,
        started_ms=started,
        source=name,
    )


def _request(parts: Mapping[str, Value]) -> Mapping[str, Value]:
    """The members that describe the request: those of `request`, or the entry's own."""
    inner = "url" not in parts and isinstance(_value(parts, "request"), dict)
    return members(parts["request"].text) if inner else parts


def _response(parts: Mapping[str, Value]) -> Response | None:
    """The answer beside a request or payload; None when nothing tells how it went."""
    answer = members(parts["response"].text) if isinstance(_value(parts, "response"), dict) else {}
    status = _status(answer)
    if status is not None:
        content = answer.get("content")  # of a HAR entry
        inside = members(content.text).get("text") if content and isinstance(content.value, dict) else None
        return Response(status, _headers(answer.get("headers")), _text_of(answer.get("body", inside)))
    body = _text_of(next((parts[key] for key in _ANSWERS if key in parts), None))
    status = _status(parts)
    if status is None and answer.keys() & {"error", "events_received"}:  # the platform's own words, without the status
        status = 400 if "error" in answer else 200
    return None if status is None else Response(status, body=body)


def _status(parts: Mapping[str, Value]) -> int | None:
    found = next((parts[key].value for key in _STATUSES if key in parts), None)
    known = isinstance(found, int) and not isinstance(found, bool) and 100 <= found <= 999
    return found if known else None


def _body(request: Mapping[str, Value]) -> bytes:
    post = _value(request, "postData")
    if isinstance(post, dict):  # a HAR entry, one to a line
        return har.body_of(post)
    if _value(request, "encoding") == "base64" and isinstance(_value(request, "body"), str):
        try:
            return base64.b64decode(request["body"].value, validate=True)
        except ValueError as error:
            raise _UnreadableError("its body is no base64") from error
    key = next((key for key in _BODIES if key in request), "")
    if key == "data" and isinstance(request[key].value, list):
        return _bytes(f'{{"data":{request[key].text}}}')
    return _text_of(request.get(key))


def _text_of(body: Value | None) -> bytes:
    """A body given as text, or as the JSON it is."""
    if body is None or body.value is None:
        return b""
    return _bytes(body.value if isinstance(body.value, str) else body.text)


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


def _url(parts: Mapping[str, Value]) -> str:
    url = _value(parts, "url")
    return url if isinstance(url, str) and "://" in url and "event_name" not in parts else ""


def _account(parts: Mapping[str, Value], *, bare: bool) -> str:
    """The account an entry names. In a bare event `id` is not it."""
    for key in _ACCOUNTS[:2] if bare else _ACCOUNTS:
        value = _value(parts, key)
        if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
            return str(value).strip()
    return ""


def _value(parts: Mapping[str, Value], key: str) -> Any:
    return parts[key].value if key in parts else None


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")
