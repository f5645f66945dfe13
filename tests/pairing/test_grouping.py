"""Exact pairing: keys, windows, attempts, gaps and verdicts."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from app.model import Event, Group, Kind, Link, LinkKind, Observed, Outcome, Provenance, Side, Verdict
from app.pairing.grouping import Expectation, Key, form_group, judge, lone_key, merging_keys, split, with_twins
from app.pairing.plan import Plan
from tests.corpus import RULES
from tests.events import HOUR_MS, START_MS, browser, live, server

WINDOW_MS = 48 * HOUR_MS
RULE = RULES["meta"]
BOTH = Observed(browser=True, server=True)


def key(event: Event) -> Key:
    """What the event is filed under."""
    return next(iter(merging_keys(event, RULE)), None) or lone_key(event)


def ids(parts: list[tuple[Event, ...]]) -> list[list[str]]:
    return [[event.id for event in part] for part in parts]


def verdict(group: Group, *links: LinkKind, observed: Observed = BOTH) -> Verdict:
    return judge(group, [Link(kind, "p9.0") for kind in links], Expectation(observed))[0]


def test_the_platforms_own_key_decides_when_there_is_an_id() -> None:
    assert key(browser(1, "o-1")) == key(server(2, "o-1"))
    assert key(browser(1, "o-1")) != key(server(2, "O-1"))
    assert key(browser(1, "o-1")) != key(server(2, "o-1", account="2222222222222222"))
    assert key(browser(1, "o-1")) != key(server(2, "o-1", name="purchase"))


def test_an_empty_id_is_no_id() -> None:
    assert key(browser(1, "")) != key(browser(2, ""))


def test_events_without_an_id_meet_only_as_attempts_of_one_payload_on_one_side() -> None:
    assert key(server(1, fingerprint="a")) == key(server(2, fingerprint="a"))
    assert key(server(1, fingerprint="a")) != key(browser(2, fingerprint="a"))
    assert key(server(1, fingerprint="a", send="s")) == key(server(2, fingerprint="b", send="s"))
    assert key(server(1, fingerprint="")) != key(server(2, fingerprint=""))


@pytest.mark.parametrize(
    ("gap_ms", "expected"),
    [
        (WINDOW_MS - 1_000, [["e1.0", "e2.0"]]),
        (WINDOW_MS, [["e1.0", "e2.0"]]),
        (WINDOW_MS + 1_000, [["e1.0"], ["e2.0"]]),
    ],
)
def test_the_window_is_closed_after_48_hours(gap_ms: int, expected: list[list[str]]) -> None:
    assert ids(split([browser(1, "o-1"), server(2, "o-1", gap_ms)], RULE)) == expected


def test_the_window_counts_from_the_first_event_and_not_from_the_last() -> None:
    events = [browser(1, "o-1"), browser(2, "o-1", 40 * HOUR_MS), server(3, "o-1", 80 * HOUR_MS)]
    assert ids(split(events, RULE)) == [["e1.0", "e2.0"], ["e3.0"]]


def test_a_lost_send_opens_no_window_but_stays_with_its_retry() -> None:
    lost = server(1, "o-1", outcome=Outcome.FAILED)
    events = [server(3, "o-1", 50 * HOUR_MS), lost, browser(2, "o-1", 10 * HOUR_MS)]
    assert ids(split(events, RULE)) == [["e1.0", "e2.0", "e3.0"]]


def test_lost_sends_alone_are_kept_together_within_the_window() -> None:
    lost = [server(number, "o-1", at * HOUR_MS, outcome=Outcome.REJECTED) for number, at in ((1, 0), (2, 1), (3, 60))]
    assert ids(split(lost, RULE)) == [["e1.0", "e2.0"], ["e3.0"]]


def test_without_an_id_each_success_takes_the_failures_before_it() -> None:
    outcomes = [Outcome.FAILED, Outcome.FAILED, Outcome.ACCEPTED, Outcome.ACCEPTED, Outcome.REJECTED]
    events = [server(n, at_ms=n, fingerprint="a", outcome=outcome) for n, outcome in enumerate(outcomes, 1)]
    assert ids(split(events, RULE, keyed=False)) == [["e1.0", "e2.0", "e3.0"], ["e4.0", "e5.0"]]


def test_a_group_is_named_by_the_event_that_arrived_first_and_ordered_by_time() -> None:
    group = form_group([server(7, "o-1", 5), browser(12, "o-1", 10), browser(9, "o-1", 20)])
    assert (group.id, group.first_ms) == ("p7.0", START_MS + 5)
    assert [event.id for event in group.browser] == ["e12.0", "e9.0"]


def test_the_gap_is_by_receipt_when_both_sides_were_live() -> None:
    early, late = live(browser(1, "o-1"), 100), live(server(2, "o-1", -700), 940)
    assert form_group([early, late]).gap_ms == 840


def test_the_gap_is_by_the_events_own_times_when_a_side_came_from_a_file() -> None:
    assert form_group([live(browser(1, "o-1"), 100), server(2, "o-1", -700)]).gap_ms == -700


def test_a_lost_send_is_not_the_start_of_a_gap() -> None:
    lost = server(2, "o-1", 300, outcome=Outcome.FAILED)
    assert form_group([browser(1, "o-1"), lost, server(3, "o-1", 900)]).gap_ms == 900
    assert form_group([browser(1, "o-1"), lost]).gap_ms is None


def test_without_any_time_there_is_no_gap() -> None:
    untimed = replace(server(2, "o-1"), own_ms=None, received_ms=None)
    assert form_group([browser(1, "o-1"), untimed]).gap_ms is None


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([browser(1, "a"), server(2, "a")], Verdict.DEDUPLICATED),
        ([browser(1, "a"), browser(2, "a"), server(3, "a"), server(4, "a")], Verdict.DEDUPLICATED),
        ([browser(1, "a")], Verdict.BROWSER_ONLY),
        ([server(1, "a")], Verdict.SERVER_ONLY),
        ([browser(1, "a"), server(2, "a", outcome=Outcome.REJECTED)], Verdict.BROWSER_ONLY),
        ([browser(1, "a"), browser(2, "a")], Verdict.DUPLICATE),
        ([server(1, "a", outcome=Outcome.FAILED), server(2, "a")], Verdict.SERVER_ONLY),
        ([server(1, "a", outcome=Outcome.FAILED), server(2, "a", outcome=Outcome.REJECTED)], Verdict.NOT_COUNTED),
    ],
)
def test_the_verdict_follows_from_the_sends_that_got_through(events: list[Event], expected: Verdict) -> None:
    assert verdict(form_group(events)) is expected


@pytest.mark.parametrize(
    ("links", "expected"),
    [
        ((LinkKind.SUGGESTED,), Verdict.DOUBLE_COUNTED),
        ((LinkKind.OUTSIDE_WINDOW,), Verdict.DOUBLE_COUNTED),
        ((LinkKind.DOUBLE_FIRE,), Verdict.DUPLICATE),
        ((LinkKind.REFIRED,), Verdict.DUPLICATE),
        ((LinkKind.DOUBLE_FIRE, LinkKind.SUGGESTED), Verdict.DOUBLE_COUNTED),
        ((LinkKind.ACCOUNT_DIFFERS,), Verdict.BROWSER_ONLY),
    ],
)
def test_a_tie_to_another_group_changes_the_verdict_of_one_side(links: tuple[LinkKind, ...], expected: Verdict) -> None:
    assert verdict(form_group([browser(1, "a")]), *links) is expected


def test_no_tie_changes_the_verdict_of_an_exact_pair() -> None:
    pair = form_group([browser(1, "a"), server(2, "a")])
    assert {verdict(pair, kind) for kind in LinkKind} == {Verdict.DEDUPLICATED}


def test_a_side_without_a_source_is_not_judged() -> None:
    alone = form_group([browser(1, "a")])
    assert verdict(alone, observed=Observed(browser=True)) is Verdict.NOT_OBSERVED
    assert verdict(alone, observed=Observed(server=True)) is Verdict.BROWSER_ONLY


def waiting(group: Group, now_ms: int | None, plan: Plan | None = None) -> tuple[Verdict, int | None]:
    now = None if now_ms is None else START_MS + now_ms
    return judge(group, (), Expectation(BOTH, now, 60_000, plan or Plan()))


def test_a_live_half_waits_a_minute_from_its_receipt() -> None:
    half = form_group([live(browser(1, "a"), 500)])
    assert waiting(half, 60_499) == (Verdict.WAITING, START_MS + 60_500)
    assert waiting(half, 60_500) == (Verdict.BROWSER_ONLY, None)


def test_a_half_from_a_file_an_offline_half_and_a_planned_half_wait_for_nobody() -> None:
    half = form_group([live(browser(1, "a"))])
    assert waiting(form_group([browser(1, "a")]), 100)[0] is Verdict.BROWSER_ONLY
    assert waiting(half, None)[0] is Verdict.BROWSER_ONLY
    assert waiting(half, 100, Plan(browser_only=("Purchase",)))[0] is Verdict.BROWSER_ONLY


def test_a_refused_server_send_leaves_the_browser_waiting_for_the_retry() -> None:
    refused = live(server(2, "a", outcome=Outcome.REJECTED), 700)
    assert waiting(form_group([live(browser(1, "a"), 500), refused]), 800)[0] is Verdict.WAITING


def test_a_mirror_names_its_twin_by_id_under_the_same_name_first() -> None:
    named = [browser(1, "a", name="InitiateCheckout"), browser(2, "a"), browser(3, "b")]
    mirror = replace(browser(4, "a"), kind=Kind.MIRROR)
    assert with_twins([mirror], named) == (replace(mirror, mirror_of="e2.0"),)


def test_a_renamed_gateway_copy_is_known_by_its_id() -> None:
    mirror = replace(browser(4, "a", name="InputData"), kind=Kind.MIRROR)
    assert with_twins([mirror], [browser(2, "a", name="SubscribedButtonClick")])[0].mirror_of == "e2.0"


def test_a_mirror_without_an_id_is_known_by_its_millisecond() -> None:
    mirror = replace(browser(4, None, 17), kind=Kind.MIRROR)
    assert with_twins([mirror], [browser(1, None, 16), browser(2, None, 17)])[0].mirror_of == "e2.0"
    assert with_twins([mirror], [browser(1, None, 16)])[0].mirror_of is None


def test_what_is_no_mirror_is_left_as_it_is() -> None:
    configuration = replace(browser(4, "a"), kind=Kind.CONFIGURATION, provenance=Provenance.CAPTURED, side=Side.BROWSER)
    assert with_twins([configuration], [browser(1, "a")]) == (configuration,)


def test_what_has_no_time_at_all_is_within_the_window() -> None:
    timeless = replace(browser(1, "o-1"), own_ms=None, received_ms=None)
    late = server(3, "o-1", own_ms=START_MS + WINDOW_MS + HOUR_MS)
    assert ids(split([timeless, server(2, "o-1")], RULE)) == [["e1.0", "e2.0"]]
    assert ids(split([timeless, server(2, "o-1"), late], RULE)) == [["e1.0", "e2.0"], ["e3.0"]]
    assert ids(split([timeless, replace(timeless, id="e4.0")], RULE)) == [["e1.0", "e4.0"]]
