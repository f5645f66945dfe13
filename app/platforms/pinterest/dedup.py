"""How Pinterest tells that two events are one."""

from __future__ import annotations

from app.model import Standing
from app.platforms.base import EVENT_ID, DedupRule, KeyRule, Survivor
from app.platforms.pinterest.call import OFFLINE
from app.platforms.pinterest.facts import AD_ACCOUNT, TAG
from app.platforms.pinterest.words import folded

MERGE_WINDOW_MS = 24 * 3600 * 1000
"""Secondary sources quote it; the page of Pinterest's that they name could not be read."""

DEDUP = DedupRule(
    keys=(
        KeyRule(
            name=EVENT_ID,
            word="event ID",
            window_ms=MERGE_WINDOW_MS,
            source="Pinterest API v5, events/create, event_id; the 24 hours as integrators quote them, not verified",
            standing=Standing.FOLKLORE,
        ),
    ),
    keeps=Survivor.FIRST,
    survivor="Pinterest counts one of the two and drops the other; which of them is not written down.",
    account_kinds=(TAG, AD_ACCOUNT),
    apart=frozenset({OFFLINE}),
    name_form=folded,
)
