"""The session in numbers, as window, terminal and reports show it, and the news that carries them."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from app.model import Finding, Group, Severity


class Band(StrEnum):
    """How far what events report is from what the backend knows, best first."""

    GOOD = "good"
    ACCEPTABLE = "acceptable"
    LOOK = "look"
    TECHNICAL_FAILURE = "technical-failure"


class Orders(Struct, frozen=True, gc=False):
    """The backend's orders against the purchases that events report; order numbers as their source writes them.

    An `unnamed` purchase names no order: it can only be counted, and stands for one of those that are `missing`. So do
    all of them where no number is on both sides.
    """

    known: int  # orders of the backend, more than none
    purchases: int
    missing: tuple[str, ...]  # known to the backend, named by no event
    unknown: tuple[str, ...]  # named by an event, not known to the backend
    repeated: tuple[str, ...]  # to be counted more than once
    unnamed: int
    band: Band

    @property
    def unrelated(self) -> bool:
        """Whether both sides have numbers, and not one in common."""
        return bool(self.unknown) and len(self.missing) == self.known

    @property
    def missed(self) -> int:
        """Orders without an event."""
        return max(0, len(self.missing) - self.unnamed)

    @property
    def surplus(self) -> int:
        """Purchases beyond the orders that they can be."""
        return self.purchases - (self.known - self.missed)

    @property
    def discrepancy(self) -> float:
        """Orders without an event and purchases without an order, as a fraction of the orders."""
        return (self.missed + self.surplus) / self.known


class Summary(Struct, frozen=True, gc=False):
    """The session in numbers; see report.md's `summary`. `overlap` and `inflation` are fractions (0.81 = 81 %)."""

    browser_events: int = 0
    server_events: int = 0
    unique_sends: int = 0
    failed_sends: int = 0
    deduplicated: int = 0
    probable: int = 0
    double_counted: int = 0
    waiting: int = 0
    browser_only: int = 0
    server_only: int = 0
    duplicates: int = 0
    not_observed: int = 0
    not_counted: int = 0
    overlap: float | None = None  # None: nothing was expected on both sides
    predicted_counted: int = 0
    unique_conversions: int = 0
    inflation: float = 0.0
    inflated_value: tuple[tuple[str, str], ...] = ()  # (currency, surplus amount as decimal text)
    shared_ids: int = 0  # conversions whose event ID both sides sent, merged or not
    expected_both: int = 0  # of the unique conversions, those that both sides ought to have sent
    counted_both: int = 0  # and how often these will be counted
    findings: tuple[tuple[Severity, int], ...] = ()
    session_findings: tuple[Finding, ...] = ()
    orders: Orders | None = None  # None: none were imported

    def found(self, severity: Severity) -> int:
        return dict(self.findings).get(severity, 0)


class Recorded(Struct, frozen=True, gc=False):
    """One batch of news from the inspector: whole groups that are new or changed, and IDs that are gone."""

    groups: tuple[Group, ...]
    gone: tuple[str, ...]
    summary: Summary
    saved_ms: int | None = None  # when the newest exchange reached the session file
