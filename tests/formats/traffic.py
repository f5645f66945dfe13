"""Small files of recorded traffic, as tools and backends write them."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

NOON_MS = 1_795_348_800_000  # 2026-11-22 12:00:00 UTC
DATASET = "1111111111111111"
FBP = "fb.1.1795317862330.447908042"
TOKEN = "EAAFAKETOKENabcdefghijklmnop1234"


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def pixel(
    name: str, event_id: str | None = None, more: dict[str, str] | None = None, *, after_s: int = 0
) -> dict[str, Any]:
    """A HAR entry: one pixel request, `after_s` seconds after noon, with `more` parameters."""
    query = {
        "id": DATASET,
        "ev": name,
        "dl": "https://shop.example/thanks",
        "if": "false",
        "ts": str(NOON_MS + after_s * 1000),
        "v": "2.9.252",
        "r": "stable",
        "fbp": FBP,
        "rqm": "GET",
    }
    if event_id is not None:
        query["eid"] = event_id
    started = datetime.fromtimestamp(NOON_MS / 1000 + after_s, UTC)
    return {
        "startedDateTime": started.isoformat(),
        "time": 25.4,
        "request": {
            "method": "GET",
            "url": f"https://www.facebook.com/tr/?{urlencode({**query, **(more or {})})}",
            "headers": [{"name": "User-Agent", "value": "Mozilla/5.0 (X11)"}],
        },
        "response": {"status": 200, "headers": [], "content": {"size": 0}},
    }


def har(*entries: Any) -> str:
    return json.dumps({"log": {"version": "1.2", "creator": {"name": "test", "version": "1"}, "entries": entries}})


def server_event(name: str, event_id: str | None = None, *, after_s: int = 0, **more: Any) -> dict[str, Any]:
    """One event as a backend sends it to the Conversions API."""
    event: dict[str, Any] = {
        "event_name": name,
        "event_time": NOON_MS // 1000 + after_s,
        "action_source": "website",
        "event_source_url": "https://shop.example/thanks",
        "user_data": {"em": [digest("jane@x.example")], "fbp": FBP, "client_user_agent": "Mozilla/5.0 (X11)"},
    }
    if event_id is not None:
        event["event_id"] = event_id
    return {**event, **more}


def call(*events: dict[str, Any], status: int = 200, answer: Any = None) -> dict[str, Any]:
    """A logged Conversions API call with its answer."""
    return {
        "method": "POST",
        "url": f"https://graph.facebook.com/v26.0/{DATASET}/events?access_token={TOKEN}",
        "headers": {"Content-Type": "application/json"},
        "body": {"data": list(events)},
        "response": {"status": status, "body": answer or {"events_received": len(events), "fbtrace_id": "Abc"}},
    }


def lines(*items: Any) -> str:
    return "\n".join(item if isinstance(item, str) else json.dumps(item) for item in items) + "\n"


def put(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path
