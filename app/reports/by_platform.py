"""What became of each platform's rows: lines for a report on a session that holds several."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from app.model import Verdict
from app.platforms import title_of
from app.words import VERDICT_WORDS


class PlatformRows(NamedTuple):
    """One platform's rows, in words."""

    title: str
    said: str


def by_platform(rows: Iterable[tuple[str, Verdict]]) -> tuple[PlatformRows, ...]:
    """The platforms of some rows with how many there are of each verdict; nothing when there is but one platform."""
    found: dict[str, Counter[Verdict]] = {}
    for platform, verdict in rows:
        found.setdefault(platform, Counter())[verdict] += 1
    if len(found) < 2:
        return ()
    return tuple(PlatformRows(title_of(name), _said(found[name])) for name in sorted(found))


def _said(verdicts: Counter[Verdict]) -> str:
    rows = verdicts.total()
    parts = (f"{verdicts[each]:,} {word.word.lower()}" for each, word in VERDICT_WORDS.items() if verdicts[each])
    return f"{rows:,} {'row' if rows == 1 else 'rows'}: {', '.join(parts)}"
