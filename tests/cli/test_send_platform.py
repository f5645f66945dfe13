"""The terminal's send, replay and sandbox for a platform that is known by its `Platform` value alone."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.formats import read
from app.platforms import decode
from app.platforms.server_api import Terms
from app.sending.copy_as import curl
from app.sending.drafts import outgoing
from app.sending.sandbox import SandboxServer
from tests.cli.test_send import calls, run
from tests.platforms.parcel import (
    ACCOUNT,
    HOST,
    LISTENING,
    PARCEL,
    TOKEN,
    call,
    from_scratch,
    hit,
    in_the_table,
    signal,
)

NOW = time.time_ns() // 1_000_000
PARCEL_WORDS = ("--platform", "parcel", "--account", ACCOUNT)


@pytest.fixture(autouse=True)
def _table(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in [name for name in os.environ if name.startswith("PIXELPAIR_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    with in_the_table(PARCEL, LISTENING):
        yield


def test_a_template_goes_to_a_sandbox_of_its_own_and_is_recorded(tmp_path: Path) -> None:
    session = tmp_path / "sent.pixelpair"
    result = run("send", "--template", "Visit", *PARCEL_WORDS, "--json", "--session", str(session))

    assert [(one["outcome"], one["status"]) for one in calls(result)] == [("accepted", 200)]
    (exchange,) = read(session).exchanges
    (event,) = decode(exchange)
    assert (event.platform, event.account, event.name) == ("parcel", ACCOUNT, "Visit")
    assert f"/{HOST}/v7/shops/{ACCOUNT}/signals" in exchange.request.url


def test_json_is_taken_apart_to_the_guilty_signal_and_the_answers_code_is_told() -> None:
    text = json.dumps({"signals": [signal("o-1", NOW), signal("o-2", 1)]})
    result = run("send", "-", *PARCEL_WORDS, "--json", text=text)

    assert [(one["outcome"], one["code"]) for one in calls(result)] == [("accepted", None), ("rejected", "4002")]
    assert result.exit_code == 1


def test_a_curl_command_tells_the_platform_by_itself() -> None:
    draft = from_scratch("Visit", Terms(now_ms=NOW), account=ACCOUNT, source="anywhere")
    text = curl(outgoing(draft, f"https://{HOST}").request)

    assert [one["outcome"] for one in calls(run("send", "-", "--json", text=text))] == ["accepted"]
    wrong = run("send", "-", "--platform", "meta", text=text)
    assert (wrong.exit_code, "another platform (parcel)" in wrong.stderr) == (2, True)


def test_a_dry_run_shows_the_call_and_its_tokens_place() -> None:
    result = run("send", "--template", "Visit", *PARCEL_WORDS, "--dry-run")

    assert result.stdout.startswith(f"curl -X POST https://{HOST}/v7/shops/{ACCOUNT}/signals")
    assert 'X-Parcel-Key: \'"$ACCESS_TOKEN"' in result.stdout
    assert '"rehearsal":true' in result.stdout
    assert '"rehearsal"' not in run("send", "--template", "Visit", *PARCEL_WORDS, "--no-test", "--dry-run").stdout


def test_what_is_no_rehearsal_has_to_be_confirmed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIXELPAIR_TOKEN_PARCEL", TOKEN)
    result = run("send", "--template", "Visit", *PARCEL_WORDS, "--no-test", "--to", "live")

    assert result.exit_code == 2
    assert "It is no rehearsal: THIS SIGNAL COUNTS. Confirm the send." in result.stderr
    assert TOKEN not in result.output


def test_faults_are_the_platforms_own() -> None:
    listed = run("send", "--faults", "--platform", "parcel").stdout
    assert "Send it to another shop" in listed
    assert "Shift the time back by 49 hours" in listed
    result = run("send", "--template", "Visit", *PARCEL_WORDS, "--fault", "late", "--json")
    assert [one["outcome"] for one in calls(result)] == ["accepted"]


def test_recorded_events_of_one_platform_are_replayed(tmp_path: Path) -> None:
    log = tmp_path / "server.jsonl"
    lines = [
        {"url": each.request.url, "method": "POST", "body": json.loads(each.request.body)}
        for each in (call(signal("o-1", NOW)), call(signal("o-2", NOW)))
    ]
    lines.append(
        {
            "url": "https://graph.facebook.com/v26.0/7/events",
            "method": "POST",
            "body": {"data": [{"event_name": "Lead", "event_time": NOW // 1000, "event_id": "m-1"}]},
        }
    )
    lines.append({"url": hit(at_ms=NOW).request.url, "method": "GET", "body": None})
    log.write_text("\n".join(map(json.dumps, lines)))

    result = run("replay", str(log), "--platform", "parcel", "--pace", "0", "--json")
    assert [one["outcome"] for one in calls(result)] == ["accepted", "accepted"]
    twins = run("replay", str(log), "--platform", "parcel", "--twins", "--dry-run")
    assert '"key": "o-1"' in twins.stdout


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("send", "--template", "Visit", "--platform", "mute"), "Mute takes no server events from here"),
        (("send", "--faults", "--platform", "mute"), "Mute takes no server events from here"),
        (("sandbox", "--platform", "mute"), "Mute takes no server events from here"),
        (("send", "--template", "Visit", "--platform", "nonsense"), "there is no platform nonsense. There are: meta"),
        (("send", "--template", "Visit", "--platform", "parcel"), "must be PX- and letters or digits"),
        (("send", "--template", "Visit", *PARCEL_WORDS, "--to", "live"), "PIXELPAIR_TOKEN_PARCEL_PX_AbC1"),
    ],
)
def test_what_can_not_run_ends_with_2_and_a_sentence(words: tuple[str, ...], sentence: str) -> None:
    result = run(*words, text="")

    assert (result.exit_code, result.stdout) == (2, "")
    assert sentence in " ".join(result.stderr.split())


def test_a_sandbox_that_runs_already_is_sent_to_under_the_platforms_host() -> None:
    server = SandboxServer()
    server.start()
    try:
        result = run("send", "--template", "Visit", *PARCEL_WORDS, "--to", f"{server.url}/{HOST}", "--json")
    finally:
        server.stop()

    assert [one["outcome"] for one in calls(result)] == ["accepted"]
    assert server.received == 1
