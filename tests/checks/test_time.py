"""Time, on one side and between the two."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.analysis.engine import Analysis
from app.checks import Context
from app.checks.time import span
from app.model import Event, Flaw, LinkKind, Outcome, Provenance
from app.platforms import rules_of
from app.platforms.base import DAY_MS
from tests.checks.builders import NOW, UA, answered, browser, of_event, of_link, of_pair, server
from tests.checks.cases import Case, codes
from tests.platforms import invented
from tests.platforms.invented import BY_ID, added

DAY = 86_400_000

CASES = (
    Case(
        "outside-window",
        lambda: of_link(browser(), server(own_ms=NOW + 172_801_000), LinkKind.OUTSIDE_WINDOW, ()),
        lambda: of_pair(browser(), server(own_ms=NOW + 172_799_000)),
    ),
    Case(
        "event-time-too-old",
        lambda: of_event(server(own_ms=NOW - 7 * DAY - 1000)),
        lambda: of_event(server(own_ms=NOW - 7 * DAY + 1000)),
    ),
    Case(
        "event-time-in-future",
        lambda: of_event(server(own_ms=NOW + 600_000)),
        lambda: of_event(server(own_ms=NOW + 60_000)),
    ),
    Case(
        "event-time-unit",
        lambda: of_event(server(flaws=(Flaw("event-time-unit", "event_time", "milliseconds", str(NOW)),))),
        lambda: of_event(server()),
    ),
    Case(
        "clock-skew",
        lambda: of_event(browser(own_ms=NOW - 301_000)),
        lambda: of_event(browser(own_ms=NOW - 299_000)),
    ),
    Case(
        "slow-server",
        lambda: of_pair(browser(), server(), gap_ms=5001),
        lambda: of_pair(browser(), server(), gap_ms=5000),
    ),
    Case(
        "server-first",
        lambda: of_pair(browser(), server(), gap_ms=-1500),
        lambda: of_pair(browser(), server(), gap_ms=-330),
    ),
    Case(
        "slow-answer",
        lambda: of_event(answered(server(), latency_ms=201)),
        lambda: of_event(answered(server(), latency_ms=200)),
    ),
)


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (server(provenance=Provenance.FORWARDED), True),
        (server(), True),
        (browser(provenance=Provenance.CAPTURED), False),
        (server(provenance=Provenance.PAGE), False),
        (server(provenance=Provenance.SENT), False),
    ],
    ids=["a backend", "a backend's log", "the pixel", "a page's own call", "a test of ours"],
)
def test_only_a_backend_that_waits_for_the_answer_is_told_of_a_slow_one(event: Event, told: bool) -> None:
    assert ("slow-answer" in codes(of_event(answered(event, latency_ms=900)))) is told


def test_a_server_event_sent_by_hand_is_not_called_slow() -> None:
    by_hand = server(provenance=Provenance.SENT)
    assert "slow-server" not in codes(of_pair(browser(), by_hand, gap_ms=170_000))


def test_a_gap_that_only_a_wrong_clock_makes_is_not_called_slow() -> None:
    late = server(own_ms=NOW + 301_000, received_ms=NOW + 301_000)
    skewed = browser(own_ms=NOW, received_ms=NOW + 300_500)
    assert "slow-server" not in codes(of_pair(skewed, late, gap_ms=301_000))
    assert "slow-server" in codes(of_pair(browser(own_ms=NOW, received_ms=NOW), late, gap_ms=301_000))


def test_a_shops_till_may_report_up_to_62_days_late() -> None:
    events = [server(own_ms=NOW - days * DAY, action_source="physical_store") for days in (61, 63)]
    assert ["event-time-too-old" in codes(of_event(event)) for event in events] == [False, True]


def test_without_a_receipt_the_answers_date_stands_in() -> None:
    event = answered(server(received_ms=None, own_ms=NOW - 8 * DAY), date_ms=NOW)
    assert "event-time-too-old" in codes(of_event(event))


def test_without_any_clock_but_its_own_an_event_is_not_judged() -> None:
    assert of_event(server(received_ms=None, own_ms=NOW - 80 * DAY, match_ids=(("user_agent", UA),))) == ()


def test_a_client_clock_is_also_held_against_the_answers_date() -> None:
    event = answered(browser(), Outcome.UNKNOWN, date_ms=NOW + 400_000)
    assert codes(of_event(event)) == {"clock-skew"}


def test_a_server_that_was_first_comes_with_the_platforms_own_rule_on_which_one_counts() -> None:
    (found,) = [item for item in of_pair(browser(), server(), gap_ms=-1500) if item.code == "server-first"]
    assert found.message == f"The server's event came 1.5 s before the browser's. {rules_of()['meta'].survivor}"


def test_live_receipts_need_no_allowance_for_rounded_seconds() -> None:
    live = (browser(provenance=Provenance.CAPTURED), server(provenance=Provenance.FORWARDED))
    assert "server-first" in codes(of_pair(*live, gap_ms=-330))


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (840, "840 ms"),
        (-12_400, "12.4 s"),
        (303_000, "5 min 3 s"),
        (172_800_000, "48 h 0 min"),
        (172_801_000, "48 h 0 min 1 s"),
        (777_600_000, "9 days"),
        (781_200_000, "9 days 1 h"),
    ],
)
def test_durations_read_well(ms: int, text: str) -> None:
    assert span(ms) == text


def test_the_window_that_has_closed_is_the_platforms_own(monkeypatch: pytest.MonkeyPatch) -> None:
    added(monkeypatch)
    late = 31 * DAY_MS
    analysis = Analysis(Context(), rules_of())
    analysis.add([invented.browser(1, order_id="SO-1"), invented.server(2, order_id="SO-1", at_ms=late)])
    said = [item.message for group in analysis.groups() for item in group.findings if item.code == "outside-window"]
    assert said
    assert all("the same order ID lie 31 days apart; Other merges them only within 30 days." in text for text in said)


@pytest.mark.parametrize(("window_ms", "words"), [(2 * DAY_MS, "48 h"), (30 * DAY_MS, "30 days"), (300_000, "5 min")])
def test_a_window_is_said_in_the_unit_people_use(window_ms: int, words: str) -> None:
    assert replace(BY_ID, window_ms=window_ms).within == words
