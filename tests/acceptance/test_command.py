"""The command as a build runs it: a real process, its status, its two outputs, and a session written by the demo."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.judged import check
from tests.acceptance.traffic import Json, call, event, fired, har, lines, refusal

CLEAN = (fired(), call(event(user={"ph": ["1" * 64]})))
WARNED = (fired(), call(event(at=6)))  # slow-server
WRONG = (fired(), call(event(custom={"value": 1})))  # value-differs
EXPOSED = (fired(cd__email="mary@example.com"), call(event()))  # raw-personal-data

STATUS: list[tuple[tuple[Json, Json], dict[str, int]]] = [
    (CLEAN, {"never": 0, "critical": 0, "error": 0, "warning": 0, "info": 1}),
    (WARNED, {"never": 0, "critical": 0, "error": 0, "warning": 1, "info": 1}),
    (WRONG, {"never": 0, "critical": 0, "error": 1, "warning": 1, "info": 1}),
    (EXPOSED, {"never": 0, "critical": 1, "error": 1, "warning": 1, "info": 1}),
]


@pytest.mark.parametrize(
    ("traffic", "threshold", "status"),
    [(traffic, threshold, status) for traffic, row in STATUS for threshold, status in row.items()],
)
def test_the_status_follows_the_threshold(
    tmp_path: Path, traffic: tuple[Json, Json], threshold: str, status: int
) -> None:
    browser, server = traffic
    files = {"b.har": har(browser), "s.jsonl": lines(server)}
    assert check(tmp_path, files, "--fail-on", threshold).status == status


def test_the_threshold_is_error_unless_told_otherwise(tmp_path: Path) -> None:
    assert [
        check(tmp_path, {"b.har": har(browser), "s.jsonl": lines(server)}).status
        for browser, server in (CLEAN, WARNED, WRONG, EXPOSED)
    ] == [0, 0, 1, 1]


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "app", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def test_a_process_prints_one_document_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "b.har").write_text(har(fired()), "utf-8")
    (tmp_path / "s.jsonl").write_text(lines(call(event(), status=400, answer=refusal())), "utf-8")
    done = run("check", tmp_path / "b.har", tmp_path / "s.jsonl", "--json", "--html", tmp_path / "evidence.html")
    assert done.returncode == 1
    report = json.loads(done.stdout)
    assert [pair["verdict"] for pair in report["pairs"]] == ["browser-only"]
    assert [item["name"] for item in report["inputs"]] == ["b.har", "s.jsonl"]
    assert "Evidence written" in done.stderr
    assert (tmp_path / "evidence.html").read_text("utf-8").startswith("<!doctype html>")


@pytest.mark.parametrize(
    "arguments", [("check",), ("check", "missing.har"), ("check", "b.har", "--fail-on", "often"), ("report", "missing")]
)
def test_a_check_that_can_not_run_ends_with_two(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.browser
def test_a_session_of_the_demo_says_the_same_again(tmp_path: Path) -> None:
    """The demo's own report against a later look at the session it wrote, in another process."""
    done = run("demo", "--headless", "--out", tmp_path / "demo")
    assert done.returncode == 0, done.stderr
    (session,) = (tmp_path / "demo").glob("*.pixelpair")
    checked = json.loads(run("check", session, "--json", "--fail-on", "never").stdout)
    reported = json.loads(run("report", session, "--json", "--fail-on", "never").stdout)
    assert checked["pairs"] == reported["pairs"]
    assert checked["summary"] == reported["summary"]
    assert checked["summary"]["deduplicated"] >= 1
    assert {pair["verdict"] for pair in checked["pairs"]} >= {"deduplicated", "double-counted"}
