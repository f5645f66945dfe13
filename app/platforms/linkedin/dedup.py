"""How LinkedIn tells that two events are one: by the event ID alone, and the tag's copy is the one that counts."""

from __future__ import annotations

from app.model import Standing
from app.platforms.base import DAY_MS, EVENT_ID, DedupRule, KeyRule, Survivor, WindowBy, event_key

TOO_OLD_MS = 90 * DAY_MS
SOURCE = "LinkedIn Marketing API, Conversions API, Deduplication"
SAME_RULE = "linkedin-rule-shared"
PARTNER, RULE = "partner ID", "conversion rule"

DEDUP = DedupRule(
    keys=(
        KeyRule(
            name=EVENT_ID,
            word="event ID",
            window_ms=TOO_OLD_MS,
            window_by=WindowBy.NOBODY,
            source=f"{SOURCE}; no window is published, events are taken for 90 days",
            standing=Standing.OBSERVED,
        ),
    ),
    keeps=Survivor.BROWSER,
    survivor="LinkedIn counts the Insight Tag's event and discards the Conversions API's, whichever came first.",
    account_kinds=(PARTNER, RULE),
    same_rule=SAME_RULE,
)


def keys_of(account: str, event_id: str | None) -> tuple[str, ...]:
    """The key under which LinkedIn merges the two sides: the ad account, and the event ID letter by letter.

    No request names the ad account. A tag's partner ID stands for it, and a call's conversion rule. Names are no part
    of the key, nor are rules: each side has one of its own.
    """
    return (event_key(EVENT_ID, account, event_id),) if event_id else ()
