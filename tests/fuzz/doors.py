"""Where platforms take requests, and the words they take there: Meta's by hand, everybody's from their samples."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

from app.model import Exchange
from tests.platforms.goldens import har_exchanges
from tests.platforms.vectors import KNOWN, exchange_of, real, sample, vectors

PIXEL = "1111111111111111"
CALL = f"https://graph.facebook.com/v26.0/{PIXEL}/events"
_META = (
    "https://www.facebook.com/tr/",
    "https://www.facebook.com/tr",
    "https://www.facebook.com/privacy_sandbox/pixel/register/trigger/",
    f"https://connect.facebook.net/signals/config/{PIXEL}",
    CALL,
    "https://graph.facebook.com/v26.0/",
    f"https://gw.example/capi/{PIXEL}/events",
    "https://gw.example/events",
    "https://relay.example/v26.0/",
    "https://sgtm.example/fp/tr",
    "https://shop.example/fp/tr",
)


def recorded() -> list[Exchange]:
    """Every vector, once for each of its answers, and everything that the real libraries sent."""
    found = [
        exchange_of(vector, answer=answer) for vector in vectors() for answer in (vector.get("responses") or [None])
    ]
    files = [
        each[key] for name, each in real().items() if name in KNOWN for key in ("file", "server_file") if key in each
    ]
    return found + [exchange for file in files for exchange in har_exchanges(sample(f"real/{file}"))]


def base_of(url: str) -> str:
    """A URL without its query."""
    return url.partition("?")[0]


RECORDED = recorded()
DOORS = tuple(dict.fromkeys((*_META, *(base_of(each.request.url) for each in RECORDED))))


def _members(value: Any) -> Iterator[str]:
    """The names of an object's members, and of those of all objects in it."""
    if isinstance(value, dict):
        yield from value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _members(inner)


def _names_of(vector: dict[str, Any]) -> Iterator[str]:
    yield from _members(vector["request"].get("body_json"))
    for answer in vector.get("responses", ()):
        yield from _members(answer.get("body_json"))


MEMBERS = tuple(dict.fromkeys(name for vector in vectors() for name in _names_of(vector)))
"""Names of JSON members in requests and answers."""
PARAMETERS = tuple(
    dict.fromkeys(
        name for vector in vectors() for name, _ in parse_qsl(vector["request"]["url"].partition("?")[2], True)
    )
)
"""Names of parameters in addresses."""
