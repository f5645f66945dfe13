"""The row above a draft: the drafts there are, and the menus that make further ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QHBoxLayout, QMenu, QPushButton, QTabBar, QWidget

from app.gui.composing.fault_strip import expected
from app.gui.composing.paste_dialog import PasteDialog
from app.gui.composing.sheet import Maker, Sheet, copied
from app.gui.composing.template_dialog import TemplateDialog
from app.gui.drawing.wire_text import visible
from app.outgoing import Draft
from app.platforms import server_of
from app.platforms.fault_lab import Recipe, RecipeError
from app.platforms.server_api import ComposeError
from app.sending.paste import PasteError

_TITLE = 34


class DraftBar(QWidget):
    """Tabs of drafts. A fault is put into a new draft, so the sound one stays beside it."""

    chosen = Signal(object)
    """The `Sheet` to be shown now."""
    refused = Signal(str)
    """Why a draft can not be made, for the user."""

    def __init__(self, first: Sheet, maker: Maker, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._maker = maker
        self._sheets = [first]
        self._at = 0
        self._live: Callable[[], Draft] = lambda: self._sheets[self._at].draft
        self.tabs = QTabBar()
        self.tabs.setAccessibleName("Drafts")
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setUsesScrollButtons(True)
        self.tabs.addTab(_tab(first))
        self.new = QMenu("&New draft", self)
        for words, keys, act in (
            ("From a &template…", "Ctrl+Shift+N", self.ask_template),
            ("&Paste cURL or JSON…", "Ctrl+Shift+V", self.ask_paste),
            ("A &copy of this draft", "Ctrl+Shift+D", self.add_copy),
            ("C&lose this draft", "Ctrl+W", self.close_current),
        ):
            action = self.new.addAction(words, act)
            action.setShortcut(QKeySequence(keys))
            self.addAction(action)  # its keys count without the menu, too
        self.faults = QMenu("Fault &lab", self)
        self.faults.setToolTipsVisible(True)
        self._offer_faults()
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 0, 0, 0)
        self.row.addWidget(self.tabs, 1)
        for menu in (self.new, self.faults):
            self.row.addWidget(menu_button(menu))
        self.tabs.currentChanged.connect(self._switch)

    def follow(self, live: Callable[[], Draft]) -> None:
        """Where the shown draft is as edited so far."""
        self._live = live

    @property
    def current(self) -> Sheet:
        """The sheet that is shown, its draft as edited so far."""
        return replace(self._sheets[self._at], draft=self._live())

    @property
    def paired(self) -> bool:
        """Whether the shown draft belongs to the browser's event."""
        return self._sheets[self._at].paired

    def add(self, sheet: Sheet) -> None:
        """Put a draft beside the others and show it."""
        self._sheets.append(sheet)
        self.tabs.addTab(_tab(sheet))
        self.tabs.setCurrentIndex(len(self._sheets) - 1)

    def add_fault(self, recipe: Recipe) -> None:
        """Put the shown draft with this fault beside it."""
        self._make(lambda: self._maker.spoilt(self.current, recipe))

    def add_copy(self) -> None:
        """Put a copy of the shown draft beside it."""
        self.add(copied(self.current))

    def ask_template(self) -> None:
        """Let the user choose a standard event, and start a draft from it."""
        dialog = TemplateDialog(self.current.draft.platform, self)
        if dialog.exec() == QDialog.DialogCode.Accepted:
            self._make(
                lambda: self._maker.template(self.current.draft, dialog.name, dialog.action_source, dialog.platform)
            )

    def ask_paste(self) -> None:
        """Let the user paste a command or JSON, and start a draft from it."""
        dialog = PasteDialog(lambda text: self._maker.pasted(self.current.draft, text), self)
        if dialog.exec() == QDialog.DialogCode.Accepted and dialog.sheet is not None:
            self.add(dialog.sheet)

    def close_current(self) -> None:
        """Take the shown draft away; the last one stays."""
        if len(self._sheets) == 1:
            return
        gone = self._at
        self.tabs.blockSignals(True)
        self.tabs.removeTab(gone)
        self.tabs.blockSignals(False)
        del self._sheets[gone]
        self._at = self.tabs.currentIndex()
        self._show()

    def _show(self) -> None:
        self._offer_faults()
        self.chosen.emit(self._sheets[self._at])

    def _offer_faults(self) -> None:
        """The faults that the shown draft's platform has."""
        self.faults.clear()
        for each in server_of(self._sheets[self._at].draft.platform).recipes:
            self.faults.addAction(f"{each.title}\t{expected(each)}", partial(self.add_fault, each))

    def _make(self, make: Callable[[], Sheet]) -> None:
        try:
            self.add(make())
        except (ComposeError, PasteError, RecipeError) as error:
            self.refused.emit(str(error))

    def _switch(self, index: int) -> None:
        if index < 0 or index == self._at:
            return
        self._sheets[self._at] = self.current
        self._at = index
        self._show()


def menu_button(menu: QMenu) -> QPushButton:
    """A button that opens a menu, with the menu's title and mnemonic."""
    button = QPushButton(menu.title())
    button.setMenu(menu)
    button.setAutoDefault(False)
    return button


def _tab(sheet: Sheet) -> str:
    title = visible(sheet.title)
    return (title if len(title) <= _TITLE else f"{title[: _TITLE - 1]}…").replace("&", "&&")
