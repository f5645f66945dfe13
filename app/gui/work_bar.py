"""What takes a while: its name, how far it is, and a way to end it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QToolButton, QWidget


class WorkBar(QWidget):
    """Shown while something is under way; several things one after another are one stay."""

    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._under_way = 0
        self.words = QLabel()
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedSize(QSize(80, 8))
        self.cancel = QToolButton()
        self.cancel.setText("Cancel")
        self.cancel.setAutoRaise(True)
        self.cancel.clicked.connect(self._cancel)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 0, 8, 0)
        for part in (self.words, self.bar, self.cancel):
            row.addWidget(part)
        self.hide()

    def begin(self, words: str, *, stoppable: bool = False) -> None:
        """Something begins, of which nobody knows yet how long it takes."""
        self._under_way += 1
        self.words.setText(words)
        self.bar.setAccessibleName(words)
        self.bar.setRange(0, 0)
        self.cancel.setAccessibleName(f"Cancel: {words}")
        self.cancel.setVisible(stoppable)
        self.cancel.setEnabled(True)
        self.show()

    def show_progress(self, done: int, total: int) -> None:
        """It is so far."""
        self.bar.setRange(0, total)
        self.bar.setValue(done)

    def end(self) -> None:
        """It is over."""
        self._under_way = max(0, self._under_way - 1)
        if not self._under_way:
            self.hide()

    def _cancel(self) -> None:
        self.cancel.setEnabled(False)
        self.cancelled.emit()
