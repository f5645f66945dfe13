"""What is chosen before many are sent: rows, side, pace, endpoint, test code and whose time."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QLabel, QWidget

from app.gui.composing.endpoint_box import EndpointBox, EndpointRow
from app.gui.composing.many_desk import PACES, ManyDesk, Pace, Scope
from app.gui.composing.mark_of_test import TestChoice
from app.model import Event, Side
from app.outgoing import Draft
from app.platforms import senders, server_of
from app.sending.batches import Step, steps
from app.sending.job import Endpoint

_WHAT = (("The server events again", Side.SERVER), ("Server twins of the browser's events", Side.BROWSER))


class ManyChoices(QWidget):
    """The choices in a row. Events of one platform are sent at a time; which, is asked where there are several."""

    planned = Signal()
    """Other events, or another pace, were chosen."""
    moved = Signal()
    """Where they go, or under which code, was changed."""
    written = Signal()
    """What stands in the requests was changed, and no key is likely to follow at once."""

    def __init__(self, scopes: tuple[Scope, ...], desk: ManyDesk) -> None:
        """Some event in `scopes` must be of a platform that events can be sent to."""
        super().__init__()
        self._scopes = scopes
        self._desk = desk
        self._platforms = platforms_in(scopes)
        self.which = _box("Platform", tuple(title for _, title in self._platforms))
        self.scope = _box("Which rows", tuple(scope.words for scope in scopes))
        self.what = _box("What is sent", tuple(words for words, _ in _WHAT))
        self.pace = _box("Pace", tuple(pace.words for pace in PACES))
        self.endpoint = EndpointBox(())
        self.sandbox = EndpointRow(self.endpoint, self._endpoints, desk.start_sandbox)
        self.test = TestChoice(server_of(self.platform).tests, "")
        self.test_code = self.test.line
        self.keep_time = QCheckBox("&Keep each event's own time")
        self.keep_time.setToolTip("Otherwise each event gets the time of its sending.")
        self._arrange()
        self._use()
        for box in (self.scope, self.what, self.pace):
            box.currentIndexChanged.connect(self.planned)
        self.which.currentIndexChanged.connect(self._use)
        self.which.currentIndexChanged.connect(self.planned)
        self.endpoint.currentIndexChanged.connect(self.moved)
        self.sandbox.started.connect(self.moved)
        self.test.changed.connect(self.moved)
        chosen = (self.endpoint.currentIndexChanged, self.sandbox.started)
        for signal in (*chosen, self.test.finished, self.keep_time.toggled):
            signal.connect(lambda *_: self.written.emit())

    @property
    def plan(self) -> tuple[Step, ...]:
        """The events to be sent, in recorded order, with the pauses between them."""
        events = [one for one in self._chosen if one.platform == self.platform]
        return steps(events, side=_WHAT[self.what.currentIndex()][1], pace=self.chosen_pace.factor)

    @property
    def platform(self) -> str:
        """Whose events are sent."""
        return self._platforms[self.which.currentIndex()][0]

    @property
    def _chosen(self) -> tuple[Event, ...]:
        return self._scopes[self.scope.currentIndex()].events if self._scopes else ()

    @property
    def chosen_pace(self) -> Pace:
        return PACES[self.pace.currentIndex()]

    @property
    def place(self) -> Endpoint | None:
        """The chosen endpoint; None when there is none that can be used."""
        return self.endpoint.place

    def marked(self, draft: Draft) -> Draft:
        """A draft marked as a test as chosen."""
        return self.test.applied(draft)

    @property
    def counts_live(self) -> bool:
        """Whether what would be sent now counts at the platform."""
        return self.place is not None and self.place.live and self.test.counts

    def _use(self) -> None:
        """Offer what the chosen platform has."""
        name = self.platform
        api = server_of(name)
        self.sandbox.offer()
        self.test.use(api.tests)
        self.test.line.setText(self._desk.test_code(name))
        for index, pace in enumerate(PACES):
            self.pace.setItemText(index, pace.words.format(api.max_events))

    def _endpoints(self) -> tuple[Endpoint, ...]:
        """Where the chosen platform's events can go."""
        name = self.platform
        account = next((one.account for scope in self._scopes for one in scope.events if one.platform == name), "")
        return self._desk.endpoints(name, account)

    def _arrange(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(10)
        fields: tuple[tuple[str, QWidget, int], ...] = (
            ("Ro&ws", self.scope, 2),
            ("What is sen&t", self.what, 2),
            ("&Pace", self.pace, 2),
            ("&Endpoint", self.sandbox, 3),
            ("Test e&vent code", self.test, 2),
        )
        if len(self._platforms) > 1:
            fields = (("P&latform", self.which, 1), *fields)
        for column, (text, widget, stretch) in enumerate(fields):
            label = QLabel(text)
            label.setBuddy(widget)
            grid.addWidget(label, 0, column)
            grid.addWidget(widget, 1, column)
            grid.setColumnStretch(column, stretch)
        grid.addWidget(self.keep_time, 2, 0, 1, len(fields))


def platforms_in(scopes: tuple[Scope, ...]) -> tuple[tuple[str, str], ...]:
    """Name and title of the platforms of the events that can be sent, in the table's order."""
    there = {event.platform for scope in scopes for event in scope.events}
    return tuple((each.name, each.title) for each in senders() if each.name in there)


def _box(name: str, items: tuple[str, ...]) -> QComboBox:
    box = QComboBox()
    box.addItems(items)
    box.setAccessibleName(name)
    return box
