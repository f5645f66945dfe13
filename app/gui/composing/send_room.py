"""Everything the desk does about sending: where it may go, with which token, and the dialogs for one event or many.

What it is given are questions, for the session, the settings and the customer may be others the next time.
"""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from app.gui.composing import project as projects_file
from app.gui.composing.fault_verdict import FaultVerdict, judged_alone, judged_in
from app.gui.composing.many_desk import ManyDesk, Scope
from app.gui.composing.many_dialog import ManyDialog
from app.gui.composing.project import CUSTOM, LIVE, ProjectError, Projects, custom_endpoint
from app.gui.composing.project_dialog import ProjectDialog
from app.gui.composing.run import RunError
from app.gui.composing.send_desk import Endpoint, SendDesk, meta_desk
from app.gui.composing.send_dialog import SendDialog
from app.gui.composing.sheet import Maker
from app.gui.composing.token_page import TokenDesk
from app.gui.desk import DeskError
from app.model import Customer, Draft, Event, Exchange, Outgoing, Provenance, Side
from app.platforms import decode
from app.platforms.meta.compose import ComposeError, compose, outgoing, replay, token_question
from app.platforms.meta.templates import from_scratch
from app.sending.sandbox import SandboxServer, SandboxServerError
from app.sending.sender import Sender, SenderError, is_local
from app.sending.tokens import TokenError, TokenStore
from app.settings import Settings

if TYPE_CHECKING:
    from app.analysis.engine import Analysis
    from app.session.file import Session
    from app.workbench.live import Workbench

GRAPH = "https://graph.facebook.com"
SANDBOX_TOKEN = "SANDBOX-TOKEN-THAT-OPENS-NOTHING"  # noqa: S105 # the sandbox takes any


class SendRoom:
    """Sends for one desk. The methods that open a dialog are for the window's thread.

    `projects_path` is where projects are kept; None keeps them in memory.
    """

    def __init__(
        self,
        bench: Callable[[], Workbench],
        settings: Callable[[], Settings],
        customer: Callable[[], Customer],
        projects_path: Path | None = None,
        store: TokenStore | None = None,
    ) -> None:
        self._bench, self._settings, self._customer = bench, settings, customer
        self._projects_path = projects_path
        self._store = store or TokenStore()
        self._projects: Projects | None = None
        self._sender: Sender | None = None
        self._sandbox: SandboxServer | None = None
        self._many: list[ManyDialog] = []

    # -- the dialogs --------------------------------------------------------------------------------------------------

    def one(self, event: Event, parent: QWidget | None) -> SendDialog:
        """The dialog on a browser event's twin, or on a server event again.

        Blocks for the few milliseconds that reading one exchange takes. Raises `DeskError` for an event that can not
        be sent.
        """
        exchange, whole = self._read(event)
        try:
            draft = self._draft_of(whole, exchange, self._code, keep_time=False)
        except ComposeError as error:
            raise DeskError(str(error)) from error
        twin = whole if event.side is Side.BROWSER else self._browser_of(event)
        return self._open(draft, twin, whole.own_ms, parent)

    def scratch(self, parent: QWidget | None) -> SendDialog:
        """The dialog on a Purchase from scratch; the other templates are in its menu."""
        used = self.projects.used
        draft = from_scratch(
            "Purchase",
            account=used.account or self._settings().account,
            now_ms=now_ms(),
            customer=self._customer(),
            test_code=self._code,
            api_version=self._version,
        )
        return self._open(draft, None, None, parent)

    def many(self, scopes: tuple[Scope, ...], parent: QWidget | None) -> ManyDialog:
        """The dialog on many events."""
        if not scopes:
            raise DeskError("There is no row to send.")
        account = next((event.account for scope in scopes for event in scope.events), "")
        dialog = ManyDialog(scopes, self.many_desk(account), parent)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._many.append(dialog)
        dialog.destroyed.connect(lambda: self._many.remove(dialog) if dialog in self._many else None)
        dialog.show()
        return dialog

    def project(self, parent: QWidget | None) -> ProjectDialog:
        """The dialog on project, tokens and test customer; `use` keeps what it accepted."""
        desk = TokenDesk(self._store, self._check_token, now_ms, partial(self.start_sandbox, ""))
        return ProjectDialog(self.projects, self._customer(), desk, self.endpoints(""), parent)

    def _open(self, draft: Draft, twin: Event | None, own_ms: int | None, parent: QWidget | None) -> SendDialog:
        dialog = SendDialog(draft, self._desk(draft, twin, own_ms), parent)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.show()
        return dialog

    def _desk(self, draft: Draft, twin: Event | None, own_ms: int | None) -> SendDesk:
        plain = meta_desk(twin, self.endpoints(draft.account), self.send)
        return dataclasses.replace(
            plain,
            maker=Maker(self._customer(), now_ms),
            own_ms=own_ms,
            start_sandbox=partial(self.start_sandbox, draft.account),
            verdict=None if twin is None else lambda sent: self._verdict(twin, sent),
        )

    # -- projects -----------------------------------------------------------------------------------------------------

    @property
    def projects(self) -> Projects:
        """All projects. Raises `DeskError` when their file is broken."""
        if self._projects is None:
            try:
                self._projects = projects_file.read(self._projects_path) if self._projects_path else Projects()
            except ProjectError as error:
                raise DeskError(str(error)) from error
        return self._projects

    def use(self, projects: Projects, customer: Customer) -> None:
        """Keep projects, and the test customer where the one in use says so. Raises `DeskError`."""
        self._projects = projects
        used = projects.used
        try:
            if self._projects_path is not None:
                projects_file.write(projects, self._projects_path)
            if used.keep_customer:
                self._store.keep_customer(used.name, customer)
            else:
                self._store.forget_customer(used.name)
        except (ProjectError, TokenError) as error:
            raise DeskError(str(error)) from error

    def turn_to(self, name: str) -> bool:
        """Use another project until the program ends; False when there is none of that name. Raises `DeskError`."""
        if self.projects.named(name) is None:
            return False
        self._projects = dataclasses.replace(self.projects, current=name)
        return True

    def kept_customer(self) -> Customer:
        """The test customer that the keyring holds for the project in use; empty unless the user asked for that."""
        used = self.projects.used
        try:
            return self._store.customer(used.name) if used.keep_customer else Customer()
        except TokenError as error:
            raise DeskError(str(error)) from error

    @property
    def _code(self) -> str | None:
        return self.projects.used.test_code or self._settings().test_code or None

    @property
    def _version(self) -> str | None:
        return self.projects.used.api_version or self._settings().api_version or None

    # -- where to, and with what --------------------------------------------------------------------------------------

    def endpoints(self, account: str) -> tuple[Endpoint, ...]:
        """Where an account's events can go, the project's choice first."""
        url = self._sandbox_url()
        sandbox = Endpoint(
            "Sandbox – answered on this machine", url, unavailable="" if url else "not running", startable=not url
        )
        try:
            missing = "" if self._store.token(account) else "no token in the keyring or in PIXELPAIR_TOKEN"
        except TokenError as error:
            missing = str(error)
        live = Endpoint("Live – graph.facebook.com", GRAPH, live=True, unavailable=missing)
        used = self.projects.used
        own = custom_endpoint(used)
        if own is not None:
            own = dataclasses.replace(own, unavailable=missing if own.live else "")
        first = {LIVE: live, CUSTOM: own}.get(used.to) or sandbox
        places = (sandbox, live, *((own,) if own else ()))
        return (first, *(place for place in places if place is not first))

    def _sandbox_url(self) -> str:
        """Where the sandbox answers: in the capture, or by itself; empty while it does not run."""
        listening = self._bench().listening
        if listening is not None:
            return f"http://127.0.0.1:{listening.sandbox_port}"
        return self._sandbox.url if self._sandbox is not None else ""

    def start_sandbox(self, account: str) -> tuple[Endpoint, ...]:
        """Start the sandbox where no capture brings one; the endpoints there are then. Raises `DeskError`."""
        if not self._sandbox_url():
            try:
                self._sandbox = SandboxServer()
            except SandboxServerError as error:
                raise DeskError(str(error)) from error
            self._sandbox.start()
        return self.endpoints(account)

    def send(self, ready: Outgoing, confirmed: bool) -> Future[Exchange]:
        """Send in the background. Raises `SenderError` or `TokenError`."""
        return self._opened_sender().submit(ready, self._secret(ready), confirmed=confirmed).exchange

    def _secret(self, ready: Outgoing) -> str:
        if is_local(ready.request.url):
            return SANDBOX_TOKEN
        return self._store.token(ready.request.url.rstrip("/").rsplit("/", 2)[-2]) or ""

    def _check_token(self, account: str, typed: str, place: Endpoint) -> Future[Exchange]:
        question = token_question(place.base_url, self._version)
        stored = SANDBOX_TOKEN if is_local(place.base_url) else self._store.token(account) or ""
        return self._opened_sender().submit(question, typed or stored).exchange

    def _opened_sender(self) -> Sender:
        if self._sender is None:
            settings = self._settings()
            # The bench may be another one by the time an answer comes: it is looked up then.
            self._sender = Sender(
                lambda exchange: self._bench().inspector.record(exchange),
                upstream_proxy=settings.upstream_proxy,
                extra_ca=Path(settings.extra_ca) if settings.extra_ca else None,
            )
        return self._sender

    # -- many ---------------------------------------------------------------------------------------------------------

    def many_desk(self, account: str) -> ManyDesk:
        """The functions behind the dialog on many events, live only with a token for this account."""
        return ManyDesk(
            self._draft,
            self._send_now,
            _preview,
            self.endpoints(account),
            self._code or "",
            partial(self.start_sandbox, account),
        )

    def _draft(self, event: Event, test_code: str | None, keep_time: bool) -> Draft:
        exchange, whole = self._read(event)
        return self._draft_of(whole, exchange, test_code, keep_time=keep_time)

    def _send_now(self, draft: Draft, base_url: str, confirmed: bool, stop: threading.Event) -> Exchange:
        ready = outgoing(draft, base_url)
        try:
            return self._opened_sender().send(ready, self._secret(ready), confirmed=confirmed, stop=stop)
        except (SenderError, TokenError) as error:
            raise RunError(str(error)) from error

    # -- what was recorded --------------------------------------------------------------------------------------------

    def _read(self, event: Event) -> tuple[Exchange, Event]:
        exchange = self._bench().inspector.exchange(event.exchange).result()
        events = decode(exchange, self._settings().endpoints)
        return exchange, next((one for one in events if one.id == event.id), event)

    def _browser_of(self, event: Event) -> Event | None:
        """The browser's event that a server event is paired with, with its fields."""

        def find(_session: Session, analysis: Analysis) -> Event | None:
            groups = (group for group in analysis.groups() if event.id in {one.id for one in group.server})
            return next((one for group in groups for one in group.browser), None)

        browser = self._bench().inspector.ask(find).result()
        return None if browser is None else self._read(browser)[1]

    def _draft_of(self, event: Event, exchange: Exchange, code: str | None, *, keep_time: bool) -> Draft:
        at_ms, version = now_ms(), self._version
        if event.side is not Side.BROWSER:
            return replay(event, exchange, now_ms=at_ms, keep_time=keep_time, test_code=code, api_version=version)
        return compose(
            event,
            self._customer(),
            now_ms=at_ms,
            user_agent=exchange.request.header("user-agent"),
            keep_time=keep_time,
            test_code=code,
            api_version=version,
        )

    def _verdict(self, twin: Event, sent: Exchange) -> Future[FaultVerdict]:
        alone, send = judged_alone(twin, sent, self._customer()), sent.send or ""
        return self._bench().inspector.ask(lambda _session, analysis: FaultVerdict(alone, judged_in(analysis, send)))

    def close(self) -> None:
        """Close the sender, then the sandbox; what is on the wire is seen through.

        For any thread, once `stop_many` was called.
        """
        if self._sender is not None:
            self._sender.close()
        if self._sandbox is not None:
            self._sandbox.stop()

    def stop_many(self) -> None:
        """End every run; for the window's thread, before the session closes."""
        for dialog in tuple(self._many):
            dialog.stop()


def now_ms() -> int:
    """This machine's clock."""
    return time.time_ns() // 1_000_000


def _preview(draft: Draft, base_url: str) -> Exchange:
    ready = outgoing(draft, base_url)
    headers = (*ready.request.headers, ("Authorization", "Bearer ••••••••"))
    return Exchange(Provenance.SENT, replace(ready.request, headers=headers), error="Not sent yet.")
