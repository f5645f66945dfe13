"""The backend's orders against the purchases that events report."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from app.analysis import Analysis
from app.checks import Context, reconcile, tally
from app.model import Band, Event, Group, Link, LinkKind, Orders, Outcome, Provenance, Severity
from app.platforms import rules_of
from app.rules import load_rules
from tests import events
from tests.checks.builders import answered, browser, group, server


def counted(orders: list[str], *groups: Group) -> Orders:
    found = tally(orders, groups, load_rules())
    assert found is not None
    return found


def outcome(orders: list[str], *groups: Group) -> tuple[int, int]:
    """Orders missing and purchases too many."""
    found = counted(orders, *groups)
    return found.missed, found.surplus


def reporting(order: str | None, one: str = "g1", event_id: str | None = None, **changes: Any) -> Group:
    return group(browser(order_id=order, event_id=event_id, **changes), id=one)


@pytest.mark.parametrize(
    ("orders", "word", "severity"),
    [
        (50, "good", Severity.INFO),
        (22, "acceptable", Severity.INFO),
        (12, "look", Severity.WARNING),
        (4, "technical-failure", Severity.ERROR),
    ],
)
def test_missing_orders_are_judged_by_their_band(orders: int, word: str, severity: Severity) -> None:
    numbers = [str(number) for number in range(1, orders + 1)]
    seen = [reporting(number, number) for number in numbers[: orders - 2]]
    (found,) = reconcile(numbers, seen, load_rules())
    assert (found.code, found.reason, found.severity) == ("orders-exceed-events", word, severity)


@pytest.mark.parametrize(
    ("backend", "wire"),
    [
        ("1042", "#1042"),
        ("1042", " 1042 "),
        ("#1042", "1042"),
        ("000001042", "1042"),
        ("%231042", "#1042"),
        ("42", "#42"),
        ("7", "0007"),
        ("123", "#123"),
        ("XKBKNABJK", "xkbknabjk"),
        ("ORD-2026/17", "ord-2026-17"),
    ],
)
def test_one_order_written_in_two_ways_is_one_order(backend: str, wire: str) -> None:
    assert outcome([backend], reporting(wire)) == (0, 0)


@pytest.mark.parametrize(
    ("backend", "wire"), [("1042", "10420"), ("1042", "11042"), ("42", "142"), ("XKBKNABJK", "XKBKNABJL")]
)
def test_orders_that_only_look_alike_are_two(backend: str, wire: str) -> None:
    assert outcome([backend], reporting(wire)) == (1, 1)


def test_an_event_id_made_from_the_order_names_it() -> None:
    assert outcome(["1042"], reporting(None, event_id="purchase-1042")) == (0, 0)
    assert outcome(["1042", "1043"], reporting("5551234", event_id="1042"), reporting("1043", "g2")) == (0, 0)
    assert outcome(["1042"], reporting("9999", event_id="purchase-10420")) == (1, 1)


def test_a_purchase_without_an_order_number_is_counted_and_accuses_no_order() -> None:
    found = counted(["1", "2", "3"], reporting("1"), reporting(None, "g2"))
    assert (found.missing, found.unnamed, found.missed, found.surplus) == (("2", "3"), 1, 1, 0)
    (said,) = reconcile(["1", "2", "3"], (reporting("1"), reporting("undefined", "g2")), load_rules())
    assert "Which can not be told, since 1 purchase names no order." in said.message
    assert outcome(["1"], reporting("1"), reporting(None, "g2")) == (0, 1)


def test_only_purchases_count_and_of_these_only_what_came_through_and_is_no_test_of_ours() -> None:
    assert outcome(["1"], reporting("1", name="AddToCart")) == (1, 0)
    assert outcome(["1"], group(browser(order_id="1", name="CompletePayment"))) == (0, 0)
    assert outcome(["1"], reporting("1", provenance=Provenance.SENT)) == (1, 0)
    assert outcome(["1"], group(answered(server(order_id="1"), Outcome.REJECTED))) == (1, 0)
    assert outcome(["1"], reporting("2", provenance=Provenance.REPLAYED), reporting("1", "g2")) == (0, 0)


def test_what_is_counted_once_is_one_purchase_and_what_is_counted_twice_is_two() -> None:
    merged = group(browser(order_id="1"), server(order_id="1"))
    assert outcome(["1"], merged) == (0, 0)
    twice = (group(browser(order_id="1")), group(server(order_id="1", event_id="x"), id="g2"))
    assert outcome(["1"], *twice) == (0, 1)
    assert counted(["1"], *twice).repeated == ("1",)


def test_the_nameless_half_of_a_double_count_belongs_to_the_order_of_its_twin() -> None:
    ours = group(browser(order_id="1"), links=(Link(LinkKind.SUGGESTED, "g2"),))
    theirs = group(server(order_id=None, event_id="x"), id="g2", links=(Link(LinkKind.SUGGESTED, "g1"),))
    assert outcome(["1", "2"], ours, theirs) == (1, 1)
    assert outcome(["1", "2"], replace(ours, links=()), replace(theirs, links=())) == (0, 0)


def test_each_of_two_accounts_counts_an_order_for_itself() -> None:
    other: dict[str, Any] = {"account": "2222222222222222"}
    assert outcome(["1"], reporting("1"), group(browser(order_id="1", **other), id="g2")) == (0, 0)
    assert outcome(["1"], reporting("1"), group(browser(order_id=None, event_id=None, **other), id="g2")) == (0, 0)
    assert outcome(["1"], reporting("1"), reporting("1", "g2")) == (0, 1)


def test_the_findings_name_a_few_orders_and_count_the_rest() -> None:
    missing, surplus = reconcile([f"A{n}00" for n in range(10, 20)], (reporting("B77 "),), load_rules())
    assert missing.message == (
        "10 of 10 orders have no event (100 %, a technical failure): A1000, A1100, A1200, A1300, A1400 and 5 more."
    )
    assert surplus.message == (
        "Events report 1 purchase, the backend knows 10 orders: 1 too many (10 %, acceptable); "
        "unknown to the backend: B77."
    )


def test_an_address_in_place_of_an_order_number_is_masked() -> None:
    (said,) = reconcile(["1042"], (reporting("1042"), reporting("ann7@shop.example", "g2")), load_rules())
    assert "ann7@" not in said.message
    assert "unknown to the backend: a…@shop.example." in said.message


def test_without_an_order_number_there_is_nothing_to_compare() -> None:
    assert tally(["", " ", "undefined", "null", "-"], (reporting("1"),), load_rules()) is None
    assert reconcile([], (reporting("1"),), load_rules()) == ()


def test_the_session_says_what_the_orders_say_until_they_are_forgotten() -> None:
    def purchase(number: int, order: str) -> Event:
        return events.browser(number, f"id-{number}", order_id=order)

    analysis = Analysis(Context(orders=("1042", "1043", "1044")), rules_of())
    analysis.add([purchase(1, "#1042"), purchase(2, "1043")])
    summary = analysis.summary()
    assert summary.orders is not None
    assert (summary.orders.missing, summary.orders.surplus) == (("1044",), 0)
    assert summary.orders.band is Band.TECHNICAL_FAILURE
    assert "orders-exceed-events" in {item.code for item in summary.session_findings}
    assert analysis.summary(whole=False).orders is None
    analysis.compare_with(())
    assert analysis.summary().orders is None
    assert "orders-exceed-events" not in {item.code for item in analysis.summary().session_findings}
