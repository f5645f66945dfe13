"""Real clients through the forwarding listener to the sandbox: TikTok's official SDK, and our own snippet of it."""

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
from app.platforms.tiktok.place import API_HOST
from app.platforms.tiktok.server_api import SERVER
from tests.capturing import Capturing, capturing, options
from tests.platforms.tiktok.halves import CODE, TOKEN, element, older, v2

NOW = time.time_ns() // 1_000_000
ROOT = Path(__file__).parents[3]


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
    assert exchange.request.url.startswith(f"https://{API_HOST}/open_api/v1.3/")
    assert exchange.provenance is Provenance.FORWARDED
    return decode(replace(exchange, number=1))


def sdk(running: Capturing, body: dict[str, Any]) -> str:
    """Let the official SDK send a body; what it made of the answer."""
    address = f"{running.forwarding}/{API_HOST}"
    command = [sys.executable, "-m", "tests.platforms.tiktok.sdk_backend", address, json.dumps(body)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_sdks_track_is_forwarded_answered_and_read(running: Capturing) -> None:
    assert "request_id" in sdk(running, older(NOW))
    (event,) = events(running)
    assert (event.account, event.name, event.event_id) == (CODE, "CompletePayment", "evt-7")
    assert (event.outcome, event.match_id("ttclid"), event.value) == (Outcome.ACCEPTED, "E.C.P.lab", "59.9")
    assert "Swagger-Codegen" in event.emitter


def test_the_sdks_batch_is_refused_with_the_path_of_the_wrong_value(running: Capturing) -> None:
    wrong = older(NOW, event_id="evt-8", properties={"contents": [{"content_id": 9}]})
    assert "40002" in sdk(running, {"pixel_code": CODE, "batch": [older(NOW), wrong]})
    found = events(running)
    assert [event.outcome for event in found] == [Outcome.REJECTED, Outcome.REJECTED]
    assert found[0].answer is not None
    assert (found[0].answer.code, found[0].answer.blamed) == ("40002", "batch.1.properties.contents.0.content_id")


def test_a_call_of_2_is_forwarded_with_httpx(running: Capturing) -> None:
    address = f"{running.forwarding}/{API_HOST}/open_api/v1.3/event/track/"
    body = v2(element(NOW), element(NOW, event_id="evt-8"), test_event_code="TEST1")
    answer = httpx.post(address, json=body, headers={"Access-Token": TOKEN}, trust_env=False)
    assert answer.json()["code"] == 0
    assert [(event.event_id, event.test_code) for event in events(running)] == [("evt-7", "TEST1"), ("evt-8", "TEST1")]


@pytest.mark.parametrize("count", [1, 2])
def test_the_copied_sdk_call_runs_and_sends_the_draft(running: Capturing, tmp_path: Path, count: int) -> None:
    texts = tuple(json.dumps(element(NOW, event_id=f"evt-{place}")) for place in range(count))
    text = SERVER.snippets[1].write(Draft("tiktok", CODE, texts, "TEST1"))
    script = tmp_path / "backend.py"
    host = f"{running.forwarding}/{API_HOST}"
    script.write_text(
        text.replace("ApiClient())", "client(ApiClient()))").replace(
            "body = ", f"def client(made):\n    made.configuration.host = {host!r}\n    return made\n\n\nbody = ", 1
        )
    )
    done = subprocess.run(
        [sys.executable, str(script)], env={"ACCESS_TOKEN": TOKEN}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found = events(running)
    assert [event.event_id for event in found] == [f"evt-{place}" for place in range(count)]
    assert {(event.account, event.test_code, event.outcome) for event in found} == {(CODE, "TEST1", Outcome.ACCEPTED)}
