"""The whole of the analysis: what is known depends on which events there are, and on nothing else."""

from __future__ import annotations

from collections import Counter
from itertools import batched
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from app.analysis.engine import Analysis
from app.checks import Context
from app.model import Content, Event, Field, Form, Group, Kind, LinkKind, Outcome, Provenance, Side, UserValue, Verdict
from app.numbers import Summary
from app.pairing.plan import Plan
from tests.corpus import RULES, Shop, traffic
from tests.corpus_cases import BY_NAME
from tests.events import HOUR_MS, START_MS, browser, live, server

GOODS: dict[str, Any] = {"value": "142.52", "currency": "USD", "contents": (Content("SKU-1", "2", "71.26"),)}
FBP: dict[str, Any] = {"match_ids": (("fbp", "fb.1.1795000000000.42"),)}


def analysed(*events: Event, context: Context | None = None) -> Analysis:
    analysis = Analysis(context or Context(), RULES)
    for side in Side:
        analysis.observe(side)
    analysis.add(events)
    return analysis


def rows(analysis: Analysis) -> dict[str, tuple[Verdict, dict[str, LinkKind]]]:
    return {g.id: (g.verdict, {link.group: link.kind for link in g.links}) for g in analysis.groups()}


# -- the settled corner cases ---------------------------------------------------------------------------------------


def test_one_key_outside_the_window_makes_two_rows_both_double_counted() -> None:
    assert rows(analysed(browser(1, "a"), server(2, "a", 49 * HOUR_MS))) == {
        "p1.0": (Verdict.DOUBLE_COUNTED, {"p2.0": LinkKind.OUTSIDE_WINDOW}),
        "p2.0": (Verdict.DOUBLE_COUNTED, {"p1.0": LinkKind.OUTSIDE_WINDOW}),
    }


@pytest.mark.parametrize("ids", [("a", "b"), ("a", None), (None, None)])
def test_two_fires_of_one_action_within_two_seconds_are_duplicates(ids: tuple[str | None, str | None]) -> None:
    fires = [browser(n, event_id, n * 900, name="Lead", **FBP, **GOODS) for n, event_id in enumerate(ids, 1)]
    assert rows(analysed(*fires)) == {
        "p1.0": (Verdict.DUPLICATE, {"p2.0": LinkKind.DOUBLE_FIRE}),
        "p2.0": (Verdict.DUPLICATE, {"p1.0": LinkKind.DOUBLE_FIRE}),
    }


@pytest.mark.parametrize(
    ("at_ms", "changes"),
    [
        (2_001, {}),
        (900, {"contents": (Content("SKU-2"),)}),
        (900, {"value": "10"}),
        (900, {"match_ids": (("fbp", "fb.1.1795000000000.43"),)}),
        (900, {"account": "2222222222222222"}),
        (900, {"name": "InitiateCheckout"}),
    ],
)
def test_a_second_action_is_no_double_fire(at_ms: int, changes: dict[str, object]) -> None:
    first = browser(1, "a", name="AddToCart", **FBP, **GOODS)
    second = replace(first, id="e2.0", exchange=2, event_id="b", keys=("other",), own_ms=START_MS + at_ms, **changes)
    assert rows(analysed(first, second)) == {"p1.0": (Verdict.BROWSER_ONLY, {}), "p2.0": (Verdict.BROWSER_ONLY, {})}


def test_server_events_of_a_file_that_name_nobody_are_no_double_fire() -> None:
    sales = [server(n, str(n), n, **GOODS) for n in (1, 2)]
    assert {verdict for verdict, _ in rows(analysed(*sales)).values()} == {Verdict.SERVER_ONLY}


def test_of_a_file_one_address_is_many_shoppers_and_one_browser_or_live_program_is_not() -> None:
    device: dict[str, Any] = {"match_ids": (("ip", "203.0.113.9"), ("user_agent", "Mozilla/5.0"))}
    office = [server(n, str(n), n * 1_000, name="AddToCart", **device, **GOODS) for n in (1, 2)]
    assert {verdict for verdict, _ in rows(analysed(*office)).values()} == {Verdict.SERVER_ONLY}
    assert {verdict for verdict, _ in rows(analysed(*map(live, office))).values()} == {Verdict.DUPLICATE}
    known = [replace(event, match_ids=FBP["match_ids"]) for event in office]
    assert {verdict for verdict, _ in rows(analysed(*known)).values()} == {Verdict.DUPLICATE}


def test_one_action_fired_twice_is_one_however_its_numbers_are_written() -> None:
    again = GOODS | {"value": "142.520", "currency": "usd", "contents": (Content("SKU-1", "2.0", "71.260"),)}
    fires = [browser(1, "a", **FBP, **GOODS), browser(2, "b", 900, **FBP, **again)]
    assert {verdict for verdict, _ in rows(analysed(*fires)).values()} == {Verdict.DUPLICATE}
    fires[1] = replace(fires[1], value="142.53")
    assert {verdict for verdict, _ in rows(analysed(*fires)).values()} == {Verdict.BROWSER_ONLY}


def test_a_double_fire_beside_an_exact_pair_leaves_the_pair_alone() -> None:
    fires = [browser(1, "a", **FBP, **GOODS), browser(2, "b", 500, **FBP, **GOODS), server(3, "a", 900)]
    assert rows(analysed(*fires)) == {
        "p1.0": (Verdict.DEDUPLICATED, {"p2.0": LinkKind.DOUBLE_FIRE}),
        "p2.0": (Verdict.DUPLICATE, {"p1.0": LinkKind.DOUBLE_FIRE}),
    }


def test_an_order_seen_before_on_the_same_side_is_refired() -> None:
    again = [browser(1, "a", order_id="1042", value="9"), browser(2, "b", HOUR_MS, order_id="1042", value="0")]
    assert rows(analysed(*again)) == {
        "p1.0": (Verdict.DUPLICATE, {"p2.0": LinkKind.REFIRED}),
        "p2.0": (Verdict.DUPLICATE, {"p1.0": LinkKind.REFIRED}),
    }


@pytest.mark.parametrize(
    "other",
    [
        browser(2, "b", HOUR_MS, order_id="1043"),
        browser(2, "b", HOUR_MS, order_id="1042", name="InitiateCheckout"),
        browser(2, "b", HOUR_MS),
    ],
)
def test_another_order_or_another_step_is_not_refired(other: Event) -> None:
    assert rows(analysed(browser(1, "a", order_id="1042"), other))["p2.0"] == (Verdict.BROWSER_ONLY, {})


def test_a_replay_of_ours_makes_no_duplicate() -> None:
    ours = replace(live(server(2, "a", 5_000)), provenance=Provenance.REPLAYED)
    assert rows(analysed(live(server(1, "a")), ours)) == {"p1.0": (Verdict.SERVER_ONLY, {})}
    assert rows(analysed(live(server(1, "a")), live(server(2, "a", 5_000)))) == {"p1.0": (Verdict.DUPLICATE, {})}


def test_what_happened_in_a_shop_is_half_of_nothing_unless_an_order_or_the_browsers_cookie_says_so() -> None:
    person: dict[str, Any] = {"user": (UserValue("em", "6" * 64, Form.SHA256, "em"),)}
    web = browser(1, "a", **FBP, **GOODS, **person)
    sale = server(2, None, 800, off_page=True, **GOODS, **person)
    assert rows(analysed(web, sale))["p2.0"] == (Verdict.SERVER_ONLY, {})
    assert rows(analysed(web, replace(sale, off_page=False)))["p2.0"][0] is Verdict.DOUBLE_COUNTED
    assert rows(analysed(web, replace(sale, match_ids=FBP["match_ids"])))["p2.0"][0] is Verdict.DOUBLE_COUNTED
    ordered = [replace(event, order_id="1042") for event in (web, sale)]
    assert rows(analysed(*ordered))["p2.0"] == (Verdict.DOUBLE_COUNTED, {"p1.0": LinkKind.SUGGESTED})


def test_two_halves_that_are_both_where_the_plan_wants_them_are_no_pair() -> None:
    halves = [
        browser(1, "a", name="Lead", **FBP, **GOODS),
        server(2, None, 900, name="CompleteRegistration", **FBP, **GOODS),
    ]
    planned = Context(plan=Plan(browser_only=("PageView", "Lead"), server_only=("CompleteRegistration",)))
    assert {verdict for verdict, _ in rows(analysed(*halves)).values()} == {Verdict.DOUBLE_COUNTED}
    assert rows(analysed(*halves, context=planned)) == {
        "p1.0": (Verdict.BROWSER_ONLY, {}),
        "p2.0": (Verdict.SERVER_ONLY, {}),
    }
    unplanned = replace(halves[1], name="Lead")  # the plan says the server does not send this one, and it does
    assert {verdict for verdict, _ in rows(analysed(halves[0], unplanned, context=planned)).values()} == {
        Verdict.DOUBLE_COUNTED
    }


def test_a_send_refused_for_good_is_in_its_group_but_is_no_side() -> None:
    analysis = analysed(browser(1, "a"), server(2, "a", outcome=Outcome.REJECTED))
    (group,) = analysis.groups()
    assert (group.verdict, len(group.server), analysis.summary().failed_sends) == (Verdict.BROWSER_ONLY, 1, 1)


def test_a_retry_that_got_through_is_one_side() -> None:
    lost = server(2, None, 10, outcome=Outcome.FAILED, fingerprint="same")
    analysis = analysed(lost, server(3, None, 20, fingerprint="same"))
    assert rows(analysis) == {"p2.0": (Verdict.SERVER_ONLY, {})}
    assert (analysis.summary().server_events, analysis.summary().unique_sends) == (2, 1)


def test_one_name_and_id_at_two_accounts_are_tied_one_sided_rows() -> None:
    assert rows(analysed(browser(1, "a"), server(2, "a", account="2222222222222222"))) == {
        "p1.0": (Verdict.BROWSER_ONLY, {"p2.0": LinkKind.ACCOUNT_DIFFERS}),
        "p2.0": (Verdict.SERVER_ONLY, {"p1.0": LinkKind.ACCOUNT_DIFFERS}),
    }


def test_a_second_pixel_beside_an_exact_pair_is_no_mistaken_account() -> None:
    events = [browser(1, "a"), server(2, "a"), browser(3, "a", account="2222222222222222")]
    assert rows(analysed(*events))["p3.0"] == (Verdict.BROWSER_ONLY, {})


def test_many_groups_of_one_id_are_not_compared_by_account() -> None:
    events = [browser(n, "fixed", account=str(n)) for n in range(1, 20)] + [server(20, "fixed", account="20")]
    assert not any(links for _, links in rows(analysed(*events)).values())


def test_a_near_miss_makes_both_rows_double_counted() -> None:
    analysis = analysed(browser(1, "12345", **GOODS), server(2, "12345-server", 840, **GOODS))
    assert rows(analysis) == {
        "p1.0": (Verdict.DOUBLE_COUNTED, {"p2.0": LinkKind.SUGGESTED}),
        "p2.0": (Verdict.DOUBLE_COUNTED, {"p1.0": LinkKind.SUGGESTED}),
    }
    codes = {finding.code for group in analysis.groups() for finding in group.findings}
    assert "event-id-differs" in codes


def test_a_near_miss_is_seen_while_it_waits_and_heals_when_the_exact_twin_comes() -> None:
    analysis = analysed(live(browser(1, "a", **GOODS)), live(server(2, None, 400, **GOODS)))
    groups, _ = analysis.changes(START_MS + 1_000)
    assert {group.verdict for group in groups} == {Verdict.DOUBLE_COUNTED}
    analysis.add([live(server(3, "a", 3_200, **GOODS))])
    groups, gone = analysis.changes(START_MS + 3_500)
    assert ({g.id: g.verdict for g in groups}, gone) == (
        {"p1.0": Verdict.DEDUPLICATED, "p2.0": Verdict.WAITING},
        (),
    )


def test_conversions_that_a_junk_id_has_swallowed_are_as_many_as_their_other_halves() -> None:
    sales = [browser(n, "undefined", n * 100_000, order_id=f"O-{n}00", value="10", currency="EUR") for n in range(1, 7)]
    halves = [
        server(10 + n, f"e-{n}", n * 100_000 + 900, order_id=f"O-{n}00", value="10", currency="EUR")
        for n in range(1, 7)
    ]
    analysis = analysed(*sales, *halves)
    found = rows(analysis)
    assert {verdict for verdict, _ in found.values()} == {Verdict.DOUBLE_COUNTED}
    assert found["p1.0"][1] == {f"p{10 + n}.0": LinkKind.SUGGESTED for n in range(1, 7)}
    summary = analysis.summary()
    assert (summary.predicted_counted, summary.unique_conversions, summary.expected_both) == (7, 6, 6)
    assert summary.inflated_value == (("EUR", "10"),)


# -- time, sources, context -----------------------------------------------------------------------------------------


def test_a_waiting_half_is_judged_when_its_time_is_up_and_told_once() -> None:
    analysis = analysed(live(browser(1, "a")))
    assert [g.verdict for g in analysis.changes(START_MS + 1_000)[0]] == [Verdict.WAITING]
    assert analysis.changes(START_MS + 59_999) == ((), ())
    assert [g.verdict for g in analysis.changes(START_MS + 60_000)[0]] == [Verdict.BROWSER_ONLY]
    assert analysis.changes(START_MS + 70_000) == ((), ())


def test_nothing_waits_once_the_clock_is_gone() -> None:
    analysis = analysed(live(browser(1, "a")))
    analysis.changes(START_MS)
    assert [g.verdict for g in analysis.changes(None)[0]] == [Verdict.BROWSER_ONLY]


def test_a_source_that_is_connected_later_changes_what_is_known() -> None:
    analysis = Analysis(Context(), RULES)
    analysis.add([browser(1, "a")])
    assert [g.verdict for g in analysis.changes(None)[0]] == [Verdict.NOT_OBSERVED]
    analysis.observe(Side.SERVER)
    assert [g.verdict for g in analysis.changes(None)[0]] == [Verdict.BROWSER_ONLY]


def test_an_event_observes_its_side_unless_we_sent_it() -> None:
    analysis = Analysis(Context(), RULES)
    analysis.add([browser(1, "a"), server(2, "b", provenance=Provenance.SENT)])
    assert analysis.groups()[0].verdict is Verdict.NOT_OBSERVED
    analysis.add([server(3, "c")])
    assert analysis.groups()[0].verdict is Verdict.BROWSER_ONLY


def test_a_group_that_is_split_or_renamed_is_reported_as_gone() -> None:
    analysis = analysed(browser(5, "a", 50 * HOUR_MS))
    analysis.changes(None)
    analysis.add([server(3, "a", 10 * HOUR_MS), server(9, "a", 0)])
    groups, gone = analysis.changes(None)
    assert ([(g.id, len(g.events)) for g in groups], gone) == ([("p3.0", 2), ("p5.0", 1)], ())
    analysis.add([browser(2, "a", 49 * HOUR_MS)])
    groups, gone = analysis.changes(None)
    assert ([(g.id, len(g.events)) for g in groups], gone) == ([("p3.0", 2), ("p2.0", 2)], ("p5.0",))


def test_fields_are_checked_and_then_dropped() -> None:
    event = browser(1, None, fields=(Field("cd[event_id]", "in-the-wrong-place", "Event ID", "custom data", "query"),))
    (group,) = analysed(event).groups()
    assert group.browser == (replace(event, fields=(), fingerprint=""),)


def test_another_context_judges_all_again_as_if_it_had_been_there_from_the_start() -> None:
    events = [row.event for row in traffic(Shop(30), 5)]
    strict = Context(plan=Plan(browser_only=(), server_only=("Purchase",)), allowed_domains=("elsewhere.example",))
    changed = analysed(*events)
    changed.groups()
    changed.set_context(strict, events)
    fresh = analysed(*events, context=strict)
    assert (changed.groups(), changed.summary()) == (fresh.groups(), fresh.summary())
    assert changed.summary() != analysed(*events).summary()


def test_another_time_to_wait_holds_for_what_waits_already() -> None:
    analysis = analysed(live(browser(1, "a")))
    analysis.changes(START_MS + 30_000)
    analysis.set_context(Context(), waiting_ms=20_000)
    assert [g.verdict for g in analysis.changes(START_MS + 30_001)[0]] == [Verdict.BROWSER_ONLY]
    analysis.set_context(Context(), waiting_ms=40_000)
    assert [(g.verdict, g.waiting_until_ms) for g in analysis.changes(START_MS + 30_002)[0]] == [
        (Verdict.WAITING, START_MS + 40_000)
    ]


def test_mirrors_and_configuration_are_in_no_group_and_no_count() -> None:
    mirror = browser(2, "a", kind=Kind.MIRROR)
    configuration = browser(3, None, kind=Kind.CONFIGURATION, name="")
    analysis = analysed(browser(1, "a"), mirror, configuration)
    assert [group.id for group in analysis.groups()] == ["p1.0"]
    assert [(event.id, event.mirror_of) for event in analysis.uncounted()] == [("e2.0", "e1.0"), ("e3.0", None)]
    assert analysis.summary().browser_events == 1


# -- what must hold for any traffic -------------------------------------------------------------------------------


EVENTS = st.builds(
    lambda side, event_id, at_ms, name, account, goods, fbp, outcome, order: (browser if side else server)(
        1,
        event_id,
        at_ms,
        name=name,
        account=account,
        outcome=outcome if not side else Outcome.UNKNOWN,
        order_id=order,
        **(GOODS if goods else {}),
        **(FBP if fbp else {}),
    ),
    st.booleans(),
    st.sampled_from((None, "a1", "A1", "a1-server", "b2", "", "undefined")),
    st.sampled_from((0, 500, 1_900, 4_000, 60_000, HOUR_MS, 47 * HOUR_MS, 49 * HOUR_MS, 120 * HOUR_MS)),
    st.sampled_from(("Purchase", "purchase", "Lead")),
    st.sampled_from(("1", "2")),
    st.booleans(),
    st.booleans(),
    st.sampled_from((Outcome.UNKNOWN, Outcome.ACCEPTED, Outcome.FAILED)),
    st.sampled_from((None, None, "1042", "1043")),
)


@st.composite
def sessions(draw: st.DrawFn) -> list[Event]:
    """A few events that get in each other's way as much as possible, numbered as they arrived."""
    found = draw(st.lists(EVENTS, min_size=1, max_size=14))
    share = draw(st.booleans())
    return [
        replace(event, id=f"e{n}.0", exchange=n, fingerprint="same" if share else f"payload-{n}")
        for n, event in enumerate(found, 1)
    ]


def known(analysis: Analysis) -> tuple[tuple[Group, ...], Summary]:
    return analysis.groups(), analysis.summary()


FEW = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@FEW
@given(sessions(), st.data())
def test_the_order_of_arrival_never_changes_the_result(events: list[Event], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(events))
    assert known(analysed(*events)) == known(analysed(*shuffled))


@FEW
@given(sessions(), st.data())
def test_events_one_by_one_give_what_they_give_at_once(events: list[Event], data: st.DataObject) -> None:
    step = data.draw(st.integers(1, 4))
    at_once, bit_by_bit = analysed(*events), analysed()
    seen: dict[str, Group] = {}
    for part in batched(data.draw(st.permutations(events)), step):
        bit_by_bit.add(part)
        groups, gone = bit_by_bit.changes(None)
        for one in gone:
            seen.pop(one, None)
        seen.update((group.id, group) for group in groups)
    assert known(at_once) == known(bit_by_bit)
    assert seen == {group.id: group for group in at_once.groups()}


@FEW
@given(sessions())
def test_every_event_is_in_exactly_one_group(events: list[Event]) -> None:
    placed = Counter(event.id for group in analysed(*events).groups() for event in group.events)
    assert placed == Counter(event.id for event in events)


@FEW
@given(sessions(), sessions())
def test_unrelated_events_change_nothing(events: list[Event], others: list[Event]) -> None:
    strangers = [
        replace(
            event,
            id=f"e{event.exchange + 100}.0",
            exchange=event.exchange + 100,
            account="9" + event.account,
            event_id=event.event_id and "z" + event.event_id,
            keys=tuple("z" + key for key in event.keys),
        )
        for event in others
    ]
    alone = analysed(*events).groups()
    together = analysed(*events, *strangers).groups()
    assert tuple(group for group in together if int(group.id[1:-2]) <= 100) == alone


@FEW
@given(sessions())
def test_ties_are_mutual_and_suggestions_one_to_one_between_the_sends(events: list[Event]) -> None:
    groups = {group.id: group for group in analysed(*events).groups()}
    for group in groups.values():
        for link in group.links:
            assert (link.kind, group.id) in [(back.kind, back.group) for back in groups[link.group].links]
        suggested = [groups[link.group] for link in group.links if link.kind is LinkKind.SUGGESTED]
        assert len(suggested) <= len(group.events)
        assert len(suggested) == len({other.id for other in suggested})
        assert all(bool(other.browser) != bool(group.browser) or group.verdict is not None for other in suggested)


@FEW
@given(sessions(), st.lists(st.integers(0, 200_000), max_size=4))
def test_the_verdicts_at_a_time_do_not_depend_on_when_was_asked_before(events: list[Event], times: list[int]) -> None:
    watched = [live(event) for event in events]
    often, once = analysed(*watched), analysed(*watched)
    for time in sorted(times):
        often.changes(START_MS + time)
    often.changes(START_MS + 200_000)
    once.changes(START_MS + 200_000)
    assert known(often) == known(once)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(
    "shop",
    [Shop(60, every_ms=300, exact=0.3), Shop(60, every_ms=4_000, exact=0.3, articles=1, named=0.0)],
    ids=["many articles", "one article, no names"],
)
def test_generated_traffic_in_any_order_and_any_portions_is_understood_alike(shop: Shop, seed: int) -> None:
    dice = Random(seed)
    events = [row.event for row in traffic(shop, seed)]
    shuffled = dice.sample(events, len(events))
    bit_by_bit = analysed()
    while shuffled:
        size = dice.randrange(1, 40)
        bit_by_bit.add(shuffled[:size])
        bit_by_bit.changes(None)
        del shuffled[:size]
    assert known(bit_by_bit) == known(analysed(*events))


@pytest.mark.parametrize("seed", [1, 2])
def test_a_crowd_that_gathers_and_scatters_leaves_no_trace(seed: int) -> None:
    """Halves at one price fill a block beyond what is searched; exact twins then empty it again, but for one."""
    dice = Random(seed)
    halves = [browser(n, f"b{n}", n, **GOODS) for n in range(1, 31)]
    halves += [server(31, None, 31, **GOODS)]
    twins = [server(n + 40, f"b{n}", n + 20_000, value="1") for n in range(1, 30)]
    events = dice.sample(halves + twins, 60)
    bit_by_bit = analysed()
    for event in events:
        bit_by_bit.add([event])
        bit_by_bit.changes(None)
    assert known(bit_by_bit) == known(analysed(*halves, *twins))
    assert any(link.kind is LinkKind.SUGGESTED for group in bit_by_bit.groups() for link in group.links)


def test_generated_traffic_gets_the_verdicts_its_cases_deserve() -> None:
    rows = list(traffic(Shop(400, every_ms=20_000), 11))
    analysis = analysed(*(row.event for row in rows))
    of = {event.id: group for group in analysis.groups() for event in group.events}
    certain = [row for row in rows if not BY_NAME[row.case].suggested and row.case != "account-differs"]
    expected = {row.event.id: (row.case, BY_NAME[row.case].verdict) for row in certain}
    assert {row.event.id: (row.case, of[row.event.id].verdict) for row in certain} == expected
    assert len(certain) > 1_000
