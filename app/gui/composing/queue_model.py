"""The rows of a run: one event each, in the order of sending, with what became of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QWidget

from app.gui.composing.run import Fate, Settled
from app.gui.drawing.ink import Tone, ink_of
from app.gui.drawing.moments import clock, span
from app.gui.drawing.wire_text import visible
from app.sending.batches import Step

Index = QModelIndex | QPersistentModelIndex

FATES: dict[Fate, tuple[str, Tone]] = {
    Fate.QUEUED: ("·", Tone.MUTED),
    Fate.READY: ("✓", Tone.GOOD),
    Fate.TAKEN: ("✓", Tone.GOOD),
    Fate.REFUSED: ("✕", Tone.BAD),
    Fate.FAILED: ("✕", Tone.BAD),
    Fate.UNFIT: ("!", Tone.WARN),
    Fate.UNSENT: ("–", Tone.MUTED),
}
_HEADINGS = ("#", "Recorded", "After", "Event", "Event ID", "State", "What was said")
_SHOWN = 300
_STATE, _SAID = 5, 6


class QueueModel(QAbstractTableModel):
    """A plan's steps and their fates."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._palette = parent.palette
        self._plan: tuple[Step, ...] = ()
        self._settled: dict[int, Settled] = {}
        self._counts: Counter[Fate] = Counter()

    def show(self, plan: tuple[Step, ...]) -> None:
        """Show a plan, nothing of it settled."""
        self.beginResetModel()
        self._plan, self._settled, self._counts = plan, {}, Counter({Fate.QUEUED: len(plan)})
        self.endResetModel()

    def settle(self, news: Iterable[Settled]) -> None:
        """Take in what is over."""
        places = []
        for each in news:
            before = self.fate(each.place)
            self._counts[before] -= 1
            self._counts[each.fate] += 1
            self._settled[each.place] = each
            places.append(each.place)
        if places:
            self.dataChanged.emit(self.index(min(places), _STATE), self.index(max(places), _SAID))

    @property
    def plan(self) -> tuple[Step, ...]:
        return self._plan

    @property
    def counts(self) -> dict[Fate, int]:
        """How many events met each fate, those that met none left out."""
        return {fate: self._counts[fate] for fate in Fate if self._counts[fate]}

    @property
    def over(self) -> int:
        """How many events are settled."""
        return len(self._plan) - self._counts[Fate.QUEUED]

    def fate(self, place: int) -> Fate:
        """What became of an event so far."""
        found = self._settled.get(place)
        return found.fate if found else Fate.QUEUED

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's own default
        return 0 if parent.isValid() else len(self._plan)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's own default
        return 0 if parent.isValid() else len(_HEADINGS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return _HEADINGS[section]
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(index.row(), index.column())
        if role == Qt.ItemDataRole.ToolTipRole and index.column() == _SAID:
            return self._text(index.row(), index.column())
        if role == Qt.ItemDataRole.ForegroundRole and index.column() == _STATE:
            return ink_of(self._palette()).of(FATES[self.fate(index.row())][1])
        return None

    def _text(self, row: int, column: int) -> str:
        step = self._plan[row]
        event, found = step.event, self._settled.get(row)
        match column:
            case 0:
                return f"{row + 1:,}"
            case 1:
                return clock(event.received_ms if event.received_ms is not None else event.own_ms)
            case 2:
                return span(step.wait_ms) if step.wait_ms else ""
            case 3:
                return visible(event.name[:_SHOWN])
            case 4:
                return visible((event.event_id or "no event ID")[:_SHOWN])
            case 5:
                fate = self.fate(row)
                return f"{FATES[fate][0]} {fate.value}"
            case _:
                return visible(found.said[:_SHOWN]) if found else ""
