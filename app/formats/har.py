"""HAR 1.2 as the tools write it: Chrome, Firefox, Safari, Charles, Fiddler, Proxyman, Playwright, mitmproxy.

They agree on little but the frame, `{"log": {"entries": [{"startedDateTime", "time", "request", "response"}]}}`:

* a request body is `postData.text`, or only `postData.params` (Charles, Firefox), or base64 under `encoding`;
* Firefox puts the request's own part headers in front of a form's text;
* a request that was blocked or aborted has `response.status` 0 and Chrome's `_error`;
* HTTP/2 pseudo-headers (`:authority`) stand among the headers.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote_plus

from app.formats.errors import FormatError
from app.formats.text import BrokenError, elements
from app.formats.times import epoch_ms, within_calendar
from app.model import Exchange, Headers, Provenance, Request, Response
from app.session.file import Skipped

_ENTRIES = re.compile(r'"entries"\s*:\s*\[')
_HEAD = 65_536  # characters in which a HAR file has shown what it is
_LARGEST_ANSWER = 2 << 20  # bytes of a response body that are kept; pages and pictures tell us nothing
_PART_HEADERS = re.compile(r"\A(?:content-[a-z-]+:[^\r\n]*\r?\n)+\r?\n", re.IGNORECASE)


def looks_like(text: str) -> bool:
    """Whether the text is a HAR file, whole or broken off."""
    return bool(re.match(r'\s*\{\s*"log"\s*:', text[:_HEAD]))


def read(text: str, name: str) -> tuple[tuple[Exchange, ...], tuple[Skipped, ...]]:
    """The exchanges of a HAR file, and the entries that could not be read.

    Of a file that breaks off, what stands before the break is read and the break is the last thing skipped. Raises
    `FormatError` when nothing could be read.
    """
    opening = _ENTRIES.search(text)
    if opening is None:
        raise FormatError(f"{name} begins like a HAR file but has no list of entries. Export it again.")
    exchanges: list[Exchange] = []
    skipped: list[Skipped] = []
    index = 0
    try:
        for index, entry in enumerate(elements(text, opening.end() - 1)):
            try:
                exchanges.append(_exchange(entry.value, name))
            except _UnreadableError as error:
                skipped.append(Skipped(index, str(error)))
    except BrokenError as broken:
        if not exchanges:
            raise FormatError(f"{name} is not a whole HAR file ({broken.where}). Export it again.") from broken
        skipped.append(Skipped(len(exchanges) + len(skipped), f"the file is broken from here on ({broken.where})"))
    return tuple(exchanges), tuple(skipped)


class _UnreadableError(Exception):
    """One entry is of no use; says why."""


def _exchange(entry: Any, name: str) -> Exchange:
    request = _mapping(_mapping(entry, "the entry").get("request"), "its request")
    url = request.get("url")
    if not isinstance(url, str) or "://" not in url:
        raise _UnreadableError("it has no URL")
    url = _whole(url)
    started = epoch_ms(entry.get("startedDateTime"))
    time = entry.get("time")
    took = round(time) if isinstance(time, int | float) and 0 <= time < 1e9 else None
    response = _response(entry.get("response"))
    return Exchange(
        provenance=Provenance.IMPORTED,
        request=_request(request, url),
        response=response,
        error=None if response else _error(entry),
        started_ms=started,
        finished_ms=within_calendar(started + took) if started is not None and took is not None else None,
        source=name,
    )


def _whole(text: str) -> str:
    """Text in which two halves of a character are one, and half a character is none."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _request(request: Mapping[str, Any], url: str) -> Request:
    headers = _headers(request.get("headers"))
    post = request.get("postData")
    body = b""
    if isinstance(post, Mapping):
        kind = post.get("mimeType")
        if isinstance(kind, str) and kind and not any(key.lower() == "content-type" for key, _ in headers):
            headers += (("Content-Type", kind),)
        body = body_of(post)
    method = request.get("method")
    return Request(method.upper() if isinstance(method, str) and method else "GET", url, headers, body)


def body_of(post: Mapping[str, Any]) -> bytes:
    """The request body in a `postData`: its text as it stands, or made again from its parameters."""
    text, kind = post.get("text"), str(post.get("mimeType") or "").lower()
    if isinstance(text, str) and text:
        if post.get("encoding", post.get("_encoding")) == "base64":
            return _unbase64(text)
        if kind.startswith(("multipart/", "application/x-www-form-urlencoded")):
            text = _PART_HEADERS.sub("", text, count=1)
        return _bytes(text)
    pairs = [_pair(item) for item in _listed(post.get("params")) if isinstance(item, Mapping)]
    boundary = re.search(r'boundary="?([^";]+)', str(post.get("mimeType") or ""))
    if boundary and pairs:
        return _multipart(pairs, boundary.group(1))
    return "&".join(f"{_escaped(key)}={_escaped(value)}" for key, value in pairs).encode()


def _multipart(pairs: list[tuple[str, str]], boundary: str) -> bytes:
    parts = (f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n' for key, value in pairs)
    return _bytes("".join(parts) + f"--{boundary}--\r\n")


def _pair(item: Mapping[str, Any]) -> tuple[str, str]:
    value = item.get("value")
    return str(item.get("name", "")), "" if value is None else str(value)


def _escaped(text: str) -> str:
    """One side of a form pair. Chrome writes parameters still escaped, others plain: a valid escape is left alone."""
    if re.search(r"%[0-9A-Fa-f]{2}", text) and not re.search(r"[^A-Za-z0-9%._~*+!'()-]", text):
        return text
    return quote_plus(text, errors="replace")


def _response(found: Any) -> Response | None:
    status = found.get("status") if isinstance(found, Mapping) else None
    if not isinstance(status, int) or not 100 <= status <= 999:
        return None
    content = found.get("content")
    body = _content(content) if isinstance(content, Mapping) else b""
    return Response(status, _headers(found.get("headers")), body[:_LARGEST_ANSWER], len(body) > _LARGEST_ANSWER)


def _content(content: Mapping[str, Any]) -> bytes:
    text = content.get("text")
    if not isinstance(text, str):
        return b""
    return _unbase64(text) if content.get("encoding") == "base64" else _bytes(text)


def _error(entry: Mapping[str, Any]) -> str | None:
    """Why there is no answer, in the tool's words; None where it did not record answers at all."""
    response = entry.get("response")
    if not isinstance(response, Mapping):
        return None
    told = (response.get("_error"), entry.get("_error"), response.get("statusText"))
    return next((_whole(text) for text in told if isinstance(text, str) and text), "no answer was recorded")


def _headers(found: Any) -> Headers:
    if isinstance(found, Mapping):
        return tuple((str(key), str(value)) for key, value in found.items() if not str(key).startswith(":"))
    if not isinstance(found, list):
        return ()
    pairs = [_same(*_pair(item)) for item in found if isinstance(item, dict)]
    return tuple([pair for pair in pairs if pair[0] and not pair[0].startswith(":")])


@lru_cache(maxsize=4096)
def _same(name: str, value: str) -> tuple[str, str]:
    """One object for a header that is sent over and over: half of what a request weighs."""
    return _whole(name), _whole(value)


def _listed(found: Any) -> list[Any]:
    return found if isinstance(found, list) else []


def _mapping(found: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(found, Mapping):
        raise _UnreadableError(f"{what} is no object")
    return found


def _unbase64(text: str) -> bytes:
    try:
        return base64.b64decode(text)
    except (binascii.Error, ValueError):
        return _bytes(text)


def _bytes(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")  # bytes that were no text, as some tools carry them
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")
