"""The capture as the window sees it: one state, moved on by what the desk reports, never by waiting for it."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import QObject, Signal

from app.gui.desk import Desk, Listeners
from app.gui.inbox import Inbox


class State(Enum):
    """What the capture does, in the word on its button."""

    STOPPED = "Stopped"
    STARTING = "Starting…"
    CAPTURING = "Capturing"
    STOPPING = "Stopping…"
    DIED = "Proxy stopped"


class CaptureControl(QObject):
    """Starts and stops the capture and what needs it. Nothing here blocks."""

    changed = Signal()
    """State or listeners are others now."""
    failed = Signal(str)
    """A sentence on what could not be done."""
    did = Signal(str)
    """A sentence on what was done."""

    def __init__(self, desk: Desk, inbox: Inbox, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._inbox = inbox
        self.state = State.STOPPED
        self.listeners: Listeners | None = None

    def toggle(self) -> None:
        """Start when stopped, stop when capturing."""
        if self.state is State.CAPTURING:
            self.stop()
        else:
            self.start()

    def start(self) -> None:
        """Open the listeners; nothing happens when they are open or opening."""
        if self.state in (State.STOPPED, State.DIED):
            self._move(State.STARTING)
            self._inbox.when_done(self._desk.start_capture(), self._listening, self._not_started)

    def stop(self) -> None:
        """Close the listeners; what was recorded stays."""
        if self.state is State.CAPTURING:
            self._move(State.STOPPING, self.listeners)
            self._inbox.when_done(self._desk.stop_capture(), lambda _: self._move(State.STOPPED), self._not_started)

    def restart(self) -> None:
        """Stop and start again, so that new settings count."""
        if self.state is State.CAPTURING:
            self._move(State.STOPPING, self.listeners)
            self._inbox.when_done(self._desk.stop_capture(), lambda _: self._again(), self._not_started)
        else:
            self.start()

    def died(self) -> None:
        """The capture ended by itself."""
        if self.state in (State.CAPTURING, State.STARTING):
            self._move(State.DIED)

    def died_quietly(self) -> None:
        """The session is being closed, and the capture with it."""
        self._move(State.STOPPED)

    def launch_browser(self, name: str | None = None) -> None:
        """Start an isolated browser; the first found when no name is given."""
        self._inbox.when_done(self._desk.launch_browser(name), lambda _: None, self.failed.emit)

    def launch_shop(self) -> None:
        """Start the demo shop and a browser on it."""
        self._inbox.when_done(
            self._desk.launch_shop(), lambda url: self.did.emit(f"The demo shop is open at {url}"), self.failed.emit
        )

    def _again(self) -> None:
        self._move(State.STOPPED)
        self.start()

    def _listening(self, listeners: Listeners) -> None:
        if self.state is State.STARTING:
            self._move(State.CAPTURING, listeners)

    def _not_started(self, sentence: str) -> None:
        self._move(State.STOPPED)
        self.failed.emit(sentence)

    def _move(self, state: State, listeners: Listeners | None = None) -> None:
        self.state, self.listeners = state, listeners
        self.changed.emit()
