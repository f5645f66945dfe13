"""Windows that no platform publishes: assumed, or set by the user, and said to be so; those that are published stay."""

from __future__ import annotations

from typing import Any

import pytest

from app.analysis.engine import Analysis
from app.checks import Context
from app.model import Event, Standing, Verdict
from app.pairing.windows import example, settable, window_mistake, windows_from
from app.platforms import PLATFORMS, merging_rule, rule_of, rules_of
from app.platforms.base import DAY_MS, WindowBy
from tests.platforms.guessed_window import GUESSED, HOUR_MS, install
from tests.platforms.invented import browser, server

SHOP = {"page": "https://shop.example/thanks"}


@pytest.fixture(autouse=True)
def guessing(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch)


def halves(apart_ms: int, **changes: str) -> tuple[Event, Event]:
    told: dict[str, Any] = SHOP | changes
    return browser(1, "a", **told), server(2, "a", apart_ms, **told)


def analysed(*events: Event, lines: tuple[str, ...] = ()) -> Analysis:
    analysis = Analysis(Context(windows=windows_from(lines)), rules_of())
    analysis.add(events)
    analysis.changes(None)
    return analysis


def verdicts(analysis: Analysis) -> set[Verdict]:
    return {group.verdict for group in analysis.groups()}


def said(analysis: Analysis) -> set[str]:
    return {item.message for group in analysis.groups() for item in group.findings if item.code == "outside-window"}


@pytest.mark.parametrize(
    ("lines", "apart_ms", "verdict"),
    [
        ((), 48 * HOUR_MS, Verdict.DEDUPLICATED),
        ((), 48 * HOUR_MS + 1, Verdict.DOUBLE_COUNTED),
        (("other = 24 h",), 24 * HOUR_MS, Verdict.DEDUPLICATED),
        (("other = 24 h",), 24 * HOUR_MS + 1, Verdict.DOUBLE_COUNTED),
        (("Other=4days",), 4 * DAY_MS, Verdict.DEDUPLICATED),
        (("other = 24 h", "other = 90 min"), 90 * 60_000 + 1, Verdict.DOUBLE_COUNTED),
        (("meta = 1 h", "nobody = 1 h", "other = 1 year"), 48 * HOUR_MS, Verdict.DEDUPLICATED),
    ],
)
def test_a_pair_is_judged_by_the_users_window(lines: tuple[str, ...], apart_ms: int, verdict: Verdict) -> None:
    assert verdicts(analysed(*halves(apart_ms), lines=lines)) == {verdict}


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ((), "only within 48 h (assumed, published by nobody)."),
        (("other = 36 h",), "only within 36 h (set by the user, published by nobody)."),
    ],
)
def test_a_finding_says_whose_the_window_is(lines: tuple[str, ...], words: str) -> None:
    found = said(analysed(*halves(50 * HOUR_MS), lines=lines))
    assert found
    assert all(text.endswith(words) for text in found)


def test_a_published_window_of_the_same_platform_is_left_alone() -> None:
    assert [rule.within for rule in rule_of("other", {"other": HOUR_MS}).keys] == [
        "1 h (set by the user, published by nobody)",
        "30 days",
    ]
    by_order = halves(3 * HOUR_MS, order_id="SO-1")
    assert verdicts(analysed(*by_order, lines=("other = 1 h",))) == {Verdict.DEDUPLICATED}


def test_another_window_files_the_session_anew_and_back() -> None:
    events = halves(30 * HOUR_MS)
    analysis = analysed(*events)
    analysis.set_context(Context(windows={"other": 24 * HOUR_MS}), events)
    assert verdicts(analysis) == {Verdict.DOUBLE_COUNTED}
    assert analysis.rules["other"].keys[0].window_by is WindowBy.USER
    analysis.set_context(Context(), events)
    groups, gone = analysis.changes(None)
    assert ([group.verdict for group in groups], gone) == ([Verdict.DEDUPLICATED], ("p2.0",))
    assert analysis.rules["other"].keys[0] == GUESSED


def test_what_merges_two_events_is_told_with_the_users_window() -> None:
    ours, theirs = halves(0)
    assert merging_rule(ours, theirs).within == "48 h (assumed, published by nobody)"
    assert merging_rule(ours, theirs, {"other": 36 * HOUR_MS}).window_ms == 36 * HOUR_MS


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("other", "“other” sets no window. Write a platform and its window as"),
        ("other = soon", "sets no window"),
        ("other = 24", "sets no window"),
        ("other = -1 h", "sets no window"),
        ("= 24 h", "sets no window"),
        ("other = 1 h = 2 h", "sets no window"),
        ("nobody = 24 h", "“nobody” is no platform. There is: meta"),
        ("other = 0 h", "“0 h” is no window. One lasts 1 min at least, 365 days at most."),
        ("other = 366 days", "“366 days” is no window"),
        ("Meta = 24 h", "Meta publishes its window, 48 h, so it can not be set."),
    ],
)
def test_what_is_wrong_with_a_line_is_said(line: str, sentence: str) -> None:
    assert sentence in window_mistake(line)
    assert windows_from([line]) == {}


@pytest.mark.parametrize(
    ("line", "window_ms"),
    [
        ("other = 24 h", DAY_MS),
        ("OTHER=24H", DAY_MS),
        ("other = 1.5 d", 36 * HOUR_MS),
        (" other =  30 min ", 1_800_000),
    ],
)
def test_a_line_sets_a_window(line: str, window_ms: int) -> None:
    assert window_mistake(line) == ""
    assert windows_from([line]) == {"other": window_ms}


def test_those_that_can_be_set_are_told_with_what_is_assumed() -> None:
    assert "other 48 h" in settable()
    assert "other 48 h" in window_mistake("meta = 1 h")
    assert window_mistake(example()) == ""


@pytest.mark.parametrize("name", [each.name for each in PLATFORMS])
def test_every_platforms_windows_are_either_published_or_to_be_set(name: str) -> None:
    line = f"{name} = 36 h"
    rules = rules_of(windows_from([line]))[name].keys
    if rules_of()[name].unpublished:
        assert [rule.window_ms for rule in rules if rule.window_by is WindowBy.USER] == [36 * HOUR_MS] * len(rules)
        assert all("no window is published" in rule.source for rule in rules)
        assert all(rule.standing is not Standing.DOCUMENTED for rule in rules)
    else:
        assert "publishes its window" in window_mistake(line)
        assert {rule.standing for rule in rules} == {Standing.DOCUMENTED}
