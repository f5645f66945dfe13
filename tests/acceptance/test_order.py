"""The order of lines, of entries and of files changes nothing."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.judged import Judged, check
from tests.acceptance.traffic import OTHER_PIXEL, call, event, fired, har, lines, refusal

HOUR = 3600
SANDBOX = "https://www.facebook.com/privacy_sandbox/pixel/register/trigger/"
BROWSER = [
    fired(),
    fired(eid="o-2", at=1),
    fired(url=SANDBOX, rqm="FGET", seen=0.05),
    fired("PageView", "pv", -20),
    fired("AddToCart", None, -10, cd__value="5", cd__currency="USD"),
    fired(eid="ABC", at=HOUR, cd__order_id="X9", cd__value="77"),
    fired(eid="o-3", at=2 * HOUR, cd__order_id="Y1", cd__value="8"),
    fired("Lead", "l-1", 50),
    fired("Contact", "c-1", 70, error="net::ERR_BLOCKED_BY_CLIENT"),
]
SERVER = [
    call(event()),
    call(event("PageView", "pv", -19), at=-19),
    call(event("AddToCart", None, -9, custom={"value": 5, "currency": "USD"}), at=-9),
    call(event(event_id="abc", at=HOUR + 1, custom={"order_id": "X9", "value": 77}), at=HOUR + 1),
    call(event(event_id="o-3", at=51 * HOUR, custom={"order_id": "Y1", "value": 8}), at=51 * HOUR),
    call(event("Lead", "l-1", 51), at=51, account=OTHER_PIXEL),
    call(event("Schedule", "s-1", 500), at=500, status=503, answer="down"),
    call(event("Schedule", "s-1", 500), at=505),
    call(event("Contact", "c-1", 71), event("Search", "q-1", 72), at=73, status=400, answer=refusal()),
]


def said(found: Judged) -> tuple[Any, ...]:
    """Everything in the report but numbers that follow the order of arrival."""
    events = {
        item["id"]: (
            item["side"],
            item["account"],
            item["name"],
            item["event_id"],
            item["time_ms"],
            item["received_ms"],
        )
        for item in found.report["events"]
    }
    pairs = {
        item["id"]: (
            item["verdict"],
            item["account"],
            item["name"],
            item["gap_ms"],
            sorted(str(events[one]) for one in item["browser"] + item["server"]),
        )
        for item in found.report["pairs"]
    }
    ties = sorted(
        str((pairs[item["id"]], link["kind"], pairs[link["pair"]], link["confidence"], link["evidence"]))
        for item in found.report["pairs"]
        for link in item["links"]
    )
    findings = sorted(
        str((item["code"], item["severity"], item["reason"], pairs.get(item["pair"]), events.get(item["event"])))
        for item in found.report["findings"]
    )
    mirrors = sorted(str((events[item["id"]], events.get(item["mirror_of"]))) for item in found.events(kind="mirror"))
    return list(pairs.values()), ties, findings, mirrors, found.summary


@pytest.mark.parametrize("seed", range(8))
def test_nothing_depends_on_order(tmp_path: Path, seed: int) -> None:
    expected = check(tmp_path, {"browser.har": har(*BROWSER), "server.jsonl": lines(*SERVER)})
    dice = random.Random(seed)
    files = [
        ("a", har(*dice.sample(BROWSER, len(BROWSER)))),
        ("b", lines(*dice.sample(SERVER, len(SERVER)))),
    ]
    dice.shuffle(files)
    assert said(check(tmp_path, dict(files))) == said(expected)


def test_one_file_or_several_is_all_one(tmp_path: Path) -> None:
    expected = check(tmp_path, {"browser.har": har(*BROWSER), "server.jsonl": lines(*SERVER)})
    parts = {f"b{n}.har": har(item) for n, item in enumerate(BROWSER)} | {
        f"s{n}.jsonl": lines(item) for n, item in enumerate(SERVER)
    }
    assert said(check(tmp_path, parts)) == said(expected)


def test_unrelated_traffic_changes_nothing(tmp_path: Path) -> None:
    """A stranger on another site, at another pixel, a month later."""
    expected = check(tmp_path, {"browser.har": har(*BROWSER), "server.jsonl": lines(*SERVER)})
    late = 30 * 24 * HOUR
    stranger = fired(
        "Donate",
        "d-1",
        late,
        id="3333333333333333",
        fbp="fb.1.1797000000000.7",
        ud__em="9" * 64,
        dl="https://aid.example/",
    )
    found = check(tmp_path, {"browser.har": har(*BROWSER, stranger), "server.jsonl": lines(*SERVER)})
    known = [item for item in found.report["pairs"] if item["account"] != "3333333333333333"]
    assert [(item["verdict"], item["links"]) for item in known] == [
        (item["verdict"], item["links"]) for item in expected.report["pairs"]
    ]
