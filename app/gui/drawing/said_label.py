"""A sentence in a tone."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QLabel, QWidget

from app.gui.drawing.ink import Tone, ink_of
from app.gui.drawing.wire_text import visible


class SaidLabel(QLabel):
    """Plain text in the colour of its tone; the text itself says as much without it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tone = Tone.PLAIN
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)

    def say(self, text: str, tone: Tone) -> None:
        """Show a text, invisible characters spelled out."""
        self._tone = tone
        self.setText(visible(text))
        self._colour()

    def complain(self, text: str) -> None:
        """Show what is wrong; without a text, take no room."""
        self.say(text, Tone.BAD)
        self.setVisible(bool(text))

    def _colour(self) -> None:
        palette = self.palette()
        colour = ink_of(palette).of(self._tone)
        if palette.color(QPalette.ColorRole.WindowText) != colour:
            palette.setColor(QPalette.ColorRole.WindowText, colour)
            self.setPalette(palette)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._colour()
