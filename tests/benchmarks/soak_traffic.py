"""The generated shop as requests on the wire, and a client that sends them at a steady pace through a capture."""

from __future__ import annotations

import asyncio
import json
import ssl
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import httpx

from app.model import Event, Exchange, Provenance, Request, Response, Side
from tests.corpus import Shop, traffic

_PIXEL = "https://www.facebook.com/tr/"
_APART_MS = 20  # between two recorded exchanges
_LINES = 8  # connections of each side


@dataclass(frozen=True, slots=True)
class Load:
    """Where to send: the forward proxy's port, the forwarding listener's, and what to trust."""

    proxy_port: int
    listener_port: int
    bundle: Path
    a_second: float
    seconds: float


def shop_events(seed: int = 1) -> Iterator[Event]:
    """Events without end, browser and server halves paired or not, as the corpus has them."""
    while True:
        yield from (labelled.event for labelled in traffic(Shop(visitors=20_000, live=True), seed))
        seed += 1


def send(load: Load) -> int:
    """Send at the load's pace until its time is over; the number of requests that were answered."""
    return asyncio.run(_send(load))


async def _send(load: Load) -> int:
    """Events are due one after another; a free line of their side takes each."""
    trust = ssl.create_default_context(cafile=str(load.bundle))
    queues: dict[Side, asyncio.Queue[Event | None]] = {side: asyncio.Queue() for side in Side}
    lines = [asyncio.create_task(_line(load, side, queues[side], trust)) for side in Side for _ in range(_LINES)]
    start = time.monotonic()
    for number, event in enumerate(shop_events()):
        due = start + number / load.a_second
        if due > start + load.seconds:
            break
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        queues[event.side].put_nowait(event)
    for side in Side:
        for _ in range(_LINES):
            queues[side].put_nowait(None)
    return sum(await asyncio.gather(*lines))


async def _line(load: Load, side: Side, queue: asyncio.Queue[Event | None], trust: ssl.SSLContext) -> int:
    """One connection that sends what is due; how many were answered."""
    answered = 0
    # A client of its own: a shared pool looks through all that wait in it for every request.
    proxy = f"http://127.0.0.1:{load.proxy_port}" if side is Side.BROWSER else None
    async with httpx.AsyncClient(proxy=proxy, verify=trust, trust_env=False, timeout=60) as client:
        while (event := await queue.get()) is not None:
            if side is Side.BROWSER:
                await client.get(f"{_PIXEL}?{urlencode(pixel_parameters(event))}")
            else:
                url = f"http://127.0.0.1:{load.listener_port}/v26.0/{event.account}/events"
                await client.post(url, json={"data": [call_event(event)], "access_token": "EAAB" + "x" * 40})
            answered += 1
    return answered


def pixel_parameters(event: Event) -> list[tuple[str, str]]:
    """A browser event as the library's parameters; its time is now."""
    contents = [{"id": item.id, "quantity": int(item.quantity), "item_price": item.price} for item in event.contents]
    known = {
        "id": event.account,
        "ev": event.name,
        "dl": event.page,
        "rl": "https://shop.example/",
        "if": "false",
        "ts": str(time.time_ns() // 1_000_000),
        "cd[value]": event.value,
        "cd[currency]": event.currency,
        "cd[order_id]": event.order_id,
        "cd[content_type]": event.content_type,
        "cd[contents]": json.dumps(contents) if contents else None,
        **{f"ud[{item.key}]": item.value for item in event.user},
        "sw": "1366",
        "sh": "768",
        "v": "2.9.252",
        "fbp": event.match_id("fbp"),
        "eid": event.event_id,
        "rqm": "GET",
    }
    return [(key, value) for key, value in known.items() if value is not None]


def call_event(event: Event) -> dict[str, object]:
    """A server event as the Conversions API takes it; its time is now."""
    wires = {"fbp": "fbp", "ip": "client_ip_address", "user_agent": "client_user_agent"}
    person: dict[str, object] = {wires[name]: value for name, value in event.match_ids if name in wires}
    person |= {item.key: [item.value] for item in event.user}
    data = {"value": event.value, "currency": event.currency, "order_id": event.order_id}
    found = {
        "event_name": event.name,
        "event_time": int(time.time()),
        "event_id": event.event_id,
        "event_source_url": event.page,
        "action_source": event.action_source,
        "user_data": person,
        "custom_data": {key: value for key, value in data.items() if value is not None},
    }
    return {key: value for key, value in found.items() if value is not None}


def recorded(count: int) -> Iterator[Exchange]:
    """So many of the shop's events as exchanges that were captured just now."""
    start_ms = time.time_ns() // 1_000_000 - count * _APART_MS
    for number, event in zip(range(count), shop_events(7), strict=False):
        at_ms = start_ms + number * _APART_MS
        if event.side is Side.BROWSER:
            request = Request("GET", f"{_PIXEL}?{urlencode(pixel_parameters(event))}", (), b"")
            answer, how = Response(200, (("content-type", "image/gif"),), b"GIF89a"), Provenance.CAPTURED
        else:
            body = json.dumps({"data": [call_event(event)]}).encode()
            url = f"https://graph.facebook.com/v26.0/{event.account}/events"
            request = Request("POST", url, (("Content-Type", "application/json"),), body)
            answer, how = Response(200, (), b'{"events_received":1,"messages":[]}'), Provenance.FORWARDED
        yield Exchange(how, request, answer, started_ms=at_ms, finished_ms=at_ms + 40)


def as_har(exchanges: Iterable[Exchange]) -> str:
    """Exchanges as a browser's HAR file."""
    return json.dumps({"log": {"version": "1.2", "entries": [_entry(one) for one in exchanges]}})


def _entry(one: Exchange) -> dict[str, object]:
    headers = [{"name": name, "value": value} for name, value in one.request.headers]
    request: dict[str, object] = {"method": one.request.method, "url": one.request.url, "headers": headers}
    if one.request.body:
        request["postData"] = {"mimeType": "application/json", "text": one.request.body.decode()}
    when = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime((one.started_ms or 0) / 1000))
    answer = {"status": 200, "headers": [], "content": {"size": 0, "mimeType": "image/gif", "text": ""}}
    return {"startedDateTime": when, "time": 40, "request": request, "response": answer}
