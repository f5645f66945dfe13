"""Verdicts and numbers for whole situations: the report's settled corner cases, retries, refusals, windows, mirrors."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.judged import check
from tests.acceptance.traffic import (
    FBP,
    LEFT_OUT,
    MARY,
    OTHER_PIXEL,
    PAGE,
    PIXEL,
    Json,
    call,
    entry,
    event,
    fired,
    har,
    lines,
    refusal,
)

HOUR = 3600
DEDUPLICATED, DOUBLE, DUPLICATE = "deduplicated", "double-counted", "duplicate"
BROWSER, SERVER, UNSEEN, LOST = "browser-only", "server-only", "not-observed", "not-counted"

pixel = fired()
again = call(event(), at=5)
refused = call(event(), status=400, answer=refusal())
failed = call(event(), status=503, answer="down")
unanswered = call(event(), status=None)
lead = fired("Lead", "l-1", 60)
sandboxed = fired(url="https://www.facebook.com/privacy_sandbox/pixel/register/trigger/", rqm="FGET", seen=0.05)
gateway = entry(
    "POST",
    "https://abc-uk.a.run.app/events?cee=no",
    0.1,
    body=(
        "text/plain;charset=UTF-8",
        json.dumps(
            {
                "event_name": "Purchase",
                "conversion_value": {"value": 142.52, "currency": "USD"},
                "event_id": "o-1",
                "fb.pixel_id": PIXEL,
                "fb.advanced_matching": {"em": MARY["em"]},
                "website_context": {"location": PAGE},
                "fb.fbp": FBP,
            }
        ),
    ),
)


def bought(number: int, event_id: str) -> Json:
    """One of several shoppers' purchases, as the pixel reports it."""
    cookie = f"fb.1.1795310000000.{1000 + number}"
    order: Json = {"cd__order_id": f"ORD-{100 + number}", "cd__value": f"{number}9.90", "cd__contents": None}
    return fired(eid=event_id, at=100 * number, fbp=cookie, ud__em=None, **order)


def booked(number: int, event_id: str) -> Json:
    """The same as the server reports it."""
    custom = {"order_id": f"ORD-{100 + number}", "value": f"{number}9.90", "contents": LEFT_OUT}
    made = event(event_id=event_id, at=100 * number + 1, user={"em": LEFT_OUT, "fbp": LEFT_OUT}, custom=custom)
    return call(made, at=100 * number + 1)


@dataclass(frozen=True)
class Situation:
    """What happened, the verdicts in order, and the numbers of the summary that matter in it."""

    browser: tuple[Json, ...]
    server: tuple[Json, ...]
    verdicts: list[str]
    numbers: dict[str, Any] = field(default_factory=dict)
    links: str | None = None  # the kind of tie between the first two pairs


def counts(predicted: int, conversions: int, **more: Any) -> dict[str, Any]:
    return {"predicted_counted": predicted, "unique_conversions": conversions, **more}


SITUATIONS = {
    "one pair": Situation((pixel,), (call(event()),), [DEDUPLICATED], counts(1, 1, overlap=1.0, inflation=0.0)),
    "browser alone, no server file": Situation((pixel,), (), [UNSEEN], counts(1, 1, overlap=None, not_observed=1)),
    "server alone, no browser file": Situation((), (call(event()),), [UNSEEN], counts(1, 1, overlap=None)),
    "each side alone": Situation(
        (pixel,), (call(event("Lead", "l-9", 9999), at=9999),), [BROWSER, SERVER], counts(2, 2, overlap=0.0)
    ),
    "one second short of the window": Situation((pixel,), (call(event(at=48 * HOUR - 1)),), [DEDUPLICATED]),
    "one second past the window": Situation(
        (pixel,),
        (call(event(at=48 * HOUR + 1)),),
        [DOUBLE, DOUBLE],
        counts(2, 1, overlap=0.0, inflation=1.0, double_counted=2),
        "outside-window",
    ),
    "a day after the page was loaded again": Situation(
        (pixel, fired(at=47 * HOUR)), (call(event(at=47 * HOUR + 5)),), [DEDUPLICATED]
    ),
    "the window starts at the first event": Situation(
        (pixel, fired(at=47 * HOUR)), (call(event(at=49 * HOUR)),), [DOUBLE, DOUBLE], counts(2, 1), "outside-window"
    ),
    "two fires with different IDs": Situation(
        (pixel, fired(eid="o-2", at=1)), (), [DUPLICATE, DUPLICATE], counts(2, 1, duplicates=2), "double-fire"
    ),
    "two fires without IDs": Situation(
        (fired(eid=None), fired(eid=None, at=1)), (), [DUPLICATE, DUPLICATE], counts(2, 1), "double-fire"
    ),
    "two fires of the server": Situation(
        (), (call(event()), call(event(event_id="o-2", at=2), at=2.2)), [DUPLICATE, DUPLICATE], links="double-fire"
    ),
    "the page was loaded again": Situation((pixel, fired(at=30)), (), [DUPLICATE], counts(1, 1, inflation=0.0)),
    "loaded again, and the server sent too": Situation((pixel, fired(at=30)), (call(event()),), [DEDUPLICATED]),
    "two and two": Situation(
        (pixel, fired(at=1)),
        (call(event()), call(event(at=30), at=30.2)),
        [DEDUPLICATED],
        counts(1, 1, browser_events=2, server_events=2, unique_sends=2),
    ),
    "a refused send is no side": Situation((pixel,), (refused,), [BROWSER], counts(1, 1, failed_sends=1)),
    "refused, then taken": Situation(
        (pixel,), (refused, again), [DEDUPLICATED], counts(1, 1, server_events=2, unique_sends=1, failed_sends=1)
    ),
    "failed twice, then taken": Situation(
        (pixel,), (failed, failed, again), [DEDUPLICATED], counts(1, 1, server_events=3, unique_sends=1, failed_sends=2)
    ),
    "sent again byte for byte": Situation((pixel,), (call(event()), again), [DEDUPLICATED], {"unique_sends": 1}),
    "timed out, then sent again": Situation((pixel,), (unanswered, again), [DEDUPLICATED], {"unique_sends": 1}),
    "a retry without an ID": Situation(
        (),
        (
            call(event(event_id=None), status=503, answer="down"),
            call(event(event_id=None), at=9),
        ),
        [UNSEEN],
        counts(1, 1, server_events=2, unique_sends=1, failed_sends=1),
    ),
    "every send failed": Situation((), (failed,), [LOST], counts(0, 0, failed_sends=1, not_counted=1)),
    "blocked and refused": Situation(
        (fired(error="net::ERR_BLOCKED_BY_CLIENT"),), (refused,), [LOST], counts(0, 0, failed_sends=2)
    ),
    "blocked in the browser, taken from the server": Situation(
        (fired(error="net::ERR_BLOCKED_BY_CLIENT"),), (call(event()),), [SERVER], counts(1, 1)
    ),
    "one bad event refuses its batch": Situation(
        (pixel, lead),
        (call(event(), event("Lead", "l-1", 61), status=400, answer=refusal()),),
        [BROWSER, BROWSER],
        counts(2, 2, failed_sends=2),
    ),
    "another account": Situation(
        (pixel,), (call(event(), account=OTHER_PIXEL),), [BROWSER, SERVER], counts(2, 2), "account-differs"
    ),
    "two pixels, one server": Situation((pixel, fired(id=OTHER_PIXEL)), (call(event()),), [DEDUPLICATED, BROWSER]),
    "the privacy sandbox's copy": Situation(
        (pixel, sandboxed), (call(event()),), [DEDUPLICATED], {"browser_events": 1}
    ),
    "the gateway's copy": Situation((pixel, gateway), (call(event()),), [DEDUPLICATED], {"browser_events": 1}),
    "only a copy": Situation((gateway,), (), [], counts(0, 0, browser_events=0)),
    "a button click": Situation(
        (pixel, fired("SubscribedButtonClick", None, 5, es="automatic", tm="3")),
        (call(event()),),
        [DEDUPLICATED, BROWSER],
        {"overlap": 1.0},
    ),
    "an ID in another case": Situation(
        (fired(eid="ABC"),), (call(event(event_id="abc")),), [DOUBLE, DOUBLE], counts(2, 1), "suggested"
    ),
    "leading zeros are text": Situation((fired(eid="007"),), (call(event(event_id=7)),), [DOUBLE, DOUBLE]),
    "a number is its text": Situation((fired(eid="12345"),), (call(event(event_id=12345)),), [DEDUPLICATED]),
    "milliseconds at the server": Situation((pixel,), (call(event(event_time=1795317863000)),), [DEDUPLICATED]),
    "nothing in common but the time": Situation(
        (fired("Lead", "x-1", ud__em=None, fbp=None, dl="https://shop.example/a"),),
        (
            call(
                event(
                    "Lead",
                    "7f3a",
                    user={"em": LEFT_OUT, "fbp": LEFT_OUT, "client_user_agent": "other"},
                    event_source_url="https://shop.example/b",
                )
            ),
        ),
        [BROWSER, SERVER],
    ),
    "one ID, two orders": Situation((pixel, fired(at=60, cd__order_id="ORD-78")), (), [DUPLICATE], counts(1, 1)),
    "one junk ID on six purchases": Situation(
        tuple(bought(n, "undefined") for n in range(6)),
        tuple(booked(n, f"e-{n}") for n in range(6)),
        [DOUBLE] * 7,
        counts(7, 6, double_counted=7, overlap=0.0, server_only=0),
    ),
    "one hard-coded ID on four purchases of the server": Situation(
        tuple(bought(n, f"e-{n}") for n in range(4)),
        tuple(booked(n, "purchase-1") for n in range(4)),
        [DOUBLE] * 5,
        counts(5, 4, double_counted=5, browser_only=0),
    ),
    "one ID under two names, one side each": Situation(
        (fired("Contact", "v-77"),), (call(event("Schedule", "v-77")),), [DOUBLE, DOUBLE], counts(2, 1), "suggested"
    ),
    "no events at all": Situation((entry("GET", "https://shop.example/"),), (), [], counts(0, 0, overlap=None)),
}


@pytest.mark.parametrize("situation", SITUATIONS.values(), ids=SITUATIONS)
def test_what_becomes_of_it(tmp_path: Path, situation: Situation) -> None:
    files = {"browser.har": har(*situation.browser)} if situation.browser else {}
    if situation.server:
        files["server.jsonl"] = lines(*situation.server)
    found = check(tmp_path, files)
    assert found.verdicts == situation.verdicts
    assert {key: found.summary[key] for key in situation.numbers} == situation.numbers
    if situation.links:
        one, two = found.report["pairs"][:2]
        assert [(link["kind"], link["pair"]) for link in one["links"]] == [(situation.links, two["id"])]
        assert [(link["kind"], link["pair"]) for link in two["links"]] == [(situation.links, one["id"])]


@pytest.mark.parametrize("situation", SITUATIONS.values(), ids=SITUATIONS)
def test_the_numbers_add_up(tmp_path: Path, situation: Situation) -> None:
    files = {"browser.har": har(*situation.browser), "server.jsonl": lines(*situation.server, {"data": []})}
    found = check(tmp_path, files)
    report, summary = found.report, found.summary
    names = (
        "deduplicated",
        "double_counted",
        "browser_only",
        "server_only",
        "duplicates",
        "not_observed",
        "not_counted",
    )
    assert sum(summary[name] for name in names) == len(report["pairs"])
    listed = [event_id for pair in report["pairs"] for event_id in pair["browser"] + pair["server"]]
    counted = [item["id"] for item in report["events"] if item["kind"] in ("event", "automatic")]
    assert sorted(listed) == sorted(counted)
    assert summary["browser_events"] + summary["server_events"] == len(counted)
    assert sum(summary["findings"].values()) == len(report["findings"])
    assert {f for pair in report["pairs"] for f in pair["findings"]} == {
        f["id"] for f in report["findings"] if f["pair"]
    }
    conversions = summary["unique_conversions"]
    surplus = summary["predicted_counted"] - conversions
    assert summary["inflation"] == pytest.approx(surplus / conversions if conversions else 0.0)
    for pair in report["pairs"]:
        assert (pair["suggested"] is not None) <= (pair["verdict"] == DOUBLE)


def test_both_ends_of_a_suggestion_carry_its_findings(tmp_path: Path) -> None:
    found = check(tmp_path, {"b.har": har(fired(eid="ABC")), "s.jsonl": lines(call(event(event_id="abc")))})
    one, two = found.report["pairs"]
    assert (one["suggested"]["pairs"], two["suggested"]["pairs"]) == ([two["id"]], [one["id"]])
    assert [finding["pair"] for finding in found.findings("event-id-differs")] == [one["id"], two["id"]]


@pytest.mark.parametrize("copy", [sandboxed, gateway], ids=["privacy sandbox", "gateway"])
def test_a_copy_names_its_original_and_stands_in_no_pair(tmp_path: Path, copy: Json) -> None:
    found = check(tmp_path, {"b.har": har(copy, pixel)})
    (mirror,) = found.events(kind="mirror")
    (original,) = found.events(kind="event")
    assert mirror["mirror_of"] == original["id"]
    assert [pair["browser"] for pair in found.report["pairs"]] == [[original["id"]]]
