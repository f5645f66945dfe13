"""Calls through the forwarding listener to the sandbox.

Reddit has no client of its own for the Conversions API, and the registries have none that many use: the calls are made
with httpx, with bodies as Reddit documents them, and with the httpx call that we copy ourselves.
"""

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
from app.platforms.reddit.place import API_HOST
from app.platforms.reddit.server_api import SERVER
from app.redaction import mask
from app.sending.copy_as import httpx_call
from app.sending.drafts import shown
from tests.capturing import Capturing, capturing, options
from tests.platforms.reddit.halves import BASE, PIXEL, TOKEN, V2, V3, element, element_of_v2, v3

NOW = time.time_ns() // 1_000_000
ISO = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(NOW / 1000))


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
    assert exchange.request.url.startswith(f"https://{API_HOST}/api/v")
    assert exchange.provenance is Provenance.FORWARDED
    assert TOKEN not in repr(mask(exchange))
    return decode(replace(exchange, number=1))


def sent(running: Capturing, url: str, body: Any) -> httpx.Response:
    address = url.replace(BASE, f"{running.forwarding}/{API_HOST}")
    headers = {"Authorization": f"Bearer {TOKEN}", "User-Agent": "shop.example/1.0"}
    return httpx.post(address, json=body, headers=headers, trust_env=False)


@pytest.mark.parametrize(
    ("url", "body", "test"),
    [
        (V3, v3(element(NOW), element(NOW, metadata={"conversion_id": "evt-8"}), test_id="t2_test"), "t2_test"),
        (V2, {"test_mode": True, "events": [element_of_v2(ISO), element_of_v2(ISO)]}, "test_mode"),
    ],
)
def test_a_batch_of_either_version_is_forwarded_answered_and_read(
    running: Capturing, url: str, body: Any, test: str
) -> None:
    assert sent(running, url, body).status_code == 200
    found = events(running)
    assert {(event.account, event.name, event.outcome) for event in found} == {(PIXEL, "Purchase", Outcome.ACCEPTED)}
    assert [event.test_code for event in found] == [test, test]
    assert {event.answer.received for event in found if event.answer} == {2}


def test_a_batch_is_refused_whole_and_the_wrong_event_is_told(running: Capturing) -> None:
    wrong = element(NOW, type={"tracking_type": "LEAD"}, metadata={"conversion_id": "evt-8", "value": "9"})
    assert sent(running, V3, v3(element(NOW), wrong)).status_code == 400
    first, second = events(running)
    assert (first.outcome, second.outcome) == (Outcome.REJECTED, Outcome.REJECTED)
    assert first.answer is not None
    assert second.answer is not None
    assert (first.answer.subcode, second.answer.message) == (
        "invalid-events",
        "metadata.value value must be a number, such as 142.52, without quotes.",
    )


def test_the_copied_httpx_call_runs_and_sends_the_draft(running: Capturing, tmp_path: Path) -> None:
    ready = SERVER.outgoing(Draft("reddit", PIXEL, (json.dumps(element(NOW)),), "t2_test"), BASE)
    text = httpx_call(shown(ready)).replace(BASE, f"{running.forwarding}/{API_HOST}")
    script = tmp_path / "backend.py"
    script.write_text(text)
    done = subprocess.run(
        [sys.executable, str(script)], env={"ACCESS_TOKEN": TOKEN}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    (event,) = events(running)
    assert (event.account, event.test_code, event.outcome) == (PIXEL, "t2_test", Outcome.ACCEPTED)
