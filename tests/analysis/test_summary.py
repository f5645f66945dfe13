"""The session in numbers: counts, overlap, inflation, coverage."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from msgspec.structs import replace

from app.analysis.engine import Analysis
from app.analysis.summary import KeyCoverage, Totals, count, counted, coverage, summarize, unique_sends
from app.checks import Context
from app.model import Content, Event, Form, Kind, Observed, Outcome, Provenance, Side, UserValue
from app.numbers import Summary
from app.pairing.plan import Plan
from app.platforms import rules_of
from app.platforms.base import DedupRule
from tests.corpus import RULES, Shop, traffic
from tests.events import HOUR_MS, START_MS, browser, live, server

GOODS: dict[str, Any] = {"value": "10.50", "currency": "USD", "contents": (Content("SKU-1"),)}
FBP: dict[str, Any] = {"match_ids": (("fbp", "fb.1.1795000000000.42"),)}
ALL_COUNT = {
    "meta": dataclasses.replace(RULES["meta"], keys=(dataclasses.replace(RULES["meta"].keys[0], same_side=False),))
}


def summary(
    *events: Event, context: Context | None = None, rules: dict[str, DedupRule] | None = None, now_ms: int | None = None
) -> Summary:
    """The numbers alone; findings are other tests' concern."""
    analysis = Analysis(context or Context(), rules or RULES)
    for side in Side:
        analysis.observe(side)
    analysis.add(events)
    analysis.changes(now_ms)
    return replace(analysis.summary(), findings=(), session_findings=())


def test_an_empty_session_has_nothing_and_expects_nothing() -> None:
    assert summary() == Summary()


def test_every_verdict_is_counted_by_rows() -> None:
    events = [
        *(browser(1, "a"), server(2, "a")),
        *(browser(3, "12345", **GOODS), server(4, "12345-x", 300, **GOODS)),
        browser(5, "c", HOUR_MS),
        server(6, "d", 2 * HOUR_MS),
        *(browser(7, "e", 3 * HOUR_MS), browser(8, "e", 3 * HOUR_MS)),
        server(9, "f", 4 * HOUR_MS, outcome=Outcome.REJECTED),
    ]
    assert summary(*events) == Summary(
        browser_events=5,
        server_events=4,
        unique_sends=4,
        failed_sends=1,
        deduplicated=1,
        double_counted=2,
        browser_only=1,
        server_only=1,
        duplicates=1,
        not_counted=1,
        overlap=1 / 5,
        predicted_counted=6,
        shared_ids=1,
        expected_both=5,
        counted_both=6,
        unique_conversions=5,
        inflation=1 / 5,
        inflated_value=(("USD", "10.50"),),
    )


def test_without_a_source_for_a_side_there_is_no_overlap() -> None:
    analysis = Analysis(Context(), RULES)
    analysis.add([browser(1, "a")])
    found = analysis.summary()
    assert (found.not_observed, found.overlap) == (1, None)


def test_what_the_plan_keeps_on_one_side_is_not_expected_on_both() -> None:
    events = [browser(1, "a"), server(2, "a"), browser(3, None, name="PageView"), server(4, None, name="order_paid")]
    plan = Context(plan=Plan(browser_only=("PageView",), server_only=("order_paid",)))
    assert summary(*events, context=plan).overlap == 1.0
    assert summary(*events, context=Context(plan=Plan(browser_only=()))).overlap == pytest.approx(1 / 3)


def test_automatic_and_waiting_events_are_not_expected_on_both_sides_yet() -> None:
    automatic = browser(3, None, 9_000, kind=Kind.AUTOMATIC, name="SubscribedButtonClick")
    half = live(browser(4, "b", 10_000))
    found = summary(browser(1, "a"), server(2, "a"), automatic, half, now_ms=half.at_ms + 1)
    assert (found.overlap, found.waiting) == (1.0, 1)


def test_a_test_of_ours_is_no_traffic() -> None:
    seen = browser(1, "a")
    ours = replace(server(2, "a"), provenance=Provenance.SENT)
    assert summary(seen, server(2, "a")).overlap == 1.0
    assert summary(seen, ours).overlap == 0.0
    alone = summary(seen, server(2, "a"), replace(server(3, "c"), provenance=Provenance.SENT))
    assert (alone.overlap, alone.predicted_counted, alone.unique_conversions) == (1.0, 1, 1)


def test_what_did_not_happen_on_a_page_is_not_expected_of_a_browser() -> None:
    sale = server(3, "c", off_page=True)
    assert summary(browser(1, "a"), server(2, "a"), sale).overlap == 1.0
    assert summary(browser(1, "a"), server(2, "a"), replace(sale, off_page=False)).overlap == 0.5
    assert summary(browser(1, "a"), server(2, "a", off_page=True)).overlap == 1.0


def test_a_conversion_in_two_halves_is_one_conversion_counted_twice() -> None:
    found = summary(browser(1, "a", **GOODS), server(2, None, 300, **GOODS))
    assert (found.predicted_counted, found.unique_conversions, found.inflation) == (2, 1, 1.0)
    assert found.inflated_value == (("USD", "10.50"),)


def test_surplus_is_added_up_by_currency_and_an_unreadable_amount_adds_nothing() -> None:
    fires = [
        *(browser(n, str(n), n, **FBP, value="5", currency="EUR") for n in (1, 2, 3)),
        *(browser(n, str(n), HOUR_MS + n, **FBP, value="7.25", currency="usd") for n in (4, 5)),
        *(browser(n, str(n), 2 * HOUR_MS + n, **FBP, value="a lot", currency="USD") for n in (6, 7)),
    ]
    found = summary(*fires)
    assert (found.duplicates, found.predicted_counted, found.unique_conversions) == (7, 7, 3)
    assert found.inflated_value == (("EUR", "10"), ("USD", "7.25"))


def test_one_id_at_two_accounts_is_a_conversion_of_each() -> None:
    found = summary(browser(1, "a"), server(2, "a", account="2222222222222222"))
    assert (found.predicted_counted, found.unique_conversions) == (2, 2)


def test_repeats_with_one_id_count_once_where_the_platform_merges_them() -> None:
    twice = [browser(1, "a", value="3", currency="EUR"), browser(2, "a", 5_000, value="3", currency="EUR")]
    assert summary(*twice).predicted_counted == 1
    found = summary(*twice, rules=ALL_COUNT)
    assert (found.predicted_counted, found.unique_conversions, found.inflated_value) == (2, 1, (("EUR", "3"),))


@pytest.mark.parametrize(
    ("sends", "expected"),
    [
        ([], 0),
        ([server(1, "a")], 1),
        ([server(1, "a", outcome=Outcome.FAILED), server(2, "a")], 1),
        ([server(1, "a", outcome=Outcome.FAILED), server(2, "a", outcome=Outcome.REJECTED)], 1),
        ([server(1, "a"), server(2, "a", received_ms=START_MS + 2_000)], 1),
        ([server(1, "a"), server(2, "a", 5_000)], 2),
        ([server(1, "a", send="s"), server(2, "a", 5_000, send="s")], 1),
    ],
)
def test_the_attempts_of_one_send_are_one_send(sends: list[Event], expected: int) -> None:
    assert unique_sends(sends) == expected


def test_taking_every_conversion_out_again_leaves_nothing() -> None:
    analysis = Analysis(Context(), RULES)
    analysis.add(row.event for row in traffic(Shop(60), 3))
    totals, observed = Totals(), Observed(True, True)
    for sign in (1, -1):
        for group in analysis.groups():
            count(totals, [group], RULES, Plan(), sign)
    assert summarize(totals, observed) == summarize(Totals(), observed)


def test_a_platform_that_is_not_known_is_taken_to_merge_repeats() -> None:
    analysis = Analysis(Context(), RULES)
    analysis.add([browser(1, "a"), browser(2, "a")])
    (group,) = analysis.groups()
    assert [counted(group, rule) for rule in (None, RULES["meta"], ALL_COUNT["meta"])] == [1, 1, 2]


def test_coverage_has_the_shape_of_events_managers_table() -> None:
    person: dict[str, Any] = {"user": (UserValue("external_id", "ab" * 32, Form.SHA256, "external_id"),)}
    analysis = Analysis(Context(), RULES)
    analysis.add(
        [
            browser(1, "a", **FBP, **person),
            server(2, "a", **FBP),
            browser(3, "b", 60_000, **FBP),
            browser(4, None, 600_000),
            browser(5, None, name="Lead"),
        ]
    )
    assert coverage(analysis.groups()) == {
        ("meta", "Lead"): (
            KeyCoverage("event_id", 0.0, 0.0, 0.0),
            KeyCoverage("external_id", 0.0, 0.0, 0.0),
            KeyCoverage("fbp", 0.0, 0.0, 0.0),
        ),
        ("meta", "Purchase"): (
            KeyCoverage("event_id", 2 / 3, 1.0, 1 / 3),
            KeyCoverage("external_id", 1 / 3, 0.0, 0.0),
            KeyCoverage("fbp", 2 / 3, 1.0, 1 / 3),
        ),
    }


def test_coverage_takes_what_the_platform_takes_for_the_same() -> None:
    hashed = "80fba0ae1c48e3978e43e4efc365e14e12ea0c830ba8ba5b9a2dafc7e3f2ab8b"  # of user_123
    plain: dict[str, Any] = {"user": (UserValue("external_id", "User_123 ", Form.PLAIN, "external_id"),)}
    appended: dict[str, Any] = {"match_ids": (("fbp", "fb.1.1795000000000.42.AQQCAQMC"),)}
    analysis = Analysis(Context(), RULES)
    analysis.add(
        [
            browser(1, "a", user=(UserValue("external_id", hashed, Form.SHA256, "ud[external_id]"),), **FBP),
            server(2, "a", **plain, **appended),
            browser(3, "b", match_ids=(("fbp", "fb.1.1795000000000.44790804"),)),
            server(4, "b", match_ids=(("fbp", "fb.1.1795000000000.99999999"),)),
        ]
    )
    shares = {line.key: line.shared for line in coverage(analysis.groups())["meta", "Purchase"]}
    assert shares == {"event_id": 1.0, "external_id": 0.5, "fbp": 0.5}


def test_coverage_tells_platforms_apart_and_takes_each_ones_own_browser_id() -> None:
    ttp: dict[str, Any] = {"match_ids": (("ttp", "01K"),)}
    analysis = Analysis(Context(), rules_of())
    analysis.add(
        [
            browser(1, "a", **FBP),
            browser(2, "b", platform="tiktok", **ttp),
            server(3, "b", platform="tiktok", **ttp),
        ]
    )
    assert coverage(analysis.groups()) == {
        ("meta", "Purchase"): (
            KeyCoverage("event_id", 1.0, 0.0, 0.0),
            KeyCoverage("external_id", 0.0, 0.0, 0.0),
            KeyCoverage("fbp", 1.0, 0.0, 0.0),
        ),
        ("tiktok", "Purchase"): (
            KeyCoverage("event_id", 1.0, 1.0, 1.0),
            KeyCoverage("external_id", 0.0, 0.0, 0.0),
            KeyCoverage("ttp", 1.0, 1.0, 1.0),
        ),
    }
