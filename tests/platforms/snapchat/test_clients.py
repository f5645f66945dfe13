"""Real clients through the forwarding listener to the sandbox: Snap's official SDK, our own snippet of it, httpx."""

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
from click.testing import CliRunner
from msgspec.structs import replace

from app.cli import main
from app.hashing import check
from app.model import CheckStatus, Customer, Event, Outcome, Provenance
from app.outgoing import Draft
from app.platforms import customer_rules, decode
from app.platforms.snapchat.place import HOST
from app.platforms.snapchat.server_api import SERVER
from app.sending.sandbox import SandboxServer
from tests.capturing import Capturing, capturing, options
from tests.platforms.snapchat.halves import PIXEL_ID, TOKEN, element

NOW = time.time_ns() // 1_000_000
ROOT = Path(__file__).parents[3]
JANE = {"email": " Jane.Doe+news@Example.com", "phone_number": "+49 1512 3456789", "first_name": "Jane"}
BOUGHT = {
    "pixel_id": PIXEL_ID,
    "event_type": "PURCHASE",
    "event_conversion_type": "WEB",
    "timestamp": str(NOW),
    "client_dedup_id": "evt-7",
    "page_url": "https://shop.example/thanks",
    "price": "59.90",
    "currency": "EUR",
    "transaction_id": "SO-1",
    **JANE,
}


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
    assert exchange.request.url.startswith(f"https://{HOST}/v")
    assert exchange.provenance is Provenance.FORWARDED
    return decode(replace(exchange, number=1))


def sdk(running: Capturing, *sent: dict[str, Any], test: bool = False) -> str:
    """Let the official SDK send events to the forwarding listener; what it made of the answer."""
    return backend(*sent, options=(f"at={running.forwarding}/{HOST}", *(("test",) if test else ())))


def backend(*sent: dict[str, Any], options: tuple[str, ...]) -> str:
    command = [sys.executable, "-m", "tests.platforms.snapchat.sdk_backend", json.dumps(sent), *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_sdks_events_are_forwarded_answered_and_read(running: Capturing) -> None:
    assert "SUCCESS" in sdk(running, BOUGHT, BOUGHT | {"client_dedup_id": "evt-8"})
    first, second = events(running)
    assert (first.account, first.name, first.event_id, first.order_id) == (PIXEL_ID, "PURCHASE", "evt-7", "SO-1")
    assert (first.outcome, first.value, first.own_ms, second.event_id) == (Outcome.ACCEPTED, "59.90", NOW, "evt-8")
    assert "BusinessSDK/Python" in first.emitter


def test_the_sdk_goes_through_a_proxy_that_its_configuration_names(running: Capturing) -> None:
    listening = running.listening
    proxy = f"proxy=http://127.0.0.1:{listening.forward_port}"
    assert "SUCCESS" in backend(BOUGHT, options=(proxy, f"ca={listening.bundle_file}"))
    (exchange,) = running.heard.exchanges(1)
    (event,) = decode(replace(exchange, number=1))
    assert (exchange.request.url, event.event_id, event.outcome) == (
        f"https://{HOST}/v2/conversion",
        "evt-7",
        Outcome.ACCEPTED,
    )


def test_the_sdks_own_hashes_follow_the_documented_rule(running: Capturing) -> None:
    sdk(running, BOUGHT)
    (event,) = events(running)
    customer = Customer((("em", (JANE["email"],)), ("ph", (JANE["phone_number"],)), ("fn", ("Jane",))))
    found = {item.key: check(item, customer, customer_rules(event)).status for item in event.user}
    assert found == dict.fromkeys(("em", "ph", "fn"), CheckStatus.VERIFIED)


def test_the_sdks_number_without_a_country_code_is_known_as_the_sdks(running: Capturing) -> None:
    sdk(running, BOUGHT | {"phone_number": "01512 3456789"})
    (event,) = events(running)
    customer = Customer((("ph", ("01512 3456789",)),))
    (phone,) = [item for item in event.user if item.key == "ph"]
    assert check(phone, customer, customer_rules(event)).convention == "snap-python-sdk"


def test_the_sdks_refusal_names_the_event(running: Capturing) -> None:
    assert "record_indexes" in sdk(running, BOUGHT, BOUGHT | {"event_conversion_type": "SHOP"})
    found = events(running)
    assert [event.outcome for event in found] == [Outcome.REJECTED, Outcome.REJECTED]
    assert found[1].answer is not None
    assert found[1].answer.blamed == "event_conversion_type"


def test_the_sdks_test_event_says_that_it_is_one(running: Capturing) -> None:
    sdk(running, BOUGHT, test=True)
    assert [(event.test_code, event.outcome) for event in events(running)] == [("validate", Outcome.ACCEPTED)]


def test_a_call_of_v3_is_forwarded_with_httpx_and_its_token_in_the_query(running: Capturing) -> None:
    address = f"{running.forwarding}/{HOST}/v3/{PIXEL_ID}/events"
    body = {"data": [element(NOW), element(NOW, event_id="evt-8")]}
    answer = httpx.post(address, params={"access_token": TOKEN}, json=body, trust_env=False)
    assert answer.json()["status"] == "VALID"
    assert [(event.event_id, event.account) for event in events(running)] == [("evt-7", PIXEL_ID), ("evt-8", PIXEL_ID)]


@pytest.mark.parametrize("flags", [(), ("--no-test",)])
def test_the_terminal_sends_to_the_stand_in(flags: tuple[str, ...]) -> None:
    server = SandboxServer()
    server.start()
    try:
        send = ["send", "--platform", "snapchat", "--template", "PURCHASE", "--account", PIXEL_ID, "--to", server.url]
        done = CliRunner().invoke(main, [*send, *flags])
    finally:
        server.stop()
    assert "accepted" in done.output, done.output


def test_the_copied_sdk_call_runs_and_sends_the_draft(running: Capturing, tmp_path: Path) -> None:
    draft = Draft("snapchat", PIXEL_ID, (json.dumps(element(NOW)), json.dumps(element(NOW, event_id="evt-8"))))
    text = SERVER.snippets[1].write(draft)
    script = tmp_path / "backend.py"
    address = f"{running.forwarding}/{HOST}"
    script.write_text(text.replace('os.environ["ACCESS_TOKEN"])', f'os.environ["ACCESS_TOKEN"], {address!r})'))
    done = subprocess.run(
        [sys.executable, str(script)], env={"ACCESS_TOKEN": TOKEN}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found = events(running)
    assert [(event.event_id, event.value, event.test_code) for event in found] == [
        ("evt-7", "59.9", "validate"),
        ("evt-8", "59.9", "validate"),
    ]
    assert {event.outcome for event in found} == {Outcome.ACCEPTED}
