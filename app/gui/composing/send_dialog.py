"""The send dialog: a server event as form and as JSON, the exact request, and what became of it.

It owns no logic: what it shows and does comes from the callables of its `SendDesk`.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future

from msgspec.structs import replace
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QPushButton,
    QSplitter,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from app.gui.composing.confirm_row import ConfirmRow
from app.gui.composing.copy_as import NOTHING, CopyMenu, Original, of_draft
from app.gui.composing.draft_bar import DraftBar, menu_button
from app.gui.composing.draft_editor import DraftEditor
from app.gui.composing.draft_form import counted
from app.gui.composing.fault_strip import FaultStrip
from app.gui.composing.forecast import Forecast
from app.gui.composing.live_banner import ALONE, REPLAY, TWIN, LiveBanner, paint_send
from app.gui.composing.place_bar import PlaceBar
from app.gui.composing.send_desk import SendDesk, where_to
from app.gui.composing.sheet import Sheet
from app.gui.desk import DeskError
from app.gui.detail.answer_view import AnswerView
from app.gui.detail.raw_view import RawView
from app.gui.drawing.ink import Tone
from app.gui.drawing.said_label import SaidLabel
from app.gui.drawing.wire_text import visible
from app.model import Exchange, Provenance
from app.outgoing import Draft, Outgoing
from app.platforms import server_of
from app.platforms.server_api import ComposeError
from app.sending.drafts import outgoing, shown
from app.sending.sender import SenderError
from app.sending.tokens import TokenError

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
        self._ready: Outgoing | None = None
        self._sending: Future[Exchange] | None = None
        self.setWindowTitle(_title(draft))
        self.setSizeGripEnabled(True)
        self.resize(1120, 760)
        self.banner = LiveBanner()
        self.drafts = DraftBar(Sheet(_title(draft).removeprefix("Send ").capitalize(), draft), desk.maker)
        self._ids = _ids(draft)  # what the browser's event, or the one that is replayed, has
        self.copies = CopyMenu(self._copy, self)
        self.copies.offer(draft.platform)
        self.places = PlaceBar(draft, desk.endpoints, desk.start_sandbox)
        self.editor = DraftEditor(draft.events, server_of(draft.platform).form, desk.now_ms, own_ms=desk.own_ms)
        self.preview = RawView("The exact request")
        self.preview.as_sent.setText("As sent")  # its letter is the Send button's here
        self.answer = AnswerView()
        self.outcome = QTabWidget()
        self.forecast = SaidLabel()
        self.counts = SaidLabel()
        self.trouble = SaidLabel()
        self.lab = FaultStrip()
        self.confirming = ConfirmRow("This is no test, so it counts at the platform")
        self.confirm = self.confirming.line
        self.send = QPushButton()
        self._arrange()
        self._later = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._later.timeout.connect(self._judge)
        self._looking = QTimer(self, interval=_LOOK_MS)
        self._looking.timeout.connect(self._look)
        self.drafts.follow(lambda: self.draft)
        self.drafts.chosen.connect(self._show_sheet)
        self.drafts.refused.connect(lambda text: self.trouble.say(text, Tone.BAD))
        self.places.moved.connect(self._judge)
        self.places.typed.connect(self._later.start)
        self.editor.edited.connect(self._judge)
        self.editor.typed.connect(self._later.start)
        self.confirm.textChanged.connect(self._allow)
        self.send.clicked.connect(self._send)
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            QShortcut(QKeySequence(keys), self).activated.connect(self.send.click)
        self._judge()
        self.editor.begin()

    @property
    def draft(self) -> Draft:
        """The draft as edited so far."""
        return self.places.applied(replace(self._draft, events=self.editor.events))

    @property
    def ready(self) -> Outgoing | None:
        """What Send would send; None while the draft is no request."""
        return self._ready

    @property
    def counts_live(self) -> bool:
        """Whether what would be sent now counts at the platform: live, and no test."""
        place = self.places.place
        return place is not None and place.live and self.places.test.counts

    # -- drafts -------------------------------------------------------------------------------------------------------

    def _show_sheet(self, sheet: Sheet) -> None:
        self._later.stop()
        self._draft = sheet.draft
        self.copies.offer(sheet.draft.platform)
        self.places.show_draft(sheet.draft)
        self.editor.show_events(sheet.draft.events, server_of(sheet.draft.platform).form)
        self.trouble.say("", Tone.PLAIN)
        self.lab.show_recipe(sheet.recipe)
        self._judge()

    def _copy(self, name: str, write: Callable[[Original], str]) -> None:
        text = write(of_draft(self.draft, self._ready))
        if text:
            QGuiApplication.clipboard().setText(text)
        self.trouble.say(f"✓ Copied as {name}; secrets are placeholders." if text else NOTHING, _copied(text))

    # -- judging ------------------------------------------------------------------------------------------------------

    def _judge(self) -> None:
        self._later.stop()
        draft = self.draft
        api = server_of(draft.platform)
        violations = api.validate(draft, self._desk.now_ms())
        of_call = tuple(item for item in violations if item.field in _CALL)
        self.places.trouble.complain(" ".join(item.message for item in of_call))
        self.editor.show_violations(tuple(item for item in violations if item not in of_call))
        refused = any(item.refused for item in violations)
        self.counts.say(counted(violations), Tone.BAD if refused else Tone.WARN if violations else Tone.GOOD)
        self.banner.show_place(self.places.place, api.tests, counts=api.tests.counts(draft), why=self._why_id(draft))
        self._prepare(draft)
        self._allow()

    def _prepare(self, draft: Draft) -> None:
        self._ready = None
        problem = "There is no endpoint to send to yet. Start the sandbox beside “Endpoint”, or set up Live."
        if self.places.place is not None:
            try:
                self._ready = outgoing(draft, self.places.place.base_url)
            except ComposeError as error:
                problem = str(error)
        if self._ready is None:
            said = Forecast("– nothing yet: there is no request to send.", Tone.MUTED)
            self.preview.show_exchange(None, visible(problem))
        else:
            alone = Forecast("This draft was not made from the browser's event: it stands alone.", Tone.MUTED)
            said = self._desk.forecast(self._ready) if self.drafts.paired else alone
            self.preview.show_exchange(_masked(self._ready), "Without its token")
        self.forecast.say(said.text, said.tone)

    def _why_id(self, draft: Draft) -> str:
        if not self.drafts.paired or draft.origin is None or _ids(draft) != self._ids:
            return ALONE
        return REPLAY if draft.provenance is Provenance.REPLAYED else TWIN

    def _allow(self) -> None:
        place = self.places.place
        live = place is not None and place.live
        sending = self._sending is not None
        needed = self.counts_live
        self.confirming.setVisible(needed)
        confirmed = not needed or self.confirming.confirmed
        self.send.setEnabled(self._ready is not None and not sending and confirmed)
        self.send.setText("Sending…" if sending else f"&Send {where_to(place)}")
        paint_send(self.send, live=live)

    # -- sending ------------------------------------------------------------------------------------------------------

    def _send(self) -> None:
        if self._later.isActive():  # the last key is newer than what was judged
            self._judge()
        if self._ready is None or not self.send.isEnabled():
            return
        try:
            self._sending = self._desk.send(self._ready, self.counts_live)
        except (SenderError, TokenError, DeskError) as error:
            self.trouble.say(str(error), Tone.BAD)
            return
        self.trouble.say("", Tone.BAD)
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
            self.trouble.say(str(error) or type(error).__name__, Tone.BAD)
        else:
            self._show_answer(exchange)
            self.exchanged.emit(exchange)
            if self.lab.recipe is not None and self._desk.verdict is not None:
                self.lab.await_verdict(self._desk.verdict(exchange))
        self._judge()  # the next send is one of its own

    def _show_answer(self, exchange: Exchange) -> None:
        # The events of a call mostly share one answer; it is shown once.
        events = {(event.outcome, event.answer): event for event in reversed(self._desk.decode(exchange))}
        findings = tuple(finding for event in events.values() for finding in self._desk.check(event))
        self.answer.show_answers(tuple((event, exchange) for event in reversed(events.values())), findings)
        self.outcome.setCurrentWidget(self.answer)

    def closeEvent(self, event: QCloseEvent) -> None:
        """A send under way is seen through by the sender and recorded; only the looking ends here."""
        self._later.stop()
        self._looking.stop()
        self.lab.stop()
        super().closeEvent(event)

    # -- building -----------------------------------------------------------------------------------------------------

    def _arrange(self) -> None:
        self.drafts.row.addWidget(menu_button(self.copies))
        self.outcome.addTab(self.preview, "Exact &request")
        self.outcome.addTab(self.answer, "Ans&wer")
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(self.editor)
        split.addWidget(self.outcome)
        split.setStretchFactor(0, 3)
        split.setStretchFactor(1, 2)
        split.setChildrenCollapsible(False)
        split.setSizes([620, 440])
        said = QFormLayout()
        said.setHorizontalSpacing(14)
        said.addRow("Pairing will say", self.forecast)
        said.addRow("The platform will say", self.counts)
        inner = QVBoxLayout()
        inner.setContentsMargins(14, 10, 14, 12)
        inner.setSpacing(10)
        inner.addWidget(self.drafts)
        inner.addWidget(self.places)
        inner.addWidget(split, 1)
        inner.addWidget(self.lab)
        inner.addLayout(said)
        inner.addWidget(self.confirming)
        inner.addLayout(self._buttons())
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self.banner)
        outer.addLayout(inner, 1)

    def _buttons(self) -> QHBoxLayout:
        close = QPushButton("Close")
        close.clicked.connect(self.close)
        for button in (self.send, close):
            button.setAutoDefault(False)
        bottom = QHBoxLayout()
        bottom.addWidget(self.trouble, 1)
        bottom.addWidget(self.send)
        bottom.addWidget(close)
        return bottom


def _title(draft: Draft) -> str:
    if draft.provenance is Provenance.REPLAYED:
        return "Replay"
    return "Send matching test event" if draft.origin is not None else "Send test event"


def _ids(draft: Draft) -> tuple[str, frozenset[str]]:
    """What merges: the account and the event IDs, as JSON has them."""
    form = server_of(draft.platform).form
    return draft.account, frozenset(form.id_of(text) for text in draft.events)


def _copied(text: str) -> Tone:
    return Tone.GOOD if text else Tone.WARN


def _masked(ready: Outgoing) -> Exchange:
    return Exchange(ready.provenance, shown(ready), error="Not sent yet.")
