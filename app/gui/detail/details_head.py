"""The head of the details pane: the verdict, the conversion, and what can be done with it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from app.gui.detail.findings_view import sorted_findings
from app.gui.drawing.elided_label import ElidedLabel
from app.gui.drawing.ink import Tone, ink_of, tone_of
from app.gui.drawing.moments import gap
from app.gui.drawing.runs import as_plain_tooltip
from app.gui.drawing.wire_text import shortened, visible
from app.model import Event, Group, LinkKind, Side
from app.platforms import account_word, no_server, title_of
from app.words import SEVERITY_WORDS, VERDICT_WORDS


class DetailsHead(QWidget):
    """The verdict, the conversion, the first thing to know about it, and what can be done with it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tone = Tone.MUTED
        self.verdict = _plain_label()
        self.name = ElidedLabel()
        self.name.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.whose = ElidedLabel()
        self.whose.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.first = ElidedLabel()
        self.send = QPushButton("Send &matching test event…")
        self.replay = QPushButton("&Replay…")
        self.one_account = QPushButton("These t&wo accounts are one")
        self.one_account.setToolTip("Names them as one in the settings; the session is judged again at once.")
        self.one_account.hide()
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 5, 12, 5)
        row.setSpacing(12)
        row.addWidget(self.verdict)
        row.addWidget(self.name)
        row.addWidget(self.whose)
        row.addWidget(self.first, 1)
        row.addWidget(self.one_account)
        row.addWidget(self.send)
        row.addWidget(self.replay)

    def show_group(self, group: Group, browser: Event | None, server: Event | None) -> None:
        """Say the group's verdict and what matters most about it."""
        word = VERDICT_WORDS[group.verdict]
        self._tone = tone_of(word.role)
        self.verdict.setText(f"{word.glyph} {word.word}")
        self.verdict.setToolTip(as_plain_tooltip(word.help))
        event_id = _short(group.event_id) if group.event_id is not None else "no event ID"
        between = f"   {gap(group.gap_ms)}" if group.gap_ms is not None else ""
        self.name.setText(f"{_short(group.name)}   {event_id}{between}")
        named = (event.place for event in (browser, server) if event is not None)
        accounts = " ≠ ".join(map(_short, dict.fromkeys(named) or (group.account,)))
        self.whose.setText(f"{visible(title_of(group.platform))} · {account_word(group.platform)} {accounts}")
        findings = sorted_findings(group.findings)
        more = f"   and {len(findings) - 1} more" if len(findings) > 1 else ""
        if findings:
            self.first.setText(
                f"{SEVERITY_WORDS[findings[0].severity].glyph} {visible(findings[0].message[:600])}{more}"
            )
        else:
            self.first.setText("No findings.")
        self.one_account.setVisible(any(link.kind is LinkKind.PROBABLE for link in group.links))
        unsent = no_server(group.platform)
        sendable = browser is not None and browser.side is Side.BROWSER
        self._allow(self.send, unsent or ("" if sendable else "There is no browser event to make a server event of."))
        repeatable = server is not None and server.side is Side.SERVER
        self._allow(self.replay, unsent or ("" if repeatable else "There is no server event to send again."))
        self._colour()

    @staticmethod
    def _allow(button: QPushButton, reason: str) -> None:
        """Offer a button unless there is a reason against it, which it then tells."""
        button.setEnabled(not reason)
        button.setToolTip(reason)

    def _colour(self) -> None:
        ink = ink_of(self.palette())
        font = self.font()
        font.setBold(True)
        self.verdict.setFont(font)
        palette = self.verdict.palette()
        palette.setColor(QPalette.ColorRole.WindowText, ink.of(self._tone))
        self.verdict.setPalette(palette)
        for label in (self.whose, self.first):
            palette = label.palette()
            palette.setColor(QPalette.ColorRole.WindowText, ink.muted)
            label.setPalette(palette)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._colour()


def _plain_label() -> QLabel:
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label


def _short(text: str) -> str:
    return shortened(visible(text if len(text) < 200 else f"{text[:100]}…{text[-100:]}"), 26, 12)
