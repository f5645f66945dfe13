"""Keeps the matrix in step with the session: asked for while it is seen, and no more often than it can be afforded."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future

from PySide6.QtCore import QObject, QTimer

from app.gui.inbox import Inbox
from app.pairing.conversions import Conversion

_SHARE = 20  # recognising conversions takes at most about one part in so many of the session's time
_SOONEST_MS = 200

type Ask = Callable[[], Future[tuple[Conversion, ...]]]


class Asking(QObject):
    """Asks the desk when there is news; one question at a time, the last news answered too."""

    def __init__(
        self, ask: Ask, inbox: Inbox, show: Callable[[tuple[Conversion, ...]], None], failed: Callable[[str], None]
    ) -> None:
        super().__init__(inbox)
        self._ask, self._inbox, self._show, self._failed = ask, inbox, show, failed
        self._under_way = self._again = False
        self._asked_at = 0.0  # on the monotonic clock; seconds
        self._later = QTimer(self, singleShot=True)
        self._later.timeout.connect(self.now)

    def soon(self) -> None:
        """There is news."""
        if self._under_way:
            self._again = True
        elif not self._later.isActive():
            self._later.start(_SOONEST_MS)

    def now(self) -> None:
        """Ask at once."""
        if self._under_way:
            self._again = True
            return
        self._later.stop()
        self._under_way, self._asked_at = True, time.monotonic()
        self._inbox.when_done(self._ask(), self._answered, self._refused)

    def _answered(self, conversions: tuple[Conversion, ...]) -> None:
        self._show(conversions)
        self._over()

    def _refused(self, sentence: str) -> None:
        self._failed(sentence)
        self._over()

    def _over(self) -> None:
        took_ms = round((time.monotonic() - self._asked_at) * 1000)
        self._under_way = False
        if self._again:
            self._again = False
            self._later.start(max(_SOONEST_MS, took_ms * _SHARE))
