"""The main window: it arranges the parts, carries what they say to the desk, and owns no logic."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSettings, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QMainWindow, QSplitter, QVBoxLayout, QWidget

from app.gui.capture_control import CaptureControl, State
from app.gui.composing.wishes import SendWishes
from app.gui.desk import Desk, DeskError, News, Opened
from app.gui.detail.details import DetailsPane
from app.gui.drawing.ink import Tone
from app.gui.drawing.theme import apply_theme
from app.gui.inbox import Inbox, mistake
from app.gui.matrix.asking import Asking
from app.gui.notice_bar import NoticeBar
from app.gui.settings_dialog import SettingsDialog
from app.gui.shortcut_sheet import ShortcutSheet
from app.gui.status_line import StatusLine
from app.gui.summary_strip import SummaryStrip
from app.gui.table.table_area import TableArea
from app.gui.tool_row import ToolRow
from app.gui.window_memory import Memory, Remembered
from app.gui.window_menus import SUFFIX, Calls, Menus
from app.model import Event, Exchange, Group, Side
from app.numbers import Recorded, Summary
from app.pairing.windows import windows_from
from app.platforms import no_server

_SECOND = 1000
_SESSIONS = f"Sessions (*{SUFFIX});;All files (*)"
_ORDERS = "Orders (*.csv *.tsv *.txt *.json);;All files (*)"
_IMPORTS = f"Traffic (*.har *.json *.jsonl *.ndjson *.txt *{SUFFIX});;All files (*)"


class MainWindow(QMainWindow):
    """Shows one session. `layout` remembers sizes and columns; nothing is remembered when it is None.

    The session is opened once the window is on the screen, a fresh one when `path` is None; a fresh one is captured
    into at once. `demo` opens the shop as well.
    """

    def __init__(
        self, desk: Desk, path: Path | None = None, *, demo: bool = False, layout: QSettings | None = None
    ) -> None:
        super().__init__()
        self._desk = desk
        self._path = path
        self._demo = demo
        self._summary = Summary()
        self._opened = self._closed = False
        self._death = ""  # what is being said of a proxy that ended by itself
        self.area = TableArea()
        self.inbox = Inbox(self._take, self)
        self._asking = Asking(desk.conversions, self.inbox, self.area.show_conversions, self._failed)
        self.capture = CaptureControl(desk, self.inbox, self)
        self.notices = NoticeBar()
        self.strip = SummaryStrip()
        self.status = StatusLine()
        self.details = DetailsPane(self._ask, self.area.model.group)
        self.wishes = SendWishes(self, desk, self.inbox, self.area, self.notices.say, self._event)
        self.area.table.more_menus = self.wishes.menus()
        self.details.offer_menus(self.wishes.menus())
        self.menus = Menus(self, self.area.table, self._calls())
        menus = self.menus
        self.tools = ToolRow(menus.capture, menus.browsers, (menus.send, menus.replay), menus.export, menus.settings)
        self._arrange()
        self._connect()
        columns = self.area.table.columns
        self._memory = Memory(
            layout,
            Remembered("window", self.saveGeometry, self.restoreGeometry),
            Remembered("halves", self._halves.saveState, self._halves.restoreState),
            Remembered("columns", columns.state, columns.restore),
        )
        self._memory.restore()
        self._show_mode()
        self._chose(None)
        self._clock = QTimer(self, interval=_SECOND)
        self._clock.timeout.connect(self._tick)
        self._clock.start()

    # Coming and going

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._opened:
            self._opened = True
            # After the first paint: the desk's heavy parts are loaded when the window can be seen already.
            QTimer.singleShot(0, partial(self.open_session, self._path))

    def closeEvent(self, event: QCloseEvent) -> None:
        super().closeEvent(event)
        if self._closed:
            return
        self._closed = True
        self._memory.keep()
        self.hide()
        self._clock.stop()
        self.inbox.stop()
        self.details.stop()
        self._desk.close()

    def open_session(self, path: Path | None) -> None:
        """Open a session file, or a fresh one; what is shown makes room for it."""
        self.area.clear()
        self.details.show_group(None)
        self.status.show_session(None)
        self.inbox.forget_batches()
        self.capture.died_quietly()
        news = News(
            self.inbox.recorded,
            lambda sentence: self.inbox.put(lambda: self.notices.say(sentence, Tone.WARN)),
            lambda sentence: self.inbox.put(lambda: self._died(sentence)),
            lambda done, total: self.inbox.put(lambda: self.status.work.show_progress(done, total)),
            lambda moved: self.inbox.put(lambda: self._name(moved)),
        )
        fresh = path is None
        self.inbox.when_done(self._desk.open(path, news), lambda opened: self._ready(opened, fresh), self._not_opened)

    def _not_opened(self, sentence: str) -> None:
        self.status.show_session(None, "No session is open")
        self.notices.say(sentence, Tone.BAD, "New session", partial(self.open_session, None))

    def _ready(self, opened: Opened, fresh: bool) -> None:
        self._name(opened.path)
        self.details.set_customer(self._desk.customer)
        if opened.recovered:
            self.notices.say(opened.recovered, Tone.INFO)
        if fresh:
            self.capture.start()
        elif opened.read is not None:
            self._follow("Reading…", opened.read, lambda _: self._point_out(), stoppable=True)
        self.inbox.when_done(self._desk.browsers(), self.menus.offer_browsers, lambda _: self.menus.offer_browsers(()))

    def _point_out(self) -> None:
        """Choose the first row that needs attention of what was read, unless the user has chosen one meanwhile."""
        self.inbox.hand_on()  # the last of it is here by now
        if self.area.table.selected() is None:
            self.area.table.select_needy()

    def _follow[T](self, words: str, task: Future[T], done: Callable[[T], None], *, stoppable: bool = False) -> None:
        """Show that something is under way until it is over."""
        self.status.work.begin(words, stoppable=stoppable)
        task.add_done_callback(lambda _: self.inbox.put(self.status.work.end))
        self.inbox.when_done(task, done, self._failed)

    def _cancel(self) -> None:
        self._desk.cancel()
        self.notices.say("Cancelled. Of a session, the rows read so far are shown; open it again for all.", Tone.INFO)

    def _name(self, path: Path) -> None:
        self.status.show_session(path)
        self.setWindowTitle(f"{path.stem} – Pixelpair")

    # News

    def _take(self, recorded: Recorded) -> None:
        self._summary = recorded.summary
        self.area.take(recorded)
        self.strip.show_summary(recorded.summary, self._desk.settings.overlap_target)
        self.menus.forget_orders.setEnabled(recorded.summary.orders is not None)
        self.status.saved(recorded.saved_ms)

    def _tick(self) -> None:
        self.status.tick(time.time_ns() // 1_000_000)
        if self.area.model.waiting:
            self.area.model.tick()
            self._desk.refresh()

    def _captured(self) -> None:
        state = self.capture.state
        self.tools.show_state(state)
        self.menus.show_state(state)
        self.status.show_listeners(self.capture.listeners, f"Capture: {state.value.lower()}")
        self.area.steps.show_listeners(self.capture.listeners)
        if state is State.CAPTURING:
            self.notices.withdraw(self._death)
        if state is State.CAPTURING and not self.area.model.total:
            self.area.steps.shop.setFocus()
        if state is State.CAPTURING and self._demo:
            self._demo = False
            self.capture.launch_shop()

    def _died(self, sentence: str) -> None:
        self.capture.died()
        self._death = sentence
        self.notices.say(sentence, Tone.BAD, "Restart", self.capture.start)

    def _failed(self, sentence: str) -> None:
        self.notices.say(sentence, Tone.BAD)

    def report_mistake(self, error: BaseException) -> None:
        """Say that something of ours went wrong; the log has the rest."""
        self._failed(mistake(error))

    def _did(self, sentence: str) -> None:
        if sentence:
            self.notices.say(sentence, Tone.GOOD)

    def _chose(self, group: Group | None) -> None:
        self.details.show_group(group)
        for action, side in ((self.menus.send, Side.BROWSER), (self.menus.replay, Side.SERVER)):
            event = self._event(side)
            action.setEnabled(event is not None and not no_server(event.platform))
        self.wishes.show_chosen()

    def _ask(self, number: int) -> Future[Exchange]:
        try:
            return self._desk.exchange(number)
        except DeskError as error:
            broken: Future[Exchange] = Future()
            broken.set_exception(error)
            return broken

    # Wishes

    def _event(self, side: Side, event_id: str | None = None) -> Event | None:
        """An event of the selected row or a row tied to it; the first of its side when no ID is given."""
        group = self.area.table.selected()
        if group is None:
            return None
        tied = (self.area.model.group(link.group) for link in group.links)
        events = (event for one in (group, *tied) if one is not None for event in one.side(side))
        return next((event for event in events if event_id in (None, event.id)), None)

    def _send(self, side: Side, event_id: str | None = None) -> None:
        event = self._event(side, event_id)
        if event is None:
            return
        try:
            self._desk.send(event, self)
        except DeskError as error:
            self._failed(str(error))

    def _write(self, words: str, kinds: str) -> None:
        suffix = kinds[kinds.index("*") + 1 : -1]
        name = f"{Path(self.windowTitle().rpartition(' – ')[0]).name or 'session'}{suffix}"
        path, _ = QFileDialog.getSaveFileName(self, words.rstrip("…"), name, kinds)
        if not path:
            return
        target = Path(path) if Path(path).suffix else Path(path + suffix)
        if suffix == SUFFIX:
            self._follow("Writing…", self._desk.save_copy(target), lambda _: self._did(f"Written to {target}"))
        else:
            self._follow("Writing…", self._desk.export(target), self._did, stoppable=True)

    def _import(self) -> None:
        paths, _ = QFileDialog.getOpenFileNames(self, "Import", "", _IMPORTS)
        self.read_files([Path(path) for path in paths])

    def _import_orders(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Import the backend's orders", "", _ORDERS)
        if path:
            self.inbox.when_done(self._desk.import_orders(Path(path)), self._did, self._failed)

    def _forget_orders(self) -> None:
        self.inbox.when_done(self._desk.forget_orders(), lambda _: self._did("The orders are forgotten."), self._failed)

    def _open(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Open session", "", _SESSIONS)
        if path:
            self.open_session(Path(path))

    def read_files(self, paths: list[Path]) -> None:
        """A lone session is opened, anything else is read into the one that is open."""
        if len(paths) == 1 and paths[0].suffix == SUFFIX:
            self.open_session(paths[0])
        elif paths:
            self._follow("Importing…", self._desk.import_files(paths), self._imported, stoppable=True)

    def _imported(self, sentence: str) -> None:
        self._did(sentence)
        if self.capture.state is not State.CAPTURING:
            self._point_out()

    def _settings(self) -> None:
        dialog = SettingsDialog(self._desk.settings, self)
        if not dialog.exec():
            return
        taken = self._desk.apply(dialog.result_settings, self._desk.customer)
        self.inbox.when_done(taken, self._applied, self._failed)

    def _name_as_one(self, accounts: str) -> None:
        """Keep that accounts are one, and judge the session by it; it can be taken back at once."""
        before = self._desk.settings.one_account

        def take(one_account: tuple[str, ...], said: str, act: str = "") -> None:
            taken = self._desk.apply(replace(self._desk.settings, one_account=one_account), self._desk.customer)
            self.inbox.when_done(taken, lambda _: self.notices.say(said, Tone.GOOD, act, undo), self._failed)

        def undo() -> None:
            take(before, "They are two accounts again.")

        named = self._desk.settings.with_one_account(accounts).one_account
        take(named, f"One account from here on: {accounts}. The settings keep it, under Channel plan.", "Undo")

    def _applied(self, restart: bool) -> None:
        settings = self._desk.settings
        application = QApplication.instance()
        if isinstance(application, QApplication):
            apply_theme(application, settings.theme)
        self.details.set_customer(self._desk.customer)
        self.details.set_endpoints(settings.endpoints)
        self.strip.show_summary(self._summary, settings.overlap_target)
        self._show_mode()
        if restart:
            self.capture.restart()

    def _show_mode(self) -> None:
        self.tools.show_mode(live=self._desk.settings.live)
        self.area.model.show_windows(windows_from(self._desk.settings.windows))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        self.read_files([Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()])

    # Making

    def _calls(self) -> Calls:
        return Calls(
            new=partial(self.open_session, None),
            open=self._open,
            read=self._import,
            orders=self._import_orders,
            forget_orders=self._forget_orders,
            export=self._write,
            settings=self._settings,
            close=self.close,
            toggle=self.capture.toggle,
            browser=self.capture.launch_browser,
            shop=self.capture.launch_shop,
            send=partial(self._send, Side.BROWSER),
            replay=partial(self._send, Side.SERVER),
            new_event=self.wishes.new,
            many=self.wishes.many,
            project=lambda: self.wishes.project(self._applied, self._failed),
            copies=self.wishes.menus(),
            by_conversion=self.area.by_conversion,
            filter=lambda: self.area.filter.line.setFocus(Qt.FocusReason.ShortcutFocusReason),
            details=lambda: self.details.tabs.setFocus(),
            keys=self._keys,
        )

    def _keys(self) -> None:
        ShortcutSheet((*self.actions(), *self.area.table.actions()), self).exec()

    def _arrange(self) -> None:
        self.setWindowTitle("Pixelpair")
        self.resize(1280, 800)
        self.setMinimumSize(860, 520)
        self.setAcceptDrops(True)
        self.setStatusBar(self.status)
        self._halves = QSplitter(Qt.Orientation.Vertical)
        self._halves.addWidget(self.area)
        self._halves.addWidget(self.details)
        self._halves.setChildrenCollapsible(False)
        self._halves.setSizes([420, 300])
        self._halves.setStretchFactor(0, 3)
        self._halves.setStretchFactor(1, 2)
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for part in (self.tools, self.notices, self.strip):
            column.addWidget(part)
        column.addWidget(self._halves, 1)
        self.setCentralWidget(middle)
        self.area.steps.shop.setFocus()

    def _connect(self) -> None:
        self.capture.changed.connect(self._captured)
        self.capture.failed.connect(self._failed)
        self.capture.did.connect(self._did)
        self.capture.did.connect(lambda _: self.details.set_customer(self._desk.customer))  # the shop brings its own
        self.status.work.cancelled.connect(self._cancel)
        self.area.table.chosen.connect(self._chose)
        self.area.conversions_wished.connect(self._asking.soon)
        self.area.model.counted.connect(lambda _, total: self.details.setVisible(total > 0))
        self.details.hide()
        self.details.send_requested.connect(partial(self._send, Side.BROWSER))
        self.details.replay_requested.connect(partial(self._send, Side.SERVER))
        self.details.set_customer(self._desk.customer)
        self.details.set_endpoints(self._desk.settings.endpoints)
        self.details.head.one_account.clicked.connect(self.area.table.one_account.trigger)
        self.area.table.one_account_wished.connect(self._name_as_one)
        self.strip.filter_wished.connect(self.area.show_only)
        self.area.steps.shop_wished.connect(self.capture.launch_shop)
        self.area.steps.browser_wished.connect(self.capture.launch_browser)
        self.area.steps.import_wished.connect(self._import)
