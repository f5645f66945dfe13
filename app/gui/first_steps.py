"""What stands in place of an empty table: the first steps, in order, each with its button."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.gui.desk import Listeners
from app.gui.drawing.runs import mono_font
from app.platforms import server_hosts


class FirstSteps(QWidget):
    """Teaches the way from nothing to a first verdict. `hosts` are what the listener stands for; all when None."""

    shop_wished = Signal()
    browser_wished = Signal()
    import_wished = Signal()

    def __init__(self, hosts: tuple[str, ...] | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        hosts = server_hosts() if hosts is None else hosts
        self.setAutoFillBackground(True)
        self.setBackgroundRole(self.backgroundRole().Base)
        self.shop = QPushButton("Launch demo &shop")
        self.shop.setProperty("primary", True)
        self.shop.clicked.connect(self.shop_wished)
        self.browser = QPushButton("Launch &browser")
        self.browser.clicked.connect(self.browser_wished)
        self.files = QPushButton("&Import files…")
        self.files.clicked.connect(self.import_wished)
        self.address = _Address("The forwarding listener's address", hosts)
        self.proxy = _Copyable("The proxy settings for a backend")
        title = QLabel("See why a conversion is counted twice")
        font = title.font()
        font.setPointSizeF(font.pointSizeF() * 1.5)
        font.setBold(True)
        title.setFont(font)
        lead = QLabel("Each conversion becomes a row: the browser's half on the left, the server's on the right.")
        lead.setProperty("muted", True)
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(16)
        grid.setColumnStretch(1, 1)
        place = f"https://{hosts[0]}" if len(hosts) == 1 else "the platform's own, for the host chosen here"
        steps = (
            ("Try it at once", ("A shop whose checkouts are each right or wrong in one way. Nothing leaves this "
             "machine; no account or token is needed."), self.shop),
            ("Or watch your own shop", ("Switch Live on in the settings first: the sandbox does not load the platform's"
             " script. An isolated browser opens, already connected; buy something in it."), self.browser),
            ("Bring the server's half", (f"In your backend, put this address in place of {place}. "
             "The sandbox answers; when Live is on, requests are passed on unchanged."), self.address),
            ("", "Or run the backend through the proxy, trusting our certificate:", self.proxy),
            ("Or read what was recorded", ("HAR files, JSON or JSON Lines of server payloads, sessions. "
             "They can be dropped on this window."), self.files),
        )  # fmt: skip
        number = 0
        for line, (head, text, widget) in enumerate(steps):
            number += bool(head)
            grid.addWidget(_Number(str(number) if head else ""), line, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(_Words(head, text), line, 1)
            grid.addWidget(widget, line, 2, Qt.AlignmentFlag.AlignVCenter)
        card = QWidget()
        card.setMaximumWidth(980)
        column = QVBoxLayout(card)
        column.setSpacing(6)
        column.addWidget(title)
        column.addWidget(lead)
        column.addSpacing(16)
        column.addLayout(grid)
        around = QVBoxLayout(self)
        around.setContentsMargins(24, 12, 24, 12)
        around.addStretch(1)
        line_up = QHBoxLayout()
        line_up.addStretch(1)
        line_up.addWidget(card, 12)
        line_up.addStretch(1)
        around.addLayout(line_up)
        around.addStretch(2)
        self.show_listeners(None)

    def show_listeners(self, listeners: Listeners | None) -> None:
        """Say where a backend is to send; the capture must run for that."""
        self.browser.setEnabled(listeners is not None)
        self.shop.setEnabled(listeners is not None)
        if listeners is None:
            self.address.show_listeners(None)
            self.proxy.show_text("")
            return
        self.address.show_listeners(listeners)
        self.proxy.show_text(listeners.environment)


class _Number(QLabel):
    def __init__(self, text: str) -> None:
        super().__init__(text)
        font = self.font()
        font.setPointSizeF(font.pointSizeF() * 1.5)
        font.setBold(True)
        self.setFont(font)
        self.setProperty("muted", True)
        self.setMinimumWidth(24)


class _Words(QWidget):
    def __init__(self, head: str, text: str) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        if head:
            title = QLabel(head)
            font = title.font()
            font.setBold(True)
            title.setFont(font)
            column.addWidget(title)
        words = QLabel(text)
        words.setWordWrap(True)
        words.setProperty("muted", True)
        column.addWidget(words)


class _Copyable(QFrame):
    """A text to be copied, with the button that does it."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.line = QLineEdit()
        self.line.setReadOnly(True)
        self.line.setAccessibleName(name)
        self.line.setPlaceholderText("start the capture to see it")
        self.line.setMinimumWidth(250)
        self.line.setFont(mono_font(self.line.font()))
        self.copy = QPushButton("Copy")
        self.copy.setAccessibleName(f"Copy: {name}")
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.line.text()))
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        row = QHBoxLayout()
        row.addWidget(self.line)
        row.addWidget(self.copy)
        self.column.addLayout(row)

    def show_text(self, text: str) -> None:
        self.line.setText(text)
        self.line.setCursorPosition(0)
        self.copy.setEnabled(bool(text))


class _Address(_Copyable):
    """The address that stands for a platform's host, which is chosen where there are several."""

    def __init__(self, name: str, hosts: tuple[str, ...]) -> None:
        super().__init__(name)
        self._listeners: Listeners | None = None
        self.host = QComboBox()
        self.host.setAccessibleName("In place of which platform's host")
        self.host.addItems(hosts)
        self.host.setVisible(len(hosts) > 1)
        if len(hosts) > 1:
            self.line.setMinimumWidth(370)  # a host stands behind the address
        self.host.currentIndexChanged.connect(lambda _: self.show_listeners(self._listeners))
        self.column.insertWidget(0, self.host)

    def show_listeners(self, listeners: Listeners | None) -> None:
        """Show where a backend is to send in place of the chosen host."""
        self._listeners = listeners
        self.show_text(listeners.base(self.host.currentText()) if listeners else "")
