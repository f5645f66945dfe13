"""Verdicts by rules that are not Meta's, on platforms that are known by nothing but their `Platform` value."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest
from msgspec.structs import replace as changed

from app.analysis.engine import Analysis
from app.checks import Context
from app.model import Event, Group, LinkKind, Side, Verdict
from app.pairing.plan import Plan
from app.platforms import rules_of
from app.platforms.base import DAY_MS, DedupRule, Survivor
from tests.events import HOUR_MS
from tests.platforms.invented import BY_ID, BY_ORDER, added, browser, server

SHOP: dict[str, Any] = {"value": "59.90", "currency": "EUR", "page": "https://shop.example/thanks"}


def analysed(*events: Event, context: Context | None = None) -> Analysis:
    analysis = Analysis(context or Context(), rules_of())
    analysis.observe(Side.BROWSER)
    analysis.observe(Side.SERVER)
    analysis.add(events)
    analysis.changes(None)
    return analysis


def rows(analysis: Analysis) -> dict[str, Verdict]:
    return {group.id: group.verdict for group in analysis.groups()}


def codes(group: Group) -> set[str]:
    return {finding.code for finding in group.findings}


def test_an_order_pairs_two_halves_without_event_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    added(monkeypatch)
    analysis = analysed(browser(1, order_id="SO-1", **SHOP), server(2, order_id="SO-1", at_ms=900, **SHOP))
    assert rows(analysis) == {"p1.0": Verdict.DEDUPLICATED}
    (group,) = analysis.groups()
    assert not {code for code in codes(group) if code.startswith("event-id")}
    assert (analysis.summary().inflation, analysis.summary().overlap) == (0.0, 1.0)


def test_a_second_key_pairs_what_the_first_one_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    added(monkeypatch)
    halves = browser(1, "a", order_id="SO-1", **SHOP), server(2, "b", order_id="SO-1", at_ms=900, **SHOP)
    analysis = analysed(*halves)
    assert rows(analysis) == {"p1.0": Verdict.DEDUPLICATED}
    assert "event-id-differs" not in codes(analysis.groups()[0])


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_what_ties_two_groups_makes_them_one_in_whatever_order_it_comes(
    monkeypatch: pytest.MonkeyPatch, order: tuple[int, ...]
) -> None:
    added(monkeypatch)
    events = (
        browser(1, "a", **SHOP),
        server(2, order_id="SO-1", at_ms=10, **SHOP),
        server(3, "a", order_id="SO-1", at_ms=20, **SHOP),
    )
    analysis = Analysis(Context(), rules_of())
    for place in order:
        analysis.add([events[place]])
        analysis.changes(None)
    assert rows(analysis) == {"p1.0": Verdict.DEDUPLICATED}
    assert {event.id for event in analysis.groups()[0].events} == {"e1.0", "e2.0", "e3.0"}


def test_each_key_has_its_own_window(monkeypatch: pytest.MonkeyPatch) -> None:
    added(monkeypatch)
    late = 3 * DAY_MS
    assert rows(analysed(browser(1, "a", **SHOP), server(2, "a", late, **SHOP))) == {
        "p1.0": Verdict.DOUBLE_COUNTED,
        "p2.0": Verdict.DOUBLE_COUNTED,
    }
    by_order = analysed(browser(1, "a", order_id="SO-1", **SHOP), server(2, "a", late, order_id="SO-1", **SHOP))
    assert rows(by_order) == {"p1.0": Verdict.DEDUPLICATED}


def test_accounts_of_two_kinds_are_probably_one_until_the_user_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    added(monkeypatch)
    halves = (
        browser(1, "a", account="2613", account_kind="tag", **SHOP),
        server(2, "a", at_ms=900, account="5497", account_kind="ad account", **SHOP),
    )
    analysis = analysed(*halves)
    assert rows(analysis) == {"p1.0": Verdict.PROBABLE, "p2.0": Verdict.PROBABLE}
    assert [[link.kind for link in group.links] for group in analysis.groups()] == [[LinkKind.PROBABLE]] * 2
    assert all("account-unmapped" in codes(group) for group in analysis.groups())
    summary = analysis.summary()
    assert (summary.predicted_counted, summary.unique_conversions, summary.deduplicated) == (1, 1, 0)
    mapped = analysed(*halves, context=Context(one_account=(("2613", "5497"),)))
    assert rows(mapped) == {"p1.0": Verdict.DEDUPLICATED}


def test_naming_two_accounts_as_one_files_the_session_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    added(monkeypatch)
    halves = (
        browser(1, "a", account="2613", account_kind="tag", **SHOP),
        server(2, "a", at_ms=900, account="5497", account_kind="ad account", **SHOP),
    )
    analysis = analysed(*halves)
    analysis.set_context(Context(one_account=(("2613", "5497"),)), halves)
    groups, gone = analysis.changes(None)
    assert ([group.verdict for group in groups], gone) == ([Verdict.DEDUPLICATED], ("p2.0",))


def test_two_accounts_of_one_kind_are_never_merged(monkeypatch: pytest.MonkeyPatch) -> None:
    added(monkeypatch)
    halves = browser(1, "a", account="1", account_kind="tag"), server(2, "a", account="2", account_kind="tag")
    assert {link.kind for group in analysed(*halves).groups() for link in group.links} == {LinkKind.ACCOUNT_DIFFERS}


def test_a_name_without_a_key_that_both_sides_send_is_counted_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    by_order = replace(BY_ORDER, names=frozenset({"Bought"}))
    rule = DedupRule(keys=(by_order,), keeps=Survivor.FIRST, survivor="x", never="Other merges nothing but Bought.")
    added(monkeypatch, dedup=rule)
    first, second = browser(1, "a", name="Wished", **SHOP), browser(2, "b", HOUR_MS, name="Wished")
    both = analysed(first, second, server(3, "a", 900, name="Wished", **SHOP))
    assert set(rows(both).values()) == {Verdict.DOUBLE_COUNTED}
    assert all("never-merged" in codes(group) for group in both.groups())
    one_side = analysed(first, second)
    assert set(rows(one_side).values()) == {Verdict.BROWSER_ONLY}
    assert not any("never-merged" in codes(group) for group in one_side.groups())
    pair = analysed(browser(1, order_id="SO-1", **SHOP), server(2, order_id="SO-1", **SHOP))
    assert "never-merged" not in codes(pair.groups()[0])


@pytest.mark.parametrize(
    ("keeps", "gap_ms", "reason"),
    [
        (Survivor.MERGED, 299_000, None),
        (Survivor.MERGED, 301_000, "after-merge-window"),
        (Survivor.BROWSER, 1_000, "browser-kept"),
        (Survivor.FIRST, 1_000, None),
    ],
)
def test_it_is_said_which_copy_is_dropped(
    monkeypatch: pytest.MonkeyPatch, keeps: Survivor, gap_ms: int, reason: str | None
) -> None:
    merging = replace(BY_ID, merge_ms=300_000 if keeps is Survivor.MERGED else 0)
    added(monkeypatch, dedup=DedupRule(keys=(merging,), keeps=keeps, survivor="So Other does."))
    (group,) = analysed(browser(1, "a", **SHOP), server(2, "a", gap_ms, **SHOP)).groups()
    said = [finding.reason for finding in group.findings if finding.code == "copy-dropped"]
    assert (group.verdict, said) == (Verdict.DEDUPLICATED, [reason] if reason else [])


def test_the_plan_means_the_same_step_in_another_platforms_words(monkeypatch: pytest.MonkeyPatch) -> None:
    added(monkeypatch)
    analysis = analysed(browser(1, "a", name="Looked", page=SHOP["page"]))
    assert "plan-deviation" not in codes(analysis.groups()[0])
    strict = analysed(browser(1, "a", name="Looked", page=SHOP["page"]), context=Context(plan=Plan()))
    assert "plan-deviation" in codes(strict.groups()[0])
    assert Plan(browser_only=("PageView",)).only("meta", "Pageview") is None  # there it is a typing error


def test_what_several_keys_say_does_not_depend_on_the_order_of_arrival(monkeypatch: pytest.MonkeyPatch) -> None:
    added(monkeypatch)
    events = [
        browser(1, "a", order_id="SO-1"),
        server(2, "b", order_id="SO-1"),
        browser(3, "b", 40 * DAY_MS, order_id="SO-2"),
        server(4, order_id="SO-2", at_ms=41 * DAY_MS),
        browser(5, "c"),
    ]
    found = {
        tuple(sorted(tuple(event.id for event in group.events) for group in analysed(*order).groups()))
        for order in permutations(events)
    }
    assert found == {(("e1.0", "e2.0"), ("e3.0", "e4.0"), ("e5.0",))}


def test_a_test_of_ours_makes_no_name_counted_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    from app.model import Provenance

    by_order = replace(BY_ORDER, names=frozenset({"Bought"}))
    added(monkeypatch, dedup=DedupRule(keys=(by_order,), keeps=Survivor.FIRST, survivor="x", never="Never."))
    ours = changed(server(2, "b", name="Wished"), provenance=Provenance.SENT)
    assert Verdict.DOUBLE_COUNTED not in rows(analysed(browser(1, "a", name="Wished"), ours)).values()
