"""A real client through the forwarding listener to the sandbox: httpx, with the bodies that the guide documents.

Microsoft has no library for its Conversions API; `bingads` speaks SOAP to another service.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from app.model import Event, Outcome, Provenance, Side
from app.platforms import decode
from app.platforms.microsoft.place import API_HOST
from app.platforms.microsoft.server_api import SERVER
from app.platforms.server_api import Terms
from app.redaction import mask
from app.sending.copy_as import httpx_call
from tests.capturing import Capturing, capturing, options
from tests.platforms.microsoft.halves import HIT, MARY, TAG, TOKEN, body, browser_event, element, params

NOW = time.time_ns() // 1_000_000


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
    return decode(replace(exchange, number=1))


def post(running: Capturing, sent: dict[str, Any], token: str = TOKEN) -> httpx.Response:
    address = f"{running.forwarding}/{API_HOST}/v1/{TAG}/events"
    return httpx.post(address, json=sent, headers={"Authorization": f"Bearer {token}"}, trust_env=False)


def test_a_call_is_forwarded_answered_and_read(running: Capturing) -> None:
    answer = post(running, body(element(NOW), element(NOW, eventId="evt-8")))
    assert (answer.status_code, answer.json()["eventsReceived"]) == (200, 2)
    (exchange,) = running.heard.exchanges(1)
    assert (exchange.provenance, exchange.request.url) == (
        Provenance.FORWARDED,
        f"https://{API_HOST}/v1/{TAG}/events",
    )
    assert TOKEN not in repr(mask(exchange))
    found = events(running)
    assert [(event.event_id, event.outcome) for event in found] == [
        ("evt-7", Outcome.ACCEPTED),
        ("evt-8", Outcome.ACCEPTED),
    ]
    assert {event.account for event in found} == {TAG}


def test_one_bad_event_is_refused_by_its_place(running: Capturing) -> None:
    wrong = element(NOW, eventId="evt-8", userData={"em": "mary@shop.example"})
    assert post(running, body(element(NOW), wrong)).json()["eventsReceived"] == 1
    first, second = events(running)
    assert (first.outcome, second.outcome) == (Outcome.ACCEPTED, Outcome.REJECTED)
    assert second.answer is not None
    assert (second.answer.code, second.answer.blamed) == ("ValidationError", "userData.em")


def test_a_token_that_is_refused_is_read(running: Capturing) -> None:
    assert post(running, body(element(NOW)), "sandbox-invalid").status_code == 401
    (event,) = events(running)
    assert event.answer is not None
    assert (event.outcome, event.answer.code) == (Outcome.REJECTED, "Unauthorized")


def test_the_copied_httpx_call_runs_and_sends_the_draft(running: Capturing, tmp_path: Path) -> None:
    draft = SERVER.compose(browser_event(NOW), Terms(now_ms=NOW, customer=MARY))
    ready = SERVER.outgoing(draft, f"{running.forwarding}/{API_HOST}")
    script = tmp_path / "backend.py"
    script.write_text(httpx_call(ready.request, ready.auth))
    command = [sys.executable, str(script)]
    done = subprocess.run(command, env={"ACCESS_TOKEN": TOKEN}, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert '"eventsReceived": 1' in done.stdout
    (event,) = events(running)
    assert (event.event_id, event.order_id, event.outcome) == ("evt-7", "SO-1187", Outcome.ACCEPTED)


def test_a_hit_rebuilt_by_a_server_comes_through_the_proxy(running: Capturing) -> None:
    with running.client() as client:
        assert client.get(HIT, params=params()).headers["content-type"] == "image/gif"
    (event,) = events(running)
    assert (event.side, event.event_id, event.name) == (Side.SERVER, "evt-7", "purchase")
