"""Reddit's facts that both sides share: the deduplication key and what of an ID counts in it, the basket, consent."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from app.hashing import sha256
from app.model import Content, Flaw
from app.platforms.base import EVENT_ID, event_key
from app.platforms.reading import Json
from app.platforms.reading.facts import contents_of
from app.platforms.reading.fields import object_at, text_at
from app.platforms.reddit.words import CUSTOM_NAME, STEPS, WEB, canonical
from app.platforms.vocabulary import folded

_LINE = ("id", "quantity", "item_price")
_SHA256 = re.compile(r"[0-9A-Fa-f]{64}")
LIMITED, OPTED_OUT, NONE = "limited data use", "opted out", "none"


@lru_cache(maxsize=4096)
def compared_id(event_id: str) -> str:
    """What of a conversion ID is compared: the ID itself where it is a SHA-256, else the SHA-256 of it, trimmed.

    The pixel hashes whatever the site gives it, and so does Segment; Stape and RudderStack send it as it is, and both
    are right by Reddit's documents ("hashed or unhashed").
    """
    bare = event_id.strip()
    return bare if _SHA256.fullmatch(bare) else sha256(bare)


def compared_name(name: str) -> str:
    """What of an event name is compared: `Purchase`, `PURCHASE` and `purchase` are one."""
    return folded(canonical(name))


def shown_name(name: str, custom: str) -> str:
    """The name an event goes by: a custom event's own, unless that would pass it off as a standard event."""
    own = custom.strip() if name == CUSTOM_NAME else ""
    return own if own and canonical(own) not in STEPS else name


def keys_of(account: str, name: str, custom: str, event_id: str | None, source: str | None = None) -> tuple[str, ...]:
    """The key under which Reddit merges events: pixel, event type, custom name, where it happened, conversion ID.

    A custom event's name counts letter by letter. The pixel's events happened on the website, and are merged with the
    server's of that source alone. Source: Reddit Ads Help, "Event deduplication" and "Omnichannel attribution", read in
    public copies.
    """
    if not event_id:
        return ()
    where = folded(source or WEB)
    return (event_key(EVENT_ID, account, compared_name(name), custom.strip(), where, compared_id(event_id)),)


def unnamed(name: str, custom: str, wire: str) -> Flaw | None:
    """A custom event without a name of its own; None for any other."""
    if name != CUSTOM_NAME or custom.strip():
        return None
    return Flaw("required-parameter-missing", wire, "expected", "A custom event is told from others by its name alone.")


def misplaced_id(values: Mapping[str, Json], places: Mapping[str, str]) -> Flaw | None:
    """A conversion ID where Reddit does not look for it; `places` are paths, each with the word for what is wrong."""
    for path, reason in places.items():
        outer, _, last = path.rpartition(".")
        found = text_at(object_at(values, *outer.split(".")) if outer else values, last)
        if found:
            return Flaw("event-id-misplaced", path, reason, found)
    return None


def basket_of(products: Json, wire: str) -> tuple[tuple[Content, ...], Flaw | None]:
    """The goods, a list or the same as JSON text."""
    return contents_of(products, None, wire, _LINE)


def consent_of(opt_out: str | None, modes: Iterable[str]) -> str | None:
    """The visitor's choice in words; None when it is not mentioned."""
    if any(mode.strip().upper() == "LDU" for mode in modes):
        return LIMITED
    if opt_out is None or opt_out == "":
        return None
    return OPTED_OUT if opt_out.strip().lower() in ("1", "true") else NONE
