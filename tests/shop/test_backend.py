"""The demo shop's backend: its calls are what the platforms take, faults aside, and the log tells no token."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from app.model import Exchange, Provenance, Request
from app.platforms import decode, platform
from app.platforms.sandbox import Faults
from app.shop import SHOP_PAGES
from app.shop.backend import ACCESS_TOKEN, CALLS, Backend, track
from app.shop.orders import Order, Shopper

NOW_MS = 1_795_817_569_000
CATALOGUE: dict[str, Any] = json.loads((SHOP_PAGES / "scenarios.json").read_text("utf-8"))
ORDER = Order(
    number="10401",
    scenario="correct",
    lines=({"id": "MUG-01", "name": "Enamel mug", "price": "14.95", "quantity": 2},),
    value="29.90",
    browser={},
    page="http://localhost:1/thanks.html?order=10401",
    shopper=Shopper(
        CATALOGUE["customer"], CATALOGUE["client_ip"], "Mozilla/5.0 Chrome/142.0", {"_ttp": "t", "_fbp": ""}
    ),
)
SOUND: dict[str, dict[str, Any]] = {
    "meta": {"name": "Purchase", "event_id": "10401"},
    "tiktok": {"name": "CompletePayment", "event_id": "10401"},
}


def request_of(name: str, **faults: Any) -> Request:
    made = CALLS[name](ORDER, SOUND[name] | faults, CATALOGUE["accounts"][name]["server"], ACCESS_TOKEN, NOW_MS // 1000)
    headers = (("Content-Type", "application/json"), *made.headers.items())
    return Request("POST", f"https://{made.host}{made.path}", headers, json.dumps(made.body).encode())


@pytest.mark.parametrize("name", ["meta", "tiktok"])
def test_a_sound_call_is_taken_and_read_back(name: str) -> None:
    request, stand_in = request_of(name), platform(name).sandbox
    assert stand_in is not None
    response = stand_in.server(request, NOW_MS, Faults())
    (event,) = decode(Exchange(Provenance.FORWARDED, request, response, number=1))
    assert event.answer is not None
    assert event.answer.accepted
    assert (event.account, event.event_id, event.value) == (CATALOGUE["accounts"][name]["server"], "10401", "29.9")


@pytest.mark.parametrize(("name", "fault"), [("meta", "without_value"), ("tiktok", "numeric_ids")])
def test_each_platform_refuses_the_fault_made_for_it(name: str, fault: str) -> None:
    request, stand_in = request_of(name, **{fault: True}), platform(name).sandbox
    assert stand_in is not None
    response = stand_in.server(request, NOW_MS, Faults())
    (event,) = decode(Exchange(Provenance.FORWARDED, request, response, number=1))
    assert event.outcome.lost


def test_a_late_send_is_told_by_the_queues_log_without_a_token(tmp_path: Path) -> None:
    told: list[Exchange] = []
    backend = Backend("http://127.0.0.1:1", "http://127.0.0.1:1", tmp_path / "none.pem", told.append)
    send = SOUND["tiktok"] | {"delay_s": 0, "logged_after_s": 360}
    track(backend, "tiktok", CATALOGUE["accounts"]["tiktok"]["server"], ORDER, (send,))
    (exchange,) = told
    (event,) = decode(replace(exchange, number=1))
    assert (event.provenance, event.own_ms) == (Provenance.IMPORTED, event.received_ms)
    assert ACCESS_TOKEN not in repr(exchange)


def test_every_scenario_says_what_is_due_on_the_platforms_it_tells() -> None:
    for scenario in CATALOGUE["scenarios"]:
        told = [name for name in CATALOGUE["accounts"] if name in scenario]
        assert told, scenario["id"]
        for name in told:
            assert {"browser", "server", "expect"} == scenario[name].keys(), scenario["id"]
        assert scenario.keys() <= {"id", "title", "story", "basket", "orders", "thanks", "between", *told}
