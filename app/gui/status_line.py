"""The bottom line: where the capture listens, what it opens, and that everything is on disk."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QStatusBar, QToolButton, QWidget

from app.gui.desk import Listeners
from app.gui.drawing.moments import span
from app.gui.drawing.runs import as_plain_tooltip
from app.gui.work_bar import WorkBar

_JUST_NOW_S = 2


class StatusLine(QStatusBar):
    """Permanent facts; passing messages are the notice bar's."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizeGripEnabled(False)
        self._proxy, self.listener, self._hosts, self._session = (QLabel() for _ in range(4))
        for label in (self._proxy, self.listener, self._hosts, self._session):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setProperty("muted", True)
            label.setContentsMargins(8, 1, 8, 1)
        self._environment = ""
        self.copy = QToolButton()
        self.copy.setText("Copy")
        self.copy.setAccessibleName("Copy the proxy settings for a backend")
        self.copy.setAutoRaise(True)
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self._environment))
        for part in (self._proxy, self.copy, self.listener, self._hosts):
            self.addWidget(part)
        self.work = WorkBar()
        self.addPermanentWidget(self.work)
        self.addPermanentWidget(self._session)
        self.listener.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._path: Path | None = None
        self._saved_ms: int | None = None
        self._otherwise = ""
        self.show_listeners(None, "Not capturing")

    def show_listeners(self, listeners: Listeners | None, otherwise: str) -> None:
        """Say where the capture listens, or why it does not."""
        self.listener.setVisible(listeners is not None)
        self._hosts.setVisible(listeners is not None)
        self.copy.setVisible(listeners is not None)
        if listeners is None:
            self._proxy.setText(otherwise)
            self._proxy.setToolTip("")
            return
        self._proxy.setText(f"Proxy 127.0.0.1:{listeners.forward_port}")
        self._proxy.setToolTip("For browsers, and for backends run with HTTPS_PROXY. On this machine only.")
        first, *others = listeners.relayed_to
        onward = "sandbox" if listeners.sandbox else f"{first} and {len(others)} more" if others else first
        fate = "answered on this machine" if listeners.sandbox else "passed on unchanged"
        self.listener.setText(f"Listener {listeners.forwarding_url} → {onward}")
        self.listener.setToolTip(
            as_plain_tooltip(
                "For backends. "
                + "".join(f"Put {listeners.base(host)} in place of https://{host}. " for host in listeners.relayed_to)
                + f"Requests are stored and {fate}."
            )
        )
        self._environment = listeners.environment
        self.copy.setToolTip(as_plain_tooltip(f"Copies what to start a backend with:\n{listeners.environment}"))
        self._hosts.setText(f"Decrypts {len(listeners.hosts)} ad-platform hosts only")
        self._hosts.setToolTip(
            as_plain_tooltip("\n".join((*listeners.hosts, "", "All else passes through untouched.")))
        )

    def show_session(self, path: Path | None, otherwise: str = "Opening the session…") -> None:
        """Name the session's file, or say why there is none."""
        self._path, self._saved_ms, self._otherwise = path, None, otherwise
        self._session.setToolTip(as_plain_tooltip(str(path)) if path else "")
        self.tick(0)

    def saved(self, at_ms: int | None) -> None:
        """The newest exchange reached the file at this time (milliseconds, UTC)."""
        self._saved_ms = at_ms if at_ms is not None else self._saved_ms

    def tick(self, now_ms: int) -> None:
        """Say how long ago the file was written."""
        if self._path is None:
            self._session.setText(self._otherwise)
            return
        if self._saved_ms is None:
            self._session.setText(self._path.name)
            return
        seconds = max(0, (now_ms - self._saved_ms) // 1000)
        ago = "now" if seconds < _JUST_NOW_S else f"{span(seconds * 1000)} ago"
        self._session.setText(f"{self._path.name} · saved {ago}")
