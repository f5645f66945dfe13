"""X's facts that both sides share: the event tag, the deduplication key, the basket."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from app.model import Content, Flaw
from app.platforms.base import EVENT_ID, event_key
from app.platforms.reading import Json
from app.platforms.reading.facts import contents_of
from app.platforms.x.words import OLDER_NAMES, PAGE_VIEW

NAME = "x"
_FULL = re.compile(r"tw-([a-z0-9]{2,20})-([a-z0-9]{2,20})", re.IGNORECASE | re.ASCII)
_BARE = re.compile(r"[a-z0-9]{4,7}", re.ASCII)  # base 36; five of them so far
_NAMES = frozenset(
    (PAGE_VIEW, *(name.lower() for name in OLDER_NAMES), "lead", "login", "order", "checkout", "contact")
)
_LINE = ("content_id", "num_items", "content_price")


@lru_cache(maxsize=1024)
def parts_of_tag(tag: str) -> tuple[str, str]:
    """Pixel and event of an event tag: `tw-o9z1d-ol7lz`, or the event alone (`ol7lz`), which names no pixel."""
    found = _FULL.fullmatch(tag)
    return (found[1], found[2]) if found else ("", tag)


def is_tag(text: str) -> bool:
    """Whether a text can be an event tag, whole or bare; an event's name is none, though all its letters would do."""
    return bool(_FULL.fullmatch(text)) or _is_bare(text)


def _is_bare(text: str) -> bool:
    return _BARE.fullmatch(text) is not None and text not in _NAMES


def whole_tag(pixel: str, tag: str) -> str:
    """An event tag with its pixel, for the API takes the event alone as well; what is no tag stays as it is."""
    return f"tw-{pixel}-{tag}" if pixel and _is_bare(tag) else tag


def keys_of(account: str, name: str, event_id: str | None) -> tuple[str, ...]:
    """The key under which X merges events: the event tag and the conversion ID, letter by letter.

    Source: X, "Web conversions": `conversion_id` deduplicates pixel and API "for the same event".
    """
    return (event_key(EVENT_ID, account, parts_of_tag(name)[1], event_id),) if event_id else ()


def basket_of(values: Mapping[str, Json], wire: str) -> tuple[tuple[Content, ...], Flaw | None]:
    """The goods."""
    return contents_of(values.get("contents"), None, wire, _LINE)
