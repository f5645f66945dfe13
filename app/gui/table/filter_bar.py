"""The filter's line: typed with completion, judged as it is typed, and always saying how many rows it leaves."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QStringListModel, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCompleter, QHBoxLayout, QLabel, QLineEdit, QListView, QToolButton, QVBoxLayout, QWidget

from app.analysis.filters import HELP, Filter, read_filter, suggestions
from app.gui.table.platform_chips import PlatformChips

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_PAUSE_MS = 150  # after the last key, before the table is filtered


class FilterBar(QWidget):
    """A line of filter text. `changed` carries the `Filter` once the user pauses."""

    changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("filters")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.line = _Line()
        self.line.setPlaceholderText("Filter:  verdict:double-counted  event:Purchase  -source:imported  delay>5s  …")
        self.line.setClearButtonEnabled(True)
        self.line.setAccessibleName("Filter")
        self.line.setToolTip(_help())
        self.count = QLabel("")
        self.count.setAccessibleName("Rows shown")
        self.complaint = QLabel("")
        self.complaint.setTextFormat(Qt.TextFormat.PlainText)
        self.complaint.setObjectName("complaint")
        self.complaint.setWordWrap(True)
        self.help = QToolButton()
        self.help.setObjectName("tool")
        self.help.setText("?")
        self.help.setToolTip(_help())
        self.help.setAccessibleName("How to filter")
        self.chips = PlatformChips()
        self.chips.clicked.connect(self._only_platform)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.line, 1)
        row.addWidget(self.help)
        row.addWidget(self.chips)
        row.addWidget(self.count)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 6, 10, 6)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self.complaint)
        self.complaint.hide()
        self._later = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._later.timeout.connect(self.judge)
        self.line.textChanged.connect(lambda _: self._later.start())
        self.line.returnPressed.connect(self.judge)

    def judge(self) -> None:
        """Read the line now and tell what it means."""
        self._later.stop()
        found: Filter = read_filter(self.line.text())
        self.complaint.setText(found.complaints[0] if found.complaints else "")
        self.complaint.setVisible(bool(found.complaints))
        self.line.setProperty("wrong", bool(found.complaints))
        self.line.style().polish(self.line)
        self.chips.show_filter(self.line.text())
        self.changed.emit(found)

    def _only_platform(self, words: str) -> None:
        """Show one platform's rows and the rest of the filter; those of all again when it is the one already."""
        terms = self.line.text().split()
        others = [term for term in terms if not term.startswith("platform:")]
        self.replace(" ".join(others if words in terms else [*others, words]))

    def add(self, words: str) -> None:
        """Put a term at the end, and filter by it."""
        text = self.line.text().strip()
        if words not in text.split():
            self.line.setText(f"{text} {words}".strip())
        self.judge()

    def replace(self, words: str) -> None:
        """Filter by these words alone."""
        self.line.setText(words)
        self.judge()

    def show_count(self, shown: int, total: int) -> None:
        """Say how many rows are left, and of how many."""
        self.count.setText(f"{shown:,} of {total:,}")


def _help() -> str:
    rows = "".join(f"<tr><td><code>{_escaped(term)}</code>&nbsp;&nbsp;</td><td>{text}</td></tr>" for term, text in HELP)
    return f"<qt><b>Filter</b><table>{rows}</table></qt>"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


class _Line(QLineEdit):
    """Completes the word under the cursor, not the whole line."""

    def __init__(self) -> None:
        super().__init__()
        self._words = QStringListModel(self)
        self._list = QCompleter(self._words, self)
        self._list.setWidget(self)
        self._list.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self._popup = QListView()
        self._popup.setObjectName("completions")
        self._list.setPopup(self._popup)
        self._list.activated.connect(self._took)
        self.textEdited.connect(self._offer)

    def event(self, event: QEvent) -> bool:
        # Before the widget's own handling, which would take Tab as a wish to leave the line.
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and self._popup.isVisible():
            index = self._popup.currentIndex()
            if event.key() == Qt.Key.Key_Tab or (event.key() in _ENTER and index.isValid()):
                self._popup.hide()
                self._put(self._words.stringList()[max(index.row(), 0)])
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
            return
        super().keyPressEvent(event)

    def _took(self, word: object) -> None:
        if isinstance(word, str):  # the signal comes as an index, too
            self._put(word)

    def _offer(self) -> None:
        words = suggestions(self._word())
        if not words:
            self._popup.hide()
            return
        self._words.setStringList(list(words))
        self._list.complete()

    def _word(self) -> str:
        return self.text()[: self.cursorPosition()].rpartition(" ")[2]

    def _put(self, word: str) -> None:
        at = self.cursorPosition()
        start = at - len(self._word())
        ends = "" if word.endswith((":", ">")) else " "
        self.setText(self.text()[:start] + word + ends + self.text()[at:].lstrip())
        self.setCursorPosition(start + len(word) + len(ends))
        if not ends:
            self._offer()
