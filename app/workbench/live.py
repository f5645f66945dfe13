"""One open session with everything attached to it: the record, the proxy, the browser, the evidence.

The composition root of both the window and the terminal: it ties rooms together and decides nothing itself. Heavy
rooms (proxy, sender, reports) are imported when first used, so that a window can be on the screen before them.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.analysis.engine import Analysis
from app.checks import Context
from app.formats.orders import read_orders
from app.model import Customer, Event, Exchange, Side
from app.numbers import Recorded
from app.pairing.plan import Plan, due_from
from app.pairing.windows import windows_from
from app.platforms import decode, rules_of, watched
from app.session.file import Input, Session
from app.session.journal import JournalReader, new_run
from app.session.worker import Inspector
from app.settings import Settings, browsers_dir, config_dir, sessions_dir
from app.words import ignored
from app.workbench.belonging import Belonging, keep_belonging

if TYPE_CHECKING:
    from app.capture.browser import Running
    from app.capture.messages import Listening
    from app.capture.profiles import Claim
    from app.capture.proxy import Proxy
    from app.reports.sources import Sources
    from app.shop import Shop

SUFFIX = ".pixelpair"
_TOLD_EVERY = 256  # parts of a report between two words on how far its writing is

logger = logging.getLogger(__name__)


class _CancelledError(Exception):
    """The user wants no more of it."""


def app_version() -> str:
    """Our own version, as installed."""
    try:
        return version("pixelpair")
    except PackageNotFoundError:
        return "0+unknown"


def context_of(settings: Settings, customer: Customer, *, live: bool, orders: tuple[str, ...] = ()) -> Context:
    """What the checks need, from the user's settings. `live` is whether a capture may still bring the other half."""
    return Context(
        customer=customer,
        allowed_domains=settings.allowed_domains,
        plan=Plan(settings.browser_only, settings.server_only, due_from(settings.due)),
        overlap_target=settings.overlap_target,
        live=live,
        orders=orders,
        one_account=settings.accounts_as_one,
        windows=windows_from(settings.windows),
    )


def new_session_path(folder: Path | None = None) -> Path:
    """A fresh name for a session file, from the time of day, UTC; two windows may be opened in one second."""
    folder = folder or sessions_dir()
    name = f"{datetime.now(UTC):%Y-%m-%d %H.%M.%S}"
    names = chain([name], (f"{name} ({number})" for number in count(2)))
    return next(path for each in names if not (path := folder / f"{each}{SUFFIX}").exists())


@dataclass(frozen=True, slots=True)
class Notices:
    """Where news that is no event goes; each may be called from any thread."""

    recorded: Callable[[Recorded], None]
    notice: Callable[[str], None]  # a sentence for the user
    proxy_died: Callable[[str], None]
    moved: Callable[[Path], None] = lambda _: None  # recording goes on in another file, of which a notice tells


class Workbench:
    """One open session. Methods may be called from one thread; what they start calls back from others."""

    def __init__(
        self,
        path: Path,
        settings: Settings,
        notices: Notices,
        customer: Customer | None = None,
        whose: Belonging | None = None,
    ) -> None:
        """`whose` is what the session is to remember from now on; None leaves it as it is."""
        self.settings = settings
        self._notices = notices
        self._session = Session.open(path)
        if whose is not None:
            keep_belonging(self._session, whose)
        context = context_of(settings, customer or Customer(), live=True)
        self.analysis = Analysis(context, rules_of(), settings.waiting_ms)
        self.inspector = Inspector(
            self._session,
            self.analysis,
            notices.recorded,
            endpoints=settings.endpoints,
            on_error=notices.notice,
        )
        self._proxy: Proxy | None = None
        self._journals: list[JournalReader] = []  # the runs of this proxy; the last is the one being written
        self._session.on_moved = self._moved
        self.listening: Listening | None = None
        self._browsers: dict[Running, Claim] = {}
        self.passed: Counter[str] = Counter()
        """Requests that a stopped capture opened and did not record, by host."""
        self._lock = threading.Lock()

    @property
    def path(self) -> Path:
        """The session file; another than was opened when that was renamed or damaged meanwhile."""
        return self._session.path

    @property
    def remarks(self) -> tuple[str, ...]:
        """Sentences on the session file as it was found."""
        return self._session.remarks

    @property
    def recovered(self) -> str | None:
        """A sentence on what reopening the session brought back, when its last writer died."""
        return self._session.recovered

    @property
    def proxy_pid(self) -> int | None:
        """The process number of the running proxy."""
        return self._proxy.pid if self._proxy else None

    def start_capture(self) -> Listening:
        """Start the listeners. Blocks until they listen; raises `ProxyError` with a sentence when they can not.

        Browsers that an earlier run left behind, because it was killed, are ended first.
        """
        from app.capture.messages import ClearUp, ProxyOptions
        from app.capture.profiles import sweep
        from app.capture.proxy import Proxy

        if swept := sweep(browsers_dir()):
            self._notices.notice(f"Browsers left behind by a run that was killed, and now ended: {swept}.")

        options = ProxyOptions(
            forward_port=self.settings.forward_port,
            forwarding_port=self.settings.forwarding_port,
            sandbox=not self.settings.live,
            upstream_proxy=self.settings.upstream_proxy,
            extra_ca=self.settings.extra_ca,
            watched=watched(),
            endpoints=self.settings.endpoints,
            confdir=config_dir() / "authority",
            journal=new_run(self.path),
        )
        with self._lock:
            self._journals = [self._begun(options.journal)]
            self._proxy = Proxy(
                options, self._captured, self._died, self._notices.notice, self._kept, self.inspector.learn
            )
            self.listening = self._proxy.start()
            for running in self._browsers:
                if running.alive:
                    self._proxy.entrust(ClearUp(running.profile))
        self.inspector.refresh(live=True)
        for sentence in self.listening.taken:
            self._notices.notice(sentence)
        return self.listening

    def load(self, cancelled: Callable[[], bool] = lambda: False) -> int:
        """Read what the session held when it was opened; how many exchanges that were. Blocks."""
        return self.inspector.load(cancelled=cancelled).result()

    def stop_capture(self) -> None:
        """Close the listeners; what was recorded stays, and nothing of it waits any more."""
        with self._lock:
            if self._proxy:
                self._proxy.stop()
                self._kept(ended=True)
                self.passed.update(self._proxy.passed)
            self._proxy = self.listening = None
        self.inspector.refresh(live=False)

    def _begun(self, run: Path | None) -> JournalReader:
        """A run of the journal, known to the session before anything is in it."""
        assert run is not None
        self.inspector.ask(lambda session, _analysis: session.append((), {run: 0})).result()
        return JournalReader(run)

    def _captured(self, exchange: Exchange) -> None:
        self.inspector.record(exchange)

    def _kept(self, *, ended: bool = False) -> None:
        for journal in self._journals:
            self.inspector.take_in(journal, ended=ended)

    def _moved(self, path: Path) -> None:
        """Recording goes on in another file: the journal follows it. Called on the inspector's thread."""
        if self._proxy is not None and self._journals:
            run = new_run(path)
            self._session.append((), {run: 0})
            self._journals = [*self._journals, JournalReader(run)]
            self._proxy.move_journal(run)
        self._notices.moved(path)

    def _died(self, sentence: str) -> None:
        self._kept(ended=True)
        self._notices.proxy_died(sentence)

    def launch_browser(
        self, name: str | None, url: str, *, headless: bool = False, headless_agent: bool = False
    ) -> Running:
        """Start an isolated browser on `url` through our proxy: the named one, or the settings', or the first found.

        Raises `BrowserError` with a sentence.
        """
        from app.capture.browser import BrowserError, choose, find, launch
        from app.capture.messages import ClearUp
        from app.capture.profiles import Claim

        if self.listening is None or self._proxy is None:
            raise BrowserError("The capture is not running, so the browser would not be seen. Start the capture first.")
        chosen = choose(name or self.settings.browser, find())
        claim = Claim(browsers_dir())
        self._proxy.entrust(ClearUp(claim.profile))
        try:
            running = launch(
                chosen,
                proxy_port=self.listening.forward_port,
                spki=self.listening.spki,
                profile=claim.profile,
                url=url,
                headless=headless,
                headless_agent=headless_agent,
                ca_file=self.listening.ca_file,
            )
        except BrowserError:
            claim.release()
            raise
        self._browsers[running] = claim
        threading.Thread(target=self._look_after, args=(running,), name="browser", daemon=True).start()
        self.inspector.observe(Side.BROWSER)
        return running

    def _look_after(self, running: Running) -> None:
        if sentence := running.accident():
            self._notices.notice(sentence)

    def open_shop(self) -> Shop:
        """Start the demo shop, its backend set up for our listeners, which must be running."""
        from app.shop import Shop
        from app.shop.backend import Backend

        assert self.listening is not None
        loopback = "http://127.0.0.1"
        backend = Backend(
            api_base=f"{loopback}:{self.listening.forwarding_port}",
            proxy=f"{loopback}:{self.listening.forward_port}",
            ca_bundle=self.listening.bundle_file,
            log=self.inspector.record,
        )
        shop = Shop(backend)
        shop.start()
        return shop

    def import_files(self, paths: Sequence[Path], cancelled: Callable[[], bool] = lambda: False) -> str:
        """Read files into the session; a sentence on what came of it. Raises `FormatError` for a file of no use.

        `cancelled` is asked until all files are read; then nothing of them is recorded.
        """
        from app.formats import read, settle_accounts

        found = [read(path, endpoints=self.settings.endpoints) for path in paths if not cancelled()]
        if cancelled():
            return "The import was cancelled; nothing was read into the session."
        imports = settle_accounts(found, self._counted)
        for item in imports:
            for exchange in item.exchanges:
                self.inspector.record(exchange)
            self._remember(item.input)
        count = sum(len(item.exchanges) for item in imports)
        skipped = sum(len(item.skipped) for item in imports)
        others = sum(item.ignored for item in imports)
        names = ", ".join(item.name for item in imports)
        return (
            f"{count:,} exchanges read from {names}"
            + (f", {skipped:,} parts skipped" if skipped else "")
            + (f", {ignored(others)}." if others else ".")
        )

    def _counted(self) -> list[Event]:
        """Every event in a row of the session."""
        return self.inspector.ask(
            lambda _session, analysis: [event for group in analysis.groups() for event in group.events]
        ).result()

    def _remember(self, source: Input) -> None:
        self.inspector.ask(lambda session, _analysis: session.add_input(source)).result()

    def judge_anew(self, settings: Settings, customer: Customer) -> None:
        """Check everything again under other settings or for another test customer. Blocks until it is done."""
        self.settings = settings

        def again(session: Session, analysis: Analysis) -> None:
            context = context_of(settings, customer, live=True, orders=analysis.context.orders)
            whole = chain.from_iterable(decode(one, settings.endpoints) for one in session.exchanges())
            analysis.set_context(context, whole, waiting_ms=settings.waiting_ms)

        self.inspector.ask(again).result()
        self.inspector.refresh()

    def belong(self, whose: Belonging) -> None:
        """Have the session remember whom it belongs to. Blocks; raises `SessionError` when it can not be written."""
        self.inspector.ask(lambda session, _analysis: keep_belonging(session, whose)).result()

    def compare_with(self, orders: tuple[str, ...]) -> None:
        """Compare the purchases with the backend's order numbers while the session is open; with none, no longer."""
        self.inspector.ask(lambda _session, analysis: analysis.compare_with(orders)).result()
        self.inspector.refresh()

    def import_orders(self, path: Path) -> str:
        """Read the backend's orders; a sentence on what came of it. Raises `OrdersError` for a file of no use."""
        orders = read_orders(path)
        self.compare_with(orders)
        count = "1 order" if len(orders) == 1 else f"{len(orders):,} orders"
        return f"{count} read from {path.name}, to compare with while this session is open."

    def report(self, *, raw: bool = False) -> Future[dict[str, Any]]:
        """The machine-readable report of the session as it stands, made on the inspector's thread."""
        from app.reports.json_report import build
        from app.reports.sources import of_session

        self._kept()  # whatever was answered until now belongs in it
        return self.inspector.ask(
            lambda session, analysis: build(
                analysis,
                of_session(session, self.settings.endpoints, self.inspector.masker),
                raw=raw,
                app_version=app_version(),
            )
        )

    def write_evidence(
        self,
        path: Path,
        *,
        raw: bool = False,
        tell: Callable[[int, int], None] = lambda _done, _all: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> bool:
        """Write the report to `path`: HTML or JSON by its suffix, for the user alone. False when it was cancelled.

        `tell` is called with what is done of how much, and `cancelled` asked, on the inspector's thread; what was at
        `path` stays until all is written. Blocks; raises OSError when it can not be written.
        """
        self._kept()  # whatever was answered until now belongs in it

        def look(done: int, whole: int) -> None:
            tell(done, whole)
            if cancelled():
                raise _CancelledError

        try:
            self.inspector.ask(lambda session, analysis: self._write(path, session, analysis, look, raw=raw)).result()
        except _CancelledError:
            return False
        return True

    def _write(
        self, path: Path, session: Session, analysis: Analysis, look: Callable[[int, int], None], *, raw: bool
    ) -> None:
        from app.reports.html_report import document, render
        from app.reports.json_report import Report, write
        from app.reports.private import private_file
        from app.reports.sources import of_session

        report = Report(
            analysis,
            of_session(session, self.settings.endpoints, self.inspector.masker),
            raw=raw,
            app_version=app_version(),
        )
        parts = count(1)

        def tell() -> None:
            if (done := next(parts)) % _TOLD_EVERY == 0:
                look(done, report.size)

        with private_file(path) as file:
            if path.suffix.lower() in (".html", ".htm"):
                file.write(render(document(report, tell)))
            else:
                write(report, file.write, tell)
            look(report.size, report.size)

    def stop_recording(self) -> None:
        """End the browsers, then the listeners: nothing new comes from here on. Safe to call again."""
        for running, claim in self._browsers.items():
            running.close()
            claim.release()
        self.stop_capture()

    def settle(self, tell: Callable[[int, int], None]) -> None:
        """Save and judge what was recorded, and end the inspector: nothing waits any more.

        `tell` is called with what is done of how much. What follows may only be `outcome` and `close`.
        """
        most = 0

        def left(number: int) -> None:
            nonlocal most
            most = max(most, number)
            tell(most - number, most)

        self.inspector.close(left)
        self.analysis.changes(None)

    def outcome(self) -> tuple[Analysis, Sources]:
        """What is known of a settled session, for its report; read by the thread that settled it."""
        from app.reports.sources import of_session

        return self.analysis, of_session(self._session, self.settings.endpoints, self.inspector.masker)

    def close(self, *, hurry: bool = False) -> None:
        """Shut down in the order of the road: browser, proxy, inspector (drains), session.

        In a `hurry` what is left to do is only saved, not analysed.
        """
        self.stop_recording()
        self.inspector.close(hurry=hurry)
        self._session.close()
