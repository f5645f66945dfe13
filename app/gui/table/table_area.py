"""The table with its filter, or what stands in its place: the first steps, or why no row is shown."""

from __future__ import annotations

from collections import Counter

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QLabel, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from app.analysis.filters import Filter
from app.gui.first_steps import FirstSteps
from app.gui.matrix.matrix_area import MatrixArea
from app.gui.table.filter_bar import FilterBar
from app.gui.table.pair_model import PairModel
from app.gui.table.pair_table import PairTable
from app.model import Group
from app.numbers import Recorded
from app.pairing.conversions import Conversion

_STEPS, _ROWS, _NOTHING, _MATRIX = range(4)


class TableArea(QWidget):
    """Everything about rows: which there are, which are shown, and how many; and the matrix, their other order."""

    conversions_wished = Signal()
    """The matrix is seen, and wants what it shows."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._platforms: Counter[str] = Counter()  # rows of each, shown or not
        self.model = PairModel(self)
        self.table = PairTable(self.model)
        self.filter = FilterBar()
        self.steps = FirstSteps()
        self._nothing = QLabel()
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._nothing.setProperty("muted", True)
        self._all = QPushButton("Show &all rows")
        self._all.clicked.connect(lambda: self.filter.replace(""))
        empty = QWidget()
        middle = QVBoxLayout(empty)
        middle.addStretch(1)
        middle.addWidget(self._nothing)
        middle.addWidget(self._all, 0, Qt.AlignmentFlag.AlignHCenter)
        middle.addStretch(2)
        self._pages = QStackedWidget()
        self.matrix = MatrixArea()
        for page in (self.steps, self.table, empty, self.matrix):
            self._pages.addWidget(page)
        self.by_conversion = QAction("By &conversion", self)
        self.by_conversion.setCheckable(True)
        self.by_conversion.setShortcut(QKeySequence("Ctrl+G"))
        self.by_conversion.setToolTip("A row for each conversion, a column for each platform that was told of it.")
        self.by_conversion.toggled.connect(self._turn)
        self.filter.chips.offer(self.by_conversion)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.filter)
        column.addWidget(self._pages, 1)
        self.filter.changed.connect(self._choose)
        self.table.filter_wished.connect(self.filter.add)
        self.model.counted.connect(self._counted)
        self.matrix.chosen.connect(self._chose)
        self.matrix.opened.connect(self._open)
        self._counted(0, 0)

    def take(self, recorded: Recorded) -> None:
        """Show news."""
        self._count_platforms(recorded)
        self.table.take(recorded.groups, recorded.gone)
        if self.by_conversion.isChecked():
            self.conversions_wished.emit()

    def show_conversions(self, conversions: tuple[Conversion, ...]) -> None:
        """Fill the matrix."""
        self.matrix.model.take(conversions)
        self._counted(self.model.rowCount(), self.model.total)

    def clear(self) -> None:
        """Forget everything: another session comes."""
        self.by_conversion.setChecked(False)
        self.matrix.model.take(())
        self.model.clear()

    def show_only(self, words: str) -> None:
        """Filter by these words alone; by nothing when they are what is filtered by already."""
        self.filter.replace("" if self.filter.line.text().strip() == words else words)
        self.table.setFocus()

    def _choose(self, found: Filter) -> None:
        self.model.choose(None if found.empty else found.passes)
        self.matrix.model.choose(None if found.empty else found.passes)
        self._counted(self.model.rowCount(), self.model.total)

    def _turn(self, by_conversion: bool) -> None:
        if by_conversion:
            self.conversions_wished.emit()
        self._counted(self.model.rowCount(), self.model.total)
        (self.matrix.table if by_conversion else self.table).setFocus()

    def _chose(self, group: Group) -> None:
        if not self.table.select_group(group.id):
            self.table.chosen.emit(group)  # the filter leaves its row out, and its details are wanted all the same

    def _open(self, group: Group) -> None:
        self.by_conversion.setChecked(False)
        self._chose(group)

    def _count_platforms(self, recorded: Recorded) -> None:
        known = self.model.group
        gone = {one for one in recorded.gone if known(one) is not None}
        self._platforms.subtract(group.platform for one in gone if (group := known(one)) is not None)
        fresh = (group for group in recorded.groups if group.id in gone or known(group.id) is None)
        self._platforms.update(group.platform for group in fresh)

    def _counted(self, shown: int, total: int) -> None:
        if not total:
            self._platforms.clear()
        self._show_platforms()
        matrix = self.by_conversion.isChecked() and self.by_conversion.isEnabled()
        rows = self.matrix.model
        self.filter.show_count(*((rows.rowCount(), rows.total) if matrix else (shown, total)))
        self.filter.setVisible(total > 0)
        self._nothing.setText(f"None of {total:,} rows passes the filter.")
        page = _MATRIX if matrix else _ROWS if shown else _NOTHING
        self._pages.setCurrentIndex(page if total else _STEPS)

    def _show_platforms(self) -> None:
        found = {name: rows for name, rows in self._platforms.items() if rows > 0}
        self.table.columns.show_several(len(found) > 1)
        self.by_conversion.setEnabled(len(found) > 1)
        self.filter.chips.show_platforms(found)
