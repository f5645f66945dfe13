"""A running proxy for tests, with what it told us."""

from __future__ import annotations

import contextlib
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from app.capture.messages import Listening, ProxyOptions
from app.capture.proxy import Proxy
from app.model import Exchange
from app.platforms import watched
from tests.origin import LOOPBACK


@dataclass
class Heard:
    """What a proxy handed over; `exchanges` waits for as many as are asked for."""

    seen: list[Exchange] = field(default_factory=list)
    deaths: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    _news: threading.Condition = field(default_factory=threading.Condition)

    def sink(self, exchange: Exchange) -> None:
        with self._news:
            self.seen.append(exchange)
            self._news.notify_all()

    def died(self, sentence: str) -> None:
        with self._news:
            self.deaths.append(sentence)
            self._news.notify_all()

    def noticed(self, sentence: str) -> None:
        with self._news:
            self.notices.append(sentence)
            self._news.notify_all()

    def exchanges(self, count: int, timeout_s: float = 15) -> list[Exchange]:
        """The first `count` exchanges, as soon as they are there."""
        self.until(lambda: len(self.seen) >= count, timeout_s)
        return list(self.seen)

    def until(self, condition: Callable[[], object], timeout_s: float = 15) -> None:
        """Wait until a condition on this object holds."""
        with self._news:
            assert self._news.wait_for(condition, timeout_s), f"in vain: {self.seen} {self.deaths} {self.notices}"


@dataclass
class Capturing:
    """A proxy that listens."""

    proxy: Proxy
    listening: Listening
    heard: Heard

    def client(self) -> httpx.Client:
        """A client that goes through the forward listener and trusts what a backend would."""
        return httpx.Client(
            proxy=f"http://{LOOPBACK}:{self.listening.forward_port}",
            verify=ssl.create_default_context(cafile=str(self.listening.bundle_file)),
            trust_env=False,
        )

    @property
    def forwarding(self) -> str:
        return f"http://{LOOPBACK}:{self.listening.forwarding_port}"


def options(confdir: Path, **changes: object) -> ProxyOptions:
    """Free ports and the platform's hosts, unless said otherwise."""
    given: dict[str, object] = {"watched": watched(), "forward_port": 0, "forwarding_port": 0, **changes}
    return ProxyOptions(confdir=confdir, **given)  # type: ignore[arg-type]  # the tests name real fields


@contextlib.contextmanager
def capturing(chosen: ProxyOptions) -> Iterator[Capturing]:
    """A proxy for the length of a block."""
    heard = Heard()
    proxy = Proxy(chosen, heard.sink, heard.died, heard.noticed)
    listening = proxy.start()
    try:
        yield Capturing(proxy, listening, heard)
    finally:
        proxy.stop()
