"""A read-only table whose cells are runs of text: the shape of the compare and the hashes view."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from app.gui.drawing.runs import RUNS, SECTION, Run, RunsDelegate, as_plain_tooltip, plain

Index = QModelIndex | QPersistentModelIndex
_FORMULA = ("=", "+", "-", "@")
_NUMBER = re.compile(r"[+-][\d .,()/-]*")
COPIED = Qt.ItemDataRole.UserRole + 3  # str: the whole raw value, for the clipboard


class Line(NamedTuple):
    """One row: its cells, what copying each gives, and whether it is a heading over the rows below."""

    cells: tuple[tuple[Run, ...], ...]
    copied: tuple[str, ...] = ()
    section: bool = False


class RunsModel(QAbstractTableModel):
    """Lines under fixed headings."""

    def __init__(self, headings: tuple[str, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._headings = headings
        self._lines: tuple[Line, ...] = ()

    def show(self, lines: tuple[Line, ...]) -> None:
        """Replace the lines; nothing happens when they are the same, so that a selection stays."""
        if lines == self._lines:
            return
        self.beginResetModel()
        self._lines = lines
        self.endResetModel()

    def name(self, headings: tuple[str, ...]) -> None:
        """Replace the headings; their number stays."""
        if headings != self._headings:
            self._headings = headings
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(headings) - 1)

    @property
    def lines(self) -> tuple[Line, ...]:
        return self._lines

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's own default
        return 0 if parent.isValid() else len(self._lines)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's own default
        return 0 if parent.isValid() else len(self._headings)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        line, column = self._lines[index.row()], index.column()
        cell = line.cells[column] if column < len(line.cells) else ()
        if role == RUNS:
            return cell
        if role == SECTION:
            return line.section
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return plain(cell)
        if role == COPIED:
            return line.copied[column] if column < len(line.copied) else plain(cell)
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self._headings[section]
        if role == Qt.ItemDataRole.ToolTipRole:
            return as_plain_tooltip(self._headings[section])
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if index.isValid() and self._lines[index.row()].section:
            return Qt.ItemFlag.ItemIsEnabled
        return super().flags(index)


class RunsTable(QTableView):
    """The table: columns share the width by `shares`, rows grow with their text, Ctrl+C copies the cell whole."""

    def __init__(
        self, model: QAbstractTableModel, shares: tuple[float, ...], lines: int = 3, parent: QWidget | None = None
    ):
        super().__init__(parent)
        self._shares = shares
        self._settling = False
        self.setModel(model)
        self.setItemDelegate(RunsDelegate(lines, self))
        self.setShowGrid(False)
        self.setWordWrap(True)
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # A bar that comes and goes would take its width away after the rows were measured by it.
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.horizontalHeader().setStretchLastSection(True)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setTextElideMode(Qt.TextElideMode.ElideRight)
        self.horizontalHeader().sectionResized.connect(self._widened)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        model.modelReset.connect(self._laid_out)
        copy = QAction("Copy cell", self)
        copy.setShortcut(QKeySequence.StandardKey.Copy)
        copy.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        copy.triggered.connect(self.copy_cell)
        row = QAction("Copy row", self)
        row.setShortcut(QKeySequence("Ctrl+Shift+C"))
        row.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        row.triggered.connect(self.copy_row)
        self.addActions([copy, row])
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)

    def copy_cell(self) -> None:
        """Put the whole value of the current cell on the clipboard, as the wire had it."""
        if self.currentIndex().isValid():
            QGuiApplication.clipboard().setText(_copied(self.currentIndex()))

    def copy_row(self) -> None:
        """Put the current row on the clipboard, cells apart by tabs."""
        index = self.currentIndex()
        if index.isValid():
            cells = (_copied(index.siblingAtColumn(column)) for column in range(self.model().columnCount()))
            QGuiApplication.clipboard().setText(row_text(cells))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._laid_out()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._laid_out()

    def _laid_out(self) -> None:
        if not self.isVisible():
            return  # a hidden table does not know its width, and nobody waits for its rows
        width = self.viewport().width()
        self._settling = True
        for column, share in enumerate(self._shares):
            self.setColumnWidth(column, int(width * share) if share <= 1 else int(share))
        self._settling = False
        self.clearSpans()
        model = self.model()
        for row in range(model.rowCount()):
            if model.index(row, 0).data(SECTION):
                self.setSpan(row, 0, 1, model.columnCount())
        self.resizeRowsToContents()

    def _widened(self) -> None:
        if not self._settling:
            self.resizeRowsToContents()


def row_text(cells: Iterable[str]) -> str:
    """Cells as a row for a spreadsheet, apart by tabs; what it would take for a formula stands behind an apostrophe."""
    flat = (re.sub(r"[\t\r\n\v\f]+", " ", cell) for cell in cells)
    return "\t".join(f"'{cell}" if cell.startswith(_FORMULA) and not _NUMBER.fullmatch(cell) else cell for cell in flat)


def _copied(index: QModelIndex) -> str:
    whole = index.data(COPIED)
    return str(index.data(Qt.ItemDataRole.DisplayRole) if whole is None else whole)
