"""A send room on real parts: session file, inspector, sender, and the sandbox's endpoint on a port of its own."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.capture.messages import Listening
from app.gui.composing.many_desk import Scope
from app.gui.composing.send_room import SendRoom
from app.model import Customer, Event, Exchange, Provenance, Request, Response
from app.numbers import Recorded
from app.platforms import decode
from app.platforms.sandbox import Faults
from app.sending.sandbox import SandboxServer
from app.sending.tokens import TokenStore
from app.settings import Settings
from app.workbench.live import Notices, Workbench
from tests.gui.conversions import ACCOUNT, CUSTOMER, EMAIL
from tests.keyrings import InMemory


@dataclass(frozen=True)
class House:
    """A room and what it stands on."""

    room: SendRoom
    bench: Workbench
    server: SandboxServer
    keyring: InMemory

    def record(self, exchanges: Iterable[Exchange]) -> None:
        """Record exchanges and wait until they are analysed."""
        for exchange in exchanges:
            self.bench.inspector.record(exchange)
        self.exchanges()

    def exchanges(self) -> list[Exchange]:
        """Everything recorded so far."""
        return self.bench.inspector.ask(lambda session, _: list(session.exchanges())).result(60)

    def events(self) -> tuple[Event, ...]:
        """Everything the analysis counts."""
        return self.bench.inspector.ask(
            lambda _, analysis: tuple(event for group in analysis.groups() for event in group.events)
        ).result(60)

    def scopes(self) -> tuple[Scope, ...]:
        return (Scope("All rows", self.events()),)

    def ours(self) -> list[Event]:
        """The events that were sent from here, decoded from the record."""
        found = (decode(exchange) for exchange in self.exchanges() if exchange.provenance.ours)
        return [event for events in found for event in events]


@contextmanager
def house(
    folder: Path,
    faults: Iterable[Faults] = (),
    settings: Settings | None = None,
    customer: Customer = CUSTOMER,
    recorded: list[Recorded] | None = None,
    environment: dict[str, str] | None = None,
) -> Iterator[House]:
    """A room on a fresh session; everything is shut down behind it."""
    server = SandboxServer(faults=faults)
    server.start()
    settings = settings or Settings(test_code="TEST12345")
    news = recorded if recorded is not None else []
    bench = Workbench(
        folder / "run.pixelpair", settings, Notices(news.append, lambda _: None, lambda _: None), customer
    )
    port = int(server.url.rpartition(":")[2])
    bench.listening = Listening(0, 0, port, folder / "ca", folder / "bundle", "")
    keyring = InMemory()
    room = SendRoom(
        lambda: bench,
        lambda: settings,
        lambda: customer,
        folder / "projects.json",
        TokenStore(environment or {}, keyring),
    )
    try:
        yield House(room, bench, server, keyring)
    finally:
        room.stop_many()
        room.close()
        bench.listening = None
        bench.close()
        server.stop()


def backend_calls(count: int, *guilty: int, gap_ms: int = 0) -> Iterator[Exchange]:
    """So many Leads as a backend sent them a moment ago, each a call of its own; the guilty ones are far too old."""
    start_ms = time.time_ns() // 1_000_000 - 60_000
    for number in range(count):
        at_ms = start_ms + number * gap_ms
        event = {
            "event_name": "Lead",
            "event_time": 1 if number in guilty else at_ms // 1000,
            "event_id": f"o-{number}",
            "action_source": "chat",
            "user_data": {"em": [EMAIL], "external_id": [str(number)]},
        }
        body = json.dumps({"data": [event]}).encode()
        request = Request(
            "POST", f"https://graph.facebook.com/v26.0/{ACCOUNT}/events", (("Content-Type", "application/json"),), body
        )
        answer = Response(200, (("Content-Type", "application/json"),), b'{"events_received":1,"messages":[]}')
        yield Exchange(Provenance.FORWARDED, request, answer, None, at_ms, at_ms + 40)


def settled() -> bool:
    """Whether no run's thread is left."""
    return not any(thread.name == "run" for thread in threading.enumerate())
