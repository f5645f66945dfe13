"""The table with its filter, or what stands in its place: the first steps, or why no row is shown."""

from __future__ import annotations

from collections import Counter

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from app.analysis.filters import Filter
from app.gui.first_steps import FirstSteps
from app.gui.table.filter_bar import FilterBar
from app.gui.table.pair_model import PairModel
from app.gui.table.pair_table import PairTable
from app.model import Recorded


class TableArea(QWidget):
    """Everything about rows: which there are, which are shown, and how many."""

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
        for page in (self.steps, self.table, empty):
            self._pages.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.filter)
        column.addWidget(self._pages, 1)
        self.filter.changed.connect(self._choose)
        self.table.filter_wished.connect(self.filter.add)
        self.model.counted.connect(self._counted)
        self._counted(0, 0)

    def take(self, recorded: Recorded) -> None:
        """Show news."""
        self._count_platforms(recorded)
        self.table.take(recorded.groups, recorded.gone)

    def show_only(self, words: str) -> None:
        """Filter by these words alone; by nothing when they are what is filtered by already."""
        self.filter.replace("" if self.filter.line.text().strip() == words else words)
        self.table.setFocus()

    def _choose(self, found: Filter) -> None:
        self.model.choose(None if found.empty else found.passes)

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
        self.filter.show_count(shown, total)
        self.filter.setVisible(total > 0)
        self._nothing.setText(f"None of {total:,} rows passes the filter.")
        self._pages.setCurrentIndex(0 if total == 0 else 1 if shown else 2)

    def _show_platforms(self) -> None:
        found = {name: rows for name, rows in self._platforms.items() if rows > 0}
        self.table.columns.show_several(len(found) > 1)
        self.filter.chips.show_platforms(found)
