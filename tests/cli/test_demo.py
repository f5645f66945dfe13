"""The whole road on real parts: shop, Chromium, proxy, session file, verdicts, reports, window."""

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from app.cli.demo import BETWEEN, demo_settings, results_of, run_headless
from app.formats import read
from app.model import Provenance
from app.session.file import Session
from app.settings import Settings
from app.shop import SHOP_PAGES, demo_customer
from app.shop.backend import ACCESS_TOKEN
from app.workbench.files import analyse
from app.workbench.live import context_of
from tests.conftest import RESOURCES


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One headless run of the demo, as a user runs it from some folder of their own, into a folder named from there.

    Its exit status says that every scenario was as expected.
    """
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    config = elsewhere / "config" / "pixelpair"
    config.mkdir(parents=True)
    (config / "settings.json").write_text('{"forward_port": 0, "forwarding_port": 0}', "utf-8")
    environment = {**os.environ, "PYTHONPATH": str(RESOURCES.parent), "XDG_CONFIG_HOME": str(config.parent)}
    command = [sys.executable, "-m", "app", "demo", "--headless", "--out", "demo"]
    done = subprocess.run(
        command, cwd=elsewhere, env=environment, capture_output=True, text=True, check=False, timeout=170
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return elsewhere / "demo"


@pytest.mark.browser
def test_every_checkout_comes_to_its_verdict_and_finding(demo: Path) -> None:
    catalogue = json.loads((SHOP_PAGES / "scenarios.json").read_text("utf-8"))
    source = read(demo / "demo.pixelpair")
    analysis, _ = analyse([source], context_of(demo_settings(Settings()), demo_customer(), live=False))
    results = results_of(analysis.groups(), analysis.conversions(), catalogue)
    told = [*catalogue["accounts"], BETWEEN]
    due = {(item["id"], name) for item in catalogue["scenarios"] for name in told if name in item or name == BETWEEN}
    assert {(result.scenario["id"], result.platform) for result in results} == due
    assert [(result.scenario["id"], result.platform) for result in results if not result.expected] == []


@pytest.mark.browser
def test_each_order_is_one_conversion_at_all_the_platforms_it_was_told_to(demo: Path) -> None:
    catalogue = json.loads((SHOP_PAGES / "scenarios.json").read_text("utf-8"))
    report = json.loads((demo / "report.json").read_text("utf-8"))
    told = [
        {name for name in catalogue["accounts"] if name in scenario}
        for scenario in catalogue["scenarios"]
        if scenario["id"] != "reused-id"  # whose two orders one ID makes one
        for _ in range(scenario.get("orders", 1))
    ]
    orders = [each for each in report["conversions"] if each["step"] != "page_view" and each["order_id"]]
    shown = [{share["platform"] for share in each["platforms"]} for each in orders]
    assert sorted(map(sorted, shown)) == sorted(map(sorted, [*told, {"meta", "tiktok"}]))


@pytest.mark.browser
def test_tiktoks_own_scenarios_are_right_on_the_other_platform(demo: Path) -> None:
    report = json.loads((demo / "report.json").read_text("utf-8"))
    codes = {finding["id"]: finding["code"] for finding in report["findings"]}
    told = {
        name: {(pair["platform"], codes[finding]) for pair in pairs for finding in pair["findings"]}
        for name, pairs in ((name, _pairs_of(report, name)) for name in ("tiktok-names", "tiktok-late"))
    }
    assert {("tiktok", "event-name-differs")} <= told["tiktok-names"]
    assert {("tiktok", "copy-dropped")} <= told["tiktok-late"]
    assert not {code for found in told.values() for platform, code in found if platform == "meta"} & {
        "event-name-differs",
        "copy-dropped",
    }


def _pairs_of(report: dict[str, Any], scenario: str) -> list[dict[str, Any]]:
    pages = {event["id"]: event["page"] or "" for event in report["events"]}
    return [
        pair
        for pair in report["pairs"]
        if any(f"scenario={scenario}" in pages[event] for event in (*pair["browser"], *pair["server"]))
    ]


@pytest.mark.browser
def test_every_way_of_a_backend_and_the_browser_is_recorded(demo: Path) -> None:
    seen = {exchange.provenance for exchange in read(demo / "demo.pixelpair").exchanges}
    assert seen == {Provenance.CAPTURED, Provenance.FORWARDED, Provenance.PROXIED, Provenance.IMPORTED}


@pytest.mark.browser
def test_the_pixel_uses_image_requests_forms_and_privacy_sandbox_copies(demo: Path) -> None:
    report = json.loads((demo / "report.json").read_text("utf-8"))
    browser = [event for event in report["events"] if (event["platform"], event["side"]) == ("meta", "browser")]
    assert {event["transport"] for event in browser if event["kind"] == "event"} == {"GET", "POST form"}
    counted = {event["id"] for event in browser if event["kind"] == "event"}
    copies = [event for event in browser if event["kind"] == "mirror"]
    assert {copy["mirror_of"] for copy in copies} == counted


@pytest.mark.browser
def test_tiktoks_pixel_posts_and_the_librarys_own_counts_nowhere(demo: Path) -> None:
    report = json.loads((demo / "report.json").read_text("utf-8"))
    browser = [event for event in report["events"] if (event["platform"], event["side"]) == ("tiktok", "browser")]
    assert {event["transport"] for event in browser} == {"POST"}
    assert {event["name"] for event in browser if event["kind"] == "other"} == {"EnrichAM"}
    assert {"Pageview", "CompletePayment", "SubmitForm"} == {
        event["name"] for event in browser if event["kind"] == "event"
    }


@pytest.mark.browser
def test_the_report_keeps_its_contract(demo: Path) -> None:
    report = json.loads((demo / "report.json").read_text("utf-8"))
    schema = json.loads((RESOURCES / "report.schema.json").read_text("utf-8"))
    Draft202012Validator(schema).validate(report)
    paired = [event for pair in report["pairs"] for event in (*pair["browser"], *pair["server"])]
    assert sorted(paired) == sorted(event["id"] for event in report["events"] if event["kind"] == "event")


@pytest.mark.browser
def test_no_token_and_no_personal_data_leave_by_what_is_written(demo: Path) -> None:
    for name in ("report.html", "report.json"):
        text = (demo / name).read_text("utf-8").lower()
        assert "jane.doe" not in text
        assert ACCESS_TOKEN.lower() not in text
    with sqlite3.connect(demo / "demo.pixelpair") as session:
        stored = "\n".join(str(row) for row in session.iterdump())
    assert ACCESS_TOKEN not in stored


@pytest.mark.browser
def test_the_window_was_photographed(demo: Path) -> None:
    assert (demo / "window.png").read_bytes().startswith(b"\x89PNG")


def test_a_second_run_leaves_the_session_of_the_first_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Session.open(tmp_path / "demo.pixelpair") as first:
        assert run_headless(Settings(), tmp_path) == 2
        first.set_fact("still", "here")
    assert "demo.pixelpair is in use" in capsys.readouterr().err
    with Session.read(tmp_path / "demo.pixelpair") as found:
        assert found.fact("still") == "here"
