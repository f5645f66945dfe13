"""Real clients to the sandbox: LinkedIn's own Rest.li client through the proxy, our snippet of it, httpx forwarded."""

from __future__ import annotations

import json
import os
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
from app.platforms.linkedin.place import API_HOST
from app.platforms.linkedin.server_api import SERVER
from app.redaction import mask
from tests.capturing import Capturing, capturing, options
from tests.origin import LOOPBACK
from tests.platforms.linkedin.halves import API_RULE, TOKEN, element

NOW = time.time_ns() // 1_000_000
ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Capturing]:
    with capturing(options(tmp_path_factory.mktemp("pixelpair") / "ca")) as it:
        yield it


@pytest.fixture(autouse=True)
def _fresh(running: Capturing) -> None:
    running.heard.seen.clear()


def events(running: Capturing, provenance: Provenance) -> tuple[Event, ...]:
    """The events of the one exchange that was heard."""
    (exchange,) = running.heard.exchanges(1)
    assert exchange.request.url == f"https://{API_HOST}/rest/conversionEvents"
    assert exchange.provenance is provenance
    assert TOKEN not in repr(mask(exchange))
    return decode(replace(exchange, number=1))


def environment(running: Capturing) -> dict[str, str]:
    """What a backend's machine would have set."""
    return os.environ | {
        "HTTPS_PROXY": f"http://{LOOPBACK}:{running.listening.forward_port}",
        "NO_PROXY": "",
        "ACCESS_TOKEN": TOKEN,
    }


def client(running: Capturing, body: Any) -> str:
    """Let the official client send a body; what it made of the answer."""
    command = [sys.executable, "-m", "tests.platforms.linkedin.client_backend", str(running.listening.bundle_file)]
    done = subprocess.run(
        [*command, json.dumps(body)],
        cwd=ROOT,
        env=environment(running),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_clients_create_is_captured_answered_and_read(running: Capturing) -> None:
    assert client(running, element(NOW)) == "201"
    (event,) = events(running, Provenance.PROXIED)
    assert (event.rule, event.event_id, event.value) == (API_RULE, "evt-7", "59.90")
    assert (event.outcome, event.flaws) == (Outcome.ACCEPTED, ())
    assert event.emitter.startswith("linkedin-api-python-client/")


def test_the_clients_batch_is_refused_whole_for_one_event(running: Capturing) -> None:
    wrong = element(NOW, eventId="evt-8", conversionValue={"currencyCode": "EUR"})
    assert client(running, [element(NOW), wrong]) == "an answer without elements"
    found = events(running, Provenance.PROXIED)
    assert [event.outcome for event in found] == [Outcome.REJECTED, Outcome.REJECTED]
    assert [event.answer.blamed for event in found if event.answer] == [None, "conversionValue.amount"]


def test_a_call_is_forwarded_with_httpx(running: Capturing) -> None:
    address = f"{running.forwarding}/{API_HOST}/rest/conversionEvents"
    heads = {"Authorization": f"Bearer {TOKEN}", "LinkedIn-Version": "202608"}
    body = {"elements": [element(NOW), element(NOW, eventId="evt-8")]}
    answer = httpx.post(address, json=body, headers=heads, trust_env=False)
    assert answer.json() == {"elements": [{"status": 201}, {"status": 201}]}
    assert [event.event_id for event in events(running, Provenance.FORWARDED)] == ["evt-7", "evt-8"]


@pytest.mark.parametrize("count", [1, 2])
def test_the_copied_call_of_the_client_runs_and_sends_the_draft(running: Capturing, tmp_path: Path, count: int) -> None:
    texts = tuple(json.dumps(element(NOW, eventId=f"evt-{place}")) for place in range(count))
    text = SERVER.snippets[1].write(Draft("linkedin", API_RULE, texts))
    script = tmp_path / "backend.py"
    trusted = f"client = RestliClient()\nclient.session.verify = {str(running.listening.bundle_file)!r}\n"
    script.write_text(text.replace("client = RestliClient()\n", trusted))
    done = subprocess.run(
        [sys.executable, str(script)],
        env=environment(running),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    found = events(running, Provenance.PROXIED)
    assert [event.event_id for event in found] == [f"evt-{place}" for place in range(count)]
    assert {(event.rule, event.outcome) for event in found} == {(API_RULE, Outcome.ACCEPTED)}
