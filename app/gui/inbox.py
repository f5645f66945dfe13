"""Where other threads meet the window: they leave a call here, and a timer makes it on the window's thread."""

from __future__ import annotations

import logging
import math
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import CancelledError, Future

from PySide6.QtCore import QObject, QTimer

from app.gui.desk import DeskError
from app.model import Group
from app.numbers import Recorded
from app.workbench.mistakes import told

_EVERY_MS = 50
_SHARE = 20  # showing news takes the window's thread about one part in so many of its time
_LATEST_S = 1.0  # so long news waits at most, however busy the thread is

logger = logging.getLogger(__name__)


class Inbox(QObject):
    """A deque drained by a timer. `put`, `recorded` and a future's end may come from any thread and touch no Qt object.

    Batches that arrive between two ticks are handed on as one. After a rest news is shown at once; while it does not
    end, as often as the thread can afford, for a batch of one costs as much painting as a batch of a hundred.
    """

    def __init__(self, take: Callable[[Recorded], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._take = take
        self._calls: deque[Callable[[], None]] = deque()
        self._batches: deque[Recorded] = deque()
        self._shown_at = self._spent_at = -math.inf  # on the monotonic clock and the thread's own; seconds
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.drain)
        self._timer.start(_EVERY_MS)

    def put(self, call: Callable[[], None]) -> None:
        """Have something called on the window's thread."""
        self._calls.append(call)

    def recorded(self, batch: Recorded) -> None:
        """Hand over a batch of news."""
        self._batches.append(batch)

    def forget_batches(self) -> None:
        """Drop what has not been shown yet: it belongs to a session that is closed."""
        self._batches.clear()

    def when_done[T](self, future: Future[T], done: Callable[[T], None], failed: Callable[[str], None]) -> None:
        """Call `done` or `failed` on the window's thread once a future has ended; neither when it was cancelled."""
        future.add_done_callback(lambda ended: self.put(lambda: _settle(ended, done, failed)))

    def drain(self) -> None:
        """Make the calls that have come in, in their order, then hand on the news."""
        for _ in range(len(self._calls)):
            self._calls.popleft()()
        if self._batches and self._can_afford():
            self.hand_on()

    def _can_afford(self) -> bool:
        """Whether the thread has rested from what the last news cost, painting included."""
        passed, spent = time.monotonic() - self._shown_at, time.thread_time() - self._spent_at
        return passed >= min(spent * _SHARE, _LATEST_S)

    def hand_on(self) -> None:
        """Hand on the news that has come in by now."""
        self._shown_at, self._spent_at = time.monotonic(), time.thread_time()
        batches = [self._batches.popleft() for _ in range(len(self._batches))]
        if batches:
            self._take(merged(batches))

    def stop(self) -> None:
        """End the timer; what comes in later is never looked at."""
        self._timer.stop()


def mistake(error: BaseException) -> str:
    """A sentence on something that went wrong inside, and was logged."""
    return f"{told(error)} What was recorded is safe."


def merged(batches: list[Recorded]) -> Recorded:
    """Several batches as one: for each group its newest word."""
    if len(batches) == 1:
        return batches[0]
    groups: dict[str, Group] = {}
    gone: dict[str, None] = {}
    for batch in batches:
        for group_id in batch.gone:
            groups.pop(group_id, None)
            gone[group_id] = None
        for group in batch.groups:
            groups[group.id] = group
            gone.pop(group.id, None)
    return Recorded(tuple(groups.values()), tuple(gone), batches[-1].summary, batches[-1].saved_ms)


def _settle[T](future: Future[T], done: Callable[[T], None], failed: Callable[[str], None]) -> None:
    try:
        result = future.result()
    except CancelledError:
        return
    except DeskError as error:
        failed(str(error))
    except Exception as error:  # a mistake of ours must be seen, not lost in a thread
        logger.exception("A task for the window failed")
        failed(mistake(error))
    else:
        done(result)
