"""The table's rows: conversions in the order and choice the user asked for, kept in a list of our own.

A sort proxy over a model written in Python takes seconds for 100,000 rows. Here the shown conversions are one list of
IDs, always ascending by one key; descending is the same list read backwards.
"""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Callable, Iterable
from itertools import groupby
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from app.gui.drawing.runs import RUNS, as_plain_tooltip
from app.gui.table.pair_columns import COLUMNS, INDEX, Column, cell_text, half_of
from app.gui.table.sight import Sight, absent, sight
from app.model import Group, Verdict

Index = QModelIndex | QPersistentModelIndex
NOTE = Qt.ItemDataRole.UserRole + 10  # str: why the whole half is empty; painted across its band
GROUP = Qt.ItemDataRole.UserRole + 11  # Group
_FEW = 40  # separate places rows may be put into one by one; beyond it the table is laid out afresh
_ROOT = QModelIndex()


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _everything(_group: Group) -> bool:
    return True


def _by_arrival(group: Group) -> int:
    return group.first_ms


class PairModel(QAbstractTableModel):
    """Conversions as rows. A row that changes stays where it is until the user sorts again."""

    about_to_lay_out = Signal()
    """All rows are about to be arranged anew: remember what is selected."""
    laid_out = Signal()
    counted = Signal(int, int)
    """How many rows are shown, and of how many."""

    def __init__(self, parent: QObject | None = None, *, now_ms: Callable[[], int] | None = None) -> None:
        super().__init__(parent)
        self._now_ms = now_ms or _now_ms
        self._groups: dict[str, Group] = {}
        self._shown: list[str] = []
        self._keys: list[Any] = []
        self._places: dict[str, int] = {}
        self._stale = False  # whether `_places` is to be made again
        self._order: Callable[[Group], Any] = _by_arrival
        self._descending = False
        self._passes: Callable[[Group], bool] = _everything
        self._sight: Sight | None = None
        self._waiting: set[str] = set()

    # What the window asks

    def group(self, group_id: str) -> Group | None:
        """A conversion by its ID, shown or not."""
        return self._groups.get(group_id)

    def group_at(self, row: int) -> Group | None:
        """The conversion in a row."""
        return self._groups[self._shown[self._flip(row)]] if 0 <= row < len(self._shown) else None

    def row_of(self, group_id: str) -> int:
        """The row of a conversion; -1 when it is not shown."""
        if self._stale:
            self._places = {name: place for place, name in enumerate(self._shown)}
            self._stale = False
        place = self._places.get(group_id, -1)
        return place if place < 0 else self._flip(place)

    def groups(self) -> Iterable[Group]:
        """Every conversion, shown or not."""
        return self._groups.values()

    @property
    def total(self) -> int:
        """How many conversions there are, shown or not."""
        return len(self._groups)

    @property
    def waiting(self) -> bool:
        """Whether anything is waiting for its other half."""
        return bool(self._waiting)

    # What changes

    def take(self, groups: Iterable[Group], gone: Iterable[str]) -> None:
        """Put in what is new or changed, and take out what is gone."""
        self._sight = None
        removed = [group_id for group_id in gone if self._groups.pop(group_id, None) is not None]
        self._waiting.difference_update(removed)
        fresh, kept = [], []
        for group in groups:
            shown = group.id in self._groups and self.row_of(group.id) >= 0
            self._groups[group.id] = group
            self._note_waiting(group)
            if not self._passes(group):
                removed += [group.id] if shown else []
            elif shown:
                kept.append(group.id)
            else:
                fresh.append(group)
        self._remove([group_id for group_id in removed if self.row_of(group_id) >= 0])
        self._insert(fresh)
        if kept:
            rows = [self.row_of(group_id) for group_id in kept]
            self.dataChanged.emit(self.index(min(rows), 0), self.index(max(rows), len(COLUMNS) - 1))
        self.counted.emit(len(self._shown), len(self._groups))

    def clear(self) -> None:
        """Forget everything: another session comes."""
        self.beginResetModel()
        self._groups, self._shown, self._keys, self._waiting = {}, [], [], set()
        self._stale, self._sight = True, None
        self.endResetModel()
        self.counted.emit(0, 0)

    def choose(self, passes: Callable[[Group], bool] | None) -> None:
        """Show only what passes; everything when None."""
        self._passes = passes or _everything
        self._lay_out()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Order the rows by a column, or by arrival when there is none (-1)."""
        self._order = COLUMNS[column].order if 0 <= column < len(COLUMNS) else _by_arrival
        self._descending = order == Qt.SortOrder.DescendingOrder
        self._lay_out()

    def tick(self) -> None:
        """Time has passed: what waits is shown with the seconds it has left."""
        self._sight = None
        verdict = INDEX["verdict"]
        rows = [row for group_id in self._waiting if (row := self.row_of(group_id)) >= 0]
        spans = [(row, row) for row in rows] if len(rows) <= _FEW else [(min(rows), max(rows))]
        for first, last in spans:
            self.dataChanged.emit(self.index(first, verdict), self.index(last, verdict))

    # What Qt asks

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        group = self._groups[self._shown[self._flip(index.row())]]
        if role == GROUP:
            return group
        column = COLUMNS[index.column()]
        if role == RUNS:
            return column.cell(self._seen(group))
        if role == NOTE:
            side = half_of(column.band)
            return absent(self._seen(group), side) if side else ""
        if role == Qt.ItemDataRole.DisplayRole:
            return cell_text(column, self._seen(group))
        if role == Qt.ItemDataRole.ToolTipRole:
            text = column.tip(self._seen(group)) or self._note(column, group)
            return as_plain_tooltip(text) if text else None
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{column.band.value}, {column.title}: {cell_text(column, self._seen(group))}"
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        column = COLUMNS[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.title
        if role == Qt.ItemDataRole.ToolTipRole:
            return as_plain_tooltip(f"{column.band.value} · {column.title}\n{column.help}\nClick to sort.")
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{column.band.value}, {column.title}"
        return None

    # Within

    def _flip(self, place: int) -> int:
        return len(self._shown) - 1 - place if self._descending else place

    def _seen(self, group: Group) -> Sight:
        """The row as it is shown; one is kept, because Qt asks for a row's cells one after another."""
        if self._sight is None or self._sight.group is not group:
            self._sight = sight(group, self.group, self._now_ms())
        return self._sight

    def _note(self, column: Column, group: Group) -> str:
        side = half_of(column.band)
        return absent(self._seen(group), side) if side else ""

    def _note_waiting(self, group: Group) -> None:
        if group.verdict is Verdict.WAITING:
            self._waiting.add(group.id)
        else:
            self._waiting.discard(group.id)

    def _lay_out(self) -> None:
        self.about_to_lay_out.emit()
        self.beginResetModel()
        passing = [group for group in self._groups.values() if self._passes(group)]
        self._arrange(passing)
        self.endResetModel()
        self.laid_out.emit()
        self.counted.emit(len(self._shown), len(self._groups))

    def _arrange(self, groups: list[Group]) -> None:
        keys = {group.id: self._order(group) for group in groups}
        # Ties go by arrival, whatever the column.
        by_arrival = [group.id for group in sorted(groups, key=_by_arrival)]
        self._shown = sorted(by_arrival, key=keys.__getitem__)
        self._keys = [keys[group_id] for group_id in self._shown]
        self._stale, self._sight = True, None

    def _remove(self, group_ids: list[str]) -> None:
        if len(group_ids) > _FEW:
            leaving = set(group_ids)
            self._relay([self._groups[group_id] for group_id in self._shown if group_id not in leaving])
            return
        for group_id in group_ids:
            row = self.row_of(group_id)
            self.beginRemoveRows(_ROOT, row, row)
            place = self._flip(row)
            del self._shown[place], self._keys[place]
            self._stale = True
            self.endRemoveRows()

    def _insert(self, fresh: list[Group]) -> None:
        if not fresh:
            return
        keyed = sorted(((self._order(group), group) for group in fresh), key=lambda pair: pair[0])
        runs = [(place, list(members)) for place, members in groupby(keyed, key=lambda pair: self._place_for(pair[0]))]
        if len(runs) > _FEW:
            self._relay([*map(self._groups.__getitem__, self._shown), *fresh])
            return
        shift = 0
        for place, members in runs:
            at = place + shift
            size = len(self._shown)
            first = size - at if self._descending else at
            self.beginInsertRows(_ROOT, first, first + len(members) - 1)
            self._shown[at:at] = [group.id for _, group in members]
            self._keys[at:at] = [key for key, _ in members]
            if at == size and not self._stale:  # put at the end, nobody else's place changes
                self._places.update((group.id, at + offset) for offset, (_, group) in enumerate(members))
            else:
                self._stale = True
            self.endInsertRows()
            shift += len(members)

    def _place_for(self, key: Any) -> int:
        return bisect_right(self._keys, key)

    def _relay(self, groups: list[Group]) -> None:
        self.about_to_lay_out.emit()
        self.beginResetModel()
        self._arrange(groups)
        self.endResetModel()
        self.laid_out.emit()
