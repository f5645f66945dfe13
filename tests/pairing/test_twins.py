"""Copies of one firing, sent to several hosts at once: one is counted, whichever came, in whatever order they came."""

from __future__ import annotations

from itertools import permutations

import pytest
from msgspec.structs import replace

from app.analysis.engine import Analysis
from app.checks import Context
from app.model import Copy, Event, Kind, Outcome
from app.pairing.grouping import one_of_twins
from tests.corpus import RULES
from tests.events import browser, server


def copy(number: int, twin: str, event_id: str | None = "a", *, lost: bool = False) -> Event:
    """A copy at the main host ("0…", "a…") or at another."""
    made = browser(number, event_id, outcome=Outcome.FAILED if lost else Outcome.UNKNOWN)
    rank = "01".find(twin[0]) if twin[0].isdigit() else "ab".find(twin[0])
    told = Copy(twin[1:], rank, by_moment=twin[0].isalpha())
    return replace(made, copy=told, kind=Kind.MIRROR if rank else Kind.EVENT)


@pytest.mark.parametrize(
    ("events", "counted"),
    [
        ([copy(1, "0x"), copy(2, "1x")], ["e1.0"]),
        ([copy(1, "1x"), copy(2, "0x")], ["e2.0"]),
        ([copy(1, "0x", lost=True), copy(2, "1x")], ["e2.0"]),
        ([copy(1, "0x", lost=True), copy(2, "1x", lost=True)], ["e1.0"]),
        ([copy(1, "1x")], ["e1.0"]),
        ([copy(1, "0x"), copy(2, "0y")], ["e1.0", "e2.0"]),
        ([copy(1, "0x"), copy(2, "0x")], ["e1.0"]),
        ([copy(1, "ax"), copy(2, "ax")], ["e1.0", "e2.0"]),
        ([copy(1, "ax"), copy(2, "ax"), copy(3, "bx"), copy(4, "bx")], ["e1.0", "e2.0"]),
        ([copy(1, "ax", lost=True), copy(2, "ax")], ["e1.0", "e2.0"]),
        ([copy(1, "ax", lost=True), copy(2, "bx")], ["e2.0"]),
        ([browser(1, "a"), browser(2, "a")], ["e1.0", "e2.0"]),
    ],
)
def test_one_copy_counts_and_the_others_are_mirrors(events: list[Event], counted: list[str]) -> None:
    kept, copies = one_of_twins(events)
    assert sorted(event.id for event in kept) == counted
    assert {event.kind for event in kept} == {Kind.EVENT}
    assert {event.kind for event in copies} <= {Kind.MIRROR}
    assert len(kept) + len(copies) == len(events)


@pytest.mark.parametrize("event_id", ["a", None])
def test_the_order_in_which_they_came_changes_nothing(event_id: str | None) -> None:
    events = [
        copy(1, "1x", event_id),
        copy(2, "0x", event_id, lost=True),
        copy(3, "0y", event_id),
        copy(4, "1y", event_id),
        server(5, event_id),
    ]
    outcomes = set()
    for order in permutations(events):
        analysis = Analysis(Context(), RULES)
        for event in order:
            analysis.add([event])
            analysis.changes(None)
        groups = tuple((group.id, tuple(event.id for event in group.events)) for group in analysis.groups())
        aside = tuple((event.id, event.kind, event.mirror_of) for event in analysis.uncounted())
        outcomes.add((groups, aside, analysis.summary()))
    assert len(outcomes) == 1
    ((groups, aside, summary),) = outcomes
    assert aside == (("e2.0", Kind.MIRROR, "e1.0"), ("e4.0", Kind.MIRROR, "e3.0"))
    assert (summary.browser_events, summary.server_events) == (2, 1)
    assert sum(len(found) for _, found in groups) == 3
