"""The session as a whole, and the channel plan."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from app.checks import Context, reconcile
from app.model import Finding, Flaw, Kind, Link, LinkKind, Outcome, Provenance, Side, Verdict
from app.numbers import Summary
from app.pairing.plan import Plan
from app.rules import load_rules
from tests.checks.builders import answered, browser, group, of_group, of_session, server
from tests.checks.cases import Case, codes

BOTH = Summary(browser_events=100, server_events=100, unique_sends=100, unique_conversions=100, predicted_counted=100)


def _with(**changes: object) -> Summary:
    return replace(BOTH, **changes)


def _reconciled(*orders: str) -> tuple[Finding, ...]:
    return reconcile(orders, (group(browser(order_id="1")), group(browser(order_id="2"), id="g2")), load_rules())


CASES = (
    Case(
        "zero-overlap",
        lambda: of_session(_with(overlap=0.0)),
        lambda: of_session(_with(overlap=0.0, server_events=0)),
    ),
    Case(
        "low-overlap",
        lambda: of_session(_with(overlap=0.89, deduplicated=89)),
        lambda: of_session(_with(overlap=0.9, deduplicated=90)),
    ),
    Case(
        "inflated",
        lambda: of_session(_with(predicted_counted=119, inflation=0.19, inflated_value=(("USD", "12.50"),))),
        lambda: of_session(_with(predicted_counted=100, inflation=0.0)),
    ),
    Case("orders-exceed-events", lambda: _reconciled("1", "2", "3"), lambda: _reconciled("1", "2")),
    Case("events-exceed-orders", lambda: _reconciled("1"), lambda: _reconciled("1", "2", "3")),
    Case("orders-unrelated", lambda: _reconciled("3", "4"), lambda: _reconciled("2", "3")),
    Case(
        "plan-deviation",
        lambda: of_group(group(server(name="PageView"), verdict=Verdict.SERVER_ONLY)),
        lambda: of_group(group(browser(name="PageView"), verdict=Verdict.BROWSER_ONLY)),
    ),
)


def test_sides_that_send_different_events_lack_no_id() -> None:
    page, sale = group(browser(name="PageView")), group(server(name="Purchase"), id="g2")
    found, *_ = of_session(_with(overlap=0.0), (page, sale))
    assert (found.code, found.reason) == ("zero-overlap", "no-common-event")
    assert "the browser PageView, the server Purchase" in found.message
    bought = group(browser(name="CompletePayment"))
    found, *_ = of_session(_with(overlap=0.0), (bought, sale))
    assert (found.code, found.reason) == ("zero-overlap", None)


def test_a_side_whose_every_send_was_lost_sends_no_other_events() -> None:
    page, lost = group(browser(name="Purchase")), group(server(name="Purchase", outcome=Outcome.REJECTED), id="g2")
    assert "zero-overlap" not in [found.code for found in of_session(_with(overlap=0.0), (page, lost))]


def test_a_shops_sales_are_not_the_other_half_of_what_the_browser_sent() -> None:
    page, sale = group(browser()), group(server(off_page=True), id="g2")
    assert "zero-overlap" not in [found.code for found in of_session(_with(overlap=0.0), (page, sale))]
    web = group(server(), id="g3")
    assert "zero-overlap" in [found.code for found in of_session(_with(overlap=0.0), (page, sale, web))]


def test_the_plan_asks_no_browser_for_what_happened_in_a_shop_or_was_a_test_of_ours() -> None:
    def alone(**changes: Any) -> list[str]:
        return [found.code for found in of_group(group(server(**changes), verdict=Verdict.SERVER_ONLY))]

    assert "plan-deviation" in alone()
    assert "plan-deviation" not in alone(off_page=True)
    assert "plan-deviation" not in alone(provenance=Provenance.SENT)
    assert "plan-deviation" not in alone(name="PageView", provenance=Provenance.SENT)


def _inflated(summary: Summary) -> Finding:
    (found,) = (item for item in of_session(summary) if item.code == "inflated")
    return found


def test_twice_the_truth_is_called_no_deduplication_at_all() -> None:
    found = _inflated(_with(predicted_counted=198, inflation=0.98, overlap=0.0, expected_both=100, counted_both=198))
    assert found.reason == "no-deduplication"
    assert found.message == (
        "198 conversions will be counted where 100 took place: 98 % too many. That is no deduplication at all."
    )


def test_what_one_side_alone_sends_does_not_hide_that_nothing_is_merged() -> None:
    diluted = _with(predicted_counted=110, inflation=0.1, overlap=0.0, expected_both=10, counted_both=20)
    found = _inflated(diluted)
    assert found.reason == "no-deduplication"
    assert found.message.endswith("Of those expected on both sides, 20 where 10 took place: no deduplication at all.")
    for other in ({"expected_both": 20, "counted_both": 30}, {"overlap": 1.0}, {"overlap": None}):
        found = _inflated(replace(diluted, **other))
        assert (found.reason, "deduplication" in found.message) == (None, False)


def test_inflation_names_the_surplus_in_each_currency() -> None:
    (found,) = CASES[2].fires()
    assert found.message == "119 conversions will be counted where 100 took place: 19 % too many, worth 12.50 USD."


def test_an_empty_session_has_no_findings() -> None:
    assert of_session() == ()


def test_an_event_missing_from_a_side_that_was_watched_is_against_the_plan() -> None:
    found = of_group(group(browser(), verdict=Verdict.BROWSER_ONLY))
    assert [(item.code, item.side) for item in found if item.code == "plan-deviation"] == [
        ("plan-deviation", Side.SERVER)
    ]


def test_an_automatic_event_is_expected_of_no_server() -> None:
    event = browser(name="SubscribedButtonClick", kind=Kind.AUTOMATIC)
    assert "plan-deviation" not in codes(of_group(group(event, verdict=Verdict.BROWSER_ONLY)))


def test_a_server_only_name_on_the_browser_side_is_against_the_plan() -> None:
    context = Context(plan=Plan(server_only=("order_paid",)))
    ours, theirs = browser(name="order_paid"), server(name="order_paid")
    assert "plan-deviation" in codes(of_group(group(ours, verdict=Verdict.BROWSER_ONLY), context))
    assert "plan-deviation" not in codes(of_group(group(theirs, verdict=Verdict.SERVER_ONLY), context))


def test_server_events_that_the_pixels_configuration_holds_back_are_told() -> None:
    held = Flaw("config-blocks-event", "unwantedEventNames", "events-stopped", '["Lead","Subscribe"]')
    configuration = browser(kind=Kind.CONFIGURATION, flaws=(held,))
    seen = (group(server(name="Lead")),)
    assert codes(of_session(BOTH, seen, (configuration,))) == {"config-blocks-event"}


def test_a_half_that_was_refused_or_went_elsewhere_is_not_called_missing_as_well() -> None:
    refused = group(browser(), answered(server(), Outcome.REJECTED), verdict=Verdict.BROWSER_ONLY)
    elsewhere = group(browser(), verdict=Verdict.BROWSER_ONLY, links=(Link(LinkKind.ACCOUNT_DIFFERS, "g2"),))
    assert ["plan-deviation" in codes(of_group(found)) for found in (refused, elsewhere)] == [False, False]


def test_an_id_under_two_names_that_ought_to_be_one_is_not_called_allowed() -> None:
    ties = (Link(LinkKind.SUGGESTED, "g2"),), (Link(LinkKind.SUGGESTED, "g1"),)
    ours, theirs = group(browser(), links=ties[0]), group(server(name="purchase"), id="g2", links=ties[1])
    assert of_session(groups=(ours, theirs)) == ()


@pytest.mark.parametrize(("platform", "end"), [("meta", "90 %, Events Manager asks for 75 %."), ("reddit", "90 %.")])
def test_whoever_asks_for_a_coverage_is_named_and_nobody_else(platform: str, end: str) -> None:
    found = of_session(_with(overlap=0.8, deduplicated=80), (group(replace(server(), platform=platform)),))
    (told,) = [each for each in found if each.code == "low-overlap"]
    assert told.message.endswith(f"the target is {end}")
