"""X's own finding codes: where each fires, and the nearest harmless thing."""

from __future__ import annotations

from typing import Any

from app.analysis.engine import Analysis
from app.checks import Context
from app.model import Finding
from app.platforms import decode, rules_of
from tests.checks.cases import Case
from tests.platforms.x.halves import call, element


def found(**changes: Any) -> tuple[Finding, ...]:
    """The findings on one server event."""
    analysis = Analysis(Context(), rules_of())
    analysis.add(decode(call(element(6_000, **changes))))
    return tuple(finding for group in analysis.groups() for finding in group.findings)


CASES = (
    Case("event-tag-malformed", lambda: found(event_id="Purchase"), lambda: found(event_id="ol7lz")),
    Case(
        "event-tag-of-another-pixel",
        lambda: found(event_id="tw-o8aaa-ol7lz"),
        lambda: found(event_id="tw-o9z1d-ol8aa"),
    ),
)
