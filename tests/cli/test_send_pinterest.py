"""The terminal's send and replay with Pinterest's events, to the sandbox: a switch for tests, each event its answer."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from app.formats import read
from app.platforms import decode
from tests.cli.test_send import calls, run
from tests.platforms.pinterest.halves import AD_ACCOUNT, API, element, hit

NOW = time.time_ns() // 1_000_000
PINTEREST = ("--platform", "pinterest", "--account", AD_ACCOUNT)


@pytest.fixture(autouse=True)
def _no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("PIXELPAIR_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")


def test_a_template_goes_to_the_sandbox_as_a_test(tmp_path: Path) -> None:
    session = tmp_path / "sent.pixelpair"
    result = run("send", "--template", "checkout", *PINTEREST, "--json", "--session", str(session))
    assert [(one["outcome"], one["status"]) for one in calls(result)] == [("accepted", 200)]
    (exchange,) = read(session).exchanges
    (event,) = decode(exchange)
    assert (event.platform, event.account, event.name, event.test_code) == (
        "pinterest",
        AD_ACCOUNT,
        "checkout",
        "test=true",
    )


def test_a_fault_of_pinterests_own_is_offered_and_put_in() -> None:
    assert "Say that it happened offline" in run("send", "--faults", "--platform", "pinterest").stdout
    result = run("send", "--template", "checkout", *PINTEREST, "--fault", "offline", "--dry-run")
    assert '"action_source":"offline"' in result.stdout
    assert 'Authorization: Bearer \'"$ACCESS_TOKEN"' in result.stdout


def test_recorded_calls_are_replayed_and_twins_need_an_ad_account(tmp_path: Path) -> None:
    log, session = tmp_path / "server.jsonl", tmp_path / "again.pixelpair"
    lines = [
        {"url": API, "method": "POST", "body": {"data": [element(NOW)]}},
        {"url": hit(NOW).request.url, "method": "GET"},
    ]
    log.write_text("\n".join(map(json.dumps, lines)))
    result = run("replay", str(log), "--platform", "pinterest", "--pace", "0", "--json", "--session", str(session))
    assert [one["outcome"] for one in calls(result)] == ["accepted"]
    (again,) = [event for exchange in read(session).exchanges for event in decode(exchange)]
    assert (again.event_id, again.account) == ("evt-7", AD_ACCOUNT)
    twins = run("replay", str(log), "--platform", "pinterest", "--twins", "--dry-run")
    assert "ad account ID must be digits only" in twins.stdout + twins.stderr
    named = run("replay", str(log), "--platform", "pinterest", "--twins", "--dry-run", "--account", AD_ACCOUNT)
    assert API in named.stdout
