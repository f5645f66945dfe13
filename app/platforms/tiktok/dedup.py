"""How TikTok tells that two events are one."""

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
            merge_ms=5 * 60 * 1000,
            source='TikTok Business Help Centre, "About event deduplication"',
            standing=Standing.DOCUMENTED,
        ),
    ),
    keeps=Survivor.MERGED,
    survivor=(
        "TikTok counts the event it received first; within five minutes it adds what only the other copy says, "
        "later it drops the other copy."
    ),
    secondary=("ttp",),
)
