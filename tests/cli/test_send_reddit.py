"""The terminal's send with Reddit's events, to the sandbox."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from app.formats import read
from app.platforms import decode
from app.sending.job import SANDBOX_TOKEN
from tests.cli.test_send import calls, run
from tests.platforms.reddit.halves import PIXEL, V2, V3, element, v3

NOW = time.time_ns() // 1_000_000
REDDIT = ("--platform", "reddit", "--account", PIXEL)


@pytest.fixture(autouse=True)
def _no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("PIXELPAIR_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")


def test_a_template_goes_to_a_sandbox_of_its_own_and_is_recorded(tmp_path: Path) -> None:
    session = tmp_path / "sent.pixelpair"
    result = run("send", "--template", "Purchase", *REDDIT, "--json", "--session", str(session))

    assert [(one["outcome"], one["status"]) for one in calls(result)] == [("accepted", 200)]
    (exchange,) = read(session).exchanges
    (event,) = decode(exchange)
    assert (event.platform, event.account, event.name) == ("reddit", PIXEL, "Purchase")
    assert SANDBOX_TOKEN not in repr(exchange)


def test_a_call_that_is_refused_whole_is_taken_apart() -> None:
    wrong = element(NOW, metadata={"conversion_id": "evt-8", "value": "9"})
    text = json.dumps(v3(element(NOW), wrong, element(NOW, metadata={"conversion_id": "evt-9"})))
    result = run("send", "-", *REDDIT, "--json", text=text)

    settled = [(one["outcome"], one["code"]) for one in calls(result) if one["events"] == 1]
    assert sorted(settled, key=str) == [("accepted", None), ("accepted", None), ("rejected", "400")]
    assert result.exit_code == 1


@pytest.mark.parametrize(
    ("version", "url", "mark"), [("v3", V3, '"test_id":"t2_test"'), ("v2.0", V2, '"test_mode":true')]
)
def test_a_dry_run_shows_the_call_of_the_version_and_sends_nothing(version: str, url: str, mark: str) -> None:
    options = ("--test-code", "t2_test", "--api-version", version, "--dry-run")
    result = run("send", "--template", "Lead", *REDDIT, *options)

    assert result.stdout.startswith(f"curl -X POST {url}")
    assert 'Authorization: Bearer \'"$ACCESS_TOKEN"' in result.stdout
    assert mark in result.stdout
