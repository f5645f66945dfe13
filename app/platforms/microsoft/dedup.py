"""How Microsoft Advertising tells that two events are one."""

from __future__ import annotations

from app.model import Standing
from app.platforms.base import EVENT_ID, DedupRule, KeyRule, Survivor
from app.platforms.microsoft.facts import ORDER, folded
from app.rules import load_rules

GUIDE = "Microsoft Advertising, Conversions API guide"
ASSUMED_WINDOW_MS = load_rules().unpublished_window_ms
"""Microsoft publishes no window."""
_ASSUMED = f"no window is published, {ASSUMED_WINDOW_MS / 3_600_000:g} h are assumed"

DEDUP = DedupRule(
    keys=(
        KeyRule(
            name=EVENT_ID,
            word="event ID",
            window_ms=ASSUMED_WINDOW_MS,
            source=f"{GUIDE}: the tag and the API share an event ID; {_ASSUMED}",
            standing=Standing.FOLKLORE,
        ),
        KeyRule(
            name=ORDER,
            word="transaction ID",
            window_ms=ASSUMED_WINDOW_MS,
            source=f"public senders' documentation; {_ASSUMED}",
            standing=Standing.FOLKLORE,
        ),
    ),
    keeps=Survivor.FIRST,
    survivor="Microsoft counts one of the two; it does not publish which, and the first is assumed here.",
    name_form=folded,
)
