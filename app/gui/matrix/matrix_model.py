"""The matrix's rows: the conversions that pass the filter, by time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from app.gui.drawing.runs import RUNS, Run, as_plain_tooltip, plain
from app.gui.matrix.matrix_cells import between, order, said, told, told_tip, what, what_tip
from app.model import Group
from app.pairing.conversions import Conversion, Share
from app.platforms import PLATFORMS, title_of

Index = QModelIndex | QPersistentModelIndex
WHAT, ORDER, BETWEEN = range(3)
BEFORE = 3  # columns before the platforms', which may be many
_ROOT = QModelIndex()


class MatrixModel(QAbstractTableModel):
    """Conversions, what is wrong between their platforms, and the platforms that any of them names."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._all: tuple[Conversion, ...] = ()
        self._passes: Callable[[Group], bool] | None = None
        self.shown: tuple[Conversion, ...] = ()
        self.platforms: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        """How many conversions there are, shown or not."""
        return len(self._all)

    def take(self, conversions: Sequence[Conversion]) -> None:
        """Show these from now on. What only grew at the end leaves the other rows alone."""
        self._all = tuple(conversions)
        self._show()

    def choose(self, passes: Callable[[Group], bool] | None) -> None:
        """Show only conversions of which a row passes; all when None."""
        self._passes = passes
        self._show()

    def share(self, row: int, column: int) -> Share | None:
        """One platform's share of the conversion in a row; None for a column that is no platform's, or without any."""
        if not BEFORE <= column < BEFORE + len(self.platforms):
            return None
        name = self.platforms[column - BEFORE]
        return next((share for share in self.shown[row].shares if share.platform == name), None)

    def row_of(self, conversion: str) -> int:
        """The row of a conversion; -1 when it is not shown."""
        return next((row for row, each in enumerate(self.shown) if each.id == conversion), -1)

    # What Qt asks

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.shown)

    def columnCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else BEFORE + len(self.platforms)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row, column = index.row(), index.column()
        if role == RUNS:
            return self._cell(row, column)
        if role == Qt.ItemDataRole.DisplayRole:
            return plain(self._cell(row, column))
        if role == Qt.ItemDataRole.ToolTipRole:
            return as_plain_tooltip(self._tip(row, column))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{self.heading(column)}: {plain(self._cell(row, column))}"
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self.heading(section)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    def heading(self, column: int) -> str:
        """What stands over a column."""
        own = ("Conversion", "Order", "Between platforms")
        return own[column] if column < BEFORE else title_of(self.platforms[column - BEFORE])

    # Within

    def _cell(self, row: int, column: int) -> tuple[Run, ...]:
        conversion = self.shown[row]
        if column < BEFORE:
            return (what, order, between)[column](conversion)
        return told(self.share(row, column), missing=self.platforms[column - BEFORE] in conversion.missing)

    def _tip(self, row: int, column: int) -> str:
        conversion = self.shown[row]
        if column == BETWEEN:
            return said(conversion) or "Nothing is wrong between the platforms."
        if column < BEFORE:
            return (what_tip(conversion), conversion.order_id or "No order is named.")[column]
        name = self.platforms[column - BEFORE]
        return told_tip(self.share(row, column), name, missing=name in conversion.missing)

    def _show(self) -> None:
        passes = self._passes
        shown = tuple(each for each in self._all if passes is None or any(passes(group) for group in each.groups))
        named = {name for each in self._all for name in (*each.platforms, *each.missing)}
        platforms = tuple(each.name for each in PLATFORMS if each.name in named)
        before = self.shown
        grown = platforms == self.platforms and [each.id for each in shown[: len(before)]] == [
            each.id for each in before
        ]
        if not grown:
            self.beginResetModel()
            self.shown, self.platforms = shown, platforms
            self.endResetModel()
            return
        if len(shown) > len(before):
            self.beginInsertRows(_ROOT, len(before), len(shown) - 1)
            self.shown = shown
            self.endInsertRows()
        self.shown = shown
        if before:
            self.dataChanged.emit(self.index(0, 0), self.index(len(before) - 1, self.columnCount() - 1))
