"""What the commands say of a session that was there before, ended badly, or is not as it was written."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import threading
import time
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.model import Exchange, Provenance, Request, Response
from app.session.file import Session
from tests.benchmarks.kills import _port_of, kill_once


def recorded(path: Path, number: int) -> None:
    with Session.open(path) as session:
        for place in range(number):
            url = f"https://www.facebook.com/tr/?id=1&ev=Lead&eid=l-{place}&ts=1750000000000&rqm=GET"
            session.append([Exchange(Provenance.CAPTURED, Request("GET", url), Response(200), started_ms=place)])


def run(folder: Path, *arguments: str | Path) -> tuple[dict[str, Any], str]:
    done = subprocess.run(
        [sys.executable, "-m", "app", *arguments, "--json", "--fail-on", "never"],
        env=environment(folder),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout), done.stderr


def environment(folder: Path) -> dict[str, str]:
    settings = folder / "config" / "pixelpair" / "settings.json"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(json.dumps({"forward_port": 0, "forwarding_port": 0}))
    return {**os.environ, "XDG_CONFIG_HOME": str(folder / "config"), "XDG_DATA_HOME": str(folder / "data")}


def test_a_capture_into_a_session_reports_what_it_held(tmp_path: Path) -> None:
    path = tmp_path / "shop.pixelpair"
    recorded(path, 112)
    report, said = run(tmp_path, "capture", "--no-browser", "--session", path, "--seconds", "0.2")
    assert len(report["events"]) == 112
    assert "shop.pixelpair holds 112 exchanges from before." in said


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="processes are looked for in /proc")
@pytest.mark.parametrize("command", ["report", "check", "capture"])
def test_every_command_says_that_a_session_was_not_closed_and_what_was_recovered(tmp_path: Path, command: str) -> None:
    path = tmp_path / "shop.pixelpair"
    answered = kill_once(path, "everything", count(), 0.5)
    assert answered
    more = ("--no-browser", "--seconds", "0.2", "--session") if command == "capture" else ()
    report, said = run(tmp_path, command, *more, path)
    assert f"shop.pixelpair was not closed properly last time. {len(report['events']):,} exchanges recovered" in said
    assert {event["event_id"] for event in report["events"]} >= set(answered)


def test_a_report_names_the_first_exchange_that_is_not_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "shop.pixelpair"
    recorded(path, 5)
    connection = sqlite3.connect(path)
    connection.execute("update exchanges set status = 500 where number = 3")
    connection.commit()
    connection.close()
    report, said = run(tmp_path, "report", path)
    assert "Exchange 3 in shop.pixelpair is not as it was recorded" in said
    assert len(report["events"]) == 5
    (source,) = report["inputs"]
    assert (source["integrity"]["state"], source["integrity"]["exchange"]) == ("damaged", 3)
    assert source["integrity"]["text"] in said


@pytest.mark.skipif(sys.platform == "win32", reason="Windows holds an open file")
@pytest.mark.parametrize("act", ["rename", "delete", "damage"])
def test_what_is_done_to_the_file_during_a_capture_is_said_at_once_and_nothing_answered_is_lost(
    tmp_path: Path, act: str
) -> None:
    path, said, out = tmp_path / "shop.pixelpair", tmp_path / "said", tmp_path / "out"
    recorded(path, 200)
    options = ["--no-browser", "--session", str(path), "--json", "--fail-on", "never"]
    command = [sys.executable, "-m", "app", "capture", *options]
    with said.open("wb") as errors, out.open("wb") as output:
        app = subprocess.Popen(command, env=environment(tmp_path), stdout=output, stderr=errors)
    try:
        address = f"http://127.0.0.1:{_port_of(app, said)}/v26.0/1/events"
        answered = 0

        def send(times: int) -> None:
            nonlocal answered
            for _ in range(times):
                event = {"event_name": "Lead", "event_time": 1, "event_id": f"s-{answered}", "action_source": "website"}
                answered += bool(httpx.post(address, json={"data": [event]}, trust_env=False).content)

        send(20)
        match act:
            case "rename":
                path.rename(tmp_path / "b.pixelpair")
            case "delete":
                path.unlink()
            case _:
                damage(path)
        deadline = time.monotonic() + 30
        while "while it was open" not in said.read_text():  # nothing is sent meanwhile
            assert time.monotonic() < deadline, said.read_text()
            threading.Event().wait(0.05)
        send(20)
    finally:
        app.terminate()
        app.wait(60)
    assert "Traceback" not in said.read_text()
    report = json.loads(out.read_text())
    assert {event["event_id"] for event in report["events"]} >= {f"s-{number}" for number in range(answered)}
    with Session.open(tmp_path / "shop (2).pixelpair") as copy:
        assert copy.recovered is None
        urls = [item.request.body for item in copy.exchanges() if item.provenance is Provenance.FORWARDED]
    wanted = 40 if act != "damage" else 20
    assert (answered, len(urls) >= wanted) == (40, True)
    assert [item.name for item in tmp_path.glob("shop*.journal*")] == []


def damage(path: Path) -> None:
    """Spoil pages that nobody has read lately."""
    with path.open("r+b") as file:
        file.seek(4096 * 3)
        file.write(b"\x5a" * 4096 * 4)
