"""Fetches exchanges for the details pane and decodes them again, without ever holding up the window.

The groups that reach the window are thin: what stood on the wire is in the session. A number is asked for, the answer
comes as a future from another thread; a timer looks after it, and a worker of ours decodes, so that no Qt object is
touched from anywhere but the window's own thread.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal

from app.model import Event, Exchange
from app.platforms import decode

_KEPT = 24  # exchanges remembered: a few groups back and forth
_EVERY_MS = 15
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reading:
    """An exchange as it was recorded, and its events with all their fields. `trouble` says why there is none."""

    exchange: Exchange | None
    events: tuple[Event, ...] = ()
    trouble: str = ""

    def event(self, thin: Event) -> Event:
        """The event with its fields; the thin one when the exchange can not be had."""
        return next((event for event in self.events if event.id == thin.id), thin)


class Reader(QObject):
    """Asks for exchanges by number and tells when one has been read. Use it from the window's thread only."""

    read = Signal(int)

    def __init__(self, ask: Callable[[int], Future[Exchange]], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._ask = ask
        self._endpoints: tuple[str, ...] = ()
        self._asked: dict[int, Future[Exchange]] = {}
        self._decoding: dict[int, Future[Reading]] = {}
        self._known: OrderedDict[int, Reading] = OrderedDict()
        self._worker = ThreadPoolExecutor(1, "details")
        # A pane that goes without having been stopped leaves no thread behind.
        self.destroyed.connect(partial(self._worker.shutdown, wait=False, cancel_futures=True))
        self._timer = QTimer(self)
        self._timer.setInterval(_EVERY_MS)
        self._timer.timeout.connect(self._look)

    def use_endpoints(self, endpoints: tuple[str, ...]) -> None:
        """Further addresses that take events; what was read before is read again when it is next asked for."""
        if endpoints != self._endpoints:
            self._endpoints = endpoints
            self._known.clear()

    def get(self, number: int) -> Reading | None:
        """What is known of an exchange; None when it is on its way, and `read` will tell."""
        if number in self._known:
            self._known.move_to_end(number)
            return self._known[number]
        if number not in self._asked and number not in self._decoding:
            self._asked[number] = self._ask(number)
            self._timer.start()
        return None

    def stop(self) -> None:
        """Let go of everything still on its way and end the worker."""
        self._timer.stop()
        self._asked.clear()
        self._worker.shutdown(wait=True, cancel_futures=True)

    def _look(self) -> None:
        for number, future in [item for item in self._asked.items() if item[1].done()]:
            del self._asked[number]
            try:
                exchange = future.result()
            except Exception as error:  # noqa: BLE001  whatever the session said is for the reader to see
                _log.debug("exchange %d could not be read", number, exc_info=error)
                self._keep(number, Reading(None, trouble=str(error) or type(error).__name__))
                continue
            self._decoding[number] = self._worker.submit(_decoded, exchange, self._endpoints)
        for number, reading in [item for item in self._decoding.items() if item[1].done()]:
            del self._decoding[number]
            self._keep(number, reading.result())
        if not self._asked and not self._decoding:
            self._timer.stop()

    def _keep(self, number: int, reading: Reading) -> None:
        self._known[number] = reading
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)
        self.read.emit(number)


def _decoded(exchange: Exchange, endpoints: tuple[str, ...]) -> Reading:
    return Reading(exchange, decode(exchange, endpoints))
