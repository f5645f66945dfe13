"""The generated shop's events on the wire: browser events as a HAR file, server events as a backend's log.

Everything an event says comes back when the files are read, so that the command can be tried whole.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from app.model import Event, Side

_PIXEL = "https://www.facebook.com/tr/"
_GRAPH = "https://graph.facebook.com/v26.0"
_CUSTOMER = {"ip": "client_ip_address", "user_agent": "client_user_agent"}


def write(events: Iterable[Event], folder: Path) -> tuple[Path, Path]:
    """Write the events' requests: the browser's to `browser.har`, the server's to `server.jsonl`."""
    har, log = folder / "browser.har", folder / "server.jsonl"
    with har.open("w", encoding="utf-8") as browser, log.open("w", encoding="utf-8") as server:
        browser.write('{"log": {"version": "1.2", "creator": {"name": "corpus", "version": "1"}, "entries": [')
        comma = "\n"
        for event in events:
            if event.side is Side.SERVER:
                server.write(json.dumps(_call(event)) + "\n")
            else:
                browser.write(comma + json.dumps(_entry(event)))
                comma = ",\n"
        browser.write("\n]}}\n")
    return har, log


def _entry(event: Event) -> dict[str, Any]:
    """A browser event as a browser's developer tools export its request."""
    ids = dict(event.match_ids)
    query = {
        "id": event.account,
        "ev": event.name,
        "dl": event.page or "",
        "if": "false",
        "ts": str(event.own_ms),
        **{f"cd[{key}]": value for key, value in _custom_data(event).items()},
        "sw": "1920",
        "sh": "1080",
        **{f"ud[{item.key}]": item.value for item in event.user},
        "v": "2.9.252",
        "r": "stable",
        "ec": "1",
        "o": "4126",
        **({"fbp": ids["fbp"]} if "fbp" in ids else {}),
        "cdl": "API_unavailable",
        "it": str(event.at_ms - 900),
        "coo": "false",
        **({} if event.event_id is None else {"eid": event.event_id}),
        "rqm": "GET",
    }
    started = datetime.fromtimestamp((event.received_ms or event.at_ms) / 1000, UTC)
    headers = {"Host": "www.facebook.com", "Referer": "https://shop.example/", "Accept": "image/avif,image/webp,*/*"}
    headers |= {"User-Agent": ids["user_agent"]} if "user_agent" in ids else {}
    return {
        "startedDateTime": started.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "time": 31.25,
        "request": {
            "method": "GET",
            "url": f"{_PIXEL}?{urlencode(query)}",
            "httpVersion": "http/2.0",
            "headers": _named(headers),
            "queryString": [],
            "cookies": [],
            "headersSize": -1,
            "bodySize": 0,
        },
        "response": {
            "status": 200,
            "statusText": "",
            "httpVersion": "http/2.0",
            "headers": _named({"content-type": "image/gif", "date": started.strftime("%a, %d %b %Y %H:%M:%S GMT")}),
            "cookies": [],
            "content": {"size": 44, "mimeType": "image/gif", "encoding": "base64", "text": "R0lGODlhAQABAAAAADs="},
            "redirectURL": "",
            "headersSize": -1,
            "bodySize": -1,
        },
        "cache": {},
        "timings": {"blocked": 1.2, "dns": -1, "connect": -1, "send": 0.2, "wait": 29.6, "receive": 0.25, "ssl": -1},
    }


def _call(event: Event) -> dict[str, Any]:
    """A server event as a backend logs its call of the platform, with the answer."""
    custom: dict[str, Any] = dict(_custom_data(event))
    custom |= {"value": float(event.value)} if event.value else {}
    custom |= {"contents": json.loads(custom["contents"])} if event.contents else {}
    payload = {
        "event_name": event.name,
        "event_time": event.at_ms // 1000,
        **({} if event.event_id is None else {"event_id": event.event_id}),
        "action_source": event.action_source,
        **({"event_source_url": event.page} if event.page else {}),
        "user_data": {
            **{item.key: [item.value] for item in event.user},
            **{_CUSTOMER.get(key, key): value for key, value in event.match_ids},
        },
        "custom_data": custom,
    }
    return {
        "method": "POST",
        "url": f"{_GRAPH}/{event.account}/events",
        "started_ms": event.received_ms,
        "headers": {"Content-Type": "application/json", "User-Agent": "backend/2.1"},
        "body": json.dumps({"data": [payload], "partner_agent": "backend-2.1"}),
        "status": 200,
        "response_body": '{"events_received":1,"messages":[],"fbtrace_id":"AbCdEf"}',
    }


def _custom_data(event: Event) -> dict[str, str]:
    found = {"value": event.value, "currency": event.currency, "order_id": event.order_id}
    if event.contents:
        lines = [{"id": item.id, "quantity": 1, "item_price": float(item.price)} for item in event.contents]
        found |= {"content_type": event.content_type, "contents": json.dumps(lines, separators=(",", ":"))}
    return {key: value for key, value in found.items() if value is not None}


def _named(headers: dict[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers.items()]
