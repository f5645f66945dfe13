"""Which customer keys each side carries, drawn as one small matrix."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.gui.drawing.ink import Tone, ink_of
from app.gui.drawing.runs import as_plain_tooltip
from app.model import Side


class Mark(NamedTuple):
    """One cell: a glyph with its tone, and the words for it."""

    glyph: str
    tone: Tone
    words: str


class Key(NamedTuple):
    """One column: a customer key and what each side has of it."""

    key: str
    title: str
    browser: Mark
    server: Mark


class CoverageStrip(QWidget):
    """Keys from left to right, the browser's row above the server's. Said in words to screen readers."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._keys: tuple[Key, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)

    def show_keys(self, keys: tuple[Key, ...]) -> None:
        """Replace what is drawn."""
        self._keys = keys
        said = "; ".join(f"{key.title}: browser {key.browser.words}, server {key.server.words}" for key in keys)
        self.setAccessibleName("Key coverage")
        self.setAccessibleDescription(said)
        self.update()

    @property
    def keys(self) -> tuple[Key, ...]:
        return self._keys

    def sizeHint(self) -> QSize:
        return QSize(600, round(self.fontMetrics().lineSpacing() * 3 + 22))

    def minimumSizeHint(self) -> QSize:
        return QSize(200, self.sizeHint().height())

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            spot = self._at(QPointF(event.pos()))
            if spot:
                key, side = spot
                mark = key.browser if side is Side.BROWSER else key.server
                QToolTip.showText(event.globalPos(), as_plain_tooltip(f"{key.title}, {side}: {mark.words}"), self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        ink = ink_of(self.palette())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), ink.raised)
        line = float(self.fontMetrics().lineSpacing())
        painter.setPen(ink.muted)
        names = (("Key coverage", 0), ("Browser", 1), ("Server", 2))
        for text, row in names:
            painter.drawText(
                QRectF(8, 6 + row * (line + 4), self._margin() - 12, line), Qt.AlignmentFlag.AlignLeft, text
            )
        for index, key in enumerate(self._keys):
            box = self._box(index)
            absent = key.browser.tone is Tone.MUTED and key.server.tone is Tone.MUTED
            painter.setPen(ink.muted if absent else ink.text)
            name = self.fontMetrics().elidedText(key.key, Qt.TextElideMode.ElideRight, int(box.width()) - 4)
            painter.drawText(QRectF(box.left(), 6, box.width(), line), Qt.AlignmentFlag.AlignHCenter, name)
            for row, mark in ((1, key.browser), (2, key.server)):
                cell = QRectF(box.left() + 2, 6 + row * (line + 4) - 1, box.width() - 4, line + 2)
                if mark.tone is not Tone.MUTED:
                    painter.setPen(Qt.PenStyle.NoPen)
                    painter.setBrush(ink.tint(mark.tone))
                    painter.drawRoundedRect(cell, 3, 3)
                painter.setPen(QPen(ink.of(mark.tone)))
                painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, mark.glyph)

    def _margin(self) -> float:
        return float(self.fontMetrics().horizontalAdvance("Key coverage") + 24)

    def _box(self, index: int) -> QRectF:
        room = (self.width() - self._margin() - 8) / max(len(self._keys), 1)
        width = min(room, self.fontMetrics().averageCharWidth() * 14.0)
        return QRectF(self._margin() + index * width, 0, width, self.height())

    def _at(self, point: QPointF) -> tuple[Key, Side] | None:
        line = self.fontMetrics().lineSpacing() + 4.0
        for index, key in enumerate(self._keys):
            if self._box(index).contains(point):
                return key, Side.SERVER if point.y() > 4 + 2 * line else Side.BROWSER
        return None
