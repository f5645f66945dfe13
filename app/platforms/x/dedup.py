"""How X tells that two events are one."""

from __future__ import annotations

from app.model import Standing
from app.platforms.base import EVENT_ID, DedupRule, KeyRule, Survivor
from app.rules import load_rules

GUIDE = 'X, "Web conversions"'
ASSUMED_WINDOW_MS = load_rules().unpublished_window_ms
"""How long X looks back is published nowhere."""

DEDUP = DedupRule(
    keys=(
        KeyRule(
            name=EVENT_ID,
            word="conversion ID",
            window_ms=ASSUMED_WINDOW_MS,
            source=(
                f"{GUIDE}: conversion_id deduplicates pixel and API for the same event; no window is published, "
                f"{ASSUMED_WINDOW_MS / 3_600_000:g} h are assumed"
            ),
            standing=Standing.FOLKLORE,
        ),
    ),
    keeps=Survivor.FIRST,
    survivor="X counts one of the two; it does not publish which, and the first is assumed here.",
)
