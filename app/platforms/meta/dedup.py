"""How Meta tells that two events are one."""

from __future__ import annotations

from app.model import Standing
from app.platforms.base import EVENT_ID, DedupRule, KeyRule, Survivor

MERGE_WINDOW_MS = 48 * 3600 * 1000

DEDUP = DedupRule(
    keys=(
        KeyRule(
            name=EVENT_ID,
            word="event ID",
            window_ms=MERGE_WINDOW_MS,
            source='Meta, "Deduplicate Pixel and Server Events"',
            standing=Standing.DOCUMENTED,
        ),
    ),
    keeps=Survivor.FIRST,
    survivor=(
        "Meta generally keeps the event it received first; "
        "when both arrive within five minutes of each other, it favours the browser's."
    ),
    secondary=("fbp", "external_id"),
)
