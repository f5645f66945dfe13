"""Near misses: what is weighed, what is assigned, and how good the suggestions are on generated traffic."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappush
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.analysis.engine import Analysis
from app.checks import Context
from app.model import Content, Event, Form, LinkKind, UserValue, Verdict
from app.pairing.assignment import assign
from app.pairing.features import core, cores, trace
from app.pairing.scoring import confidence, match, points_of
from app.platforms.vocabulary import step
from app.rules import load_rules
from tests.corpus import RULES, Score, Shop, traffic
from tests.corpus_cases import BY_NAME
from tests.events import browser, server

SUGGEST_MS = load_rules().suggest_ms
THRESHOLD = load_rules().suggest_confidence
GOODS: dict[str, Any] = {"value": "142.52", "currency": "USD", "contents": (Content("SKU-1", "2", "71.26"),)}
FBP: dict[str, Any] = {"match_ids": (("fbp", "fb.1.1795000000000.42"),)}
OTHER_FBP: dict[str, Any] = {"match_ids": (("fbp", "fb.1.1795000000000.43"),)}
EM: dict[str, Any] = {"user": (UserValue("em", "6" * 64, Form.SHA256, "em"),)}


def sure(one: Event, other: Event) -> float:
    """The confidence of a suggestion; 0 when the two are never compared."""
    found = match(trace(one), trace(other), SUGGEST_MS)
    return found.confidence if found else 0.0


# -- evidence -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("browser_id", "server_id"),
    [
        ("12345", "12345-server"),
        ("order_12345", "12345"),
        ("ABC-1", "abc-1"),
        (" o-12345", "o-12345"),
        ("000001042", "1042"),
        ("#1042", "1042"),
        ("o%2D12345", "o-12345"),
    ],
)
def test_ids_that_are_one_id_written_twice_are_evidence(browser_id: str, server_id: str) -> None:
    found = match(trace(browser(1, browser_id, **GOODS)), trace(server(2, server_id, 800, **GOODS)), SUGGEST_MS)
    assert found is not None
    assert (found.evidence[0], found.confidence) == ("event_id", 0.99)


def test_an_id_that_is_the_other_sides_order_is_evidence() -> None:
    one, other = browser(1, "0b9fa3c6-uuid", order_id="10042", **GOODS), server(2, "10042", 800, **GOODS)
    found = match(trace(one), trace(other), SUGGEST_MS)
    assert found is not None
    assert found.evidence[0] == "order_id"


@pytest.mark.parametrize(
    "text", ["", "undefined", "null", "NaN", "test", "{{Event ID}}", "purchase-thank-you", "12", "0"]
)
def test_an_id_that_says_nothing_has_no_core(text: str) -> None:
    assert core(text) == ""


def test_the_parts_of_an_id_without_a_digit_are_no_core_of_their_own() -> None:
    assert cores(core("12345-server")) == ("12345-server", "12345")
    assert cores(core("web-12345-eu")) == ("web-12345-eu", "web-12345", "12345-eu")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Purchase", "CompletePayment"),
        ("Lead", "CompleteRegistration"),
        ("AddToCart", "add_to_cart"),
        ("Purchase ", "PURCHASE"),
    ],
)
def test_one_step_has_many_names(one: str, other: str) -> None:
    assert step(one) == step(other)
    halves = browser(1, "a-1", name=one, **FBP, **GOODS), server(2, "a-1", 800, name=other, **FBP, **GOODS)
    assert sure(*halves) > THRESHOLD


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (browser(1, "o-77", name="InitiateCheckout", **FBP, **GOODS), server(2, "o-78", **FBP, **GOODS)),
        (browser(1, **FBP, **GOODS), server(2, account="2222222222222222", **FBP, **GOODS)),
        (browser(1, order_id="1042", **FBP, **GOODS), server(2, order_id="1043", **FBP, **GOODS)),
        (browser(1, **FBP, **GOODS), server(2, None, SUGGEST_MS + 1, **FBP, **GOODS)),
        (browser(1, **FBP, **GOODS), server(2, None, 500, **OTHER_FBP, **GOODS)),
        (browser(1, **GOODS), server(2, None, 11_000, **GOODS)),
    ],
    ids=["another step", "another account", "another order", "too far apart", "another browser", "goods a while later"],
)
def test_what_can_not_be_one_conversion_is_not_compared(one: Event, other: Event) -> None:
    assert sure(one, other) == 0.0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (browser(1, "a", **FBP, **GOODS), server(2, None, 800, **FBP, **GOODS)),
        (browser(1, "a", **GOODS), server(2, None, 800, **GOODS)),
        (browser(1, "a", value="142.52", currency="USD"), server(2, None, 800, value="142.520", currency="usd")),
        (browser(1, "a1", **EM, **GOODS), server(2, "b1", 600_000, **EM, **GOODS)),
        (
            browser(1, "a1", **FBP, value="100", order_id="1042"),
            server(2, "b1", 86_400_000, value="95.10", order_id="1042"),
        ),
        (
            browser(1, name="PageView", page="https://s.example/a", **FBP),
            server(2, None, 300, name="PageView", page="https://s.example/a", **FBP),
        ),
    ],
    ids=["browser ID", "goods at once", "a price of five digits", "customer", "order a day later", "page view"],
)
def test_enough_evidence_makes_a_suggestion(one: Event, other: Event) -> None:
    assert sure(one, other) >= THRESHOLD


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (browser(1, "a"), server(2, None, 100)),
        (browser(1, "a", value="10", currency="USD"), server(2, None, 100, value="10", currency="USD")),
        (
            browser(1, "a", **FBP, **GOODS),
            server(2, None, 800, **FBP, **GOODS | {"contents": (Content("SKU-9"),), "value": "7"}),
        ),
        (browser(1, "x-123456", name="Purchase"), server(2, "x-123456", 864_000_000, name="purchase")),
        (
            browser(1, name="PageView", page="https://s.example/a"),
            server(2, None, 300, name="PageView", page="https://s.example/a"),
        ),
    ],
    ids=["a name", "a round price", "another article", "an ID ten days later", "a page"],
)
def test_too_little_evidence_makes_none(one: Event, other: Event) -> None:
    assert sure(one, other) < THRESHOLD


def test_the_more_evidence_the_more_confidence() -> None:
    one = browser(1, "a", **FBP, **GOODS)
    assert sure(one, server(2, None, 60_000, **FBP)) < sure(one, server(2, None, 60_000, **FBP, **GOODS))
    assert sure(one, server(2, None, 900_000, **FBP, **GOODS)) < sure(one, server(2, None, 60_000, **FBP, **GOODS))


def test_a_customer_sent_in_plain_is_known_by_the_hash_of_the_other_side() -> None:
    hashed = "80fba0ae1c48e3978e43e4efc365e14e12ea0c830ba8ba5b9a2dafc7e3f2ab8b"  # of user_123
    one = browser(1, "a", user=(UserValue("external_id", hashed, Form.SHA256, "ud[external_id]"),), **GOODS)
    other = server(2, None, 600_000, user=(UserValue("external_id", " User_123", Form.PLAIN, "external_id"),), **GOODS)
    found = match(trace(one), trace(other), SUGGEST_MS)
    assert found is not None
    assert found.evidence == ("external_id", "value", "contents", "name", "time")


def test_confidence_and_points_are_two_ways_to_say_one_thing() -> None:
    assert [confidence(points_of(p)) for p in (0.5, 0.6, 0.9)] == [0.5, 0.6, 0.9]
    assert confidence(5_000) == 0.99


# -- one ID under two names ------------------------------------------------------------------------------------------


def renamed(event_id: str = "v-77", at_ms: int = 800, **changes: Any) -> list[Event]:
    """The same event under one ID: AddToCart in the browser, ViewContent on the server."""
    given = FBP | GOODS | {"page": "https://s.example/a"} | changes
    return [
        browser(1, event_id, name="AddToCart", page="https://s.example/a", **FBP, **GOODS),
        server(2, event_id, at_ms, name="ViewContent", **given),
    ]


@pytest.mark.parametrize(
    "events",
    [renamed(), renamed("atc"), renamed(page=None), renamed(match_ids=()), renamed(value="142.520")],
    ids=["all equal", "an ID of letters", "no page on the server", "nobody named", "a sum written differently"],
)
def test_one_id_under_two_names_and_all_else_equal_is_one_conversion(events: list[Event]) -> None:
    assert len(suggestions(events)) == 1


@pytest.mark.parametrize(
    "events",
    [
        renamed(value="10"),
        renamed(contents=(Content("SKU-9"),)),
        renamed(contents=()),
        renamed(order_id="1042"),
        renamed(currency="EUR"),
        renamed(match_ids=OTHER_FBP["match_ids"]),
        renamed(page="https://s.example/b"),
        renamed(at_ms=30_000),
        renamed("undefined"),
        renamed("{{id}}"),
        [*renamed(), browser(3, "v-77", 700, name="ViewContent", **FBP, **GOODS)],
        [*renamed(), server(3, "v-77", 700, name="AddToCart", **FBP, **GOODS)],
    ],
    ids=[
        "another sum",
        "another article",
        "no article",
        "an order",
        "another currency",
        "another browser",
        "another page",
        "the next step of the visit",
        "an ID that is none",
        "a template",
        "the browser sent both",
        "the server sent both",
    ],
)
def test_one_id_under_two_names_is_allowed_where_anything_differs(events: list[Event]) -> None:
    assert suggestions(events) == set()


# -- one ID on many conversions --------------------------------------------------------------------------------------


def orders(*ids: str | None, first: int = 1, **changes: Any) -> list[Event]:
    """A purchase of the browser for each ID, each of another order, minutes apart."""
    return [
        browser(n, event_id, n * 100_000, value=f"{n}9.90", currency="EUR", order_id=f"O-{n}00", **changes)
        for n, event_id in enumerate(ids, first)
    ]


def halves_on_the_server(count: int, event_id: Callable[[int], str | None]) -> list[Event]:
    return [
        server(100 + n, event_id(n), n * 100_000 + 900, value=f"{n}9.90", currency="EUR", order_id=f"O-{n}00")
        for n in range(1, count + 1)
    ]


@pytest.mark.parametrize("junk", ["undefined", "null", "purchase", "fixed-1234"])
@pytest.mark.parametrize("own", [lambda n: f"e-{n}00", lambda n: None], ids=["IDs", "no IDs"])
def test_every_conversion_that_a_junk_id_has_swallowed_finds_its_half(
    junk: str, own: Callable[[int], str | None]
) -> None:
    assert suggestions(orders(*[junk] * 6) + halves_on_the_server(6, own)) == {
        tuple(sorted(("p1.0", f"p{100 + n}.0"))) for n in range(1, 7)
    }


def test_it_is_the_same_the_other_way_round_and_in_any_order() -> None:
    events = orders(*(f"e-{n}00" for n in range(1, 7))) + halves_on_the_server(6, lambda n: "fixed-1234")
    expected = {tuple(sorted((f"p{n}.0", "p101.0"))) for n in range(1, 7)}
    assert suggestions(events) == suggestions(events[::-1]) == expected


def test_a_junk_id_on_one_sum_without_orders_is_told_apart_by_time() -> None:
    sales = [browser(n, "undefined", n * 60_000, **FBP, **GOODS) for n in range(1, 5)]
    halves = [server(100 + n, f"e-{n}00", n * 60_000 + 700, **FBP, **GOODS) for n in range(1, 5)]
    assert len(suggestions(sales + halves)) == 4


def test_a_page_that_was_loaded_again_is_one_conversion_and_takes_no_other_half() -> None:
    again = [browser(n, "o-1042", n * 5_000, order_id="1042", **FBP, **GOODS) for n in (1, 2, 3)]
    halves = [server(n, f"x-{n}00", n * 5_000, **FBP, **GOODS) for n in (4, 5)]
    assert len(suggestions(again + halves)) == 1


def test_a_group_of_many_that_gets_its_other_side_lets_all_halves_go() -> None:
    events = orders(*["fixed-1234"] * 4) + halves_on_the_server(4, lambda n: f"e-{n}00")
    analysis = Analysis(Context(), RULES)
    analysis.add(events)
    assert sum(len(group.links) for group in analysis.groups()) == 8
    analysis.add([server(200, "fixed-1234", 100_000)])
    assert sum(len(group.links) for group in analysis.groups()) == 0


def test_a_hard_coded_id_is_worked_out_in_steps_that_grow_with_the_conversions_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    steps = 0

    def counted(*given: Any) -> Any:
        nonlocal steps
        steps += 1
        return match(*given)

    monkeypatch.setattr("app.pairing.suggestions.match", counted)
    taken = []
    for size in (100, 400):
        steps = 0
        found = suggestions(orders(*["undefined"] * size) + halves_on_the_server(size, lambda n: f"e-{n}00"))
        assert len(found) == size
        taken.append(steps)
    assert taken[1] < 5 * taken[0]


# -- assignment -----------------------------------------------------------------------------------------------------


def test_the_best_total_wins_over_the_best_single_edge() -> None:
    assert assign({"b1": {"s1": 90, "s2": 80}, "b2": {"s1": 85}}) == {"b1": "s2", "b2": "s1"}
    assert assign({"b1": {"s1": 90}, "b2": {"s1": 85}}) == {"b1": "s1"}


ROWS = st.dictionaries(
    st.sampled_from(("r1", "r2", "r3", "r4")),
    st.dictionaries(st.sampled_from(("c1", "c2", "c3", "c4")), st.integers(1, 6)),
)


@given(ROWS)
def test_no_other_assignment_has_a_greater_total(edges: dict[str, dict[str, int]]) -> None:
    found = assign(edges)
    assert len(set(found.values())) == len(found)
    total = sum(edges[row][column] for row, column in found.items())
    rows = sorted(edges)
    columns = ["c1", "c2", "c3", "c4", *(f"alone {row}" for row in rows)]
    best = max(
        sum(edges[row].get(column, 0) for row, column in zip(rows, order, strict=True))
        for order in permutations(columns, len(rows))
    )
    assert total == best


@given(ROWS, st.randoms())
def test_the_assignment_does_not_depend_on_how_the_graph_was_written(
    edges: dict[str, dict[str, int]], dice: Any
) -> None:
    rows = list(edges)
    dice.shuffle(rows)
    again = {row: dict(dice.sample(sorted(edges[row].items()), len(edges[row]))) for row in rows}
    assert assign(again) == assign(edges)


def test_a_long_thin_graph_is_assigned_in_steps_that_grow_with_its_size_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    steps = 0

    def counted(heap: list[Any], item: Any) -> None:
        nonlocal steps
        steps += 1
        heappush(heap, item)

    monkeypatch.setattr("app.pairing.assignment.heappush", counted)
    taken = []
    for size in (200, 800):
        rows = {f"r{n:03}": {f"c{m:03}": 300 for m in range(max(0, n - 24), min(size, n + 25))} for n in range(size)}
        steps = 0
        assert len(assign(rows)) == size
        taken.append(steps)
    assert taken[1] < 5 * taken[0]


def test_equal_candidates_are_told_apart_by_time() -> None:
    events = [browser(n, f"b{n}", n * 4_000, **FBP, **GOODS) for n in (1, 2, 3)]
    events += [server(n + 3, None, n * 4_000 + 700, **FBP, **GOODS) for n in (1, 2, 3)]
    assert suggestions(events) == {("p1.0", "p4.0"), ("p2.0", "p5.0"), ("p3.0", "p6.0")}


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (browser(1, "a", **FBP, **GOODS), server(2, None, 800, **FBP, **GOODS), True),
        (browser(1, None, **FBP, **GOODS), server(2, None, 800, **FBP, **GOODS), True),
        (browser(1, "a", **FBP, **GOODS), server(2, "b", 800, **FBP, **GOODS), False),
        (browser(1, "a", 800, **FBP, **GOODS), server(2, None, **FBP, **GOODS), False),
        (browser(1, "a", **FBP, **GOODS), server(2, None, 800, name="purchase", **FBP, **GOODS), False),
        (browser(1, "a", **GOODS), server(2, None, 800, **GOODS), False),
    ],
    ids=["ID missing", "no IDs", "two IDs", "server first", "other name", "no browser ID"],
)
def test_a_weaker_key_of_the_platform_is_named_last(one: Event, other: Event, expected: bool) -> None:
    analysis = Analysis(Context(), RULES)
    analysis.add([one, other])
    for group in analysis.groups():
        assert group.verdict is Verdict.DOUBLE_COUNTED
        assert [link.evidence[-1] == "secondary-key" for link in group.links] == [expected]


def test_goods_and_time_alone_suggest_nothing_where_others_fit_as_well() -> None:
    alike = [browser(n, f"b{n}", n, **GOODS) for n in (1, 2)]
    assert len(suggestions([alike[0], server(3, None, 20, **GOODS)])) == 1
    assert suggestions([*alike, server(3, None, 20, **GOODS)]) == set()
    explained = server(4, "b2", 30, value="1")  # the exact twin of the second, which then wants for nothing
    assert suggestions([*alike, server(3, None, 20, **GOODS), explained]) == {("p1.0", "p3.0")}


def test_who_is_known_is_told_from_who_only_bought_the_same() -> None:
    known = browser(1, "b1", **FBP, **GOODS), server(3, None, 700, **FBP, **GOODS)
    assert suggestions([*known, browser(2, "b2", 300, **GOODS)]) == {("p1.0", "p3.0")}


def test_a_crowd_at_one_price_is_not_searched() -> None:
    crowd = [browser(n, f"b{n}", n, **FBP, **GOODS) for n in range(1, 41)]
    mine = server(41, None, 20, **FBP, **GOODS)
    assert suggestions([*crowd, mine]) == set()
    assert len(suggestions([*crowd[:20], mine])) == 1


# -- precision and recall -------------------------------------------------------------------------------------------


def suggestions(events: list[Event]) -> set[tuple[str, ...]]:
    analysis = Analysis(Context(), RULES)
    analysis.add(events)
    return {
        tuple(sorted((group.id, link.group)))
        for group in analysis.groups()
        for link in group.links
        if link.kind is LinkKind.SUGGESTED
    }


def score(shop: Shop, seed: int) -> Score:
    rows = list(traffic(shop, seed))
    there: dict[int, list[str]] = {}
    for row in rows:
        if BY_NAME[row.case].suggested:
            there.setdefault(row.conversion, []).append("p" + row.event.id[1:])
    truth = {tuple(sorted(halves)) for halves in there.values()}
    made = suggestions([row.event for row in rows])
    return Score(len(made), len(made & truth), len(truth))


@pytest.mark.parametrize(
    ("shop", "precision", "recall"),
    [
        (Shop(300, every_ms=60_000), 1.0, 0.8),
        (Shop(300, every_ms=60_000, exact=0.0), 0.999, 0.8),
        (Shop(2_000, every_ms=5_000), 0.999, 0.8),
        (Shop(2_000, every_ms=400), 0.999, 0.8),
        (Shop(2_000, every_ms=4_000, articles=1, named=0.0), 0.96, 0.3),
        (Shop(2_000, every_ms=400, articles=1, named=0.0), 0.98, 0.1),
    ],
    ids=["one at a time", "nothing right", "a small shop", "a busy shop", "one article", "one article and busy"],
)
def test_suggestions_are_right_and_most_halves_are_found(shop: Shop, precision: float, recall: float) -> None:
    """A wrong suggestion is worse than none; what is not found mostly has nothing to be found by."""
    found = [score(shop, seed) for seed in (1, 2)]
    whole = Score(*(sum(parts) for parts in zip(*found, strict=True)))
    assert whole.precision >= precision
    assert whole.recall >= recall
