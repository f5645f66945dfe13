"""How Reddit tells that two events are one."""

from __future__ import annotations

from app.model import Standing
from app.platforms.base import DAY_MS, EVENT_ID, DedupRule, KeyRule, Survivor
from app.platforms.reddit.facts import compared_id, compared_name

MERGE_WINDOW_MS = 2 * DAY_MS
SESSION_MS = 5 * 60 * 1000
SOURCE = 'Reddit Ads Help, "Event deduplication" (business.reddithelp.com), read in a public copy'

DEDUP = DedupRule(
    keys=(
        KeyRule(
            name=EVENT_ID,
            word="conversion ID",
            window_ms=MERGE_WINDOW_MS,
            source=SOURCE,
            standing=Standing.DOCUMENTED,
        ),
    ),
    keeps=Survivor.RICHER,
    survivor=(
        "Reddit looks for duplicates every hour and keeps the copy with more metadata and match keys, of two equal "
        "ones the earlier."
    ),
    # Without a conversion ID: one user's events, at most five minutes apart, that share one of these.
    secondary=("rdt_uuid", "external_id"),
    secondary_ms=SESSION_MS,
    id_form=compared_id,
    name_form=compared_name,
)
