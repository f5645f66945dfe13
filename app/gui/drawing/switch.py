"""An on/off switch, readable in both themes."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from app.gui.drawing.ink import ink_of
from app.gui.drawing.theme import ACCENT

_TRACK = QSize(28, 16)
_GAP = 7


class Switch(QAbstractButton):
    """A labelled switch: Space or a click turns it, its mnemonic too. On, the knob stands right on a filled track."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText(text)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def sizeHint(self) -> QSize:
        text = self.fontMetrics().size(Qt.TextFlag.TextShowMnemonic.value, self.text())
        return QSize(_TRACK.width() + _GAP + text.width() + 6, max(_TRACK.height(), text.height()) + 6)

    def paintEvent(self, event: QPaintEvent) -> None:
        ink = ink_of(self.palette())
        on, usable = self.isChecked(), self.isEnabled()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        track = QRectF(3, (self.height() - _TRACK.height()) / 2, _TRACK.width(), _TRACK.height())
        ground = QColor(ACCENT[ink.dark]) if on and usable else ink.base
        painter.setPen(QPen(ink.text if self.hasFocus() else ground if on and usable else ink.muted, 1.2))
        painter.setBrush(ground)
        painter.drawRoundedRect(track, track.height() / 2, track.height() / 2)
        size = track.height() - 6
        left = track.right() - 3 - size if on else track.left() + 3
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink.on_alarm if on and usable else ink.muted)
        painter.drawEllipse(QRectF(left, track.top() + 3, size, size))
        painter.setPen(ink.text if usable else ink.muted)
        words = QRectF(track.right() + _GAP, 0, self.width(), self.height())
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextShowMnemonic, self.text())
