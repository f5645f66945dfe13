"""The table's rows: conversions in the order and choice the user asked for, kept in a list of our own.

A sort proxy over a model written in Python takes seconds for 100,000 rows. Here the shown conversions are one list of
IDs, always ascending by their marks, of which no two are the same; descending is the same list read backwards. A row's
place is searched by its mark, so that news costs nothing for the rows that are there already.
"""

from __future__ import annotations

import time
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from itertools import groupby
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from app.gui.drawing.runs import RUNS, as_plain_tooltip
from app.gui.table.pair_columns import COLUMNS, INDEX, Column, cell_text, half_of
from app.gui.table.sight import Runs, Sight, absent, sight
from app.model import Group, Verdict
from app.platforms.base import NO_WINDOWS, Windows

Index = QModelIndex | QPersistentModelIndex
NOTE = Qt.ItemDataRole.UserRole + 10  # str: why the whole half is empty; painted across its band
GROUP = Qt.ItemDataRole.UserRole + 11  # Group
_FEW = 40  # separate places rows may be put into one by one; beyond it the table is laid out afresh
_ROOT = QModelIndex()
_Mark = tuple[Any, int]
"""What a row is ordered by: its column's key, then the order in which rows came."""


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _everything(_group: Group) -> bool:
    return True


def _key_of(mark: _Mark) -> Any:
    return mark[0]


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
        self._marks: list[_Mark] = []  # of the shown, in their order
        self._mark_of: dict[str, _Mark] = {}
        self._order: Callable[[Group], Any] = _by_arrival
        self._descending = False
        self._passes: Callable[[Group], bool] = _everything
        self._last = 0  # the highest number given to a row
        self._sight: Sight | None = None
        self._waiting: set[str] = set()
        self._windows = NO_WINDOWS

    # What the window asks

    def group(self, group_id: str) -> Group | None:
        """A conversion by its ID, shown or not."""
        return self._groups.get(group_id)

    def group_at(self, row: int) -> Group | None:
        """The conversion in a row."""
        return self._groups[self._shown[self._flip(row)]] if 0 <= row < len(self._shown) else None

    def row_of(self, group_id: str) -> int:
        """The row of a conversion; -1 when it is not shown."""
        mark = self._mark_of.get(group_id)
        return -1 if mark is None else self._flip(bisect_left(self._marks, mark))

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
        going = [group_id for group_id in gone if group_id in self._groups]
        removed = list(going)
        self._waiting.difference_update(going)
        fresh, kept = [], []
        for group in groups:
            shown = group.id in self._mark_of
            self._groups[group.id] = group
            self._note_waiting(group)
            if not self._passes(group):
                removed += [group.id] if shown else []
            elif shown:
                kept.append(group.id)
            else:
                fresh.append(group)
        self._remove([group_id for group_id in removed if group_id in self._mark_of])
        for group_id in going:  # not before: while one row is taken out, Qt may ask for another that goes too
            del self._groups[group_id]
        self._insert(fresh)
        self._tell_changed([self.row_of(group_id) for group_id in kept], 0, len(COLUMNS) - 1)
        self.counted.emit(len(self._shown), len(self._groups))

    def clear(self) -> None:
        """Forget everything: another session comes."""
        self.beginResetModel()
        self._groups, self._shown, self._waiting = {}, [], set()
        self._marks, self._mark_of, self._sight = [], {}, None
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

    def show_windows(self, windows: Windows) -> None:
        """Take the windows that the user set, for the words on a row."""
        self._windows, self._sight = windows, None

    def tick(self) -> None:
        """Time has passed: what waits is shown with the seconds it has left."""
        self._sight = None
        verdict = INDEX["verdict"]
        rows = [row for group_id in self._waiting if (row := self.row_of(group_id)) >= 0]
        self._tell_changed(rows, verdict, verdict)

    # What Qt asks

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    def painted(self, row: int, column: int) -> tuple[Group, str, Runs]:
        """What the delegate paints, in one call: the conversion, why its half is empty, and the cell's runs."""
        group = self._groups[self._shown[self._flip(row)]]
        note = self._note(COLUMNS[column], group)
        return group, note, () if note else COLUMNS[column].cell(self._seen(group))

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
            return self._note(column, group)
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
            self._sight = sight(group, self.group, self._now_ms(), self._windows)
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
        # Ties go by arrival, whatever the column.
        by_arrival = sorted(groups, key=_by_arrival)
        self._mark_of = {group.id: (self._order(group), number) for number, group in enumerate(by_arrival)}
        self._shown = sorted(self._mark_of, key=self._mark_of.__getitem__)
        self._marks = [self._mark_of[group_id] for group_id in self._shown]
        self._last, self._sight = len(by_arrival), None

    def _remove(self, group_ids: list[str]) -> None:
        if len(group_ids) > _FEW:
            leaving = set(group_ids)
            self._relay([self._groups[group_id] for group_id in self._shown if group_id not in leaving])
            return
        for group_id in group_ids:
            row = self.row_of(group_id)
            self.beginRemoveRows(_ROOT, row, row)
            place = self._flip(row)
            del self._shown[place], self._marks[place], self._mark_of[group_id]
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
            marks = {group.id: (key, self._last + number) for number, (key, group) in enumerate(members)}
            self._last += len(members)
            self._shown[at:at] = marks
            self._marks[at:at] = marks.values()
            self._mark_of.update(marks)
            self.endInsertRows()
            shift += len(members)

    def _place_for(self, key: Any) -> int:
        return bisect_right(self._marks, key, key=_key_of)

    def _tell_changed(self, rows: list[int], first_column: int, last_column: int) -> None:
        """Have rows painted again; what lies between them is left alone, unless they are many."""
        spans = [(row, row) for row in rows] if len(rows) <= _FEW else [(min(rows), max(rows))]
        for first, last in spans:
            self.dataChanged.emit(self.index(first, first_column), self.index(last, last_column))

    def _relay(self, groups: list[Group]) -> None:
        self.about_to_lay_out.emit()
        self.beginResetModel()
        self._arrange(groups)
        self.endResetModel()
        self.laid_out.emit()
