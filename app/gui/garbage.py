"""Keeps the garbage collector on the window's thread.

Python collects cycles on whichever thread happens to make the next object. A worker that destroys a Qt object this way
stops timers that belong to another thread, which ends in a crash some time later. So automatic collection is off in
the window's process, and a timer collects where Qt lives. What the engine makes holds no cycles to speak of.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

_EVERY_MS = 1_000
_YOUNG = 20_000  # objects made since the last look
_ALL_EVERY = 300  # looks between two that walk everything, which takes a second per some million objects


class GarbageCollection(QObject):
    """Collects on the thread it was made on, while it lives."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        self._looks = 0
        self._timer = QTimer(self, interval=_EVERY_MS)
        self._timer.timeout.connect(self._look)
        self._timer.start()

    def _look(self) -> None:
        self._looks += 1
        if self._looks % _ALL_EVERY == 0:
            gc.collect()
        elif gc.get_count()[0] > _YOUNG:
            gc.collect(1)
