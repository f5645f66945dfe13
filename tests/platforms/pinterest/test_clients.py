"""Real clients through the forwarding listener to the sandbox: Pinterest's official client, and our snippet of it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from app.model import Event, Outcome, Provenance
from app.outgoing import Draft
from app.platforms import decode
from app.platforms.pinterest.place import API_HOST, TAG_HOST
from app.platforms.pinterest.server_api import SERVER
from tests.capturing import Capturing, capturing, options
from tests.platforms.pinterest.halves import AD_ACCOUNT, TOKEN, element

NOW = time.time_ns() // 1_000_000
ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Capturing]:
    with capturing(options(tmp_path_factory.mktemp("pixelpair") / "ca")) as it:
        yield it


@pytest.fixture(autouse=True)
def _fresh(running: Capturing) -> None:
    running.heard.seen.clear()


def events(running: Capturing, host: str = API_HOST) -> tuple[Event, ...]:
    """The events of the one exchange that was heard."""
    (exchange,) = running.heard.exchanges(1)
    assert exchange.request.url.startswith(f"https://{host}/")
    assert exchange.provenance is Provenance.FORWARDED
    return decode(replace(exchange, number=1))


def sdk(running: Capturing, said: list[dict[str, Any]], *marks: str) -> str:
    """Let the official client send events; what it made of the answer."""
    address = f"{running.forwarding}/{API_HOST}/v5"
    command = [sys.executable, "-m", "tests.platforms.pinterest.sdk_backend", address, AD_ACCOUNT]
    done = subprocess.run(
        [*command, json.dumps(said), *marks], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_official_clients_call_is_forwarded_answered_and_read(running: Capturing) -> None:
    told = sdk(running, [element(NOW), element(NOW, event_id="evt-8", event_name="add_to_cart")], "test")
    assert "processed" in told
    first, second = events(running)
    assert (first.account, first.name, first.event_id, first.test_code) == (
        AD_ACCOUNT,
        "checkout",
        "evt-7",
        "test=true",
    )
    assert (second.name, second.event_id, second.value) == ("addtocart", "evt-8", "59.90")
    assert (first.outcome, first.match_id("epik"), second.outcome) == (Outcome.ACCEPTED, "dj0yLab", Outcome.ACCEPTED)
    assert "pins-generated-client" in first.emitter


def test_one_events_failure_comes_back_to_the_client_and_to_us(running: Capturing) -> None:
    user = element(NOW)["user_data"] | {"ph": ["+49301234567"]}
    told = sdk(running, [element(NOW), element(NOW, event_id="evt-8", user_data=user)])
    assert "'ph' must be SHA256 hashed values" in told.replace("\\'", "'").replace('"', "'")
    found = events(running)
    assert [event.outcome for event in found] == [Outcome.ACCEPTED, Outcome.REJECTED]
    assert found[1].answer is not None
    assert (found[1].answer.blamed, found[1].test_code) == ("ph", None)


def test_a_call_of_the_older_version_is_forwarded_with_httpx(running: Capturing) -> None:
    address = f"{running.forwarding}/{TAG_HOST}/events/v3"
    body = {"data": [element(NOW, advertiser_id=AD_ACCOUNT)]}
    answer = httpx.post(address, json=body, headers={"Authorization": f"Bearer {TOKEN}"}, trust_env=False)
    assert answer.json()["num_events_processed"] == 1
    (event,) = events(running, TAG_HOST)
    assert (event.account, event.event_id, event.outcome) == (AD_ACCOUNT, "evt-7", Outcome.ACCEPTED)


@pytest.mark.parametrize("as_test", [True, False])
def test_the_copied_sdk_call_runs_and_sends_the_draft(running: Capturing, tmp_path: Path, as_test: bool) -> None:
    texts = tuple(json.dumps(element(NOW, event_id=f"evt-{place}")) for place in range(2))
    text = SERVER.snippets[1].write(Draft("pinterest", AD_ACCOUNT, texts, as_test=as_test))
    script = tmp_path / "backend.py"
    host = f"{running.forwarding}/{API_HOST}/v5"
    script.write_text(text.replace("Configuration(access_token", f"Configuration(host={host!r}, access_token"))
    done = subprocess.run(
        [sys.executable, str(script)], env={"ACCESS_TOKEN": TOKEN}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found = events(running)
    assert [event.event_id for event in found] == ["evt-0", "evt-1"]
    assert {(event.account, event.test_code, event.outcome) for event in found} == {
        (AD_ACCOUNT, "test=true" if as_test else None, Outcome.ACCEPTED)
    }
