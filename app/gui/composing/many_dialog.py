"""Sending many: a session's events again in order and pace, with a queue that shows what became of each.

It owns no logic: what it does comes from the callables of its `ManyDesk`, and a `Run` does it in the background.
"""

from __future__ import annotations

from msgspec.structs import replace
from PySide6.QtCore import QModelIndex, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QSplitter,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from app.gui.composing.confirm_row import ConfirmRow
from app.gui.composing.live_banner import MANY, LiveBanner, paint_send
from app.gui.composing.many_choices import ManyChoices
from app.gui.composing.many_desk import ManyDesk, Scope
from app.gui.composing.queue_model import QueueModel
from app.gui.composing.run import Fate, Order, Run
from app.gui.composing.send_desk import where_to
from app.gui.detail.raw_view import RawView
from app.gui.drawing.ink import Tone
from app.gui.drawing.moments import span
from app.gui.drawing.said_label import SaidLabel
from app.model import Event, Exchange
from app.outgoing import Draft
from app.platforms.server_api import ComposeError
from app.sending.drafts import outgoing, shown

_LOOK_MS = 60


class ManyDialog(QDialog):
    """Chooses what is sent, where and how fast; then the queue. Nothing is sent but by the Send button."""

    def __init__(self, scopes: tuple[Scope, ...], desk: ManyDesk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._run: Run | None = None
        self._dry = False
        self._leaving = False  # closed as soon as the run is over
        self.setWindowTitle("Send many")
        self.setSizeGripEnabled(True)
        self.resize(1120, 720)
        self.banner = LiveBanner()
        self.choices = ManyChoices(scopes, desk)
        self.model = QueueModel(self)
        self.table = QTableView()
        self.preview = RawView("The exact request")
        self.preview.as_sent.setText("As sent")  # its letter is the Send button's here
        self.bar = QProgressBar()
        self.said = SaidLabel()
        self.confirming = ConfirmRow("These are no tests: each of them counts")
        self.rehearse = QPushButton("&Dry run")
        self.send = QPushButton()
        self.cancel = QPushButton("Cance&l")
        self._arrange()
        self._looking = QTimer(self, interval=_LOOK_MS)
        self._looking.timeout.connect(self._look)
        self.choices.planned.connect(self._plan)
        self.choices.moved.connect(self._judge)
        self.choices.sandbox.refused.connect(lambda text: self.said.say(text, Tone.BAD))
        self.choices.written.connect(self._preview)
        self.confirming.line.textChanged.connect(self._judge)
        self.rehearse.clicked.connect(lambda: self._start(dry=True))
        self.send.clicked.connect(lambda: self._start(dry=False))
        self.cancel.clicked.connect(self._cancel)
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            QShortcut(QKeySequence(keys), self).activated.connect(self.send.click)
        self._plan()

    @property
    def running(self) -> bool:
        """Whether a run is under way."""
        return self._run is not None

    def stop(self) -> None:
        """Send nothing more, and wait for what is on the wire."""
        if self._run is not None:
            self._run.cancel()
            self._run.join()
            self._look()

    def closeEvent(self, event: QCloseEvent) -> None:
        """A run under way is cancelled; the dialog goes once what is on the wire is seen through and recorded."""
        self._leaving = self.running
        if self.running:
            self._cancel()
            event.ignore()
        else:
            super().closeEvent(event)

    def reject(self) -> None:
        """Escape cancels a run before it closes the dialog."""
        if self.running:
            self._cancel()
        else:
            super().reject()

    # -- what is to be sent -------------------------------------------------------------------------------------------

    def _plan(self) -> None:
        self.model.show(self.choices.plan)
        if self.model.plan:
            self.table.selectRow(0)
        self._preview()
        self._judge()

    def _preview(self) -> None:
        """The exact request for the selected row."""
        row, place = self.table.currentIndex().row(), self.choices.place
        if self.running or not 0 <= row < len(self.model.plan) or place is None:
            if not self.running:
                self.preview.show_exchange(None, "")
            return
        try:
            draft = self._draft(self.model.plan[row].event)
            ready = outgoing(draft, place.base_url)
        except ComposeError as error:
            self.preview.show_exchange(None, str(error))
        else:
            seen = Exchange(ready.provenance, shown(ready), error="Not sent yet.")
            self.preview.show_exchange(seen, "The exact request, token left out")

    def _draft(self, event: Event) -> Draft:
        return self.choices.marked(self._desk.draft(event, self.choices.keep_time.isChecked()))

    def _judge(self) -> None:
        place, needed = self.choices.place, self.choices.counts_live
        self.banner.show_place(place, self.choices.test.tests, counts=self.choices.test.counts, why=MANY)
        running, many = self.running, len(self.model.plan)
        self.confirming.setVisible(needed)
        confirmed = not needed or self.confirming.confirmed
        live = place is not None and place.live
        self.send.setText(f"&Send {many:,} {where_to(place)}")
        self.send.setEnabled(bool(many) and place is not None and confirmed and not running)
        self.rehearse.setEnabled(bool(many) and not running)
        self.cancel.setEnabled(running)
        self.choices.setEnabled(not running)
        paint_send(self.send, live=live)
        if not running and not self.model.over:
            self._say_plan()

    def _say_plan(self) -> None:
        plan = self.model.plan
        if not plan:
            self.said.say("There is no such event among these rows. What was sent from here is left out.", Tone.WARN)
            return
        length = sum(step.wait_ms for step in plan)
        takes = f", {span(length)} at this pace" if length else ""
        self.said.say(f"{len(plan):,} events in recorded order{takes}.", Tone.MUTED)
        self.bar.setRange(0, len(plan))
        self.bar.setValue(0)

    # -- the run ------------------------------------------------------------------------------------------------------

    def _start(self, *, dry: bool) -> None:
        place = self.choices.place
        if place is None or self.running:
            return
        row = max(self.table.currentIndex().row(), 0)
        self.model.show(self.model.plan)
        self.table.selectRow(row)
        mark, keep = self.choices.marked(Draft("", "", ())), self.choices.keep_time.isChecked()
        base_url, confirmed, desk = place.base_url, self.choices.counts_live, self._desk
        order = Order(
            self.model.plan,
            lambda event: replace(desk.draft(event, keep), test_code=mark.test_code, as_test=mark.as_test),
            None if dry else lambda draft, stop: desk.send(draft, base_url, confirmed, stop),
            together=self.choices.chosen_pace.together,
            fresh=not keep,
        )
        self._dry = dry
        self._run = Run(order)
        self.confirming.line.clear()
        self.bar.setRange(0, len(self.model.plan))
        self._looking.start()
        self._judge()

    def _cancel(self) -> None:
        if self._run is not None:
            self._run.cancel()
            self.said.say("Cancelling: what is on the wire is seen through.", Tone.WARN)

    def _look(self) -> None:
        run = self._run
        if run is None:
            return
        alive = run.alive  # asked first: what is settled before it ends is then taken below
        self.model.settle(run.take())
        self.bar.setValue(self.model.over - self.model.counts.get(Fate.UNSENT, 0))
        if alive:
            self.said.say(f"{run.said}   {_told(self.model.counts)}", Tone.INFO)
            return
        self._looking.stop()
        self._run = None
        counts = self.model.counts
        bad = bool(run.failure) or any(counts.get(fate) for fate in (Fate.REFUSED, Fate.FAILED, Fate.UNFIT))
        over = "Cancelled." if counts.get(Fate.UNSENT) else "Dry run over, nothing was sent." if self._dry else "Over."
        self.said.say(" ".join(part for part in (run.failure or over, _told(counts)) if part), _tone(counts, bad=bad))
        self._judge()
        if self._leaving:
            self.close()

    # -- building -----------------------------------------------------------------------------------------------------

    def _arrange(self) -> None:
        self._lay_table()
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(self.table)
        split.addWidget(self.preview)
        split.setStretchFactor(0, 3)
        split.setStretchFactor(1, 2)
        split.setChildrenCollapsible(False)
        split.setSizes([760, 420])
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(6)
        self.bar.setAccessibleName("Progress")
        inner = QVBoxLayout()
        inner.setContentsMargins(14, 10, 14, 12)
        inner.setSpacing(10)
        inner.addWidget(self.choices)
        inner.addWidget(split, 1)
        inner.addWidget(self.bar)
        inner.addWidget(self.confirming)
        inner.addLayout(self._buttons())
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self.banner)
        outer.addLayout(inner, 1)

    def _lay_table(self) -> None:
        table = self.table
        table.setModel(self.model)
        table.setAccessibleName("Queue")
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setTabKeyNavigation(False)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(table.fontMetrics().lineSpacing() + 10)
        table.horizontalHeader().setStretchLastSection(True)
        table.horizontalHeader().setHighlightSections(False)
        for column, width in enumerate((44, 94, 58, 96, 116, 104)):
            table.setColumnWidth(column, width)
        table.selectionModel().currentRowChanged.connect(self._moved)

    def _moved(self, current: QModelIndex, before: QModelIndex) -> None:
        if current.row() != before.row():
            self._preview()

    def _buttons(self) -> QHBoxLayout:
        close = QPushButton("Close")
        close.clicked.connect(self.close)
        bottom = QHBoxLayout()
        bottom.addWidget(self.said, 1)
        for button in (self.rehearse, self.send, self.cancel, close):
            button.setAutoDefault(False)
            bottom.addWidget(button)
        return bottom


def _told(counts: dict[Fate, int]) -> str:
    return "   ".join(f"{count:,} {fate.value}" for fate, count in counts.items())


def _tone(counts: dict[Fate, int], *, bad: bool) -> Tone:
    if bad:
        return Tone.BAD
    return Tone.WARN if counts.get(Fate.UNSENT) else Tone.GOOD
