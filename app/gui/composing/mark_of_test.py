"""How a send is marked as a test, as its platform does it: a code, a switch, or a plain word that there is no test."""

from __future__ import annotations

from msgspec.structs import replace
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QLabel, QLineEdit, QVBoxLayout, QWidget

from app.outgoing import Draft
from app.platforms.server_api import TestKind, TestMode


class TestChoice(QWidget):
    """One of the three is shown at a time; what was typed or ticked stays while another is."""

    __test__ = False  # pytest takes every class of such a name for one of its own

    changed = Signal()
    """The code or the switch is another; more keys may follow."""
    finished = Signal()
    """The same, and no key is likely to follow at once."""

    def __init__(self, tests: TestMode, code: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tests = tests
        self.line = QLineEdit(code)
        self.box = QCheckBox()
        self.box.setChecked(True)
        self.none = QLabel()
        self.none.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for widget in (self.line, self.box, self.none):
            column.addWidget(widget)
        self.line.textChanged.connect(self.changed)
        self.line.editingFinished.connect(self.finished)
        self.box.toggled.connect(self.changed)
        self.box.toggled.connect(self.finished)
        self.setFocusProxy(self.line)
        self.use(tests)

    def use(self, tests: TestMode) -> None:
        """Mark tests as another platform does."""
        self.tests = tests
        self.line.setPlaceholderText(tests.example)
        self.line.setAccessibleName(tests.label)
        self.line.setToolTip(tests.means)
        self.box.setText(tests.label)
        self.box.setToolTip(tests.means)
        self.none.setText(tests.without)
        self.line.setVisible(tests.kind is TestKind.CODE)
        self.box.setVisible(tests.kind in (TestKind.FLAG, TestKind.VALIDATE))
        self.none.setVisible(tests.kind is TestKind.NONE)
        self.setFocusProxy(self.line if tests.kind is TestKind.CODE else self.box)

    def show_draft(self, draft: Draft) -> None:
        """Show what a draft has, without a word of it."""
        self.line.blockSignals(True)
        self.box.blockSignals(True)
        self.line.setText(draft.test_code or "")
        self.box.setChecked(draft.as_test)
        self.line.blockSignals(False)
        self.box.blockSignals(False)

    @property
    def code(self) -> str | None:
        """The code as typed; None without one, or where the platform has none."""
        return (self.line.text().strip() or None) if self.tests.kind is TestKind.CODE else None

    def applied(self, draft: Draft) -> Draft:
        """The draft with what is chosen."""
        return replace(draft, test_code=self.code, as_test=self.box.isChecked())

    @property
    def counts(self) -> bool:
        """Whether what is sent live would count."""
        return self.tests.counts(self.applied(Draft("", "", ())))
