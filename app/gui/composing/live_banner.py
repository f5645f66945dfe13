"""Sandbox or live, in a way that nobody can miss."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QLabel, QPushButton

from app.gui.drawing.ink import ink_of
from app.gui.drawing.theme import ACCENT
from app.gui.drawing.wire_text import visible
from app.platforms.server_api import TestMode
from app.sending.job import Endpoint


class LiveBanner(QLabel):
    """A strip across the whole width: where it goes and whether it counts."""

    def __init__(self) -> None:
        super().__init__()
        self._place: Endpoint | None = None
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setContentsMargins(14, 8, 14, 8)
        self.setAutoFillBackground(True)

    def show_place(self, place: Endpoint | None, tests: TestMode, *, counts: bool, why: str = "") -> None:
        """Say where a send goes; `counts` is whether it is no test there, `why` says what its ID is for."""
        self._place = place
        live = place is not None and place.live
        font = self.font()
        font.setBold(live)
        self.setFont(font)
        self.setText(_words(place, tests.without if counts else tests.means, why))
        self._colour()

    def _colour(self) -> None:
        ink = ink_of(self.palette())
        ground, letters = ink.raised, ink.muted
        if self._place is not None:
            ground, letters = (ink.alarm, ink.on_alarm) if self._place.live else (ink.info_tint, ink.info)
        palette = self.palette()
        if (
            palette.color(QPalette.ColorRole.Window) != ground
            or palette.color(QPalette.ColorRole.WindowText) != letters
        ):
            palette.setColor(QPalette.ColorRole.Window, ground)
            palette.setColor(QPalette.ColorRole.WindowText, letters)
            self.setPalette(palette)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._colour()


TWIN = "It keeps the browser's event ID, so that the two are counted once."
REPLAY = "A replay keeps its event ID: for a while the platform discards the repeat instead of counting it again."
ALONE = "Its event ID is its own, so nothing merges it with another event."
MANY = "Each keeps its event ID: for a while a repeat is discarded instead of counted again."


def _words(place: Endpoint | None, end: str, why: str) -> str:
    if place is None:
        return "No endpoint to send to."
    if not place.live:
        own = f"THIS MACHINE – goes to {visible(place.base_url)}; what listens there decides what becomes of it."
        return own if place.own else "SANDBOX – nothing leaves this machine."
    return f"⚠ LIVE – this goes to {visible(place.base_url)}. {end} {why}".rstrip()


def paint_send(button: QPushButton, *, live: bool) -> None:
    """Give the button that sends its colour: the accent in the sandbox, the alarm's live; grey while disabled."""
    ink = ink_of(button.palette())
    ground = ink.alarm.name() if live else ACCENT[ink.dark]
    sheet = (
        f"QPushButton:enabled {{ background: {ground}; color: {ink.on_alarm.name()}; border: 2px solid {ground};"
        f" font-weight: bold; }} QPushButton:enabled:focus {{ border-color: {ink.text.name()}; }}"
    )
    if button.styleSheet() != sheet:
        button.setStyleSheet(sheet)
