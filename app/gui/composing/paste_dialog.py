"""A place to paste a cURL command or JSON, with what is wrong with it said at once."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from app.gui.composing.sheet import Sheet
from app.gui.drawing.ink import Tone
from app.gui.drawing.runs import mono_font
from app.gui.drawing.said_label import SaidLabel
from app.sending.paste import PasteError


class PasteDialog(QDialog):
    """Starts with what the clipboard holds when that is a draft already. A token in the text is left behind."""

    def __init__(self, make: Callable[[str], Sheet], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._make = make
        self.sheet: Sheet | None = None
        self.setWindowTitle("Draft from pasted text")
        self.resize(640, 420)
        words = QLabel("A cURL command, the JSON of one event, or of a whole call. A token in it is left behind.")
        words.setWordWrap(True)
        self.text = QPlainTextEdit()
        self.text.setAccessibleName("Pasted text")
        self.text.setTabChangesFocus(True)
        self.text.setFont(mono_font(self.font()))
        words.setBuddy(self.text)
        self.said = SaidLabel()
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        for part in (words, self.text, self.said, self.buttons):
            column.addWidget(part)
        self.text.textChanged.connect(self._read)
        self._read()
        clipboard = QGuiApplication.clipboard().text()
        if clipboard:
            self.text.setPlainText(clipboard)
            if self.sheet is None:  # something else was copied last
                self.text.clear()
        self.text.selectAll()

    def _read(self) -> None:
        text = self.text.toPlainText().strip()
        self.sheet = None
        if not text:
            self.said.say("Nothing pasted yet.", Tone.MUTED)
        else:
            try:
                self.sheet = self._make(text)
            except PasteError as error:
                self.said.say(str(error), Tone.BAD)
            else:
                count = len(self.sheet.draft.events)
                where = self.sheet.draft.account or "no account named"
                self.said.say(f"✓ {count:,} event{'s' if count != 1 else ''} for {where}", Tone.GOOD)
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(self.sheet is not None)
