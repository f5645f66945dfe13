"""The raw tabs: one exchange as text, decoded for reading or as it was sent, with a search."""

from __future__ import annotations

import re

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QKeyEvent,
    QKeySequence,
    QSyntaxHighlighter,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
)
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.gui.detail import raw_text
from app.gui.drawing.elided_label import ElidedLabel
from app.gui.drawing.ink import Ink, ink_of
from app.gui.drawing.runs import mono_font
from app.gui.drawing.switch import Switch
from app.model import Exchange

_HITS = 1000  # more are counted, not marked
_PARTS = (
    (re.compile(r"^── .*"), "heading"),
    (re.compile(r"^HTTP \d+|^(?:GET|POST|PUT|DELETE|PATCH|HEAD|OPTIONS)\b"), "strong"),
    (re.compile(r'^\s*"(?:[^"\\]|\\.)*"(?=: )'), "key"),
    (re.compile(r"^[^\s\"{}\[\]:=][^=:\s]*(?= = |: )"), "key"),
    (re.compile(r"^… .*|… [\d,]+ more .*$"), "note"),
)


class RawView(QWidget):
    """Monospaced text of one exchange. Long bodies are bounded, and it says by how much."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._exchange: Exchange | None = None
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        self.text.setStyleSheet("QPlainTextEdit { border: none; border-radius: 0; padding: 2px 6px }")
        self.text.setAccessibleName(title)
        self.text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.text.setWordWrapMode(self.text.wordWrapMode().WrapAnywhere)
        self.text.setFont(mono_font(self.font()))
        self._colours = _Colours(self.text.document(), ink_of(self.palette()))
        self.as_sent = Switch("As &sent")
        self.as_sent.toggled.connect(self._fill)
        self.title = ElidedLabel()
        self.wanted = QLineEdit()
        self.wanted.setPlaceholderText("Find in this text")
        self.wanted.setClearButtonEnabled(True)
        self.wanted.setMaximumWidth(240)
        self.hits = QLabel()
        self.wanted.textChanged.connect(self._mark)
        self.wanted.returnPressed.connect(self.next_hit)
        up, down = QToolButton(), QToolButton()
        for button, glyph, words, slot in (
            (up, "↑", "Previous hit", self.previous_hit),
            (down, "↓", "Next hit", self.next_hit),
        ):
            button.setText(glyph)
            button.setToolTip(words)
            button.setAccessibleName(words)
            button.setAutoRaise(True)
            button.clicked.connect(slot)
        self.bar = QWidget()
        bar = QHBoxLayout(self.bar)
        bar.setContentsMargins(8, 2, 8, 2)
        bar.addWidget(self.title, 1)
        for widget in (self.hits, self.wanted, up, down, self.as_sent):
            bar.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addWidget(self.text)

    def show_exchange(self, exchange: Exchange | None, title: str) -> None:
        """Show an exchange, or `title` alone as the reason why there is none."""
        self.title.setText(title)
        self.text.setPlaceholderText(title)
        if exchange is self._exchange and exchange is not None:
            return
        self._exchange = exchange
        self._fill()

    def next_hit(self) -> None:
        """Go to the next hit, from the end to the beginning."""
        self._go(QTextDocument.FindFlag(0), QTextCursor.MoveOperation.Start)

    def previous_hit(self) -> None:
        """Go to the hit before, from the beginning to the end."""
        self._go(QTextDocument.FindFlag.FindBackward, QTextCursor.MoveOperation.End)

    def _go(self, flag: QTextDocument.FindFlag, from_edge: QTextCursor.MoveOperation) -> None:
        wanted = self.wanted.text()
        if wanted and not self.text.find(wanted, flag):
            self.text.moveCursor(from_edge)
            self.text.find(wanted, flag)

    def _fill(self) -> None:
        if self._exchange is None:
            self.text.clear()
            return
        write = raw_text.as_sent if self.as_sent.isChecked() else raw_text.readable
        self.text.setPlainText(write(self._exchange))
        self._mark()

    def _mark(self) -> None:
        wanted = self.wanted.text()
        look = QTextCharFormat()
        ink = ink_of(self.palette())
        look.setBackground(ink.warn_tint)
        look.setForeground(ink.warn)
        marks: list[QTextEdit.ExtraSelection] = []
        cursor = QTextCursor(self.text.document())
        count = self.text.toPlainText().casefold().count(wanted.casefold()) if wanted else 0
        while wanted and len(marks) < _HITS:
            cursor = self.text.document().find(wanted, cursor)
            if cursor.isNull():
                break
            mark = QTextEdit.ExtraSelection()
            mark.cursor, mark.format = cursor, look
            marks.append(mark)
        self.text.setExtraSelections(marks)
        self.hits.setText(f"{count:,} found" if wanted else "")

    def event(self, event: QEvent) -> bool:
        """Ctrl+F is ours while the focus is in here: claimed before the window's own shortcut takes it."""
        if isinstance(event, QKeyEvent) and event.matches(QKeySequence.StandardKey.Find):
            if event.type() == QEvent.Type.KeyPress:
                self.wanted.setFocus(Qt.FocusReason.ShortcutFocusReason)
                self.wanted.selectAll()
            event.accept()
            return True
        return super().event(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._colours.use(ink_of(self.palette()))
            self._mark()
        elif event.type() == QEvent.Type.FontChange:
            self.text.setFont(mono_font(self.font()))


class _Colours(QSyntaxHighlighter):
    """Keys and headings stand out; values keep the text's colour."""

    def __init__(self, document: QTextDocument, ink: Ink) -> None:
        super().__init__(document)
        self._looks = _looks(ink)

    def use(self, ink: Ink) -> None:
        self._looks = _looks(ink)
        self.rehighlight()

    def highlightBlock(self, text: str) -> None:
        head = text[:600]  # keys stand at the beginning; a value may be very long
        for pattern, look in _PARTS:
            for found in pattern.finditer(head):
                self.setFormat(found.start(), len(found.group()), self._looks[look])


def _looks(ink: Ink) -> dict[str, QTextCharFormat]:
    def look(color: QColor, *, bold: bool = False) -> QTextCharFormat:
        result = QTextCharFormat()
        result.setForeground(color)
        if bold:
            result.setFontWeight(QFont.Weight.DemiBold)
        return result

    return {
        "heading": look(ink.muted, bold=True),
        "strong": look(ink.text, bold=True),
        "key": look(ink.info),
        "note": look(ink.muted),
    }
