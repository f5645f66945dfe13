"""The one table of finding codes, and the only place where a finding is made.

The codes that fit every platform are in `codes`; a platform adds its own and words some of these in its own way.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from app import platforms
from app.checks.codes import GENERIC
from app.model import Event, Finding, Severity, Side, Standing
from app.platforms.base import Platform
from app.platforms.check import Check

_NEUTRAL = frozenset(check.code for check in GENERIC)


def listed(table: tuple[Platform, ...]) -> tuple[Check, ...]:
    """Every code there is: the neutral ones, each followed by the platforms' own of its kind."""
    own = {check.code: check for each in table for check in each.checks if check.code not in _NEUTRAL}
    rows: list[Check] = []
    for neutral in GENERIC:
        rows += [neutral, *(check for check in own.values() if check.kind == neutral.code)]
    return (*rows, *(check for check in own.values() if check.kind not in _NEUTRAL))


CHECKS: tuple[Check, ...] = listed(platforms.PLATFORMS)
"""Every code there is, in the order of the catalogue."""

BY_CODE = {check.code: check for check in CHECKS}


def check_of(code: str, platform: str = "") -> Check:
    """What a code means, in the platform's own words and by its own documents where it has some.

    Raises `KeyError` for an unknown code.
    """
    known = _worded(platforms.PLATFORMS)
    return known.get((platform, code)) or known["", code]


@lru_cache(maxsize=8)
def _worded(table: tuple[Platform, ...]) -> dict[tuple[str, str], Check]:
    neutral = listed(table)
    found = {("", check.code): check for check in neutral}
    for each in table:
        sourced = (check for check in neutral if check.source in each.sources)
        found |= {(each.name, check.code): replace(check, source=each.sources[check.source]) for check in sourced}
        found |= {(each.name, check.code): check for check in each.checks}
    return found


def code_for(code: str, reason: str, platform: str) -> str:
    """The code for one reason of a neutral code: the platform's own where it has one for it."""
    own = next((each.checks for each in platforms.PLATFORMS if each.name == platform), ())
    return next((check.code for check in own if check.reason == reason and check.kind == code), code)


def finding(
    code: str,
    message: str = "",
    *,
    event: Event | None = None,
    side: Side | None = None,
    field: str | None = None,
    reason: str | None = None,
    detail: str = "",
    severity: Severity | None = None,
    fix: str | None = None,
    standing: Standing | None = None,
    platform: str = "",
) -> Finding:
    """A finding of a known code; severity, fix and standing are the table's unless the case says otherwise.

    The words are those of the event's platform, or of `platform` where no single event is blamed.
    """
    check = check_of(code, event.platform if event else platform)
    return Finding(
        code,
        severity or check.severity,
        message or check.cause,
        fix or check.fix,
        standing or check.standing,
        event.id if event else None,
        event.side if event else side,
        field,
        reason,
        detail,
    )
