"""How X tells that two events are one."""

from __future__ import annotations

from app.model import Standing
from app.platforms.base import EVENT_ID, DedupRule, KeyRule, Survivor

# How long X looks back is published nowhere. 48 hours is what is said of it, and what most others take.
MERGE_WINDOW_MS = 48 * 3600 * 1000

DEDUP = DedupRule(
    keys=(
        KeyRule(
            name=EVENT_ID,
            word="conversion ID",
            window_ms=MERGE_WINDOW_MS,
            source='X, "Web conversions", conversion_id; its window is not published, 48 h is an assumption',
            standing=Standing.FOLKLORE,
        ),
    ),
    keeps=Survivor.FIRST,
    survivor="X keeps one of two events with the same event tag and conversion ID. Which one it does not say.",
)
