"""Times as files write them, to epoch milliseconds, UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

_SECONDS_END = 100_000_000_000  # as seconds the year 5138, as milliseconds March 1973: no traffic is older
_CALENDAR_END = 253_402_300_800_000  # the year 10000, in milliseconds


def epoch_ms(found: Any) -> int | None:
    """ISO 8601 text or an epoch number, in seconds or milliseconds; None for anything else.

    A time without a zone is taken as UTC.
    """
    if isinstance(found, bool):
        return None
    if isinstance(found, int | float):
        return _from_number(found)
    if not isinstance(found, str):
        return None
    try:
        moment = datetime.fromisoformat(found.strip())
    except ValueError:
        try:
            return _from_number(float(found))
        except ValueError:
            return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return within_calendar(round(moment.timestamp() * 1000))


def within_calendar(ms: int) -> int | None:
    """The time, or None for one that no calendar shows: before 1970, or after the year 9999."""
    return ms if 0 < ms < _CALENDAR_END else None


def _from_number(number: float) -> int | None:
    if not 0 < number < 1e14:
        return None
    return round(number if number >= _SECONDS_END else number * 1000)
