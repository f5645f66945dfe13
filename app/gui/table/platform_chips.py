"""A chip for each platform of the session, beside the filter; nothing at all where there is only one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

from app.platforms import PLATFORMS, title_of

_MOST = 4  # chips side by side; more of them are a menu


class PlatformChips(QWidget):
    """How many rows each platform has. `clicked` carries the filter's term for one."""

    clicked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(4)
        self._rows: dict[str, int] = {}
        self._filter = ""
        self._before = 0  # buttons that stand before the chips
        self.chips: dict[str, QToolButton] = {}
        self.more = _button("")
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more.setMenu(QMenu(self.more))
        self._row.addWidget(self.more)
        self.hide()

    def offer(self, action: QAction) -> None:
        """Put a choice that only several platforms have before their chips."""
        button = _button(action.toolTip())
        button.setDefaultAction(action)
        self._row.insertWidget(0, button)
        self._before = 1

    def show_platforms(self, rows: Mapping[str, int]) -> None:
        """Show how many rows each platform has, in the order of the platforms' table."""
        known = [each.name for each in PLATFORMS]
        ordered = sorted(rows, key=lambda name: known.index(name) if name in known else len(known))
        found = {name: rows[name] for name in ordered}
        if found == self._rows:
            return
        self._rows = found
        for name in self.chips.keys() - found.keys():
            chip = self.chips.pop(name)
            self._row.removeWidget(chip)
            chip.deleteLater()
        for place, (name, number) in enumerate(found.items()):
            chip = self.chips.get(name) or self._chip(name, place)
            chip.setText(f"{title_of(name)} {number:,}")
            chip.setAccessibleName(f"{title_of(name)}, {number:,} rows")
        self._arrange()

    def show_filter(self, text: str) -> None:
        """Mark the platform that the filter asks for."""
        self._filter = text
        self._arrange()

    def _arrange(self) -> None:
        many = len(self._rows) > _MOST
        chosen = [name for name in self._rows if _term(name) in self._filter.split()]
        for name, chip in self.chips.items():
            chip.setVisible(not many)
            chip.setChecked(name in chosen)
        self.more.setVisible(many)
        self.more.setText(f"{title_of(chosen[0]) if chosen else f'{len(self._rows)} platforms'} ▾")
        menu = self.more.menu()
        menu.clear()
        for name, number in self._rows.items() if many else ():
            action = menu.addAction(f"{title_of(name)} {number:,}", partial(self.clicked.emit, _term(name)))
            action.setCheckable(True)
            action.setChecked(name in chosen)
        self.setVisible(len(self._rows) > 1)

    def _chip(self, name: str, place: int) -> QToolButton:
        chip = _button(f"Show only the rows of {title_of(name)}; click again for all.")
        chip.setCheckable(True)
        chip.clicked.connect(lambda: self.clicked.emit(_term(name)))
        self.chips[name] = chip
        self._row.insertWidget(self._before + place, chip)
        return chip


def _term(name: str) -> str:
    return f"platform:{name}"


def _button(tip: str) -> QToolButton:
    button = QToolButton()
    button.setObjectName("chip")
    button.setToolTip(tip)
    return button
