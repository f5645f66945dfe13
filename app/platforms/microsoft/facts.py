"""Microsoft Advertising's facts that both sides share: the deduplication keys, the click ID, consent."""

from __future__ import annotations

import re

from app.platforms.base import EVENT_ID, event_key
from app.platforms.microsoft.words import PAGE, PAGE_LOAD

ORDER = "order"
"""The name of the rule for keys made of the transaction ID."""

_NONE = frozenset({"", "N", "undefined", "null"})
_PAGE_LOADS = frozenset({PAGE_LOAD, PAGE, "page_view"})
_CLICK_TAIL = re.compile(r"-[01]N?$")
_PREFIX = "_uet"
CONSENT = {"G": "ad storage granted", "D": "ad storage denied"}


def folded(name: str) -> str:
    """An event's name as it is compared: a page load has one name on both sides, and case is no part of any.

    Nothing is published on case. What is certain is that a cart is no purchase, whatever IDs they share.
    """
    return PAGE_LOAD if name in _PAGE_LOADS else name.strip().lower()


def keys_of(account: str, name: str, event_id: str | None, order_id: str | None) -> tuple[str, ...]:
    """The keys under which Microsoft merges events: tag, name and event ID, then tag, name and transaction ID.

    A refund has the purchase's transaction ID, and a page that makes one ID for all its events is often seen.
    """
    found = []
    if event_id:
        found.append(event_key(EVENT_ID, account, folded(name), event_id))
    if order_id and order_id.strip() and order_id not in _NONE:
        found.append(event_key(ORDER, account, folded(name), order_id))
    return tuple(found)


def bare_click(value: str) -> str:
    """A click ID without the tag's marks: `_uet` before it in the cookie, `-0` (cookie) or `-1` (address) behind it."""
    return _CLICK_TAIL.sub("", value.strip().removeprefix(_PREFIX))


def click_id(value: str | None) -> str | None:
    """The click ID that a value says; None for the tag's word that there is none, `N`."""
    return None if value is None or value.strip() in _NONE else bare_click(value) or None


def consent_of(value: str | None) -> str | None:
    """Consent to ad storage in words; None when nothing was said."""
    return None if not value else CONSENT.get(value.strip().upper(), f"ad storage {value[:40]}")
