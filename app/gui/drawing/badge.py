"""A count in a pill."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.gui.drawing.ink import Tone, ink_of

_AFTER = 8  # pixels kept free behind the pill


class Badge(QWidget):
    """A count in a pill, beside a tab's title."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._text, self._tone = "", Tone.MUTED
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    @property
    def text(self) -> str:
        return self._text

    def show_count(self, count: int, tone: Tone) -> None:
        self._text, self._tone = ("99+" if count > 99 else str(count)) if count else "", tone
        self.setFixedSize(self.sizeHint())
        self.setVisible(bool(count))
        self.update()

    def sizeHint(self) -> QSize:
        if not self._text:
            return QSize(0, 0)
        wide = self.fontMetrics().horizontalAdvance(self._text) + 12
        return QSize(max(wide, self.fontMetrics().height() + 2) + _AFTER, self.fontMetrics().height() + 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        ink = ink_of(self.palette())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink.tint(self._tone))
        pill = self.rect().adjusted(0, 0, -_AFTER, 0)
        painter.drawRoundedRect(pill, self.height() / 2, self.height() / 2)
        painter.setPen(ink.of(self._tone))
        painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, self._text)
