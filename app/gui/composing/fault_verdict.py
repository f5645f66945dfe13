"""What came of a deliberate fault: the findings it produced, beside those it had to produce."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from msgspec.structs import replace

from app.analysis.engine import Analysis
from app.checks import Context
from app.gui.drawing.ink import Tone
from app.model import Customer, Event, Exchange, Finding, Provenance, Severity
from app.platforms import decode, rules_of
from app.platforms.fault_lab import Recipe

# Said whatever the fault: of every one-sided row, and of every send with the test code that ours are to have.
_BESIDE = frozenset({"plan-deviation", "test-code-in-production"})
_NUMBER = 1_000_000_000  # an exchange of our own making, after all that were recorded


class Told(NamedTuple):
    """Finding codes: warnings or worse, and notes, which count only where a fault is to produce one."""

    serious: frozenset[str] = frozenset()
    notes: frozenset[str] = frozenset()

    def beside(self, due: frozenset[str]) -> frozenset[str]:
        """The codes that count, when these are due."""
        return self.serious | (self.notes & due)

    def without(self, other: Told) -> Told:
        """What only this says."""
        return Told(self.serious - other.serious, self.notes - other.notes)


class FaultVerdict(NamedTuple):
    """What a send with a fault was found as.

    `alone` is what it is found as beside the browser's event alone and sent by a backend; `session` what the session,
    with everything else in it, says of it.
    """

    alone: Told
    session: Told


def judged_alone(browser: Event, sent: Exchange, customer: Customer) -> Told:
    """The codes found when `sent` is the backend's own send beside this browser event, and there is nothing else.

    Recipes are made for the windows as they are without the user's settings, and by these it is judged. What we send
    ourselves is never called a repeat, so a fault that is one shows only here. What is wrong with the
    browser's event by itself is none of the fault's doing.
    """
    theirs = decode(replace(sent, provenance=Provenance.FORWARDED, number=_NUMBER))
    return _found((browser, *theirs), customer).without(_found((browser,), customer))


def _found(events: tuple[Event, ...], customer: Customer) -> Told:
    analysis = Analysis(Context(customer=customer), rules_of())
    analysis.add(events)
    analysis.changes(None)
    return _told(finding for group in analysis.groups() for finding in group.findings)


def judged_in(analysis: Analysis, send: str) -> Told:
    """The codes a session's analysis has for one send of ours and the rows it is tied to. For the worker's thread."""
    groups = {group.id: group for group in analysis.groups()}
    mine = [group for group in groups.values() if any(event.send == send for event in group.server)]
    tied = [groups[link.group] for group in mine for link in group.links if link.group in groups]
    sent = {event.id for group in mine for event in group.server if event.send == send}
    concerned = (
        finding
        for group in {group.id: group for group in (*mine, *tied)}.values()
        for finding in group.findings
        if finding.event is None or finding.event in sent
    )
    return _told(concerned)


def said_of(recipe: Recipe, verdict: FaultVerdict) -> tuple[str, Tone]:
    """Whether a fault was found as it must be, in a sentence."""
    due = frozenset(recipe.expects)
    alone, session = verdict.alone.beside(due), verdict.session.beside(due)
    found = f"found as {_listed(alone)}" if alone else "nothing was found"
    right = alone == due
    words = f"{'✓' if right else '✕'} {recipe.title}: {found}, {'as it must be' if right else f'not {_listed(due)}'}."
    here = "the same" if session == alone else _listed(session)
    note = " What is sent from here is never called a repeat." if due - session == {"double-fire"} else ""
    return f"{words} This session, with all else in it, says {here}.{note}", Tone.GOOD if right else Tone.BAD


def _listed(codes: frozenset[str]) -> str:
    return ", ".join(sorted(codes)) or "nothing"


def _told(findings: Iterable[Finding]) -> Told:
    found = {(finding.code, finding.severity.rank <= Severity.WARNING.rank) for finding in findings}
    serious, notes = (frozenset(code for code, grave in found if grave is which) - _BESIDE for which in (True, False))
    return Told(serious, notes)
