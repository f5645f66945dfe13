"""The terminal's send, replay and sandbox, run as commands against the real endpoint."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import click
import httpx
import pytest
from click.testing import CliRunner, Result

from app.cli.send import COMMANDS, sandbox
from app.formats import read
from app.model import Provenance
from app.platforms import decode
from app.sending.sandbox import SandboxServer

NOW = int(time.time())
TOKEN = "EAAtestTOKEN0123456789secret"


def lead(event_id: str, **changes: object) -> dict[str, Any]:
    event = {
        "event_name": "Lead",
        "event_time": NOW,
        "event_id": event_id,
        "action_source": "chat",
        "user_data": {"external_id": ["7"]},
    }
    return event | changes


@pytest.fixture(autouse=True)
def _no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("PIXELPAIR_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")


def run(*words: str, text: str | None = None) -> Result:
    group = click.Group(commands={command.name or "": command for command in COMMANDS})
    return CliRunner().invoke(group, words, input=text, catch_exceptions=False)


def calls(result: Result) -> list[dict[str, Any]]:
    document = json.loads(result.stdout)
    assert document["schema"] == "pixelpair.send/1"
    found: list[dict[str, Any]] = document["calls"]
    return found


def test_a_template_goes_to_a_sandbox_of_its_own_and_is_taken() -> None:
    result = run("send", "--template", "Purchase", "--account", "7", "--json")

    (call,) = calls(result)
    assert (result.exit_code, call["outcome"], call["status"], call["events"]) == (0, "accepted", 200, 1)


def test_a_refused_event_ends_with_1_and_says_why() -> None:
    result = run("send", "-", "--account", "7", text=json.dumps(lead("o-1", event_time=1)))

    assert result.exit_code == 1
    assert result.stdout.startswith("Lead o-1: rejected – Event Timestamp Too Old (100/2804003) – ")
    assert "refused: data[0][event_time]: The event is older than 7 days" in result.stderr


def test_a_refused_call_is_taken_apart_to_the_guilty_event() -> None:
    events = [lead(f"o-{number}") for number in range(4)]
    events[2]["event_time"] = 1

    result = run("send", "-", "--account", "7", "--json", text=json.dumps(events))

    assert [(call["events"], call["outcome"]) for call in calls(result)] == [
        (2, "accepted"),
        (1, "rejected"),
        (1, "accepted"),
    ]
    assert result.stderr.splitlines()[-1] == "4 of 4 events"


def test_a_fault_is_put_in_on_purpose() -> None:
    result = run("send", "--template", "Lead", "--account", "7", "--fault", "plain-email", "--json")

    assert [(call["code"], call["subcode"]) for call in calls(result)] == [("100", "2804016")]
    assert "plain-email" in run("send", "--faults").stdout
    assert run("send", "--template", "Lead", "--account", "7", "--fault", "nonsense").exit_code == 2


def test_a_dry_run_shows_the_request_and_sends_nothing() -> None:
    server = SandboxServer()
    server.start()
    result = run("send", "--template", "Lead", "--account", "7", "--to", server.url, "--test-code", "T1", "--dry-run")
    server.stop()

    assert (result.exit_code, server.received) == (0, 0)
    assert result.stdout.startswith(f"curl -X POST {server.url}/v26.0/7/events \\\n")
    assert '"test_event_code":"T1"' in result.stdout
    assert '"$ACCESS_TOKEN"' in result.stdout


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("send",), "Name either a file to send or a --template"),
        (("send", "-"), "Paste a cURL command"),
        (("send", "nowhere.json"), "can not be read"),
        (("send", "--template", "Lead"), "digits only"),
        (("send", "--template", "Lead", "--account", "7", "--action-source", "web"), "no action source web"),
        (("send", "--template", "Lead", "--account", "7", "--to", "live"), "no access token"),
        (("send", "--template", "Lead", "--account", "7", "--to", "http://graph.example"), "no access token"),
        (("sandbox", "--fault", "nonsense"), "no fault called nonsense"),
    ],
)
def test_what_can_not_run_ends_with_2_and_a_sentence(words: tuple[str, ...], sentence: str) -> None:
    result = run(*words, text="")

    assert (result.exit_code, result.stdout) == (2, "")
    assert sentence in result.stderr


def test_a_live_send_without_a_test_code_has_to_be_confirmed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIXELPAIR_TOKEN_7", TOKEN)
    words = ("send", "--template", "Lead", "--account", "7", "--to", "https://graph.facebook.invalid")

    refused, wrong, confirmed = run(*words), run(*words, "--confirm", "yes"), run(*words, "--confirm", "COUNTS")

    assert (refused.exit_code, wrong.exit_code, confirmed.exit_code) == (2, 2, 1)
    assert "Without a test event code this event counts" in refused.stderr
    assert confirmed.stdout.startswith("Lead ")
    assert ": failed – No connection to the platform" in confirmed.stdout
    assert TOKEN not in refused.output + wrong.output + confirmed.output


def test_a_recorded_log_is_replayed_in_order_and_recorded_again(tmp_path: Path) -> None:
    log = tmp_path / "server.jsonl"
    url = "https://graph.facebook.com/v26.0/7/events"
    sent = [lead("o-1", event_time=NOW - 3600), lead("o-2", event_time=NOW - 3600)]
    lines = [{"url": url, "method": "POST", "body": {"data": [event], "access_token": TOKEN}} for event in sent]
    log.write_text("\n".join(map(json.dumps, lines)))
    session = tmp_path / "again.pixelpair"

    result = run("replay", str(log), "--pace", "0", "--json", "--session", str(session))

    assert [call["outcome"] for call in calls(result)] == ["accepted", "accepted"]
    recorded = read(session).exchanges
    again = [event for exchange in recorded for event in decode(exchange)]
    assert [(event.event_id, event.provenance) for event in again] == [
        ("o-1", Provenance.REPLAYED),
        ("o-2", Provenance.REPLAYED),
    ]
    assert all(event.own_ms is not None and event.own_ms // 1000 >= NOW for event in again)
    assert len({exchange.send for exchange in recorded}) == 2
    only = run("replay", str(log), "--event-id", "o-2", "--pace", "0", "--keep-time", "--json")
    assert [call["outcome"] for call in calls(only)] == ["accepted"]
    assert run("replay", str(log), "--event-id", "o-3").exit_code == 2
    assert run("replay", str(log), "--twins").exit_code == 2


def test_a_browsers_event_is_sent_as_its_server_twin(tmp_path: Path) -> None:
    log = tmp_path / "browser.jsonl"
    url = f"https://www.facebook.com/tr/?id=7&ev=Lead&dl=https%3A%2F%2Fs.example%2F&rl=&if=false&ts={NOW}000&eid=o-1"
    log.write_text(json.dumps({"url": f"{url}&fbp=fb.1.{NOW}000.123&rqm=GET", "method": "GET"}))

    result = run("replay", str(log), "--twins", "--dry-run")

    assert '"event_id":"o-1"' in result.stdout
    assert '"event_name":"Lead"' in result.stdout


def test_what_can_not_be_recorded_is_not_sent(tmp_path: Path) -> None:
    other = tmp_path / "notes.txt"
    other.write_text("not a session")
    server = SandboxServer()
    server.start()

    result = run("send", "--template", "Lead", "--account", "7", "--to", server.url, "--session", str(other))
    server.stop()

    assert (result.exit_code, server.received, other.read_text()) == (2, 0, "not a session")


@pytest.mark.skipif(sys.platform == "win32", reason="interrupts are sent otherwise there")
def test_the_sandbox_serves_until_it_is_interrupted() -> None:
    program = "from app.cli.send import sandbox; sandbox(['--port', '0', '--fault', 'unavailable'])"
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    url = process.stdout.readline().strip()
    body = {"data": [lead("o-1")], "access_token": "t"}
    answers = [httpx.post(f"{url}/7/events", json=body, trust_env=False).status_code for _ in range(2)]
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)

    assert (answers, process.returncode) == ([503, 200], 0)
    assert said.splitlines()[-1] == "2 requests answered."


def test_a_taken_port_is_said_so() -> None:
    server = SandboxServer()
    result = CliRunner().invoke(sandbox, ["--port", server.url.rpartition(":")[2]])
    server.stop()

    assert result.exit_code == 2
    assert "Choose another" in result.stderr
