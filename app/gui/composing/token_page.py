"""The tokens: where each would come from, keeping one in the keyring, and asking the platform whether it works."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QComboBox, QFormLayout, QHBoxLayout, QLabel, QLineEdit, QPushButton, QWidget

from app.gui.composing.endpoint_box import EndpointBox, EndpointRow
from app.gui.composing.send_desk import Endpoint
from app.gui.drawing.ink import Tone
from app.gui.drawing.said_label import SaidLabel
from app.model import Exchange
from app.platforms.meta.answer import explain, server_result
from app.sending.sender import SenderError
from app.sending.tokens import ADVICE, OLD_MS, VARIABLE, TokenError, TokenStore

_DAY_MS = 24 * 60 * 60 * 1000
_LOOK_MS = 40


@dataclass(frozen=True, slots=True)
class TokenDesk:
    """What the page works with. `check(account, typed, endpoint)` asks a harmless question with the typed token.

    Without one it asks with the token the account has. It may raise `SenderError` or `TokenError`. `now_ms` is UTC.
    `start_sandbox` is as in `SendDesk`.
    """

    store: TokenStore
    check: Callable[[str, str, Endpoint], Future[Exchange]]
    now_ms: Callable[[], int]
    start_sandbox: Callable[[], tuple[Endpoint, ...]] | None = None


class TokenPage(QWidget):
    """A token is shown as dots while it is typed, and nowhere else."""

    def __init__(self, desk: TokenDesk, endpoints: tuple[Endpoint, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._asking: Future[Exchange] | None = None
        self.account = QComboBox()
        self.account.setEditable(True)
        self.account.setAccessibleName("Account of the token")
        self.source = SaidLabel()
        self.token = QLineEdit()
        self.token.setEchoMode(QLineEdit.EchoMode.Password)
        self.token.setPlaceholderText("paste it here to keep or check it")
        self.endpoint = EndpointBox(_asked(endpoints))
        start = desk.start_sandbox
        self.sandbox = EndpointRow(self.endpoint, None if start is None else lambda: _asked(start()))
        self.keep = QPushButton("&Keep in the keyring")
        self.forget = QPushButton("&Forget")
        self.check = QPushButton("Chec&k token")
        self.said = SaidLabel()
        self._arrange()
        self._looking = QTimer(self, interval=_LOOK_MS)
        self._looking.timeout.connect(self._look)
        self.account.currentTextChanged.connect(self._show_source)
        self.token.textChanged.connect(self._allow)
        self.keep.clicked.connect(self._keep)
        self.forget.clicked.connect(self._forget)
        self.check.clicked.connect(self._check)
        self.sandbox.started.connect(self._allow)
        self.sandbox.refused.connect(lambda text: self.said.say(text, Tone.BAD))
        self._show_source()

    def offer_accounts(self, accounts: tuple[str, ...]) -> None:
        """Offer these accounts."""
        before = self.account.currentText()
        self.account.blockSignals(True)
        self.account.clear()
        self.account.addItems(accounts)
        if before:
            self.account.setCurrentText(before)
        self.account.blockSignals(False)
        self._show_source()

    @property
    def _named(self) -> str:
        return self.account.currentText().strip()

    def _show_source(self) -> None:
        self._allow()
        if not self._named:
            self.source.say("Enter a dataset or pixel ID.", Tone.MUTED)
            return
        try:
            source = self._desk.store.source(self._named)
            age = self._age() if source and "keyring" in source else ""
        except TokenError as error:
            self.source.say(str(error), Tone.BAD)
            return
        if source is None:
            self.source.say(f"There is none: neither in {VARIABLE} nor in the keyring.", Tone.WARN)
        else:
            self.source.say(f"It would come from {source}.{age}", Tone.WARN if "90" in age else Tone.PLAIN)

    def _age(self) -> str:
        kept_ms = self._desk.store.kept_ms(self._named)
        if kept_ms is None:
            return ""
        age_ms = max(self._desk.now_ms() - kept_ms, 0)
        days = f" It was kept {age_ms // _DAY_MS:,} days ago."
        old = (
            " A person's token ends within 90 days: check it, or make one of a system user." if age_ms > OLD_MS else ""
        )
        return days + old

    def _allow(self) -> None:
        typed, named = bool(self.token.text().strip()), bool(self._named)
        self.keep.setEnabled(typed and named)
        self.forget.setEnabled(named)
        self.check.setEnabled(named and self._asking is None and self.endpoint.place is not None)

    def _keep(self) -> None:
        try:
            self._desk.store.keep(self._named, self.token.text())
            self._desk.store.date(self._named, self._desk.now_ms())
        except TokenError as error:
            self.said.say(str(error), Tone.BAD)
            return
        self.token.clear()
        self.said.say("✓ The keyring has it. It is read from there when something is sent.", Tone.GOOD)
        self._show_source()

    def _forget(self) -> None:
        try:
            self._desk.store.forget(self._named)
        except TokenError as error:
            self.said.say(str(error), Tone.BAD)
            return
        self.said.say("The keyring holds no token for this account.", Tone.PLAIN)
        self._show_source()

    def _check(self) -> None:
        place = self.endpoint.place
        if place is None:
            return
        try:
            self._asking = self._desk.check(self._named, self.token.text().strip(), place)
        except (SenderError, TokenError) as error:
            self.said.say(str(error), Tone.BAD)
            return
        self.said.say("Asking whose token it is…", Tone.MUTED)
        self._allow()
        self._looking.start()

    def _look(self) -> None:
        future = self._asking
        if future is None or not future.done():
            return
        self._looking.stop()
        self._asking = None
        try:
            self.said.say(*answered(future.result()))
        except Exception as error:  # noqa: BLE001  whatever went wrong is the user's to read
            self.said.say(str(error) or type(error).__name__, Tone.BAD)
        self._allow()

    def _arrange(self) -> None:
        for line, name in ((self.token, "Token"), (self.endpoint, "Where the token is checked")):
            line.setAccessibleName(name)
        buttons = QHBoxLayout()
        for button in (self.keep, self.forget, self.check):
            button.setAutoDefault(False)
            buttons.addWidget(button)
        buttons.addStretch()
        advice = QLabel(
            f"{ADVICE} A token is read from the environment or the keyring for each send, and put on the wire only: "
            "no file, log or screen of ours has it."
        )
        advice.setWordWrap(True)
        advice.setProperty("muted", True)
        form = QFormLayout(self)
        form.setContentsMargins(16, 16, 16, 16)
        form.setVerticalSpacing(10)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow("&Account", self.account)
        form.addRow("Its token", self.source)
        form.addRow("&New token", self.token)
        form.addRow("Check &at", self.sandbox)
        form.addRow(buttons)
        form.addRow(self.said)
        form.addRow(advice)


def answered(exchange: Exchange) -> tuple[str, Tone]:
    """What the platform said to the question whose token it is, in words."""
    response = exchange.response
    if response is None:
        return exchange.error or "There was no answer.", Tone.BAD
    if response.status == 200:
        try:
            told = json.loads(response.body)
            return f"✓ The token works. It belongs to {told['name']} ({told['id']}).", Tone.GOOD
        except (ValueError, KeyError, TypeError):
            return "The platform answered, but not whose token it is. The endpoint may be no Graph API.", Tone.WARN
    _, answer = server_result(exchange)
    known = explain(answer.code, answer.subcode)
    codes = "/".join(part for part in (answer.code, answer.subcode) if part) or f"HTTP {response.status}"
    words = f"{known.title}: {known.cause} {known.fix}" if known else answer.message or "No reason was given."
    return f"✕ {codes} · {words}", Tone.BAD


def _asked(places: tuple[Endpoint, ...]) -> tuple[Endpoint, ...]:
    """Places to ask at need no token of their own: one may just be typed."""
    return tuple(Endpoint(each.title, each.base_url, each.live) if each.base_url else each for each in places)
