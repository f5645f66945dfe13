"""How Pinterest tells that two events are one."""

from __future__ import annotations

from app.model import Standing
from app.platforms.base import DAY_MS, EVENT_ID, DedupRule, KeyRule, Survivor, WindowBy
from app.platforms.pinterest.call import OFFLINE
from app.platforms.pinterest.facts import AD_ACCOUNT, TAG
from app.platforms.pinterest.words import folded

ASSUMED_WINDOW_MS = DAY_MS
"""Secondary sources quote a day; the page of Pinterest's that they name could not be read."""

DEDUP = DedupRule(
    keys=(
        KeyRule(
            name=EVENT_ID,
            word="event ID",
            window_ms=ASSUMED_WINDOW_MS,
            window_by=WindowBy.NOBODY,
            source="Pinterest API v5, events/create, event_id; no window is published, integrators quote 24 hours",
            standing=Standing.FOLKLORE,
        ),
    ),
    keeps=Survivor.FIRST,
    survivor="Pinterest counts one of the two and drops the other; which of them is not written down.",
    account_kinds=(TAG, AD_ACCOUNT),
    apart=frozenset({OFFLINE}),
    name_form=folded,
)
