"""The backend's orders against the purchases that events report."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from app.analysis.engine import Analysis
from app.checks import Context, reconcile, tally
from app.model import Event, Group, Link, LinkKind, Outcome, Provenance, Severity
from app.numbers import Band, Orders
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
    assert outcome([backend, "5000"], reporting(wire), reporting("5000", "g2")) == (1, 1)


GID = "gid://shopify/Order/5550000001001"


@pytest.mark.parametrize("wire", [GID, "gid%3A%2F%2Fshopify%2FOrder%2F5550000001001", f"{GID}?key=a1"])
def test_a_gid_is_the_number_at_its_end(wire: str) -> None:
    assert outcome(["5550000001001", "7"], reporting(wire), reporting("7", "g2")) == (0, 0)
    assert outcome([wire, "7"], reporting("5550000001001"), reporting("7", "g2")) == (0, 0)
    assert outcome(["5550000001002", "7"], reporting(wire), reporting("7", "g2")) == (1, 1)


@pytest.mark.parametrize(("backend", "wire"), [("DE-100{}", "100{}"), ("100{}", "wc_100{}"), ("#100{}", "100{}-shop")])
def test_where_no_number_is_shared_one_with_a_part_before_or_after_it_is_the_same(backend: str, wire: str) -> None:
    orders = [backend.format(n) for n in range(4)]
    seen = [reporting(wire.format(n), f"g{n}") for n in range(3)]
    found = counted(orders, *seen)
    assert (found.missing, found.unknown, found.unnamed) == ((orders[3],), (), 0)
    assert outcome([*orders, "77"], *seen, reporting("77", "shared")) == (4, 3)


def test_a_part_that_several_orders_share_names_none_of_them() -> None:
    assert counted(["2026-17", "2026-18"], reporting("2026")).unrelated
    assert not counted(["2026-17", "2027-18"], reporting("2026")).unrelated
    assert counted(["2026-17"], reporting("2026-99")).unrelated
    wire = [reporting(f"2026-{number}", str(number)) for number in (2001, 2027)]
    assert counted(["2001", "2026", "2027"], *wire).missing == ("2026",)


def numbers_of_two_kinds(orders: int, purchases: int) -> tuple[list[str], list[Group]]:
    wire = [str(5550000001000 + n) for n in range(purchases)]
    return [f"#{1001 + n}" for n in range(orders)], [reporting(number, number) for number in wire]


@pytest.mark.parametrize(
    ("orders", "purchases", "word", "codes"),
    [
        (20, 20, Band.GOOD, []),
        (20, 19, Band.GOOD, ["orders-exceed-events"]),
        (20, 15, Band.TECHNICAL_FAILURE, ["orders-exceed-events"]),
        (20, 22, Band.ACCEPTABLE, ["events-exceed-orders"]),
    ],
)
def test_numbers_of_two_kinds_are_said_once_and_only_counted(
    orders: int, purchases: int, word: Band, codes: list[str]
) -> None:
    numbers, seen = numbers_of_two_kinds(orders, purchases)
    found = counted(numbers, *seen)
    assert (found.missed, found.surplus) == (max(0, orders - purchases), max(0, purchases - orders))
    assert found.band is word
    kinds, *others = reconcile(numbers, seen, load_rules())
    assert (kinds.code, kinds.severity) == ("orders-unrelated", Severity.WARNING)
    assert "#1001" in kinds.message
    assert "5550000001000" in kinds.message
    assert "--order-column" in kinds.fix
    assert [item.code for item in others] == codes
    assert all("since no number is on both sides" in item.message for item in others)


def test_one_shared_number_makes_them_comparable() -> None:
    numbers, seen = numbers_of_two_kinds(3, 3)
    found = counted([*numbers, "77"], *seen, reporting("#77", "shared"))
    assert not found.unrelated
    assert (found.missing, len(found.unknown), found.unnamed) == (tuple(numbers), 3, 0)


def test_a_second_account_without_numbers_does_not_count_again_what_another_names() -> None:
    numbers, seen = numbers_of_two_kinds(2, 2)
    nameless = [group(browser(order_id=None, event_id=None, account="2222222222222222"), id=f"b{n}") for n in range(2)]
    assert outcome(numbers, *seen, *nameless) == (0, 0)
    assert outcome(numbers, *seen, reporting(None, "more")) == (0, 1)


def test_what_is_counted_twice_is_named_though_the_numbers_are_of_two_kinds() -> None:
    numbers, seen = numbers_of_two_kinds(2, 2)
    _, surplus = reconcile(numbers, [*seen, replace(seen[0], id="again")], load_rules())
    assert surplus.message.endswith("reported more than once: 5550000001000.")


def test_an_address_is_masked_where_the_kinds_are_shown() -> None:
    (said,) = reconcile(["1042"], (reporting("ann7@shop.example"),), load_rules())
    assert said.code == "orders-unrelated"
    assert "ann7@" not in said.message


@given(
    st.sets(st.integers(1000, 1099), max_size=6), st.lists(st.integers(1050, 1149), max_size=6), st.integers(2000, 2009)
)
def test_a_shared_number_more_leaves_what_is_counted_consistent(known: set[int], wire: list[int], more: int) -> None:
    orders = [str(number) for number in known]
    seen = [reporting(str(number), f"g{place}") for place, number in enumerate(wire)]
    after = counted([*orders, str(more)], *seen, reporting(str(more), "more"))
    assert not after.unrelated
    assert set(after.missing) == set(orders) - {str(number) for number in wire}
    assert (after.known - after.missed) + after.surplus == after.purchases == len(wire) + 1
    if orders:
        before = counted(orders, *seen)
        assert (before.known - before.missed) + before.surplus == before.purchases == len(wire)
        assert before.unrelated == bool(wire and known.isdisjoint(wire))
        assert (before.missed <= after.missed, before.surplus <= after.surplus) == (True, True)


def test_an_event_id_made_from_the_order_names_it() -> None:
    assert outcome(["1042"], reporting(None, event_id="purchase-1042")) == (0, 0)
    assert outcome(["1042", "1043"], reporting("5551234", event_id="1042"), reporting("1043", "g2")) == (0, 0)
    other = reporting("9999", event_id="purchase-10420")
    assert outcome(["1042", "1043"], other, reporting("1043", "g2")) == (1, 1)


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
    shared = reporting("A2000", "g2")
    missing, surplus = reconcile([f"A{n}00" for n in range(11, 21)], (reporting("B77 "), shared), load_rules())
    assert missing.message == (
        "9 of 10 orders have no event (90 %, a technical failure): A1100, A1200, A1300, A1400, A1500 and 4 more."
    )
    assert surplus.message == (
        "Events report 2 purchases, the backend knows 10 orders: 1 too many (10 %, acceptable); "
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
