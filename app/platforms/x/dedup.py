"""How X tells that two events are one."""

from __future__ import annotations

from app.model import Standing
from app.platforms.base import DAY_MS, EVENT_ID, DedupRule, KeyRule, Survivor, WindowBy

GUIDE = 'X, "Web conversions"'
ASSUMED_WINDOW_MS = 2 * DAY_MS
"""How long X looks back is published nowhere; most of the others look back two days."""

DEDUP = DedupRule(
    keys=(
        KeyRule(
            name=EVENT_ID,
            word="conversion ID",
            window_ms=ASSUMED_WINDOW_MS,
            window_by=WindowBy.NOBODY,
            source=f"{GUIDE}: conversion_id deduplicates pixel and API for the same event; no window is published",
            standing=Standing.FOLKLORE,
        ),
    ),
    keeps=Survivor.FIRST,
    survivor="X counts one of the two; it does not publish which, and the first is assumed here.",
)
