"""Meta's facts that both sides share: deduplication keys and consent, brought to one form."""

from __future__ import annotations

from collections.abc import Iterable

from app.hashing import sha256, without_appendix
from app.model import Form, UserValue
from app.platforms.base import EVENT_ID, event_key
from app.platforms.reading import Json, as_list, parsed
from app.platforms.reading.facts import part_of


def dedup_keys(account: str, name: str, event_id: str | None, fbp: str | None, user: Iterable[UserValue]) -> list[str]:
    """The keys under which Meta merges events, strongest first: the event ID, then `fbp` and `external_id`.

    The event ID's key is there exactly when `event_id` is a text with something in it. The others *may* merge events,
    so no rule is theirs. Source: Meta, "Deduplicate Pixel and Server Events".
    """
    keys = [event_key(EVENT_ID, account, name, event_id)] if event_id else []
    if fbp:
        keys.append(event_key("fbp", account, name, without_appendix(fbp)))
    for item in user:
        if item.key == "external_id" and item.value:
            key = event_key("external_id", account, name, _hashed_id(item))
            if key not in keys:
                keys.append(key)
    return keys


def _hashed_id(item: UserValue) -> str:
    """An external ID as the pixel would have sent it: a server may send in plain what the pixel hashed."""
    if item.form in (Form.SHA256, Form.UPPER_HEX):
        return without_appendix(item.value.strip()).lower()
    return sha256(item.value.strip().lower())


def options_of(value: Json) -> list[str]:
    """Data processing options from a list, from the same written as JSON text, or from names between commas."""
    if isinstance(value, str) and value.lstrip().startswith("["):
        value = parsed(value).value
    value = as_list(value)
    listed: list[Json] = value if isinstance(value, list) else [*part_of(value).split(",")]
    texts = (part_of(item).strip() for item in listed)
    return [text for text in texts if text not in ("", "null")]


def consent_of(options: Json, country: str | None, state: str | None) -> str | None:
    """Limited Data Use in one text both sides share: None not mentioned, "none" explicitly off, else "LDU 1 1000".

    The numbers are country and state; they are left out where the sender left them out. 0 leaves the place to Meta.
    """
    if options is None:
        return None
    named = options_of(options)
    if not named:
        return "none"
    return " ".join([*named, *(part for part in (country, state) if part)])
