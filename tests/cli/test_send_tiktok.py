"""The terminal's send and replay with TikTok's events, to the sandbox."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from app.formats import read
from app.model import Provenance
from app.platforms import decode
from app.sending.job import SANDBOX_TOKEN
from tests.cli.test_send import calls, run
from tests.platforms.tiktok.halves import API, CODE, element, hit, older, v2

NOW = time.time_ns() // 1_000_000
TIKTOK = ("--platform", "tiktok", "--account", CODE)


@pytest.fixture(autouse=True)
def _no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("PIXELPAIR_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")


def test_a_template_goes_to_a_sandbox_of_its_own_and_is_recorded(tmp_path: Path) -> None:
    session = tmp_path / "sent.pixelpair"
    result = run("send", "--template", "CompletePayment", *TIKTOK, "--json", "--session", str(session))

    assert [(one["outcome"], one["status"]) for one in calls(result)] == [("accepted", 200)]
    (exchange,) = read(session).exchanges
    (event,) = decode(exchange)
    assert (event.platform, event.account, event.name, event.action_source) == (
        "tiktok",
        CODE,
        "CompletePayment",
        "web",
    )
    assert SANDBOX_TOKEN not in repr(exchange)


def test_a_refused_call_is_taken_apart_and_the_code_is_told() -> None:
    text = json.dumps(v2(element(NOW), element(NOW, event_id="evt-8", user={}), element(NOW, event_id="evt-9")))
    result = run("send", "-", *TIKTOK, "--json", text=text)

    settled = [(one["outcome"], one["code"]) for one in calls(result) if one["events"] == 1]
    assert sorted(settled, key=str) == [("accepted", None), ("accepted", None), ("rejected", "40002")]
    assert result.exit_code == 1


def test_a_dry_run_shows_the_call_with_its_tokens_place_and_sends_nothing() -> None:
    result = run("send", "--template", "CompletePayment", *TIKTOK, "--test-code", "TEST1", "--dry-run")

    assert result.stdout.startswith(f"curl -X POST {API}/event/track/")
    assert 'Access-Token: \'"$ACCESS_TOKEN"' in result.stdout
    assert '"test_event_code":"TEST1"' in result.stdout


def test_a_fault_of_tiktoks_own_is_offered_and_sent() -> None:
    listed = run("send", "--faults", "--platform", "tiktok").stdout
    assert "Hash the phone without its plus" in listed
    result = run("send", "--template", "CompletePayment", *TIKTOK, "--fault", "name-generation", "--dry-run")
    assert '"event":"Purchase"' in result.stdout


def test_recorded_calls_of_both_forms_are_replayed_and_twins_sent(tmp_path: Path) -> None:
    log, session = tmp_path / "server.jsonl", tmp_path / "again.pixelpair"
    lines = [
        {"url": f"{API}/event/track/", "method": "POST", "body": v2(element(NOW))},
        {
            "url": f"{API}/pixel/batch/",
            "method": "POST",
            "body": {"pixel_code": CODE, "batch": [older(NOW, event_id="b-1")]},
        },
        {"url": hit(NOW).request.url, "method": "POST", "body": json.loads(hit(NOW, event_id="t-1").request.body)},
    ]
    log.write_text("\n".join(map(json.dumps, lines)))

    result = run("replay", str(log), "--platform", "tiktok", "--pace", "0", "--json", "--session", str(session))
    assert [one["outcome"] for one in calls(result)] == ["accepted", "accepted"]
    again = [event for exchange in read(session).exchanges for event in decode(exchange)]
    assert {(event.event_id, event.transport) for event in again} == {
        ("evt-7", "Events API 2.0"),
        ("b-1", "Events API 2.0"),
    }
    assert {event.provenance for event in again} == {Provenance.REPLAYED}
    twins = run("replay", str(log), "--platform", "tiktok", "--twins", "--dry-run")
    assert '"t-1"' in twins.stdout
