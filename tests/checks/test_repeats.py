"""An order that one side reports again under the same ID."""

from __future__ import annotations

from typing import Any

import pytest

from app.model import Event, Finding, LinkKind, Outcome, Provenance, Severity, Side
from tests.checks.builders import NOW, browser, group, of_group, of_link, server

HOUR = 3_600_000


def refired(found: tuple[Finding, ...]) -> list[tuple[Severity, Side | None]]:
    return [(item.severity, item.side) for item in found if item.code == "refired"]


def later(event: Event, hours: float, **changes: Any) -> Event:
    made = browser if event.side is Side.BROWSER else server
    at_ms = event.at_ms + int(hours * HOUR)
    return made(9, own_ms=at_ms, received_ms=at_ms, **changes)


@pytest.mark.parametrize("first", [browser(1), server(1)], ids=["the thank-you page", "the job"])
@pytest.mark.parametrize("hours", [1, 26, 47])
def test_inside_the_window_it_is_a_warning_for_the_next_one_counts(first: Event, hours: float) -> None:
    found = of_group(group(first, later(first, hours)))
    assert refired(found) == [(Severity.WARNING, first.side)]


def test_it_is_told_beside_an_exact_pair_as_well() -> None:
    found = of_group(group(browser(1), browser(9, own_ms=NOW + 26 * HOUR), server(2)))
    assert refired(found) == [(Severity.WARNING, Side.BROWSER)]


@pytest.mark.parametrize("made", [browser, server])
def test_outside_the_window_it_is_an_error_on_both_rows(made: Any) -> None:
    first = made(1)
    found = of_link(first, later(first, 75), LinkKind.OUTSIDE_WINDOW, ())
    assert refired(found) == [(Severity.ERROR, first.side)]
    assert "outside-window" in {item.code for item in found}


QUIET = {
    "a reload": (browser(1), later(browser(1), 0.4)),
    "the two halves of a pair": (browser(1), later(server(2), 26)),
    "a retry long after, of the time it happened": (server(1), server(9, received_ms=NOW + 26 * HOUR)),
    "a first try that failed": (server(1, outcome=Outcome.FAILED), later(server(1), 26)),
    "a test of ours": (server(1), later(server(1), 26, provenance=Provenance.REPLAYED)),
    "another order": (browser(1), later(browser(1), 26, order_id="1043")),
    "another step": (browser(1, name="AddToCart"), later(browser(1), 26, name="AddToCart")),
    "an ID that is none": (browser(1, event_id="undefined"), later(browser(1), 26, event_id="undefined")),
    "no order, and another sum": (
        browser(1, order_id=None),
        later(browser(1), 26, order_id=None, value="7"),
    ),
}


@pytest.mark.parametrize("events", QUIET.values(), ids=QUIET)
def test_it_is_told_from_what_comes_close(events: tuple[Event, ...]) -> None:
    assert refired(of_group(group(*events))) == []


def test_the_two_halves_of_one_key_outside_the_window_report_nothing_again() -> None:
    assert refired(of_link(browser(1), server(2, own_ms=NOW + 75 * HOUR), LinkKind.OUTSIDE_WINDOW, ())) == []


def test_without_an_order_number_the_id_says_that_it_is_one_order() -> None:
    first = browser(1, order_id=None)
    assert refired(of_group(group(first, later(first, 26, order_id=None)))) == [(Severity.WARNING, Side.BROWSER)]


def test_another_browser_that_opens_the_page_reports_the_same_order() -> None:
    other = later(browser(1), 26, match_ids=(("fbp", "fb.1.1795317000000.9"),))
    assert refired(of_group(group(browser(1), other))) == [(Severity.WARNING, Side.BROWSER)]
