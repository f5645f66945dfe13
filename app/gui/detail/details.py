"""The details pane: everything that is known of one conversion, in tabs."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QMenu,
    QStackedLayout,
    QTabBar,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from app.gui.detail.answer_view import DELIVERY, AnswerView
from app.gui.detail.candidates import TIES, Candidate, candidates, first_choice, first_ours, others_for, repeats, said
from app.gui.detail.compare_view import CompareView
from app.gui.detail.details_head import DetailsHead
from app.gui.detail.findings_view import FindingsView, sorted_findings
from app.gui.detail.hashes_view import HashesView, troubled
from app.gui.detail.raw_text import request_line
from app.gui.detail.raw_view import RawView
from app.gui.detail.reading import Reader, Reading
from app.gui.detail.timeline_view import TimelineView
from app.gui.drawing.badge import Badge
from app.gui.drawing.ink import Tone, tone_of
from app.gui.drawing.wire_text import visible
from app.model import Customer, Event, Exchange, Group, Side, Verdict
from app.words import SEVERITY_WORDS

_TABS = ("Compare", "Hashes", "Findings", "Timeline", "Browser raw", "Server raw", "Answer")
COMPARE, HASHES, FINDINGS, TIMELINE, BROWSER_RAW, SERVER_RAW, ANSWER = range(7)


class DetailsPane(QWidget):
    """Shows one group. `ask` gives an exchange by number from another thread, `linked` a group by its ID."""

    send_requested = Signal(str)
    """The ID of the browser event whose server twin is to be composed."""
    replay_requested = Signal(str)
    """The ID of the server event to send again."""

    def __init__(
        self,
        ask: Callable[[int], Future[Exchange]],
        linked: Callable[[str], Group | None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._linked = linked
        self._group: Group | None = None
        self._customer = Customer()
        self._found: dict[Side, tuple[Candidate, ...]] = {Side.BROWSER: (), Side.SERVER: ()}
        self._reader = Reader(ask, self)
        self._reader.read.connect(self._arrived)
        self.head = DetailsHead(self)
        self.head.send.clicked.connect(self._ask_to_send)
        self.head.replay.clicked.connect(self._ask_to_replay)
        self.choosers = {side: _chooser(side) for side in Side}
        for chooser in self.choosers.values():
            chooser.activated.connect(self._show_chosen)
        self.compare = CompareView()
        self.hashes = HashesView()
        self.findings = FindingsView()
        self.timeline = TimelineView()
        self.raw = {Side.BROWSER: RawView("Browser exchange"), Side.SERVER: RawView("Server exchange")}
        self.answer = AnswerView()
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setDrawBase(False)
        views = (
            self.compare,
            self.hashes,
            self.findings,
            self.timeline,
            self.raw[Side.BROWSER],
            self.raw[Side.SERVER],
            self.answer,
        )
        self.badges = [Badge(self.tabs.tabBar()) for _ in views]
        for title, view in zip(_TABS, views, strict=True):
            self.tabs.addTab(view, title)
        self._tools = {
            COMPARE: self.compare.bar,
            FINDINGS: self.findings.bar,
            BROWSER_RAW: self.raw[Side.BROWSER].bar,
            SERVER_RAW: self.raw[Side.SERVER].bar,
        }
        self._build()
        self.show_group(None)

    def show_group(self, group: Group | None) -> None:
        """Show a group, or nothing. When it is the one shown already, the reader's choices and place are kept."""
        same = group is not None and self._group is not None and group.id == self._group.id
        chosen = {side: self._chosen(side) for side in Side} if same else {}
        self._group = group
        self._stack.setCurrentIndex(0 if group is None else 1)
        if group is None:
            return
        for side in Side:
            found = candidates(group, self._linked, side) or repeats(group, self._linked, side.other)
            if side is Side.BROWSER:  # mine and theirs: what was sent from here beside what the backend sent
                found += others_for(candidates(group, self._linked, Side.SERVER))
            self._offer(side, found, chosen.get(side))
        self.findings.show_group(group)
        self.timeline.show_group(group, self._suggested(group))
        self._badge_findings(group)
        self._show_chosen()

    def set_customer(self, customer: Customer) -> None:
        """The test customer whose hashes are recomputed; kept in memory only."""
        self._customer = customer
        self._show_chosen()

    def set_endpoints(self, endpoints: tuple[str, ...]) -> None:
        """First-party addresses that take events, needed to decode what was sent there."""
        self._reader.use_endpoints(endpoints)
        self._show_chosen()

    def offer_menus(self, menus: tuple[QMenu, ...]) -> None:
        """Put these into the tables' context menus."""
        for table in (self.compare.table, self.hashes.table):
            table.addActions([menu.menuAction() for menu in menus])

    @property
    def group(self) -> Group | None:
        """The group that is shown."""
        return self._group

    def stop(self) -> None:
        """End the reading of exchanges; call it before the session closes."""
        self._reader.stop()

    def _build(self) -> None:
        # Each tab's own tools stand beside the tabs, where they cost the page no height.
        corner = QWidget()
        beside = QHBoxLayout(corner)
        beside.setContentsMargins(0, 0, 0, 0)
        for tools in self._tools.values():
            beside.addWidget(tools)
        for raw in self.raw.values():
            raw.title.hide()
        self.tabs.setCornerWidget(corner)
        self.tabs.currentChanged.connect(self._show_tools)
        self._show_tools(self.tabs.currentIndex())
        empty = QLabel("Select a row to see both sides, the hashes, what is wrong and how to put it right.")
        empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        empty.setWordWrap(True)
        empty.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._choosing = QWidget()
        row = QHBoxLayout(self._choosing)
        row.setContentsMargins(12, 0, 12, 6)
        for side in Side:
            label = QLabel(f"{side.value.capitalize()} send")
            label.setBuddy(self.choosers[side])
            row.addWidget(label)
            row.addWidget(self.choosers[side], 1)
        full = QWidget()
        column = QVBoxLayout(full)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.head)
        column.addWidget(self._choosing)
        column.addWidget(self.tabs, 1)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(empty)
        self._stack.addWidget(full)

    def _show_tools(self, tab: int) -> None:
        for owner, tools in self._tools.items():
            tools.setVisible(owner == tab)

    def _offer(self, side: Side, found: tuple[Candidate, ...], chosen: Event | None) -> None:
        self._found[side] = found
        chooser = self.choosers[side]
        chooser.clear()
        chooser.addItems([said(item, found, side) for item in found])
        kept = next((index for index, item in enumerate(found) if chosen and item.event.id == chosen.id), None)
        chooser.setCurrentIndex(first_choice(found) if kept is None else kept)
        chooser.setEnabled(len(found) > 1)
        self._choosing.setVisible(any(len(items) > 1 for items in self._found.values()))

    def _part_ours(self) -> None:
        """A server's event on the left is never held beside itself: one of ours is, as long as nothing was chosen."""
        left, right = self._chosen(Side.BROWSER), self._chosen(Side.SERVER)
        if left is not None and right is not None and left.id == right.id:
            self.choosers[Side.SERVER].setCurrentIndex(max(first_ours(self._found[Side.SERVER]), 0))

    def _chosen(self, side: Side) -> Event | None:
        index = self.choosers[side].currentIndex()
        return self._found[side][index].event if 0 <= index < len(self._found[side]) else None

    def _suggested(self, group: Group) -> Group | None:
        return next((other for link in group.links if (other := self._linked(link.group)) is not None), None)

    def _arrived(self, number: int) -> None:
        if any(event is not None and event.exchange == number for event in map(self._chosen, Side)):
            self._show_chosen()

    def _show_chosen(self) -> None:
        self._part_ours()
        group = self._group
        if group is None:
            return
        browser, server = self._chosen(Side.BROWSER), self._chosen(Side.SERVER)
        self.head.show_group(group, browser, server)
        readings = {side: self._reading(event) for side, event in ((Side.BROWSER, browser), (Side.SERVER, server))}
        for side, event in ((Side.BROWSER, browser), (Side.SERVER, server)):
            reading = readings[side]
            self.raw[side].show_exchange(reading.exchange if reading else None, self._title(side, event, reading))
        if any(
            event is not None and readings[side] is None
            for side, event in ((Side.BROWSER, browser), (Side.SERVER, server))
        ):
            return  # what is there stays until both have come: no flicker, no half a comparison
        full = {
            side: reading.event(event) if (reading := readings[side]) and event else event
            for side, event in ((Side.BROWSER, browser), (Side.SERVER, server))
        }
        headings = (
            self._title(Side.BROWSER, browser, readings[Side.BROWSER]),
            self._title(Side.SERVER, server, readings[Side.SERVER]),
        )
        self.compare.show_sides(full[Side.BROWSER], full[Side.SERVER], headings, self._customer)
        self.hashes.show_sides(full[Side.BROWSER], full[Side.SERVER], self._customer)
        count, tone = troubled(full[Side.BROWSER], full[Side.SERVER], self._customer)
        self._badge(HASHES, count, tone)
        self._badge(COMPARE, self.compare.differing, Tone.BAD)
        sends = tuple(
            (event, reading.exchange if (reading := readings[side]) else None)
            for side, event in ((Side.SERVER, server), (Side.BROWSER, browser))
            if event is not None
        )
        self.answer.show_answers(sends, group.findings)

    def _reading(self, event: Event | None) -> Reading | None:
        return None if event is None else self._reader.get(event.exchange)

    def _title(self, side: Side, event: Event | None, reading: Reading | None) -> str:
        name = side.value.capitalize()
        if event is None:
            return f"{name} · {_why_empty(self._group)}"
        link = next((item.link for item in self._found[side] if item.event is event), None)
        if link is None and event.side is not side:
            name = "Server, the backend's"
        if link is not None:
            name = f"{event.side.value.capitalize()}, {TIES[link]}"
        if reading is not None and reading.exchange is not None:
            return f"{name} · {event.provenance.value} · {request_line(reading.exchange.request)}"
        if reading is not None:
            return f"{name} · {visible(reading.trouble)}"
        return f"{name} · {event.provenance.value} · reading…"

    def _badge_findings(self, group: Group) -> None:
        worst = group.severity
        self._badge(FINDINGS, len(group.findings), tone_of(SEVERITY_WORDS[worst].role) if worst else Tone.MUTED)
        self._badge(TIMELINE, len(group.events) if len(group.events) > 2 else 0, Tone.MUTED)
        delivery = [item for item in group.findings if item.code in DELIVERY]
        worst_answer = sorted_findings(delivery)[0].severity if delivery else None
        self._badge(ANSWER, len(delivery), tone_of(SEVERITY_WORDS[worst_answer].role) if worst_answer else Tone.MUTED)

    def _badge(self, tab: int, count: int, tone: Tone) -> None:
        self.badges[tab].show_count(count, tone)
        bar = self.tabs.tabBar()
        bar.setAccessibleTabName(tab, f"{_TABS[tab]}, {count}" if count else _TABS[tab])
        # The bar asks a tab's button for its size only when the button is set.
        bar.setTabButton(tab, QTabBar.ButtonPosition.RightSide, self.badges[tab])

    def _ask_to_send(self) -> None:
        event = self._chosen(Side.BROWSER)
        if event is not None and event.side is Side.BROWSER:
            self.send_requested.emit(event.id)

    def _ask_to_replay(self) -> None:
        event = self._chosen(Side.SERVER)
        if event is not None and event.side is Side.SERVER:
            self.replay_requested.emit(event.id)


def _chooser(side: Side) -> QComboBox:
    chooser = QComboBox()
    chooser.setAccessibleName(f"Which {side.value} send is shown")
    chooser.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    chooser.setMinimumContentsLength(20)
    return chooser


def _why_empty(group: Group | None) -> str:
    if group is None:
        return "nothing selected"
    if group.verdict is Verdict.WAITING:
        return "waiting for it"
    if group.verdict is Verdict.NOT_OBSERVED:
        return "not observed: no source was connected"
    return "none seen"
