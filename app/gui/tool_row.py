"""The window's upper row: capture, browser, sending, export, and the badge that says where requests go."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QToolButton, QVBoxLayout, QWidget

from app.gui.capture_control import State

_GLYPHS = {
    State.STOPPED: "○ Start capture",
    State.STARTING: "◔ Starting…",
    State.CAPTURING: "● Capturing",
    State.STOPPING: "◔ Stopping…",
    State.DIED: "✕ Proxy stopped – Restart",
}
_TIPS = {
    State.STOPPED: "Nothing is captured. Click to open the listeners.",
    State.STARTING: "The listeners are being opened.",
    State.CAPTURING: "Everything that goes through the listeners is recorded. Click to stop.",
    State.STOPPING: "The listeners are being closed.",
    State.DIED: "The proxy ended by itself. What was recorded is safe. Click to start it again.",
}
_SANDBOX = "SANDBOX – nothing leaves this machine"
_LIVE = "LIVE – requests reach the real platforms"


class ToolRow(QWidget):
    """Buttons for actions that are also in the menus. The capture's button shows its state."""

    def __init__(
        self,
        capture: QAction,
        browsers: QMenu,
        actions: tuple[QAction, ...],
        export: QMenu,
        settings: QAction,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.capture = QToolButton()
        self.capture.setObjectName("tool")
        self.capture.clicked.connect(capture.trigger)
        self.badge = QLabel()
        self.badge.setAccessibleName("Mode")
        self._alarm = QFrame()
        self._alarm.setObjectName("alarm")
        self._alarm.setFixedHeight(4)
        bar = QWidget()
        bar.setObjectName("bar")
        bar.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        row = QHBoxLayout(bar)
        row.setContentsMargins(10, 8, 10, 8)
        row.setSpacing(8)
        row.addWidget(self.capture)
        row.addWidget(_menu_button("Launch browser", browsers))
        row.addSpacing(6)
        for action in actions:
            row.addWidget(_button(action))
        row.addStretch(1)
        row.addWidget(_menu_button("Export", export))
        row.addWidget(_button(settings))
        row.addSpacing(6)
        row.addWidget(self.badge)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._alarm)
        column.addWidget(bar)
        self.show_state(State.STOPPED)
        self.show_mode(live=False)

    def show_state(self, state: State) -> None:
        """Put the capture's state on its button."""
        self.capture.setText(_GLYPHS[state])
        self.capture.setToolTip(_TIPS[state])
        self.capture.setEnabled(state not in (State.STARTING, State.STOPPING))
        self.capture.setProperty("primary", state is State.CAPTURING)
        self.capture.setProperty("danger", state is State.DIED)
        self.capture.style().unpolish(self.capture)
        self.capture.style().polish(self.capture)

    def show_mode(self, *, live: bool) -> None:
        """Say whether requests stay here or reach the platforms."""
        self.badge.setText(_LIVE if live else _SANDBOX)
        self.badge.setObjectName("live" if live else "sandbox")
        self.badge.setToolTip(
            "What the browser and your backend send goes on to the real platforms. "
            "A test event without a test event code counts."
            if live
            else "The proxy answers the ad platforms itself. Switch to live in the settings."
        )
        self.badge.style().unpolish(self.badge)
        self.badge.style().polish(self.badge)
        self._alarm.setVisible(live)


def _button(action: QAction) -> QToolButton:
    button = QToolButton()
    button.setObjectName("tool")
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    action.setIconText(action.text().replace("&", ""))  # Qt's own choice leaves the dots out
    button.setDefaultAction(action)
    return button


def _menu_button(text: str, menu: QMenu) -> QToolButton:
    button = QToolButton()
    button.setObjectName("tool")
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setText(f"{text} ▾")
    button.setMenu(menu)
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    return button
