"""The send dialog: a server event as form and as JSON, the exact request, and what became of it.

It owns no logic: what it shows and does comes from the callables of its `SendDesk`.
"""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import replace

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QPalette, QShortcut
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFormLayout,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QSplitter,
    QTableView,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from app.gui.answer_view import AnswerView
from app.gui.draft_form import DraftForm, counted
from app.gui.forecast import Forecast
from app.gui.ink import Tone, ink_of
from app.gui.live_banner import LiveBanner, paint_send
from app.gui.raw_text import indented
from app.gui.raw_view import RawView
from app.gui.runs import mono_font
from app.gui.runs_table import RunsTable
from app.gui.send_desk import Endpoint, SendDesk
from app.gui.wire_text import visible
from app.model import Draft, Exchange, Outgoing, Provenance, Request
from app.platforms.meta_compose import ComposeError
from app.platforms.meta_requirements import Violation
from app.sender import SenderError

WORD = "COUNTS"
"""What is to be typed before an event without a test code is sent live."""

_CALL = ("account", "data")  # what is said of these concerns the call, not one event's fields
_PAUSE_MS = 120  # after the last key, before the draft is judged again
_LOOK_MS = 20


class SendDialog(QDialog):
    """Composes one call from a draft and sends it, as often as wished. Nothing is sent but by the Send button."""

    exchanged = Signal(object)
    """The `Exchange` that came of a send."""

    def __init__(self, draft: Draft, desk: SendDesk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._draft = draft
        self._at = 0
        self._ready: Outgoing | None = None
        self._violations: tuple[Violation, ...] = ()
        self._sending: Future[Exchange] | None = None
        self.setWindowTitle("Replay" if draft.provenance is Provenance.REPLAYED else "Send matching test event")
        self.setSizeGripEnabled(True)
        self.resize(1120, 760)
        self._later = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._later.timeout.connect(self._judge)
        self._looking = QTimer(self, interval=_LOOK_MS)
        self._looking.timeout.connect(self._look)
        self._make()
        self._arrange()
        self._connect()
        self._show_event()
        self._judge()
        self.form_table.setFocus()
        self.form_table.setCurrentIndex(self.form.index(0, 1))

    @property
    def draft(self) -> Draft:
        """The draft as edited so far."""
        return self._draft

    # -- building -----------------------------------------------------------------------------------------------------

    def _make(self) -> None:
        self.banner = LiveBanner()
        self.endpoint = QComboBox()
        for place in self._desk.endpoints:
            self.endpoint.addItem(place.title + (f" ({place.unavailable})" if place.unavailable else ""))
            if place.unavailable:
                item = self.endpoint.model().index(self.endpoint.count() - 1, 0)
                self.endpoint.model().setData(item, 0, Qt.ItemDataRole.UserRole - 1)  # Qt's role for "not selectable"
        self.endpoint.setCurrentIndex(
            next((index for index, place in enumerate(self._desk.endpoints) if not place.unavailable), -1)
        )
        self.account = QLineEdit(self._draft.account)
        self.test_code = QLineEdit(self._draft.test_code or "")
        self.test_code.setPlaceholderText("TEST12345, from Events Manager › Test events")
        self.version = QLineEdit(self._draft.api_version or "")
        self.version.setPlaceholderText("newest")
        self.which = QComboBox()
        self.which.addItems(
            [f"Event {index + 1} of {len(self._draft.events)}" for index in range(len(self._draft.events))]
        )
        self.form = DraftForm(self)
        self.form_table = RunsTable(self.form, (0.33, 0.34), lines=3, parent=self)
        self.form_table.setAccessibleName("The event as a form")
        self.form_table.setSelectionBehavior(QTableView.SelectionBehavior.SelectItems)
        self.form_table.setEditTriggers(
            QTableView.EditTrigger.DoubleClicked
            | QTableView.EditTrigger.EditKeyPressed
            | QTableView.EditTrigger.AnyKeyPressed
        )
        self.json = QPlainTextEdit()
        self.json.setAccessibleName("The event as JSON")
        self.json.setTabChangesFocus(True)
        self.json.setFont(mono_font(self.font()))
        self.json_trouble = _label(wrap=True)
        self.place_trouble = _label(wrap=True)
        self.now = QPushButton("Use the current &time")
        self.preview = RawView("The exact request")
        self.answer = AnswerView()
        self.trouble = _label(wrap=True)
        self.forecast = _label(wrap=True)
        self.counts = _label()
        self.confirm = QLineEdit()
        self.confirm.setMaximumWidth(120)
        self.confirm.setProperty("wrong", True)  # the theme draws its edge as a warning
        self.confirm.setAccessibleName(f"Type {WORD} to send an event that counts")
        self.confirm_label = _label()
        self.confirm_label.setText(
            f"This event has no test code, so it counts at the platform. Type {WORD} to send it all the same:"
        )
        self.confirm_label.setBuddy(self.confirm)
        self.send = QPushButton()
        self.close_button = QPushButton("Close")
        for button in (self.now, self.send, self.close_button):
            button.setAutoDefault(False)

    def _arrange(self) -> None:
        places = QGridLayout()
        places.setHorizontalSpacing(10)
        named: tuple[tuple[str, QWidget, int], ...] = (
            ("&Endpoint", self.endpoint, 3),
            ("&Account", self.account, 2),
            ("Test e&vent code", self.test_code, 3),
            ("API versio&n", self.version, 1),
        )
        for place, (text, widget, stretch) in enumerate(named):
            places.addWidget(_named(text, widget), 0, place)
            places.addWidget(widget, 1, place)
            places.setColumnStretch(place, stretch)
        as_json = QWidget()
        column = QVBoxLayout(as_json)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.json)
        column.addWidget(self.json_trouble)
        self.editor = QTabWidget()
        self.editor.addTab(self.form_table, "&Form")
        self.editor.addTab(as_json, "&JSON")
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        row = QHBoxLayout()
        row.addWidget(self.which)
        row.addStretch()
        row.addWidget(self.now)
        column.addWidget(self.editor, 1)
        column.addLayout(row)
        self.outcome = QTabWidget()
        self.outcome.addTab(self.preview, "Exact &request")
        self.outcome.addTab(self.answer, "Ans&wer")
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(left)
        split.addWidget(self.outcome)
        split.setStretchFactor(0, 3)
        split.setStretchFactor(1, 2)
        split.setChildrenCollapsible(False)
        split.setSizes([620, 440])
        self.confirming = QWidget()
        row = QHBoxLayout(self.confirming)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.confirm_label)
        row.addWidget(self.confirm)
        row.addStretch()
        said = QFormLayout()
        said.addRow("Pairing will say", self.forecast)
        said.addRow("The platform will say", self.counts)
        bottom = QHBoxLayout()
        bottom.addWidget(self.trouble, 1)
        bottom.addWidget(self.send)
        bottom.addWidget(self.close_button)
        inner = QVBoxLayout()
        inner.setContentsMargins(14, 10, 14, 12)
        inner.setSpacing(10)
        inner.addLayout(places)
        inner.addWidget(self.place_trouble)
        inner.addWidget(split, 1)
        inner.addLayout(said)
        inner.addWidget(self.confirming)
        inner.addLayout(bottom)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self.banner)
        outer.addLayout(inner, 1)
        self.which.setVisible(self.which.count() > 1)

    def _connect(self) -> None:
        for field in (self.account, self.test_code, self.version):
            field.textChanged.connect(self._take_places)
        self.endpoint.currentIndexChanged.connect(self._judge)
        self.which.currentIndexChanged.connect(self._choose)
        self.form.edited.connect(self._take_form)
        self.json.textChanged.connect(self._take_json)
        self.now.clicked.connect(self._refresh_time)
        self.confirm.textChanged.connect(self._allow)
        self.send.clicked.connect(self._send)
        self.close_button.clicked.connect(self.close)
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            QShortcut(QKeySequence(keys), self).activated.connect(self.send.click)

    # -- editing ------------------------------------------------------------------------------------------------------

    @property
    def _event(self) -> str:
        return self._draft.events[self._at] if self._draft.events else "{}"

    def _put_event(self, text: str) -> None:
        events = (*self._draft.events[: self._at], text, *self._draft.events[self._at + 1 :])
        self._draft = replace(self._draft, events=events)

    def _choose(self, index: int) -> None:
        self._at = max(index, 0)
        self._show_event()
        self._judge()

    def _show_event(self) -> None:
        self.json.blockSignals(True)
        self.json.setPlainText("\n".join(indented(self._event, lambda piece: piece)))
        self.json.blockSignals(False)

    def _take_form(self, text: str) -> None:
        self._put_event(text)
        self._show_event()
        self._judge()

    def _take_json(self) -> None:
        self._put_event(self.json.toPlainText())
        self._later.start()

    def _take_places(self) -> None:
        self._draft = replace(
            self._draft,
            account=self.account.text().strip(),
            test_code=self.test_code.text().strip() or None,
            api_version=self.version.text().strip() or None,
        )
        self._later.start()

    def _refresh_time(self) -> None:
        row = self.form.paths.index("event_time")
        self.form.setData(self.form.index(row, 1), str(self._desk.now_ms() // 1000))

    # -- judging ------------------------------------------------------------------------------------------------------

    def _judge(self) -> None:
        self._later.stop()
        self._violations = self._desk.validate(self._draft)
        ours = tuple(item for item in self._violations if item.field in _CALL)
        mine = tuple(item for item in self._violations if item.event == self._at and item not in ours)
        whole = " ".join(item.message for item in mine if not item.field)
        self.form.show(self._event, mine)
        self.form_table.resizeRowsToContents()
        self.form_table.setEnabled(not whole)
        for label, text in ((self.json_trouble, whole), (self.place_trouble, " ".join(item.message for item in ours))):
            label.setText(visible(text))
            label.setVisible(bool(text))
            _say(label, Tone.BAD)
        self.counts.setText(counted(self._violations))
        refused = any(item.refused for item in self._violations)
        _say(self.counts, Tone.BAD if refused else Tone.WARN if self._violations else Tone.GOOD)
        place = self._place
        self.banner.show_place(place, coded=bool(self._draft.test_code))
        self._prepare(place)
        self._allow()

    def _prepare(self, place: Endpoint | None) -> None:
        self._ready = None
        problem = ""
        if place is None:
            problem = "There is no endpoint to send to."
        else:
            try:
                self._ready = self._desk.outgoing(self._draft, place.base_url)
            except ComposeError as error:
                problem = str(error)
        if self._ready is None:
            said = Forecast("– nothing yet: there is no request to send.", Tone.MUTED)
            self.preview.show_exchange(None, visible(problem))
        else:
            said = self._desk.forecast(self._ready)
            self.preview.show_exchange(_masked(self._ready), "The token is added on the wire only")
        self.forecast.setText(said.text)
        _say(self.forecast, said.tone)

    @property
    def _place(self) -> Endpoint | None:
        index = self.endpoint.currentIndex()
        place = self._desk.endpoints[index] if 0 <= index < len(self._desk.endpoints) else None
        return None if place is None or place.unavailable else place

    @property
    def counts_live(self) -> bool:
        """Whether what would be sent now counts at the platform: live, and no test code."""
        place = self._place
        return place is not None and place.live and not self._draft.test_code

    def _allow(self) -> None:
        place = self._place
        needed = self.counts_live
        self.confirming.setVisible(needed)
        sending = self._sending is not None
        confirmed = not needed or self.confirm.text() == WORD
        self.send.setEnabled(self._ready is not None and not sending and confirmed)
        live = place is not None and place.live
        self.send.setText("Sending…" if sending else "&Send LIVE" if live else "&Send to the sandbox")
        paint_send(self.send, live=live)

    # -- sending ------------------------------------------------------------------------------------------------------

    def _send(self) -> None:
        if self._later.isActive():  # the last key is newer than what was judged
            self._judge()
        if self._ready is None or not self.send.isEnabled():
            return
        try:
            self._sending = self._desk.send(self._ready, self.counts_live)
        except SenderError as error:
            self._complain(str(error))
            return
        self._complain("")
        self.confirm.clear()
        self._looking.start()
        self._allow()

    def _look(self) -> None:
        future = self._sending
        if future is None or not future.done():
            return
        self._looking.stop()
        self._sending = None
        try:
            exchange = future.result()
        except Exception as error:  # noqa: BLE001  whatever went wrong is the user's to read
            self._complain(str(error) or type(error).__name__)
        else:
            # The events of a call mostly share one answer; it is shown once.
            events = {(event.outcome, event.answer): event for event in reversed(self._desk.decode(exchange))}
            findings = tuple(finding for event in events.values() for finding in self._desk.check(event))
            self.answer.show_answers(tuple((event, exchange) for event in reversed(events.values())), findings)
            self.outcome.setCurrentWidget(self.answer)
            self.exchanged.emit(exchange)
        self._judge()  # the next send is one of its own

    def _complain(self, text: str) -> None:
        self.trouble.setText(visible(text))
        _say(self.trouble, Tone.BAD)

    def closeEvent(self, event: QCloseEvent) -> None:
        """A send under way is seen through by the sender and recorded; only the looking ends here."""
        self._later.stop()
        self._looking.stop()
        super().closeEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self.isVisible():
            self._judge()


def _masked(outgoing: Outgoing) -> Exchange:
    request: Request = outgoing.request
    headers = (*request.headers, ("Authorization", "Bearer ••••••••"))
    return Exchange(outgoing.provenance, replace(request, headers=headers), error="Not sent yet.")


def _say(label: QLabel, tone: Tone) -> None:
    palette = label.palette()
    palette.setColor(QPalette.ColorRole.WindowText, ink_of(palette).of(tone))
    label.setPalette(palette)


def _label(*, wrap: bool = False) -> QLabel:
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(wrap)
    return label


def _named(text: str, widget: QWidget) -> QLabel:
    label = QLabel(text)
    label.setBuddy(widget)
    return label
