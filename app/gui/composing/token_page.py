"""The tokens: where each would come from, keeping one in the keyring, and asking the platform whether it works."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QComboBox, QFormLayout, QHBoxLayout, QLabel, QLineEdit, QPushButton, QWidget

from app.gui.composing.endpoint_box import EndpointBox, EndpointRow
from app.gui.drawing.ink import Tone
from app.gui.drawing.said_label import SaidLabel
from app.model import Exchange
from app.platforms import senders, server_of
from app.platforms.server_api import ComposeError
from app.sending.job import Endpoint
from app.sending.sender import SenderError
from app.sending.tokens import OLD_MS, TokenError, TokenStore, variable

_DAY_MS = 24 * 60 * 60 * 1000
_LOOK_MS = 40


@dataclass(frozen=True, slots=True)
class TokenDesk:
    """What the page works with. `check(platform, account, typed, endpoint)` asks a harmless question.

    It asks with the typed token, or else with the one the account has, and may raise `SenderError`, `TokenError` or
    `ComposeError`. `now_ms` is UTC. `endpoints` are where a platform can be asked. `start_sandbox` is as in
    `SendDesk`.
    """

    store: TokenStore
    check: Callable[[str, str, str, Endpoint], Future[Exchange]]
    now_ms: Callable[[], int]
    endpoints: Callable[[str], tuple[Endpoint, ...]] = lambda platform: ()
    start_sandbox: Callable[[], None] | None = None


class TokenPage(QWidget):
    """A token is shown as dots while it is typed, and nowhere else."""

    def __init__(self, desk: TokenDesk, endpoints: tuple[Endpoint, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._asking: Future[Exchange] | None = None
        self._names = tuple(each.name for each in senders())
        self.which = QComboBox()
        self.which.addItems([each.title for each in senders()])
        self.which.setAccessibleName("Platform of the token")
        self.advice = QLabel()
        self.account = QComboBox()
        self.account.setEditable(True)
        self.account.setAccessibleName("Account of the token")
        self.source = SaidLabel()
        self.token = QLineEdit()
        self.token.setEchoMode(QLineEdit.EchoMode.Password)
        self.token.setPlaceholderText("paste it here to keep or check it")
        self.endpoint = EndpointBox(_asked(endpoints))
        self.sandbox = EndpointRow(self.endpoint, lambda: _asked(desk.endpoints(self.platform)), desk.start_sandbox)
        self.keep = QPushButton("&Keep in the keyring")
        self.forget = QPushButton("&Forget")
        self.check = QPushButton("Chec&k token")
        self.said = SaidLabel()
        self._arrange()
        self._looking = QTimer(self, interval=_LOOK_MS)
        self._looking.timeout.connect(self._look)
        self.which.currentIndexChanged.connect(self._show_platform)
        self.account.currentTextChanged.connect(self._show_source)
        self.token.textChanged.connect(self._allow)
        self.keep.clicked.connect(self._keep)
        self.forget.clicked.connect(self._forget)
        self.check.clicked.connect(self._check)
        self.sandbox.started.connect(self._allow)
        self.sandbox.refused.connect(lambda text: self.said.say(text, Tone.BAD))
        self._show_advice()
        self._show_source()

    @property
    def platform(self) -> str:
        """Whose token it is."""
        return self._names[self.which.currentIndex()] if self._names else ""

    def show_platform(self, platform: str) -> None:
        """Show a platform's tokens."""
        self.which.setCurrentIndex(self._names.index(platform))

    def _show_platform(self) -> None:
        self.sandbox.offer()
        self.account.clearEditText()
        self.token.clear()
        self._show_advice()
        self._show_source()

    def _show_advice(self) -> None:
        api = server_of(self.platform)
        self.check.setToolTip("" if api.token_question else "This platform has no harmless question to ask.")
        self.advice.setText(
            f"{api.token_advice} A token is read from the environment or the keyring for each send, and put on the "
            "wire only: no file, log or screen of ours has it.".strip()
        )

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
            self.source.say(f"Enter a {server_of(self.platform).account.word}.", Tone.MUTED)
            return
        try:
            source = self._desk.store.source(self._named, self.platform)
            age = self._age() if source and "keyring" in source else ""
        except TokenError as error:
            self.source.say(str(error), Tone.BAD)
            return
        if source is None:
            where = variable(platform=self.platform)
            self.source.say(f"There is none: neither in {where} nor in the keyring.", Tone.WARN)
        else:
            self.source.say(f"It would come from {source}.{age}", Tone.WARN if "90" in age else Tone.PLAIN)

    def _age(self) -> str:
        kept_ms = self._desk.store.kept_ms(self._named, self.platform)
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
        asked = server_of(self.platform).token_question is not None
        self.check.setEnabled(asked and named and self._asking is None and self.endpoint.place is not None)

    def _keep(self) -> None:
        try:
            self._desk.store.keep(self._named, self.token.text(), self.platform)
            self._desk.store.date(self._named, self._desk.now_ms(), self.platform)
        except TokenError as error:
            self.said.say(str(error), Tone.BAD)
            return
        self.token.clear()
        self.said.say("✓ The keyring has it. It is read from there when something is sent.", Tone.GOOD)
        self._show_source()

    def _forget(self) -> None:
        try:
            self._desk.store.forget(self._named, self.platform)
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
            self._asking = self._desk.check(self.platform, self._named, self.token.text().strip(), place)
        except (ComposeError, SenderError, TokenError) as error:
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
            self.said.say(*answered(self.platform, future.result()))
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
        self.advice.setWordWrap(True)
        self.advice.setProperty("muted", True)
        form = QFormLayout(self)
        form.setContentsMargins(16, 16, 16, 16)
        form.setVerticalSpacing(10)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow("&Platform", self.which)
        form.setRowVisible(self.which, len(self._names) > 1)
        form.addRow("&Account", self.account)
        form.addRow("Its token", self.source)
        form.addRow("&New token", self.token)
        form.addRow("Check &at", self.sandbox)
        form.addRow(buttons)
        form.addRow(self.said)
        form.addRow(self.advice)


def answered(platform: str, exchange: Exchange) -> tuple[str, Tone]:
    """What the platform said to the question whether a token works, in words."""
    read = server_of(platform).token_answer
    if exchange.response is None or read is None:
        return exchange.error or "There was no answer.", Tone.BAD
    works, text = read(exchange)
    if works is None:
        return text, Tone.WARN
    return (f"✓ {text}", Tone.GOOD) if works else (f"✕ {text}", Tone.BAD)


def _asked(places: tuple[Endpoint, ...]) -> tuple[Endpoint, ...]:
    """Places to ask at need no token of their own: one may just be typed."""
    return tuple(Endpoint(each.title, each.base_url, each.live) if each.base_url else each for each in places)
