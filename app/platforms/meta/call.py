"""Reads a call to the Graph endpoint: parameters, token, and each event's JSON text just as it stood.

    POST /v26.0/1111111111111111/events    data=["{\\"event_name\\": \\"Purchase\\", …}"]&access_token=…   (form)
    POST /v26.0/1111111111111111/events    {"data":[{"event_name":"Purchase",…}],"access_token":"…"}       (JSON)
    POST /v26.0                            batch=[{"method":"POST","relative_url":"v26.0/…/events","body":"data=…"}]

Texts are cut out, not parsed and written again: a lead ID of 17 digits and a price of 1.10 stay what they were.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import SplitResult, parse_qsl, urlsplit

from app.model import Request
from app.platforms import reading
from app.platforms.json_text import elements, loaded, members

FORM = "application/x-www-form-urlencoded"


def split(url: str) -> SplitResult:
    """The parts of a URL; empty ones when it is no URL."""
    try:
        return urlsplit(url)
    except ValueError:  # a bracket out of place in the host
        return urlsplit("")


def parameters(request: Request) -> dict[str, object]:
    """Query and body parameters in any of the body forms Graph takes; the body's win."""
    return {key: loaded(text) if raw else text for key, (text, raw) in _parameters(request).items()}


def token(request: Request) -> str:
    """The access token of a call, from the body, the query or the header; empty when there is none."""
    scheme, _, value = request.header("Authorization").partition(" ")
    bearer = value.strip() if scheme.lower() == "bearer" else ""
    found = parameters(request).get("access_token")
    return found if isinstance(found, str) and found else bearer


def operations(batch: object) -> tuple[Request | None, ...] | None:
    """The inner requests of a batch, None where one is null; None for what is no batch."""
    found = loaded(batch)
    return tuple(_operation(item) for item in found) if isinstance(found, list) else None


def events_of(request: Request) -> tuple[str, ...]:
    """The JSON text of every event in a call, batches opened, in order; junk elements included. Never raises."""
    params = _parameters(request)
    if "batch" in params:
        inner = operations(params["batch"][0]) or ()
        return tuple(
            text for each in inner if each is not None and "batch" not in parameters(each) for text in events_of(each)
        )
    if "data" in params:
        return event_texts(params["data"][0])
    # Not what Graph takes, yet what a log of payloads may hold: the bare list, or one bare event.
    body = _text(request)
    return event_texts(body) if "event_name" in params or elements(body) is not None else ()


def event_texts(data: str) -> tuple[str, ...]:
    """The events in the text of `data`: an array or one object, its elements objects or JSON strings of objects."""
    text = unwrapped(data)
    items = elements(text)
    if items is None:
        numbered = members(text) or ()
        items = tuple(item for _, item in numbered) if numbered and all(n.isdigit() for n, _ in numbered) else (text,)
    return tuple(unwrapped(item) for item in items)


def unwrapped(text: str) -> str:
    """What a JSON string holds, also one inside another; any other text as it stands."""
    for _ in range(reading.MAX_WRAPPED):
        found = loaded(text) if text.lstrip().startswith('"') else None
        if not isinstance(found, str):
            break
        text = found
    return text


def _operation(item: object) -> Request | None:
    if item is None:
        return None
    found = loaded(item)
    fields = found if isinstance(found, Mapping) else {}
    method, url, body = (str(fields.get(key) or "") for key in ("method", "relative_url", "body"))
    url = url if "://" in url.partition("?")[0] else "/" + url.lstrip("/")
    return Request(method or "GET", url, (("Content-Type", FORM),), body.encode("utf-8", "replace"))


def _parameters(request: Request) -> dict[str, tuple[str, bool]]:
    """Each parameter's text, and whether that text is JSON (a member of a JSON body) rather than plain."""
    params = _plain(split(request.url).query)
    kind = request.header("Content-Type")
    if "multipart/form-data" in kind.lower():
        parts, _ = reading.multipart_pairs(request.body, kind)
        return params | {key: (text, False) for key, text in parts}
    body = _text(request)
    inner = members(body)
    if inner is None:
        return params | _plain(body)
    return params | {key: (text, True) for key, text in inner if text != "null"}


def _text(request: Request) -> str:
    body = reading.inflated(request.body, request.header("Content-Encoding"))
    return body.decode("utf-8-sig", "replace")


def _plain(query: str) -> dict[str, tuple[str, bool]]:
    return {key: (text, False) for key, text in parse_qsl(query, keep_blank_values=True)}
