"""TikTok's facts that both sides share: the deduplication key, the basket, consent."""

from __future__ import annotations

from collections.abc import Mapping

from app.model import Content, Flaw
from app.platforms.base import EVENT_ID, event_key
from app.platforms.reading import Json
from app.platforms.reading.facts import contents_of
from app.platforms.reading.fields import text_at

_LINE = ("content_id", "quantity", "price")


def keys_of(account: str, name: str, event_id: str | None) -> tuple[str, ...]:
    """The key under which TikTok merges events: pixel code, event name and event ID, letter by letter.

    Source: TikTok Business Help Centre, "About event deduplication" (May 2025).
    """
    return (event_key(EVENT_ID, account, name, event_id),) if event_id else ()


def basket_of(properties: Mapping[str, Json]) -> tuple[tuple[Content, ...], Flaw | None]:
    """The goods, from `contents` or from the older `content_id(s)`."""
    ids = properties.get("content_ids")
    return contents_of(
        properties.get("contents"),
        properties.get("content_id") if ids is None else ids,
        "properties.contents",
        _LINE,
    )


def consent_of(values: Mapping[str, Json]) -> str | None:
    """`limited_data_use` in words; None when it is not mentioned."""
    said = text_at(values, "limited_data_use")
    return None if said is None else "limited data use" if said.lower() in ("true", "1") else "none"
