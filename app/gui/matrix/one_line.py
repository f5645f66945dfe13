"""Paints a cell of the matrix: its runs on one line, cut with an ellipsis where the column is narrow."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from app.gui.drawing.ink import ink_of
from app.gui.drawing.runs import RUNS, Index
from app.gui.table.pair_delegate import Faces, draw_runs, on_selection


class OneLine(QStyledItemDelegate):
    """Fixed height, as in the table of rows."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._faces = Faces(parent.font())

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        rect, ink = option.rect, ink_of(option.palette)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        ink = on_selection(ink) if selected else ink
        painter.save()
        painter.fillRect(rect, ink.selected if selected else ink.base)
        painter.setPen(ink.line)
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(ink.info, 2))
            painter.drawRect(rect.adjusted(2, 1, -2, -2))
        if self._faces.font != option.font:
            self._faces = Faces(option.font)
        draw_runs(painter, rect, index.data(RUNS) or (), self._faces, ink)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        width = sum(self._faces.width(run) for run in index.data(RUNS) or ())
        return QSize(round(width) + 12, round(QFontMetricsF(option.font).lineSpacing()) + 12)
