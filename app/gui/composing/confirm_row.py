"""The typed confirmation: asked for each time that something would count."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QWidget

WORD = "COUNTS"
"""What is to be typed before anything without a test code is sent live."""


class ConfirmRow(QWidget):
    """A warning and a place for the word. `what` begins the warning: "This event has no test code, so it counts"."""

    def __init__(self, what: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        label = QLabel(f"{what}. Type {WORD} to send all the same:")
        self.line = QLineEdit()
        self.line.setAccessibleName(f"Type {WORD} to send what counts")
        self.line.setMaximumWidth(120)
        self.line.setProperty("wrong", True)  # the theme draws its edge as a warning
        label.setBuddy(self.line)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(label)
        row.addWidget(self.line)
        row.addStretch()

    @property
    def confirmed(self) -> bool:
        """Whether the word stands there, letter for letter."""
        return self.line.text() == WORD
