"""Pinterest's facts that both sides share: its name here, the deduplication key, what is said of a name, consent."""

from __future__ import annotations

from collections.abc import Mapping

from app.model import Flaw
from app.platforms.base import EVENT_ID, event_key
from app.platforms.pinterest.words import ALIASES, STEPS, folded
from app.platforms.reading import Json
from app.platforms.reading.fields import text_at

NAME = "pinterest"
TAG, AD_ACCOUNT = "tag", "ad account"
"""The two kinds of account; which of them are one, only the user can say."""


def keys_of(account: str, name: str, event_id: str | None) -> tuple[str, ...]:
    """The key under which Pinterest merges events: account, name and event ID; of the name only what it compares.

    Source: Pinterest API v5, operation events/create, `event_id`; Pinterest for developers, conversions.
    """
    return (event_key(EVENT_ID, account, folded(name), event_id),) if event_id else ()


def variant(raw: str, due: str, wire: str) -> Flaw | None:
    """A standard event's name in another spelling than is due on its side; None when it is as it should be."""
    short = folded(raw)
    if raw == due or short not in STEPS:
        return None
    told = f"“{raw[:60]}” for {due}"
    return Flaw("event-name-variant", wire, None, f"{told}, another word" if _is_alias(raw) else told)


def _is_alias(raw: str) -> bool:
    return "".join(filter(str.isalnum, raw)).lower() in ALIASES


def consent_of(opt_out: str | None, kinds: Mapping[str, Json]) -> str | None:
    """The visitor's choice in words, from `opt_out` and `opt_out_type`; None when neither is mentioned."""
    kind = text_at(kinds, "opt_out_type")
    if kind and kind.strip():
        return f"opted out ({kind.strip()[:100]})"
    if opt_out is None:
        return None
    return "opted out" if opt_out.strip().lower() in ("true", "1") else "none"
