"""`python -m tests.benchmarks.journal [ROUNDS]`: what the journal costs the proxy.

One proxy without and one with a journal run side by side and take turns under the same load: clients in a process of
their own send server events with a token, on connections that stay open. What comes through the pipe is masked here, as
the session's worker did before there was a journal; with it that is the scribe's work. Prints the proxy process's own
CPU time and the wall time an exchange, and the ratio of the medians over all turns. Only a quiet machine tells
a few per cent.
"""

from __future__ import annotations

import http.client
import json
import multiprocessing
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

from app.capture.proxy import Proxy
from app.model import Exchange
from app.redaction import mask
from app.session.journal import new_run
from tests.capturing import Heard, options

_CLIENTS = 4
_EACH = 100
_TOKEN = "EAAFAKETOKENabcdefghijklmnop1234"


@dataclass
class Side:
    """One of the two proxies, and what its turns cost; microseconds an exchange."""

    proxy: Proxy
    port: int
    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)
    scribe: list[float] = field(default_factory=list)

    def turn(self, clients: Connection) -> None:
        """Serve the load once and note what it took."""
        scribe = self.proxy._scribe.pid if self.proxy._scribe else None
        cpu, writing, started = _cpu_s(self.proxy.pid), _cpu_s(scribe), time.perf_counter()
        clients.send(self.port)
        clients.recv()
        count = _CLIENTS * _EACH / 1e6
        self.wall.append((time.perf_counter() - started) / count)
        self.cpu.append((_cpu_s(self.proxy.pid) - cpu) / count)
        self.scribe.append((_cpu_s(scribe) - writing) / count)


def _serve_turns(line: Connection) -> None:
    """The clients' process: at a port's word, one turn of load."""
    while (port := line.recv()) is not None:
        threads = [threading.Thread(target=_send, args=(port, name)) for name in range(_CLIENTS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        line.send(None)


def _send(port: int, client: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    for number in range(_EACH):
        event = {
            "event_name": "Purchase",
            "event_time": 1,
            "event_id": f"{client}-{number}",
            "user_data": {"em": ["a" * 64]},
        }
        body = json.dumps({"data": [event], "access_token": _TOKEN})
        connection.request("POST", "/v26.0/1/events", body, {"Content-Type": "application/json"})
        connection.getresponse().read()
    connection.close()


def _cpu_s(pid: int | None) -> float:
    """User and system time of a process; seconds."""
    if pid is None:
        return 0.0
    tasks = Path(f"/proc/{pid}/task")
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks.iterdir()) / 1e9


def _masked(exchange: Exchange) -> None:
    mask(exchange)


@contextmanager
def _side(folder: Path, *, journal: bool) -> Iterator[Side]:
    run = new_run(folder / "shop.pixelpair") if journal else None
    heard = Heard()
    proxy = Proxy(options(folder / "authority", journal=run), _masked, heard.died, heard.noticed)
    listening = proxy.start()
    try:
        yield Side(proxy, listening.forwarding_port)
    finally:
        proxy.stop()


def main(rounds: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        line, far = multiprocessing.Pipe()
        clients = multiprocessing.get_context("spawn").Process(target=_serve_turns, args=(far,), daemon=True)
        clients.start()
        with _side(folder, journal=False) as before, _side(folder, journal=True) as after:
            for side in (before, after):
                side.turn(line)  # warm
                side.cpu, side.wall, side.scribe = [], [], []
            for number in range(rounds):
                for side in (before, after) if number % 2 else (after, before):
                    side.turn(line)
            line.send(None)
            clients.join()
            print(f"exchanges a turn {_CLIENTS * _EACH}, turns {rounds}, load {os.getloadavg()[0]:.1f}")
            for title, a, b in (("CPU", before.cpu, after.cpu), ("wall", before.wall, after.wall)):
                without, kept = statistics.median(a), statistics.median(b)
                print(f"{title:5} {without:6.0f} us without  {kept:6.0f} us with  {kept / without:.3f}x")
            pairs = [b / a for a, b in zip(before.cpu, after.cpu, strict=True)]
            print(f"CPU, median of the turns' own ratios {statistics.median(pairs):.3f}x")
            print(f"scribe {statistics.median(after.scribe):.0f} us an exchange")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
