"""The events of a draft, one at a time: as a form and as JSON, two views of the same text."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QPlainTextEdit,
    QPushButton,
    QTableView,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from app.gui.composing.draft_form import DraftForm
from app.gui.detail.raw_text import indented
from app.gui.drawing.runs import mono_font
from app.gui.drawing.runs_table import RunsTable
from app.gui.drawing.said_label import SaidLabel
from app.platforms.event_form import EventForm
from app.platforms.server_api import Violation


class DraftEditor(QWidget):
    """Holds the events' texts. What the user did not touch stays as it was, to the byte."""

    edited = Signal()
    """A field was changed, or another event chosen."""
    typed = Signal()
    """The JSON was edited; more keys may follow."""

    def __init__(
        self,
        events: tuple[str, ...],
        form: EventForm,
        now_ms: Callable[[], int],
        parent: QWidget | None = None,
        *,
        own_ms: int | None = None,
    ) -> None:
        """`own_ms` is the recorded time that an event can be given back, UTC."""
        super().__init__(parent)
        self._events = events
        self._at = 0
        self._now_ms = now_ms
        self._form = form
        self.form = DraftForm(form, self)
        self.table = RunsTable(self.form, (0.33, 0.34), lines=3, parent=self)
        self.table.setAccessibleName("The event as a form")
        self.table.setSelectionBehavior(QTableView.SelectionBehavior.SelectItems)
        self.table.setEditTriggers(
            QTableView.EditTrigger.DoubleClicked
            | QTableView.EditTrigger.EditKeyPressed
            | QTableView.EditTrigger.AnyKeyPressed
        )
        self.json = QPlainTextEdit()
        self.json.setAccessibleName("The event as JSON")
        self.json.setTabChangesFocus(True)
        self.json.setFont(mono_font(self.font()))
        self.trouble = SaidLabel()
        self.which = QComboBox()
        self.which.setAccessibleName("Which event of the call is edited")
        self.now = QPushButton("Use the current &time")
        self.recorded = QPushButton("Keep the recor&ded time")
        self._own_ms = own_ms
        for button in (self.now, self.recorded):
            button.setAutoDefault(False)
        self._arrange()
        self.form.edited.connect(self._take_form)
        self.json.textChanged.connect(self._take_json)
        self.which.currentIndexChanged.connect(self._choose)
        self.now.clicked.connect(lambda: self._set_time(self._now_ms()))
        self.recorded.clicked.connect(lambda: self._set_time(self._own_ms or 0))
        self.show_events(events, form)

    @property
    def events(self) -> tuple[str, ...]:
        """The events' JSON texts as edited so far."""
        return self._events

    def show_events(self, events: tuple[str, ...], form: EventForm) -> None:
        """Edit these events instead, the first of them shown; `form` is their platform's."""
        self._events, self._at, self._form = events, 0, form
        self.form.use(form)
        self.now.setVisible(bool(form.time))
        self.recorded.setVisible(bool(form.time) and self._own_ms is not None)
        self.which.blockSignals(True)
        self.which.clear()
        self.which.addItems([f"Event {index + 1} of {len(events)}" for index in range(len(events))])
        self.which.setVisible(len(events) > 1)
        self.which.blockSignals(False)
        self._fill_json()

    def show_violations(self, violations: tuple[Violation, ...]) -> None:
        """Show the event in the form, with what is wrong beside each field."""
        mine = tuple(item for item in violations if item.event == self._at)
        whole = " ".join(item.message for item in mine if not item.field)
        self.form.show(self._event, mine)
        self.table.resizeRowsToContents()
        for widget in (self.table, self.now, self.recorded):
            widget.setEnabled(not whole)
        self.trouble.complain(whole)

    def begin(self) -> None:
        """Put the focus on the first value, ready to be typed over."""
        self.table.setFocus()
        self.table.setCurrentIndex(self.form.index(0, 1))

    @property
    def _event(self) -> str:
        return self._events[self._at] if self._events else "{}"

    def _put(self, text: str) -> None:
        self._events = (*self._events[: self._at], text, *self._events[self._at + 1 :])

    def _choose(self, index: int) -> None:
        self._at = max(index, 0)
        self._fill_json()
        self.edited.emit()

    def _take_form(self, text: str) -> None:
        self._put(text)
        self._fill_json()
        self.edited.emit()

    def _take_json(self) -> None:
        self._put(self.json.toPlainText())
        self.typed.emit()

    def _fill_json(self) -> None:
        self.json.blockSignals(True)
        self.json.setPlainText("\n".join(indented(self._event, lambda piece: piece)))
        self.json.blockSignals(False)

    def _set_time(self, at_ms: int) -> None:
        self._take_form(self._form.at_time(self._event, at_ms))

    def _arrange(self) -> None:
        as_json = QWidget()
        column = QVBoxLayout(as_json)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.json)
        tabs = QTabWidget()
        tabs.addTab(self.table, "&Form")
        tabs.addTab(as_json, "&JSON")
        self.tabs = tabs
        row = QHBoxLayout()
        row.addWidget(self.which)
        row.addWidget(self.trouble, 1)
        row.addStretch()
        row.addWidget(self.recorded)
        row.addWidget(self.now)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(tabs, 1)
        column.addLayout(row)
