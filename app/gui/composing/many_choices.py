"""What is chosen before many are sent: rows, side, pace, endpoint, test code and whose time."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QLabel, QLineEdit, QWidget

from app.gui.composing.endpoint_box import EndpointBox, EndpointRow
from app.gui.composing.many_desk import PACES, Pace, Scope
from app.gui.composing.send_desk import Endpoint
from app.model import Side
from app.sending.batches import Step, steps

_WHAT = (("The server events again", Side.SERVER), ("Server twins of the browser's events", Side.BROWSER))


class ManyChoices(QWidget):
    """The choices in a row."""

    planned = Signal()
    """Other events, or another pace, were chosen."""
    moved = Signal()
    """Where they go, or under which code, was changed."""
    written = Signal()
    """What stands in the requests was changed, and no key is likely to follow at once."""

    def __init__(
        self,
        scopes: tuple[Scope, ...],
        endpoints: tuple[Endpoint, ...],
        test_code: str,
        start: Callable[[], tuple[Endpoint, ...]] | None = None,
    ) -> None:
        super().__init__()
        self._scopes = scopes
        self.scope = _box("Which rows", tuple(scope.words for scope in scopes))
        self.what = _box("What is sent", tuple(words for words, _ in _WHAT))
        self.pace = _box("Pace", tuple(pace.words for pace in PACES))
        self.endpoint = EndpointBox(endpoints)
        self.sandbox = EndpointRow(self.endpoint, start)
        self.test_code = QLineEdit(test_code)
        self.test_code.setPlaceholderText("TEST12345")
        self.test_code.setAccessibleName("Test event code")
        self.keep_time = QCheckBox("&Keep each event's own time")
        self.keep_time.setToolTip("Otherwise each event gets the time of its sending.")
        self._arrange()
        for box in (self.scope, self.what, self.pace):
            box.currentIndexChanged.connect(self.planned)
        self.endpoint.currentIndexChanged.connect(self.moved)
        self.sandbox.started.connect(self.moved)
        self.test_code.textChanged.connect(self.moved)
        chosen = (self.endpoint.currentIndexChanged, self.sandbox.started)
        for signal in (*chosen, self.test_code.editingFinished, self.keep_time.toggled):
            signal.connect(lambda *_: self.written.emit())

    @property
    def plan(self) -> tuple[Step, ...]:
        """The events to be sent, in recorded order, with the pauses between them."""
        events = self._scopes[self.scope.currentIndex()].events if self._scopes else ()
        return steps(events, side=_WHAT[self.what.currentIndex()][1], pace=self.chosen_pace.factor)

    @property
    def chosen_pace(self) -> Pace:
        return PACES[self.pace.currentIndex()]

    @property
    def place(self) -> Endpoint | None:
        """The chosen endpoint; None when there is none that can be used."""
        return self.endpoint.place

    @property
    def code(self) -> str | None:
        """The test event code; None without one."""
        return self.test_code.text().strip() or None

    @property
    def counts_live(self) -> bool:
        """Whether what would be sent now counts at the platform."""
        return self.place is not None and self.place.live and self.code is None

    def _arrange(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(10)
        fields: tuple[tuple[str, QWidget, int], ...] = (
            ("Ro&ws", self.scope, 2),
            ("What is sen&t", self.what, 2),
            ("&Pace", self.pace, 2),
            ("&Endpoint", self.sandbox, 3),
            ("Test e&vent code", self.test_code, 2),
        )
        for column, (text, widget, stretch) in enumerate(fields):
            label = QLabel(text)
            label.setBuddy(widget)
            grid.addWidget(label, 0, column)
            grid.addWidget(widget, 1, column)
            grid.setColumnStretch(column, stretch)
        grid.addWidget(self.keep_time, 2, 0, 1, len(fields))


def _box(name: str, items: tuple[str, ...]) -> QComboBox:
    box = QComboBox()
    box.addItems(items)
    box.setAccessibleName(name)
    return box
