"""What an event leaves for recognition, in forms that two senders' ways of writing it have in common."""

from __future__ import annotations

import hashlib
import re
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from app.hashing import without_appendix
from app.model import Event, Form, UserValue
from app.pairing.grouping import has_id, live
from app.platforms import identifier, platform
from app.platforms.base import Role, key_at
from app.platforms.vocabulary import folded, step

_CORE = re.compile(r"[^0-9a-z]+")
_WORD_ID = re.compile(r"[\w.:-]{1,100}\Z")
_NO_VALUE = frozenset(("undefined", "null", "nan", "none", "0", "1", "123", "test", "[object object]"))
_LONGEST_AMOUNT = 80  # characters; nothing that long names a price
_LIKE_IDS = (Form.MD5, Form.SHA1)  # what a UUID without hyphens, or a random token, may look like
_PERSON_KEYS = ("external_id", "em", "ph")


class Features(Struct, frozen=True, gc=False):
    """What an event leaves for recognition, brought to comparable form. `clock_ms` is receipt when it was live."""

    place: tuple[str, str]
    name: str
    folded: str
    step: str
    event_id: str
    core: str
    order: str
    amount: Decimal | None
    currency: str
    contents: frozenset[str]
    browser_id: tuple[str, str]  # key and value, both empty when there is none
    click_id: tuple[str, str]
    ip: str
    user_agent: str
    people: frozenset[str]
    page: str
    at_ms: int
    clock_ms: int
    off_page: bool
    apart: bool  # the platform merges it with nothing
    keys: tuple[int, ...]  # what it is merged by, whatever the account


def trace(event: Event) -> Features:
    """The event's trace."""
    ids = dict(event.match_ids)
    event_id = platform(event.platform).dedup.id_form(event.event_id) if event.event_id and has_id(event) else ""
    return Features(
        place=(event.platform, event.home),
        name=event.name,
        folded=folded(event.name),
        step=step(event.name),
        event_id=event_id,
        core=core(event_id) if event_id else "",
        order=core(event.order_id) if event.order_id else "",
        amount=amount(event.value),
        currency=(event.currency or "").strip().upper(),
        contents=frozenset(content.id for content in event.contents if content.id),
        browser_id=identifier(event, Role.BROWSER),
        click_id=identifier(event, Role.CLICK),
        ip=without_appendix(ids.get("ip", "")),
        user_agent=ids.get("user_agent", ""),
        people=frozenset([person_of(item) for item in event.user if item.key in _PERSON_KEYS and item.value]),
        page=_page(event.page),
        at_ms=event.at_ms,
        clock_ms=(event.received_ms or 0) if live(event) else event.at_ms,
        off_page=event.off_page,
        apart=event.off_page and event.action_source in platform(event.platform).dedup.apart,
        keys=tuple([digest(key_at(key, "")) for key in event.keys]),
    )


@lru_cache(maxsize=8192)
def core(text: str) -> str:
    """What is left of an ID without case, spaces, punctuation around it, percent signs and leading zeros.

    Empty when that says nothing: template leftovers, words without a digit, one or two characters.
    """
    bare = unquote(text).strip().casefold()
    if bare in _NO_VALUE:
        return ""
    bare = _CORE.sub("-", bare).strip("-").lstrip("0")
    return bare if len(bare) > 2 and any(letter.isdigit() for letter in bare) else ""


def token(event_id: str) -> str:
    """An ID that has no core as it stands, in case it was made all the same; empty when it says nothing."""
    bare = event_id.strip()
    return "" if bare.casefold() in _NO_VALUE or not _WORD_ID.match(bare) else f"={bare}"


def digest(*parts: object) -> int:
    """The parts as one number, to file things under. Of sixty bits: one more, and Python needs half as much again."""
    return hash(parts) & ((1 << 60) - 1)


def cores(core: str) -> tuple[str, ...]:
    """The core and what it is without its first or last part: `12345-server` is also `12345`."""
    if "-" not in core:
        return (core,) if core else ()
    shorter = (core.rpartition("-")[0], core.partition("-")[2])
    return (core, *(part.lstrip("0") for part in shorter if len(part) > 3 and any(c.isdigit() for c in part)))


def amount(text: str | None) -> Decimal | None:
    """An amount as a number; None when it is none."""
    return _number(text) if text and len(text) <= _LONGEST_AMOUNT else None


@lru_cache(maxsize=8192)
def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def person_of(item: UserValue) -> str:
    """A customer value as the other side would have it, which hashes what this one may send as it is."""
    if item.form is Form.PLAIN or (item.key == "external_id" and item.form in _LIKE_IDS):
        return f"{item.key}:{hashlib.sha256(item.value.strip().lower().encode()).hexdigest()}"
    return f"{item.key}:{item.value[:64].lower()}"


def _page(url: str | None) -> str:
    if not url:
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return f"{parts.netloc.lower().removeprefix('www.')}{parts.path.rstrip('/')}"
