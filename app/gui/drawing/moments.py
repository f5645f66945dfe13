"""Times and spans in the words of a reader: local clock time, and spans with as much precision as they deserve."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache


@lru_cache(maxsize=4096)  # a row is painted again and again
def clock(ms: int | None) -> str:
    """Local time of day to the millisecond; "–" when there is none."""
    moment = _moment(ms)
    return f"{moment.astimezone():%H:%M:%S}.{moment.microsecond // 1000:03}" if moment else "–"


def full(ms: int | None) -> str:
    """Date and time in UTC, for tooltips and for handing on."""
    moment = _moment(ms)
    return f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond // 1000:03} UTC" if moment else "no time"


def _moment(ms: int | None) -> datetime | None:
    if ms is None:
        return None
    try:
        return datetime.fromtimestamp(ms / 1000, UTC)
    except (OverflowError, ValueError, OSError):  # a time unit mistaken on the wire can lie beyond any calendar
        return None


def span(ms: int) -> str:
    """A length of time: "840 ms", "1.88 s", "3 min 20 s", "47 h 59 min", "3 d 2 h"."""
    size = abs(ms)
    if size < 1000:
        return f"{size} ms"
    if size < 60_000:
        return f"{size / 1000:.2f}".rstrip("0").rstrip(".") + " s"
    seconds = size // 1000
    for big, big_name, small, small_name in ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if seconds >= big:
            rest = seconds % big // small
            return f"{seconds // big} {big_name}" + (f" {rest} {small_name}" if rest else "")
    return f"{seconds} s"


def gap(ms: int | None) -> str:
    """A signed span, "+1.88 s"; "–" when there is none."""
    return "–" if ms is None else ("−" if ms < 0 else "+") + span(ms)
