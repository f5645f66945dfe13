"""The table's heading: column titles, and above them the bands they belong to."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHeaderView, QTableView

from app.gui.drawing.ink import ink_of
from app.gui.table.pair_columns import COLUMNS, Band
from app.gui.table.pair_delegate import BAND_EDGE, SPACE, starts_band

_ARROWS = {Qt.SortOrder.AscendingOrder: "▴", Qt.SortOrder.DescendingOrder: "▾"}


class BandHeader(QHeaderView):
    """Two lines of headings. A click sorts; the third click on a column goes back to the order of arrival."""

    sort_wished = Signal(int, Qt.SortOrder)
    menu_wished = Signal(QPoint)

    def __init__(self, view: QTableView) -> None:
        super().__init__(Qt.Orientation.Horizontal, view)
        self._view = view
        self.sorted_by = -1
        self.direction = Qt.SortOrder.AscendingOrder
        self.setSectionsClickable(True)
        self.setSectionsMovable(True)
        self.setHighlightSections(False)
        self.setMinimumSectionSize(30)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self.menu_wished)
        self.sectionClicked.connect(self.press)
        self.sectionResized.connect(lambda *_: self.viewport().update())
        self.sectionMoved.connect(lambda *_: self._view.viewport().update())

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), 2 * (self.fontMetrics().height() + 5) + 3)

    def show_sorted(self, column: int, direction: Qt.SortOrder) -> None:
        """Mark the column the rows are sorted by; none when -1."""
        self.sorted_by, self.direction = column, direction
        self.viewport().update()

    def press(self, logical: int) -> None:
        """Ask for the next order by a column: ascending, descending, as they arrived."""
        if logical != self.sorted_by:
            self.sort_wished.emit(logical, Qt.SortOrder.AscendingOrder)
        elif self.direction == Qt.SortOrder.AscendingOrder:
            self.sort_wished.emit(logical, Qt.SortOrder.DescendingOrder)
        else:
            self.sort_wished.emit(-1, Qt.SortOrder.AscendingOrder)

    def paintEvent(self, event: QPaintEvent) -> None:
        ink = ink_of(self.palette())
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), ink.raised)
        upper = self.height() // 2
        bold = QFont(self.font())
        bold.setWeight(QFont.Weight.DemiBold)
        edge = QColor(ink.muted)
        edge.setAlphaF(0.45)
        painter.setPen(QPen(ink.line))
        painter.drawLine(0, self.height() - 1, self.width(), self.height() - 1)
        for band, left, right in self._bands():
            painter.setPen(ink.text)
            painter.setFont(bold)
            room = QRect(left + SPACE, 2, right - left - 2 * SPACE, upper)
            title = self.fontMetrics().elidedText(band.value, Qt.TextElideMode.ElideRight, room.width())
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, title)
        for visual in range(self.count()):
            logical = self.logicalIndex(visual)
            if self.isSectionHidden(logical):
                continue
            left, width = self.sectionViewportPosition(logical), self.sectionSize(logical)
            if starts_band(self._view, logical):
                painter.fillRect(QRect(left, 0, BAND_EDGE, self.height()), edge)
            painter.setFont(bold if logical == self.sorted_by else self.font())
            painter.setPen(ink.text if logical == self.sorted_by else ink.muted)
            column = COLUMNS[logical]
            text = f"{column.title} {_ARROWS[self.direction]}" if logical == self.sorted_by else column.title
            room = QRect(left + SPACE, upper, width - 2 * SPACE, self.height() - upper - 2)
            side = Qt.AlignmentFlag.AlignRight if column.right else Qt.AlignmentFlag.AlignLeft
            text = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room.width() + SPACE)
            painter.drawText(room, side | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip, text)
        painter.end()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        self.viewport().update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Menu:
            self.menu_wished.emit(QPoint(0, self.height()))
            return
        super().keyPressEvent(event)

    def _bands(self) -> list[tuple[Band, int, int]]:
        """The bands as stretches of neighbouring columns: band, left and right edge."""
        found: list[tuple[Band, int, int]] = []
        for visual in range(self.count()):
            logical = self.logicalIndex(visual)
            if self.isSectionHidden(logical):
                continue
            band, left = COLUMNS[logical].band, self.sectionViewportPosition(logical)
            right = left + self.sectionSize(logical)
            if found and found[-1][0] is band:
                found[-1] = (band, found[-1][1], right)
            else:
                found.append((band, left, right))
        return found
