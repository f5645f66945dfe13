"""How many requests a second one core decodes: `python -m tests.benchmarks.decode [--count N]`.

Prints rates and, from the same run, how they compare with no more than taking the same bytes apart with the standard
library. The traffic is made up after the recorded samples: visitors with their screen, cookies and hashes, several
events each, every event with its own page, time, basket and ID.

Then what an event of every platform costs beside one of Meta's, from their samples copied in the same way, and what the
other platforms in the table cost Meta's own traffic. Rounds take turns, and of each kind the best counts: processor
time, for the machine is shared. `made up` is the ratio to the traffic of the first part.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple
from urllib.parse import parse_qsl, quote, urlencode

from app import platforms
from app.analysis.memory import collect_rarely
from app.hashing import sha256
from app.model import Exchange, Provenance, Request, Response, Side
from app.platforms import PLATFORMS, decode
from tests.benchmarks.platform_traffic import calls, copies, samples

MOST = 1.5  # times the cost of an event of Meta's
MOST_OF_TABLE = 1.05  # times the cost of Meta's traffic with no other platform in the table
TARGET = 20_000  # requests, and server events, a second on one core
START_MS = 1_795_317_862_000
PIXEL = "1111111111111111"
NAMES = ("PageView", "ViewContent", "AddToCart", "InitiateCheckout", "Purchase")
USER_AGENT = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36"
)
PICTURE = Response(200, (("content-type", "image/gif"), ("date", "Sun, 22 Nov 2026 03:24:22 GMT")), b"GIF89a")
TAKEN = Response(200, (("content-type", "application/json"),), b'{"events_received":1,"messages":[],"fbtrace_id":"A"}')


def browser_requests(count: int, rng: random.Random) -> list[Exchange]:
    """Pixel requests: nine in ten by GET, the others as forms and beacons."""
    found: list[Exchange] = []
    while len(found) < count:
        visitor = _visitor(rng)
        for counter in range(rng.randrange(2, 7)):
            found.append(_pixel_request(_pixel_pairs(visitor, counter, len(found), rng), len(found), rng))
    return found[:count]


def _visitor(rng: random.Random) -> dict[str, str]:
    email = sha256(f"person{rng.randrange(10**6)}@shop.example")
    return {
        "sw": rng.choice(["1366", "1920", "390", "412"]),
        "sh": rng.choice(["768", "1080", "844", "915"]),
        "fbp": f"fb.1.{START_MS - rng.randrange(10**9)}.{rng.randrange(10**17, 10**18)}",
        "fbc": f"fb.1.{START_MS - rng.randrange(10**9)}.IwAR{rng.randrange(10**17)}",
        "em": email,
        "it": str(START_MS + rng.randrange(10**6)),
    }


def _pixel_pairs(visitor: dict[str, str], counter: int, number: int, rng: random.Random) -> list[tuple[str, str]]:
    name = NAMES[counter % len(NAMES)]
    pairs = [
        ("id", PIXEL),
        ("ev", name),
        ("dl", f"https://shop.example/products/{rng.randrange(500)}?utm_source=news&step={counter}"),
        ("rl", "https://shop.example/"),
        ("if", "false"),
        ("ts", str(START_MS + number * 40 + rng.randrange(40))),
    ]
    if name != "PageView":
        line = {
            "id": f"SKU-{rng.randrange(500)}",
            "quantity": rng.randrange(1, 4),
            "item_price": rng.randrange(500) / 4,
        }
        pairs += [
            ("cd[value]", f"{rng.randrange(10**5) / 100}"),
            ("cd[currency]", "EUR"),
            ("cd[content_type]", "product"),
            ("cd[contents]", json.dumps([line], separators=(",", ":"))),
        ]
    pairs += [("sw", visitor["sw"]), ("sh", visitor["sh"])]
    pairs += [("cud[em]", "****@****.***"), ("ud[em]", visitor["em"]), ("aud[em]", visitor["em"])]
    pairs += [("v", "2.9.252"), ("r", "stable"), ("ec", str(counter)), ("o", "4126"), ("fbc", visitor["fbc"])]
    pairs += [("fbcs", visitor["fbc"]), ("fbp", visitor["fbp"]), ("ler", "empty"), ("cdl", "API_unavailable")]
    pairs += [
        ("plt", f"{rng.randrange(2000) / 10}"),
        ("it", visitor["it"]),
        ("coo", "false"),
        ("eid", f"{name}-{number}"),
    ]
    pairs += [(f"expv2[{index}]", code) for index, code in enumerate(("pl1", "el3", "bc1", "mr2", "im0"))]
    return [*pairs, ("rqm", "GET")]


def _pixel_request(pairs: list[tuple[str, str]], number: int, rng: random.Random) -> Exchange:
    url, method, body, headers = "https://www.facebook.com/tr/", "GET", b"", [("User-Agent", USER_AGENT)]
    kind = rng.random()
    if kind < 0.9:
        url += "?" + "&".join(f"{key}={quote(value, safe='')}" for key, value in pairs)
    elif kind < 0.98:
        method, body = "POST", urlencode(pairs).encode()
        headers.append(("Content-Type", "application/x-www-form-urlencoded"))
    else:
        method, part = "POST", '--x\r\nContent-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'
        body = ("".join(part.format(key, value) for key, value in pairs) + "--x--\r\n").encode()
        headers.append(("Content-Type", "multipart/form-data; boundary=x"))
    request = Request(method, url, tuple(headers), body)
    started = START_MS + number * 40
    return Exchange(Provenance.CAPTURED, request, PICTURE, started_ms=started, finished_ms=started + 30, number=number)


def server_calls(count: int, size: int, rng: random.Random) -> list[Exchange]:
    """Conversions API calls of `size` events each, `count` events in all."""
    return [
        _call([_server_event(number * size + at, rng) for at in range(size)], number) for number in range(count // size)
    ]


def _server_event(number: int, rng: random.Random) -> dict[str, object]:
    person = rng.randrange(10**6)
    return {
        "event_name": NAMES[number % len(NAMES)],
        "event_time": START_MS // 1000 + number,
        "event_id": f"order-{number}",
        "action_source": "website",
        "event_source_url": f"https://shop.example/thanks?order={number}",
        "user_data": {
            **{key: [sha256(f"{key}{person}")] for key in ("em", "ph", "fn", "ln", "ct", "country", "external_id")},
            "client_ip_address": f"203.0.113.{rng.randrange(256)}",
            "client_user_agent": USER_AGENT,
            "fbp": f"fb.1.{START_MS - person}.{rng.randrange(10**17, 10**18)}",
            "fbc": f"fb.1.{START_MS - person}.IwAR{person}",
        },
        "custom_data": {
            "value": rng.randrange(10**5) / 100,
            "currency": "EUR",
            "content_type": "product",
            "order_id": f"ORD-{number}",
            "contents": [{"id": f"SKU-{rng.randrange(500)}", "quantity": 1, "item_price": rng.randrange(500) / 4}],
        },
    }


def _call(events: list[dict[str, object]], number: int) -> Exchange:
    body = json.dumps({"data": events, "partner_agent": "bench-1.0"}).encode()
    headers = (("Content-Type", "application/json"), ("User-Agent", "bench/1.0"), ("Authorization", "Bearer EAA"))
    request = Request("POST", f"https://graph.facebook.com/v26.0/{PIXEL}/events", headers, body)
    return Exchange(Provenance.FORWARDED, request, TAKEN, started_ms=START_MS, finished_ms=START_MS + 90, number=number)


def rate(work: Callable[[Exchange], object], exchanges: Sequence[Exchange], events: int, rounds: int = 3) -> float:
    """Events a second of processor time, the best of a few rounds: other programs must not count."""
    best = float("inf")
    for _ in range(rounds):
        started = time.process_time()
        for exchange in exchanges:
            work(exchange)
        best = min(best, time.process_time() - started)
    return events / best


def _taken_apart(exchange: Exchange) -> object:
    """The least that anybody must do with the bytes: split and unescape, or parse JSON."""
    request = exchange.request
    if request.body[:1] == b"{":
        return json.loads(request.body)
    return parse_qsl(request.body.decode() if request.body else request.url.partition("?")[2], keep_blank_values=True)


class Kind(NamedTuple):
    """One kind of traffic: what is sent, how many events that is, and with what table it is decoded."""

    exchanges: Sequence[Exchange]
    events: int
    table: tuple[platforms.Platform, ...] = PLATFORMS


def kind_of(exchanges: Sequence[Exchange], table: tuple[platforms.Platform, ...] = PLATFORMS) -> Kind:
    """A kind of traffic, its events counted."""
    return Kind(exchanges, sum(len(decode(exchange)) for exchange in exchanges), table)


def costs(kinds: dict[str, Kind], rounds: int) -> dict[str, float]:
    """Microseconds of processor time for an event of each kind: the best of many rounds that take turns."""
    best = dict.fromkeys(kinds, float("inf"))
    order = list(kinds.items())
    for _ in range(rounds):
        order.reverse()  # what comes second finds warm what the first has read
        for name, kind in order:
            platforms.PLATFORMS = kind.table
            started = time.process_time()
            for exchange in kind.exchanges:
                decode(exchange)
            best[name] = min(best[name], (time.process_time() - started) / kind.events * 1e6)
    platforms.PLATFORMS = PLATFORMS
    return best


def compare(count: int, rounds: int) -> None:
    """Print one line for each platform and side, then what the table costs Meta."""
    rng = random.Random(2)
    made = {"browser": browser_requests(count, rng), "server": server_calls(count, 1, rng)}
    made["server, 100 a call"] = server_calls(count, 100, rng)
    kinds: dict[str, Kind] = {}
    for name, exchanges in made.items():
        kinds[f"made up {name}"] = kind_of(exchanges)
        kinds[f"alone {name}"] = kind_of(exchanges, PLATFORMS[:1])
    for each in PLATFORMS:
        for side in Side:
            kinds[f"{each.name} {side}"] = kind_of(copies(list(samples(each.name, side).values()), count))
        kinds[f"{each.name} server, 100 a call"] = kind_of(calls(each.name, count, 100))
    found = costs(kinds, rounds)
    print(f"\n{'an event of':40}{'µs':>8}{'of Meta’s':>12}{'made up':>10}")
    for each in PLATFORMS:
        for road in made:
            cost = found[f"{each.name} {road}"]
            ratio = cost / found[f"meta {road}"]
            over = f"   over {MOST}" if ratio > MOST else ""
            print(f"{each.title + ', ' + road:40}{cost:8.1f}{ratio:12.2f}{cost / found[f'made up {road}']:10.2f}{over}")
    for road in made:
        ratio = found[f"made up {road}"] / found[f"alone {road}"]
        over = f"   over {MOST_OF_TABLE}" if ratio > MOST_OF_TABLE else ""
        print(f"{'Meta in this table / alone, ' + road:48}{ratio:12.3f}{over}")


def main() -> None:
    """Print one line for each kind of traffic."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20_000, help="events of each kind")
    parser.add_argument("--rounds", type=int, default=40, help="rounds of the comparison")
    given = parser.parse_args()
    count = given.count
    rng = random.Random(1)
    kinds = {"browser requests": browser_requests(count, rng)}
    kinds |= {f"server events, {size} a call": server_calls(count, size, rng) for size in (1, 10, 100, 1000)}
    collect_rarely()
    gc.freeze()  # the traffic is not part of the work
    print(f"{'':28}{'decoded/s':>12}{'of target':>11}{'bytes only/s':>14}{'ratio':>8}")
    for name, exchanges in kinds.items():
        events = sum(len(decode(exchange)) for exchange in exchanges)
        ours, least = rate(decode, exchanges, events), rate(_taken_apart, exchanges, events)
        print(f"{name:28}{ours:12,.0f}{ours / TARGET:11.2f}{least:14,.0f}{ours / least:8.2f}")
    compare(300, given.rounds)


if __name__ == "__main__":
    main()
