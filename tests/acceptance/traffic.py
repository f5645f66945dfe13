"""What a stranger hands to `pixelpair check`: HAR files as browsers write them, payloads as backends log them.

Nothing here knows the house; everything is built from the wire's description. Offsets `at` are seconds after `START`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

START = 1795317862
PIXEL = "1111111111111111"
OTHER_PIXEL = "2222222222222222"
PAGE = "https://shop.example/thanks"
AGENT = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
)
FBP = "fb.1.1795310000000.447908042"
BASKET = [{"id": "SKU-1", "quantity": 2, "item_price": 60}, {"id": "SKU-2", "quantity": 1, "item_price": 22.52}]

Json = dict[str, Any]
LEFT_OUT: Any = object()
"""As a parameter's value: the parameter is not sent."""


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


MARY = {"em": sha256("mary@example.com"), "ph": sha256("15559876543")}


# -- the browser ----------------------------------------------------------------------------------------------------


def fired(
    name: str | None = "Purchase",
    eid: str | None = "o-1",
    at: float = 0,
    *,
    seen: float | None = None,
    status: int = 200,
    error: str | None = None,
    url: str = "https://www.facebook.com/tr/",
    form: bool = False,
    agent: str = AGENT,
    **changed: Any,
) -> Json:
    """One `fbq('track', …)` as a HAR entry: a picture's GET, or the form post of a long event.

    Further parameters are the wire's, with `__` for brackets: `cd__value="10"` is `cd[value]=10`.
    """
    wire: dict[str, Any] = {
        "id": PIXEL,
        "ev": name,
        "dl": PAGE,
        "rl": "https://shop.example/checkout",
        "if": "false",
        "ts": str(round((START + at) * 1000)),
    }
    if name == "Purchase":
        wire |= {
            "cd[value]": "142.52",
            "cd[currency]": "USD",
            "cd[content_type]": "product",
            "cd[contents]": json.dumps(BASKET, separators=(",", ":")),
            "cd[order_id]": "ORD-77",
        }
    wire |= {"ud[em]": MARY["em"], "sw": "1366", "sh": "768", "v": "2.9.252", "r": "stable", "ec": "0", "o": "4126"}
    wire |= {
        "fbp": FBP,
        "it": str(START * 1000 - 800),
        "coo": "false",
        "eid": eid,
        "rqm": "formPOST" if form else "GET",
    }
    for key, value in changed.items():
        outer, _, inner = key.rstrip("_").partition("__")
        wire[f"{outer}[{inner}]" if inner else outer] = value
    text = "&".join(
        f"{key if not form else quote(key)}={quote(str(value), safe='')}"
        for key, value in wire.items()
        if value is not None and value is not LEFT_OUT
    )
    moment = at + 0.02 if seen is None else seen
    headers = {"User-Agent": agent, "Referer": "https://shop.example/", "Sec-Fetch-Dest": "image"}
    if form:
        body = ("application/x-www-form-urlencoded", text)
        return entry("POST", url, moment, headers=headers, body=body, status=status, error=error)
    return entry("GET", f"{url}?{text}", moment, headers=headers, status=status, error=error)


def entry(
    method: str,
    url: str,
    at: float = 0,
    *,
    headers: Mapping[str, str] = {},
    body: tuple[str, str] | None = None,
    status: int = 200,
    answer: str = "",
    error: str | None = None,
    took: float = 42.5,
) -> Json:
    """One HAR 1.2 entry; with `error` as Chrome writes a request that never got an answer."""
    request: Json = {
        "method": method,
        "url": url,
        "httpVersion": "h2",
        "headers": [{"name": ":method", "value": method}]
        + [{"name": name, "value": value} for name, value in headers.items()],
        "queryString": [],
        "cookies": [],
        "headersSize": -1,
        "bodySize": len(body[1]) if body else 0,
    }
    if body:
        request["postData"] = {"mimeType": body[0], "text": body[1]}
    response: Json = {
        "status": 0 if error else status,
        "statusText": "",
        "httpVersion": "h2",
        "headers": [] if error else [{"name": "content-type", "value": "image/gif"}],
        "cookies": [],
        "content": {"size": len(answer), "mimeType": "image/gif", "text": answer},
        "redirectURL": "",
        "headersSize": -1,
        "bodySize": -1,
    }
    if error:
        response["_error"] = error
    return {
        "startedDateTime": moment(at),
        "time": took,
        "request": request,
        "response": response,
        "cache": {},
        "timings": {"send": 0.1, "wait": 42.0, "receive": 0.4},
    }


def moment(at: float) -> str:
    """Seconds after the start as ISO 8601 with a zone, as every tool writes it."""
    found = datetime.fromtimestamp(START, UTC) + timedelta(seconds=at)
    return found.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def har(*entries: Json) -> str:
    """A whole HAR file."""
    log = {
        "version": "1.2",
        "creator": {"name": "Playwright", "version": "1.57.0"},
        "browser": {"name": "chromium", "version": "142.0.7444.52"},
        "pages": [],
        "entries": list(entries),
    }
    return json.dumps({"log": log}, indent=1)


# -- the server -----------------------------------------------------------------------------------------------------


def event(
    name: str = "Purchase",
    event_id: Any = "o-1",
    at: float = 1,
    *,
    user: Mapping[str, Any] = {},
    custom: Mapping[str, Any] = {},
    **changed: Any,
) -> Json:
    """One Conversions API event, the clean twin of `fired()`; `LEFT_OUT` takes a member away."""
    user_data: Json = {
        "em": [MARY["em"]],
        "client_ip_address": "8.8.4.4",
        "client_user_agent": AGENT,
        "fbp": FBP,
    }
    custom_data: Json = {}
    if name == "Purchase":
        custom_data = {
            "value": 142.52,
            "currency": "USD",
            "content_type": "product",
            "contents": BASKET,
            "order_id": "ORD-77",
        }
    found: Json = {
        "event_name": name,
        "event_time": int(START + at),
        "event_id": LEFT_OUT if event_id is None else event_id,
        "action_source": "website",
        "event_source_url": PAGE,
        "user_data": _present(user_data | dict(user)),
        "custom_data": _present(custom_data | dict(custom)),
    }
    return _present(found | changed)


def _present(found: Mapping[str, Any]) -> Json:
    return {key: value for key, value in found.items() if value is not LEFT_OUT}


def call(
    *events: Any,
    at: float | None = 1.2,
    account: str = PIXEL,
    status: int | None = 200,
    answer: Any = None,
    url: str | None = None,
    headers: Mapping[str, str] = {},
    **beside: Any,
) -> Json:
    """A logged request with its answer, one line of JSONL; what is given beside stands beside `data`."""
    said = answer if answer is not None else {"events_received": len(events), "messages": [], "fbtrace_id": "AbC1"}
    line: Json = {
        "method": "POST",
        "url": url or f"https://graph.facebook.com/v24.0/{account}/events",
        "headers": {"Content-Type": "application/json", **headers},
        "body": {"data": list(events), **beside},
    }
    if at is not None:
        line["started_ms"] = round((START + at) * 1000)
    if status is not None:
        line |= {"status": status, "response_body": said}
    return line


def refusal(code: int = 100, subcode: int | None = 2804003, title: str = "Event Timestamp Too Old") -> Json:
    """Graph's answer to a call that it refuses."""
    error: Json = {
        "message": "Invalid parameter",
        "type": "OAuthException",
        "code": code,
        "is_transient": False,
        "error_user_title": title,
        "fbtrace_id": "AxYz",
    }
    return {"error": error | ({"error_subcode": subcode} if subcode else {})}


def payload(*events: Any, account: str | None = PIXEL) -> Json:
    """A logged payload without its request: the account beside it, or nowhere."""
    body: Json = {"data": list(events)}
    return body if account is None else {"pixel_id": account, "payload": body}


def lines(*items: Any) -> str:
    """JSON Lines."""
    return "".join(json.dumps(item) + "\n" for item in items)


def jumbled(items: Iterable[Json]) -> tuple[Json, ...]:
    """The same in reverse order."""
    return tuple(reversed(tuple(items)))
