"""The sheet of shortcuts, made from the actions themselves, so that it can not be out of date."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QGridLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

_ALWAYS = (
    ("Tab, Shift+Tab", "next, previous part of the window"),
    ("Arrow keys, Page Up, Page Down", "move through the table"),
    ("Menu key", "what can be done with a cell"),
    ("Esc in the filter", "show all rows again"),
)


def sheet_lines(actions: Iterable[QAction]) -> tuple[tuple[str, str], ...]:
    """Keys and words of every action that has keys."""
    return tuple(
        (
            ", ".join(keys.toString(QKeySequence.SequenceFormat.NativeText) for keys in action.shortcuts()),
            action.text().replace("&", "").rstrip("…"),
        )
        for action in actions
        if action.shortcuts()
    )


class ShortcutSheet(QDialog):
    """Shows the keys in two columns."""

    def __init__(self, actions: Iterable[QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keyboard shortcuts")
        self.resize(520, 560)
        page = QWidget()
        grid = QGridLayout(page)
        grid.setHorizontalSpacing(24)
        grid.setColumnStretch(1, 1)
        self.lines = (*sheet_lines(actions), *_ALWAYS)
        for row, (keys, words) in enumerate(self.lines):
            label = QLabel(keys)
            font = label.font()
            font.setBold(True)
            label.setFont(font)
            grid.addWidget(label, row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(QLabel(words), row, 1)
        grid.setRowStretch(len(self.lines), 1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setWidget(page)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(area)
        column.addWidget(buttons)
