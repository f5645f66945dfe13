"""Everything the desk does about sending: where it may go, with which token, and the dialogs for one event or many.

What it is given are questions, for the session, the settings and the customer may be others the next time.
"""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from app.gui.composing import project as projects_file
from app.gui.composing.fault_verdict import FaultVerdict, judged_alone, judged_in
from app.gui.composing.many_choices import platforms_in
from app.gui.composing.many_desk import ManyDesk, Scope
from app.gui.composing.many_dialog import ManyDialog
from app.gui.composing.project import CUSTOM, LIVE, ProjectError, Projects, custom_endpoint, first_sender
from app.gui.composing.project_dialog import ProjectDialog
from app.gui.composing.run import RunError
from app.gui.composing.send_desk import SendDesk, plain_desk
from app.gui.composing.send_dialog import SendDialog
from app.gui.composing.sheet import Maker, Where
from app.gui.composing.token_page import TokenDesk
from app.gui.desk import DeskError
from app.model import Customer, Event, Exchange, Side
from app.outgoing import Draft, Outgoing
from app.pairing.windows import windows_from
from app.platforms import decode, senders, server_of
from app.platforms.server_api import ComposeError, Terms
from app.sending.drafts import draft_again, now_ms
from app.sending.job import DraftSender, Endpoint, live_endpoint, sandbox_endpoint
from app.sending.sandbox import SandboxServer, SandboxServerError
from app.sending.sender import SenderError
from app.sending.tokens import TokenError, TokenStore
from app.settings import Settings

if TYPE_CHECKING:
    from app.analysis.engine import Analysis
    from app.session.file import Session
    from app.workbench.live import Workbench


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
        self._sender: DraftSender | None = None
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
            draft = self._draft_of(whole, exchange, keep_time=False)
        except ComposeError as error:
            raise DeskError(str(error)) from error
        twin = whole if event.side is Side.BROWSER else self._browser_of(event)
        return self._open(draft, twin, whole.own_ms, parent)

    def scratch(self, parent: QWidget | None) -> SendDialog:
        """The dialog on an event from scratch, of the first platform that the project names an account of.

        The other platforms and templates are in its menu. Raises `DeskError` when nothing can be sent anywhere.
        """
        if not senders():
            raise DeskError("No platform here takes server events, so there is nothing to send.")
        used = self.projects.used
        name = next((each.name for each in senders() if used.target(each.name).accounts), first_sender())
        where, templates = self._where(name), server_of(name).templates
        draft = templates.from_scratch(
            templates.first, self._terms(where), account=where.account, source=templates.sources()[0]
        )
        return self._open(draft, None, None, parent)

    def many(self, scopes: tuple[Scope, ...], parent: QWidget | None) -> ManyDialog:
        """The dialog on many events. Raises `DeskError` when none of them can be sent."""
        if not any(scope.events for scope in scopes):
            raise DeskError("There is no row to send.")
        if not platforms_in(scopes):
            raise DeskError("The platforms of these rows take no server events from here, so nothing can be sent.")
        dialog = ManyDialog(scopes, self.many_desk(), parent)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._many.append(dialog)
        dialog.destroyed.connect(lambda: self._many.remove(dialog) if dialog in self._many else None)
        dialog.show()
        return dialog

    def project(self, parent: QWidget | None) -> ProjectDialog:
        """The dialog on project, tokens and test customer; `use` keeps what it accepted."""
        desk = TokenDesk(
            self._store,
            self._check_token,
            now_ms,
            lambda platform: self.endpoints("", platform),
            self.start_sandbox,
        )
        return ProjectDialog(self.projects, self._customer(), desk, self.endpoints(""), parent)

    def _open(self, draft: Draft, twin: Event | None, own_ms: int | None, parent: QWidget | None) -> SendDialog:
        dialog = SendDialog(draft, self._desk(draft, twin, own_ms), parent)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.show()
        return dialog

    def _desk(self, draft: Draft, twin: Event | None, own_ms: int | None) -> SendDesk:
        plain = plain_desk(twin, (), self.send, windows=windows_from(self._settings().windows))
        return dataclasses.replace(
            plain,
            endpoints=lambda shown: self.endpoints(shown.account or draft.account, shown.platform),
            maker=Maker(self._customer(), now_ms, self._where),
            own_ms=own_ms,
            start_sandbox=self.start_sandbox,
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

    def _where(self, platform: str) -> Where:
        """What a platform's events start with: as the project says, for the first platform else as the settings do."""
        target, settings = self.projects.used.target(platform), self._settings()
        if platform != first_sender():
            return Where(target.account, target.test_code or None, target.api_version or None)
        return Where(
            target.account or settings.account,
            target.test_code or settings.test_code or None,
            target.api_version or settings.api_version or None,
        )

    # -- where to, and with what --------------------------------------------------------------------------------------

    def endpoints(self, account: str, platform: str = "") -> tuple[Endpoint, ...]:
        """Where an account's events can go, the project's choice first. No platform: the first there is."""
        platform = platform or first_sender()
        sandbox = sandbox_endpoint(platform, self._sandbox_url())
        live = live_endpoint(platform, account, self._store)
        used = self.projects.used
        own = custom_endpoint(used)
        if own is not None:
            own = dataclasses.replace(own, unavailable=live.unavailable if own.live else "")
        first = {LIVE: live, CUSTOM: own}.get(used.to) or sandbox
        places = (sandbox, live, *((own,) if own else ()))
        return (first, *(place for place in places if place is not first))

    def _sandbox_url(self) -> str:
        """Where the sandbox answers: in the capture, or by itself; empty while it does not run."""
        listening = self._bench().listening
        if listening is not None:
            return f"http://127.0.0.1:{listening.sandbox_port}"
        return self._sandbox.url if self._sandbox is not None else ""

    def start_sandbox(self) -> None:
        """Start the sandbox where no capture brings one. Raises `DeskError`."""
        if self._sandbox_url():
            return
        try:
            self._sandbox = SandboxServer()
        except SandboxServerError as error:
            raise DeskError(str(error)) from error
        self._sandbox.start()

    def send(self, ready: Outgoing, confirmed: bool) -> Future[Exchange]:
        """Send in the background. Raises `SenderError` or `TokenError`."""
        return self._opened_sender().submit(ready, confirmed=confirmed)

    def _check_token(self, platform: str, account: str, typed: str, place: Endpoint) -> Future[Exchange]:
        version = self._where(platform).api_version
        return self._opened_sender().ask_token(platform, account, typed, place.base_url, version)

    def _opened_sender(self) -> DraftSender:
        if self._sender is None:
            settings = self._settings()
            # The bench may be another one by the time an answer comes: it is looked up then.
            self._sender = DraftSender(
                lambda exchange: self._bench().inspector.keep(exchange),
                self._store,
                upstream_proxy=settings.upstream_proxy,
                extra_ca=settings.extra_ca,
            )
        return self._sender

    # -- many ---------------------------------------------------------------------------------------------------------

    def many_desk(self) -> ManyDesk:
        """The functions behind the dialog on many events, live only with a token for their account."""
        return ManyDesk(
            self._draft,
            self._send_now,
            lambda platform, account: self.endpoints(account, platform),
            lambda platform: self._where(platform).test_code or "",
            self.start_sandbox,
        )

    def _draft(self, event: Event, keep_time: bool) -> Draft:
        exchange, whole = self._read(event)
        return self._draft_of(whole, exchange, keep_time=keep_time)

    def _send_now(self, draft: Draft, base_url: str, confirmed: bool, stop: threading.Event) -> Exchange:
        try:
            return self._opened_sender().send(draft, base_url, confirmed=confirmed, stop=stop)
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

    def _draft_of(self, event: Event, exchange: Exchange, *, keep_time: bool) -> Draft:
        """The event again, or its twin: at the project's account where the event does not tell."""
        where = self._where(event.platform)
        draft = draft_again(event, exchange, self._terms(where, keep_time=keep_time))
        return draft if draft.account else replace(draft, account=where.account)

    def _terms(self, where: Where, *, keep_time: bool = False) -> Terms:
        return Terms(
            now_ms=now_ms(),
            customer=self._customer(),
            keep_time=keep_time,
            test_code=where.test_code,
            api_version=where.api_version,
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
