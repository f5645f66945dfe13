"""Which columns of the table are shown, where and how wide: fitted to the window until the user arranges them."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QByteArray, QObject
from PySide6.QtGui import QFont, QFontMetricsF
from PySide6.QtWidgets import QHeaderView, QMenu, QTableView

from app.gui.table.pair_columns import COLUMNS, INDEX, LAST_SPARED, PLATFORM, SPARED, Column
from app.gui.table.pair_delegate import SPACE

_EASE = 200  # pixels that names, IDs and findings get before there are pages


class ColumnLayout(QObject):
    """Looks after a table's columns. What the user moved, hid or resized is left alone from then on.

    The platform's column comes and goes by itself all the same, until the user shows or hides that one.
    """

    def __init__(self, table: QTableView, header: QHeaderView) -> None:
        super().__init__(table)
        self._table = table
        self._header = header
        self._arranged = False
        self._fitting = False
        self._several = False
        self._platform_wished: bool | None = None
        header.sectionResized.connect(self._note_arranged)
        header.sectionMoved.connect(self._note_arranged)

    def state(self) -> QByteArray:
        """Widths, order and visibility; empty while the user has not touched them."""
        return self._header.saveState() if self._arranged else QByteArray()

    def restore(self, state: QByteArray) -> None:
        """Bring back what `state` gave; what another version gave is ignored."""
        if not state.isEmpty() and self._header.count() and self._header.restoreState(state):
            self._arranged = True
            self._place_platform()

    def show_several(self, several: bool) -> None:
        """Whether there are several platforms to tell apart."""
        if several != self._several:
            self._several = several
            self.fit()
            self._place_platform()

    def reset(self) -> None:
        """All columns as they were at first."""
        self._fitting = True
        for index in range(self._header.count()):
            self._header.moveSection(self._header.visualIndex(index), index)
        self._fitting = self._arranged = False
        self._platform_wished = None
        self.fit()

    def fit(self) -> None:
        """Give every column its width, the room left over to those that can use it."""
        if self._arranged:
            return
        self._fitting = True
        room = self._table.viewport().width()
        need = {column.key: self._need(column) for column in COLUMNS}
        hidden = set() if self._tells_platform else {PLATFORM}
        for key in SPARED:
            wish = room - _EASE if key.endswith(".page") else room
            if sum(size for name, size in need.items() if name not in hidden) > wish:
                hidden.add(key)
        if sum(size for name, size in need.items() if name not in hidden) - room > need["findings"] // 3:
            hidden.add(LAST_SPARED)
        shown = [column for column in COLUMNS if column.key not in hidden]
        spare = room - sum(need[column.key] for column in shown)
        shares = sum(column.stretch for column in shown)
        for index, column in enumerate(COLUMNS):
            self._table.setColumnHidden(index, column.key in hidden)
            extra = max(spare, 0) * column.stretch // shares if column.key not in hidden else 0
            # Where room is short, the findings give way: the pane below tells them in full.
            less = min(-min(spare, 0), need[column.key] // 3) if column.key == "findings" else 0
            self._table.setColumnWidth(index, need[column.key] + extra - less)
        self._fitting = False

    def fill(self, menu: QMenu) -> None:
        """Fill a menu with a switch for every column."""
        menu.clear()
        menu.setToolTipsVisible(True)
        band = COLUMNS[0].band
        for index, column in enumerate(COLUMNS):
            if column.band is not band:
                menu.addSeparator()
                band = column.band
            action = menu.addAction(f"{band.value} · {'Sends' if column.title == 'n' else column.title}")
            action.setToolTip(column.help)
            action.setCheckable(True)
            action.setChecked(not self._table.isColumnHidden(index))
            action.setEnabled(column.key != "verdict")
            action.toggled.connect(partial(self.show, index))
        menu.addSeparator()
        menu.addAction("All columns as at first", self.reset)

    def show(self, index: int, shown: bool) -> None:
        """Show or hide one column, as the user wished."""
        if COLUMNS[index].key == PLATFORM:
            self._platform_wished = shown
            self.fit()
            self._place_platform()
            return
        self._arranged = True
        self._table.setColumnHidden(index, not shown)

    @property
    def _tells_platform(self) -> bool:
        return self._several if self._platform_wished is None else self._platform_wished

    def _place_platform(self) -> None:
        """In columns that the user arranged, show or hide the platform's alone."""
        index, shown = INDEX[PLATFORM], self._tells_platform
        if not self._arranged or self._table.isColumnHidden(index) is not shown:
            return
        self._fitting = True
        self._table.setColumnHidden(index, not shown)
        if shown:
            self._table.setColumnWidth(index, self._need(COLUMNS[index]))
        self._fitting = False

    def _need(self, column: Column) -> int:
        font = QFont(self._table.font())
        title = QFontMetricsF(font).horizontalAdvance(column.title)
        if column.key == "verdict":
            font.setWeight(QFont.Weight.DemiBold)
        return round(max(QFontMetricsF(font).horizontalAdvance(column.sample), title)) + 2 * SPACE + 4

    def _note_arranged(self, *_: int) -> None:
        if not self._fitting:
            self._arranged = True
