"""The matrix with what is wrong in its chosen row, in sentences."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QLabel, QTableView, QVBoxLayout, QWidget

from app.gui.matrix.matrix_cells import said
from app.gui.matrix.matrix_model import BEFORE, BETWEEN, ORDER, WHAT, MatrixModel
from app.gui.matrix.one_line import OneLine
from app.model import Group

_WIDTHS = {WHAT: 30, ORDER: 14, BETWEEN: 34}  # letters that a column has room for
_PLATFORM = 46  # letters, of a platform's column where there is room
_LEAST = 36


class MatrixArea(QWidget):
    """A row for each conversion. `chosen` carries the row of the table that the current cell stands for."""

    chosen = Signal(object)
    """A `Group`: the platform's first, in the current cell; of another column the conversion's first."""
    opened = Signal(object)
    """A `Group` to be shown in the table of rows."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = MatrixModel(self)
        self.table = _Table(self.model)
        self.said = QLabel()
        self.said.setWordWrap(True)
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.said.setObjectName("between")
        self.said.setContentsMargins(10, 6, 10, 8)
        self.said.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.table, 1)
        column.addWidget(self.said)
        self.said.hide()
        self.table.selectionModel().currentChanged.connect(self._moved)
        self.table.opened.connect(self._open)
        self.model.modelAboutToBeReset.connect(self._remember)
        self.model.modelReset.connect(self._recall)
        self._kept: tuple[str, int, int] | None = None  # conversion, column and place of the bar

    def select(self, group: Group) -> None:
        """Choose the cell of a group, where it is shown."""
        for row, each in enumerate(self.model.shown):
            for share in each.shares:
                if any(one.id == group.id for one in share.groups):
                    column = BEFORE + self.model.platforms.index(share.platform)
                    self.table.setCurrentIndex(self.model.index(row, column))
                    return

    def _moved(self, current: QModelIndex) -> None:
        row = current.row()
        words = said(self.model.shown[row]) if 0 <= row < len(self.model.shown) else ""
        self.said.setText(words)
        self.said.setVisible(bool(words))
        if (group := self._group(current)) is not None:
            self.chosen.emit(group)

    def _open(self, index: QModelIndex) -> None:
        if (group := self._group(index)) is not None:
            self.opened.emit(group)

    def _group(self, index: QModelIndex) -> Group | None:
        if not 0 <= index.row() < len(self.model.shown):
            return None
        share = self.model.share(index.row(), index.column())
        return (share or self.model.shown[index.row()].shares[0]).groups[0]

    def _remember(self) -> None:
        current = self.table.currentIndex()
        if current.isValid():
            bar = self.table.verticalScrollBar().value()
            self._kept = self.model.shown[current.row()].id, current.column(), bar

    def _recall(self) -> None:
        self.table.lay_out()
        kept, self._kept = self._kept, None
        row = self.model.row_of(kept[0]) if kept else -1
        if kept and row >= 0:
            self.table.setCurrentIndex(self.model.index(row, min(kept[1], self.model.columnCount() - 1)))
            self.table.verticalScrollBar().setValue(kept[2])
        else:
            self._moved(QModelIndex())


class _Table(QTableView):
    """Cells of one line; a double click or Enter opens one."""

    opened = Signal(QModelIndex)

    def __init__(self, model: MatrixModel) -> None:
        super().__init__()
        self._matrix = model
        self.setAccessibleName("Conversions by platform")
        self.setModel(model)
        self.setItemDelegate(OneLine(self))
        self.setShowGrid(False)
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(round(QFontMetricsF(self.font()).lineSpacing()) + 12)
        self.horizontalHeader().setStretchLastSection(True)
        self.horizontalHeader().setHighlightSections(False)
        self.doubleClicked.connect(self.opened)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.opened.emit(self.currentIndex())
            return
        super().keyPressEvent(event)

    def lay_out(self) -> None:
        """Share the width: what is fixed first, then the platforms alike; more of them than fit are scrolled to."""
        letter = QFontMetricsF(self.font()).averageCharWidth()
        for column, letters in _WIDTHS.items():
            self.setColumnWidth(column, round(letters * letter))
        platforms = len(self._matrix.platforms)
        room = self.viewport().width() - sum(map(self.columnWidth, _WIDTHS))
        each = max(round(_LEAST * letter), min(round(_PLATFORM * letter), room // max(platforms, 1)))
        for column in range(BEFORE, BEFORE + platforms):
            self.setColumnWidth(column, each)
