"""What the user should know now, in a bar that is in nobody's way and stays until it is read."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from app.gui.drawing.ink import Tone

_MOST = 4


class NoticeBar(QWidget):
    """Notices below each other, newest last. The same sentence is shown once."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._shown: dict[str, Notice] = {}
        self.hide()

    def say(self, sentence: str, tone: Tone = Tone.INFO, act: str = "", call: Callable[[], None] | None = None) -> None:
        """Show a sentence, with a button when something can be done about it."""
        if sentence in self._shown:
            return
        while len(self._shown) >= _MOST:
            self.withdraw(next(iter(self._shown)))
        notice = Notice(sentence, tone, act, call, lambda: self.withdraw(sentence))
        self._shown[sentence] = notice
        self._column.addWidget(notice)
        self.show()

    def withdraw(self, sentence: str) -> None:
        """Take a sentence away."""
        notice = self._shown.pop(sentence, None)
        if notice is not None:
            self._column.removeWidget(notice)
            notice.deleteLater()
        self.setVisible(bool(self._shown))

    @property
    def sentences(self) -> tuple[str, ...]:
        """What is being said."""
        return tuple(self._shown)


class Notice(QFrame):
    """One sentence, its button, and a way to send it off."""

    def __init__(
        self, sentence: str, tone: Tone, act: str, call: Callable[[], None] | None, close: Callable[[], None]
    ) -> None:
        super().__init__()
        self.setObjectName("notice")
        self.setProperty("tone", tone.value)
        glyph = {Tone.BAD: "✕", Tone.WARN: "!", Tone.GOOD: "✓"}.get(tone, "i")
        mark = QLabel(glyph)
        mark.setObjectName("glyph")
        text = QLabel(sentence)
        text.setTextFormat(Qt.TextFormat.PlainText)
        text.setWordWrap(True)
        text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 10, 6)
        row.setSpacing(10)
        row.addWidget(mark)
        row.addWidget(text, 1)
        if act and call:
            button = QPushButton(act)
            button.clicked.connect(close)
            button.clicked.connect(call)
            row.addWidget(button)
        away = QPushButton("Dismiss")
        away.clicked.connect(close)
        row.addWidget(away)
