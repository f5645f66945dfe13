"""How Microsoft Advertising tells that two events are one."""

from __future__ import annotations

from app.model import Standing
from app.platforms.base import DAY_MS, EVENT_ID, DedupRule, KeyRule, Survivor, WindowBy
from app.platforms.microsoft.facts import ORDER, folded

GUIDE = "Microsoft Advertising, Conversions API guide"
ASSUMED_WINDOW_MS = 2 * DAY_MS
"""Microsoft publishes no window; most of the others have two days."""

DEDUP = DedupRule(
    keys=(
        KeyRule(
            name=EVENT_ID,
            word="event ID",
            window_ms=ASSUMED_WINDOW_MS,
            window_by=WindowBy.NOBODY,
            source=f"{GUIDE}: the tag and the API share an event ID; no window is published",
            standing=Standing.FOLKLORE,
        ),
        KeyRule(
            name=ORDER,
            word="transaction ID",
            window_ms=ASSUMED_WINDOW_MS,
            window_by=WindowBy.NOBODY,
            source="public senders' documentation; no window is published",
            standing=Standing.FOLKLORE,
        ),
    ),
    keeps=Survivor.FIRST,
    survivor="Microsoft counts one of the two; it does not publish which, and the first is assumed here.",
    name_form=folded,
)
