"""How Snapchat tells that two events are one."""

from __future__ import annotations

from app.model import Standing
from app.platforms.base import DAY_MS, EVENT_ID, DedupRule, KeyRule, Survivor, event_key
from app.platforms.snapchat.words import PURCHASE

ORDER = "order"
"""The name of the rule for keys made of the order ID."""
ID_WINDOW_MS = 2 * DAY_MS
ORDER_WINDOW_MS = 30 * DAY_MS
SOURCE = "Snap, Conversions API, deduplication"
MADE_BY_SCRIPT = "@-"
"""What scevent 3.54 begins an ID with where the site gave none (captures of 2025)."""

DEDUP = DedupRule(
    keys=(
        KeyRule(
            name=EVENT_ID,
            word="event ID",
            window_ms=ID_WINDOW_MS,
            merge_ms=ID_WINDOW_MS,
            source=SOURCE,
            standing=Standing.DOCUMENTED,
        ),
        KeyRule(
            name=ORDER,
            word="order ID",
            window_ms=ORDER_WINDOW_MS,
            merge_ms=ORDER_WINDOW_MS,
            source=SOURCE,
            standing=Standing.DOCUMENTED,
            names=frozenset({PURCHASE}),
        ),
    ),
    keeps=Survivor.MERGED,
    survivor="Snapchat counts the event it received first, and adds to it what only the other copy says.",
)


def made_by_script(event_id: str | None) -> bool:
    """Whether the library made an ID, which is none then: no server can know it."""
    return bool(event_id) and event_id is not None and event_id.startswith(MADE_BY_SCRIPT)


def keys_of(account: str, name: str, event_id: str | None, order_id: str | None) -> tuple[str, ...]:
    """The keys under which Snapchat merges events: pixel and event ID, and for a purchase pixel and order ID.

    The event's name is no part of the first: one ID on events of two names makes them one.
    """
    found = []
    if event_id and not made_by_script(event_id):
        found.append(event_key(EVENT_ID, account, event_id))
    if order_id and name == PURCHASE:
        found.append(event_key(ORDER, account, order_id))
    return tuple(found)
