"""What the window remembers between two runs: its size, how its halves are divided, its columns."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from PySide6.QtCore import QByteArray, QSettings


class Remembered(NamedTuple):
    """One thing to remember: its name in the file, how it is told, and how it is brought back."""

    name: str
    tell: Callable[[], QByteArray]
    restore: Callable[[QByteArray], object]


class Memory:
    """Keeps things in a file of Qt's; remembers nothing when there is none."""

    def __init__(self, stored: QSettings | None, *things: Remembered) -> None:
        self._stored = stored
        self._things = things

    def restore(self) -> None:
        """Bring everything back that was kept; what can not be read is left as it is."""
        if self._stored is None:
            return
        for thing in self._things:
            state = self._stored.value(thing.name)
            if isinstance(state, QByteArray) and not state.isEmpty():
                thing.restore(state)

    def keep(self) -> None:
        """Write everything down."""
        if self._stored is None:
            return
        for thing in self._things:
            self._stored.setValue(thing.name, thing.tell())
        self._stored.sync()
