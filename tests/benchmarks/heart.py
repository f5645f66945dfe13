"""A heart in the window's thread: how long it stands still is what a user feels.

On a busy machine the system itself withholds the processor, so the thread's own work between two beats is told as well.
"""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, QTimer


class Heart:
    """Beats every so often and remembers its pauses, in milliseconds."""

    def __init__(self, parent: QObject, beat_ms: int) -> None:
        self._pauses: list[float] = []
        self.work: list[float] = []  # of the thread itself between two beats, milliseconds of processor time
        self._last = self._spent = 0.0
        self._timer = QTimer(parent, interval=beat_ms)
        self._timer.timeout.connect(self._beat)

    def start(self) -> None:
        """Beat from now on; what was remembered is forgotten."""
        self._pauses, self.work = [], []
        self._last, self._spent = time.perf_counter(), time.thread_time()
        self._timer.start()

    def stop(self) -> list[float]:
        """Beat no longer; the pauses so far."""
        self._beat()
        self._timer.stop()
        return self._pauses

    def _beat(self) -> None:
        now, spent = time.perf_counter(), time.thread_time()
        self._pauses.append((now - self._last) * 1000)
        self.work.append((spent - self._spent) * 1000)
        self._last, self._spent = now, spent
