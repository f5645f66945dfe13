"""The window's menus: every action once, with its keys; buttons and the sheet of shortcuts are made from them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu

from app.gui.capture_control import State
from app.gui.table.pair_table import PairTable

SUFFIX = ".pixelpair"
EXPORTS = (
    ("HTML report…", "Ctrl+E", "HTML report (*.html)"),
    ("JSON report…", "Ctrl+Shift+E", "JSON report (*.json)"),
    ("Session file…", "Ctrl+S", f"Session (*{SUFFIX})"),
)


class Calls(NamedTuple):
    """What the actions do. `export` gets its words and kind of file, `browser` a name or None for the first."""

    new: Callable[[], object]
    open: Callable[[], object]
    read: Callable[[], object]
    orders: Callable[[], object]
    forget_orders: Callable[[], object]
    export: Callable[[str, str], object]
    settings: Callable[[], object]
    close: Callable[[], object]
    toggle: Callable[[], object]
    browser: Callable[[str | None], object]
    shop: Callable[[], object]
    send: Callable[[], object]
    replay: Callable[[], object]
    new_event: Callable[[], object]
    many: Callable[[], object]
    project: Callable[[], object]
    copies: tuple[QMenu, ...]
    by_conversion: QAction
    filter: Callable[[], object]
    details: Callable[[], object]
    keys: Callable[[], object]


class Menus:
    """The menu bar's contents; actions that change with what is selected or captured are kept by name."""

    def __init__(self, window: QMainWindow, table: PairTable, calls: Calls) -> None:
        self._window = window
        self._calls = calls
        self.browsers = QMenu("Launch &browser", window)
        self.export = QMenu("&Export", window)
        self._columns = QMenu("&Columns", window)
        bar = window.menuBar()
        files = bar.addMenu("&File")
        self._act(files, "&New session", "Ctrl+N", calls.new)
        self._act(files, "&Open session…", "Ctrl+O", calls.open)
        self._act(files, "&Import files…", "Ctrl+I", calls.read)
        self._act(files, "Im&port orders…", "Ctrl+Shift+I", calls.orders)
        self.forget_orders = self._act(files, "&Forget orders", "", calls.forget_orders)
        self.forget_orders.setEnabled(False)
        files.addMenu(self.export)
        for words, keys, kind in EXPORTS:
            self._act(self.export, words, keys, partial(calls.export, words, kind))
        files.addSeparator()
        self.settings = self._act(files, "Se&ttings…", "Ctrl+,", calls.settings)
        self._act(files, "&Quit", "Ctrl+Q", calls.close)
        capture = bar.addMenu("&Capture")
        self.capture = self._act(capture, "Start &capture", "Ctrl+R", calls.toggle)
        capture.addMenu(self.browsers)
        self.first_browser = self._act(capture, "Launch &first browser", "Ctrl+B", partial(calls.browser, None))
        self.shop = self._act(capture, "Launch &demo shop", "Ctrl+D", calls.shop)
        event = bar.addMenu("&Event")
        self.send = self._act(event, "Send &matching test event…", "Ctrl+M", calls.send)
        self.replay = self._act(event, "&Replay…", "Ctrl+Shift+R", calls.replay)
        self._act(event, "&New test event…", "Ctrl+Shift+N", calls.new_event)
        self._act(event, "Send m&any…", "Ctrl+Shift+M", calls.many)
        event.addSeparator()
        self._act(event, "&Project, tokens, test customer…", "Ctrl+P", calls.project)
        event.addSeparator()
        event.addActions([table.copy_id, table.copy_cell, table.one_account])
        for menu in calls.copies:
            event.addMenu(menu)
        view = bar.addMenu("&View")
        self._act(view, "&Filter", "Ctrl+F", calls.filter)
        self._act(view, "&Next mismatch", "F8", partial(table.select_mismatch, 1))
        self._act(view, "&Previous mismatch", "Shift+F8", partial(table.select_mismatch, -1))
        view.addActions([table.go_linked, table.sort_here, calls.by_conversion])
        self._act(view, "Go to ta&ble", "F6", table.setFocus)
        self._act(view, "Go to &details", "Shift+F6", calls.details)
        view.addSeparator()
        view.addMenu(self._columns)
        self._columns.aboutToShow.connect(partial(table.columns.fill, self._columns))
        table.columns.fill(self._columns)
        self._act(bar.addMenu("&Help"), "&Keyboard shortcuts", "F1", calls.keys)
        self.show_state(State.STOPPED)

    def show_state(self, state: State) -> None:
        """Offer what the capture's state allows."""
        runs = state is State.CAPTURING
        self.capture.setText("Stop &capture" if runs else "Start &capture")
        self.capture.setEnabled(state not in (State.STARTING, State.STOPPING))
        self.browsers.setEnabled(runs)
        self.first_browser.setEnabled(runs)
        self.shop.setEnabled(runs)

    def offer_browsers(self, names: tuple[str, ...]) -> None:
        """List the browsers that can be launched."""
        self.browsers.clear()
        for name in names:
            self.browsers.addAction(name, partial(self._calls.browser, name))
        if not names:
            self.browsers.addAction("No browser was found on this machine").setEnabled(False)

    def _act(self, menu: QMenu, text: str, keys: str, call: Callable[[], object]) -> QAction:
        action = QAction(text, self._window)
        action.setShortcut(QKeySequence(keys))
        action.triggered.connect(lambda _=False: call())
        menu.addAction(action)
        self._window.addAction(action)  # its keys count while the menu bar is hidden, too
        return action
