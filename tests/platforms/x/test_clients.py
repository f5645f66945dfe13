"""Real clients through the forwarding listener to the sandbox: the official Python one, and our own snippet of it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from msgspec.structs import replace

from app.model import Event, Outcome, Provenance
from app.outgoing import Draft
from app.platforms import decode
from app.platforms.x.server_api import SERVER
from app.redaction import mask
from tests.capturing import Capturing, capturing, options
from tests.platforms.x.halves import KEYS, PIXEL, PIXEL_TOKEN, TAG, element

NOW = time.time_ns() // 1_000_000
ROOT = Path(__file__).parents[3]
OLD_HOST = "ads-api.twitter.com"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Capturing]:
    with capturing(options(tmp_path_factory.mktemp("pixelpair") / "ca")) as it:
        yield it


@pytest.fixture(autouse=True)
def _fresh(running: Capturing) -> None:
    running.heard.seen.clear()


def events(running: Capturing) -> tuple[Event, ...]:
    """The events of the one exchange that was heard."""
    (exchange,) = running.heard.exchanges(1)
    assert exchange.provenance is Provenance.FORWARDED
    return decode(replace(exchange, number=1))


def client(running: Capturing, version: str, *sent: dict[str, object]) -> str:
    """Let the official client send events; what it made of the answer."""
    address = f"{running.forwarding}/{OLD_HOST}"
    path = f"/{version}/measurement/conversions/{PIXEL}"
    command = [sys.executable, "-m", "tests.platforms.x.client_backend", address, path]
    body = json.dumps({"conversions": sent})
    done = subprocess.run([*command, body], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("version", ["11", "12"])
def test_the_clients_call_is_forwarded_answered_and_read(running: Capturing, version: str) -> None:
    assert client(running, version, element(NOW)).startswith("200 ")
    (event,) = events(running)
    assert (event.account, event.name, event.event_id, event.outcome) == (PIXEL, TAG, "SO-1187", Outcome.ACCEPTED)
    assert (event.match_id("twclid"), event.value) == ("2-4kexample", "59.9")
    assert "twitter-ads version: 11.0.0" in event.emitter


def test_no_part_of_a_signature_is_recorded(running: Capturing) -> None:
    client(running, "12", element(NOW))
    (exchange,) = running.heard.exchanges(1)
    parts = re.findall(r'oauth_(?:consumer_key|token|signature)="([^"]+)"', exchange.request.header("authorization"))
    assert len(parts) == 3
    kept = repr(mask(exchange))
    assert not [part for part in parts if part in kept]


def test_a_refusal_reaches_the_client_with_its_reason(running: Capturing) -> None:
    told = client(running, "12", element(NOW), element(NOW, identifiers=[]))
    assert "At least one user identifier must be provided" in told
    assert [event.outcome for event in events(running)] == [Outcome.REJECTED, Outcome.REJECTED]


def test_a_call_with_a_pixels_token_is_forwarded_with_httpx(running: Capturing) -> None:
    address = f"{running.forwarding}/ads-api.x.com/12/measurement/conversions/{PIXEL}"
    body = {"conversions": [element(NOW), element(NOW, conversion_id="SO-2")]}
    answer = httpx.post(address, json=body, headers={"X-Pixel-Token": PIXEL_TOKEN}, trust_env=False)
    assert answer.json()["data"]["conversions_processed"] == 2
    assert [event.event_id for event in events(running)] == ["SO-1187", "SO-2"]
    (exchange,) = running.heard.exchanges(1)
    assert PIXEL_TOKEN not in repr(mask(exchange))


@pytest.mark.parametrize("count", [1, 2])
def test_the_copied_client_call_runs_and_sends_the_draft(running: Capturing, tmp_path: Path, count: int) -> None:
    texts = tuple(json.dumps(element(NOW, conversion_id=f"SO-{place}")) for place in range(count))
    text = SERVER.snippets[1].write(Draft("x", PIXEL, texts))
    script = tmp_path / "backend.py"
    domain = f"Request._DEFAULT_DOMAIN = {f'{running.forwarding}/{OLD_HOST}'!r}\n"
    script.write_text(text.replace("\n# consumer", f"\n{domain}# consumer", 1))
    done = subprocess.run(
        [sys.executable, str(script)], env={"ACCESS_TOKEN": KEYS}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found = events(running)
    assert [event.event_id for event in found] == [f"SO-{place}" for place in range(count)]
    assert {event.outcome for event in found} == {Outcome.ACCEPTED}
