"""The desk as the program really is: a workbench behind the window's protocol.

Whatever blocks runs on one thread of the desk's own, in order, so that opening, starting and closing never overlap.
Heavy rooms are imported there, after the window is on the screen.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from app.gui.desk import DeskError, Listeners, News, Opened
from app.model import Customer, Event, Exchange, Outgoing, Side
from app.settings import Settings, SettingsError, save

if TYPE_CHECKING:
    from app.gui.send_desk import Endpoint
    from app.sender import Sender
    from app.shop import Shop
    from app.workbench import Workbench

SANDBOX_TOKEN = "SANDBOX-TOKEN-THAT-OPENS-NOTHING"  # noqa: S105 # the sandbox takes any
_RESTART = ("live", "forward_port", "forwarding_port", "upstream_proxy", "extra_ca", "endpoints")


class WorkDesk:
    """One open session with all that is attached to it.

    `keep` False leaves the settings file alone, as the demo does.
    """

    def __init__(self, settings: Settings, customer: Customer | None = None, *, keep: bool = True) -> None:
        self._settings = settings
        self._customer = customer or Customer()
        self._keep = keep
        self._pool = ThreadPoolExecutor(1, "desk")
        self._bench: Workbench | None = None
        self._news: News | None = None
        self._sender: Sender | None = None
        self._shop: Shop | None = None

    @property
    def settings(self) -> Settings:
        return self._settings

    @property
    def customer(self) -> Customer:
        return self._customer

    def open(self, path: Path | None, news: News) -> Future[Opened]:
        return self._do(lambda: self._open(path, news))

    def start_capture(self) -> Future[Listeners]:
        return self._do(self._start_capture)

    def stop_capture(self) -> Future[None]:
        return self._do(lambda: self._opened().stop_capture())

    def browsers(self) -> Future[tuple[str, ...]]:
        from app.browser import find

        return self._do(lambda: tuple(browser.name for browser in find()))

    def launch_browser(self, name: str | None) -> Future[None]:
        return self._do(lambda: self._launch(name, "about:blank"))

    def launch_shop(self) -> Future[str]:
        return self._do(self._launch_shop)

    def exchange(self, number: int) -> Future[Exchange]:
        return self._opened().inspector.exchange(number)

    def refresh(self) -> None:
        if self._bench is not None:
            self._bench.inspector.refresh()

    def export(self, path: Path) -> Future[None]:
        return self._do(lambda: self._opened().write_evidence(path))

    def save_copy(self, path: Path) -> Future[None]:
        return self._do(lambda: self._save_copy(path))

    def import_files(self, paths: Sequence[Path]) -> Future[str]:
        return self._do(lambda: self._opened().import_files(paths))

    def apply(self, settings: Settings, customer: Customer) -> Future[bool]:
        return self._do(lambda: self._apply(settings, customer))

    def close(self) -> None:
        self._pool.submit(self._close).result()
        self._pool.shutdown()

    def send(self, event: Event, parent: object) -> None:
        """Open the dialog on the event's twin, or on the event itself when it is a server's.

        Blocks for the few milliseconds that reading one exchange takes.
        """
        from PySide6.QtCore import Qt
        from PySide6.QtWidgets import QWidget

        from app.gui.send_desk import meta_desk
        from app.gui.send_dialog import SendDialog
        from app.platforms import decode
        from app.platforms.meta_compose import ComposeError, compose, replay

        bench = self._opened()
        exchange = bench.inspector.exchange(event.exchange).result()
        whole = next((one for one in decode(exchange, self._settings.endpoints) if one.id == event.id), event)
        code, api_version = self._settings.test_code or None, self._settings.api_version or None
        now_ms = _now_ms()
        try:
            if event.side is Side.BROWSER:
                agent = exchange.request.header("user-agent")
                draft = compose(
                    whole, self._customer, now_ms=now_ms, user_agent=agent, test_code=code, api_version=api_version
                )
            else:
                draft = replay(whole, exchange, now_ms=now_ms, test_code=code, api_version=api_version)
        except ComposeError as error:
            raise DeskError(str(error)) from error
        twin = whole if event.side is Side.BROWSER else None
        widget = parent if isinstance(parent, QWidget) else None
        dialog = SendDialog(draft, meta_desk(twin, self._endpoints(draft.account), self._send), widget)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.show()

    # -- on the desk's own thread ---------------------------------------------------------------------------------

    def _do[T](self, act: Callable[[], T]) -> Future[T]:
        return self._pool.submit(_in_words, act)

    def _opened(self) -> Workbench:
        if self._bench is None:
            raise DeskError("No session is open yet. Wait a moment, or open one.")
        return self._bench

    def _open(self, path: Path | None, news: News) -> Opened:
        from app.workbench import Notices, Workbench, new_session_path

        self._close_bench()
        notices = Notices(news.recorded, news.noticed, news.died)
        bench = Workbench(path or new_session_path(), self._settings, notices, self._customer)
        self._bench, self._news = bench, news
        bench.inspector.load()
        return Opened(bench.path, bench.recovered)

    def _start_capture(self) -> Listeners:
        from app.platforms import decrypted_hosts

        listening = self._opened().start_capture()
        return Listeners(
            forward_port=listening.forward_port,
            forwarding_url=f"http://127.0.0.1:{listening.forwarding_port}",
            relayed_to="graph.facebook.com",
            bundle=listening.bundle_file,
            hosts=decrypted_hosts(self._settings.endpoints),
        )

    def _launch(self, name: str | None, url: str) -> None:
        from app.browser import find

        chosen = next((browser for browser in find() if browser.name == name), None)
        self._opened().launch_browser(chosen, url)

    def _launch_shop(self) -> str:
        from app.shop import demo_customer

        bench = self._opened()
        if self._settings.live:
            raise DeskError("The demo shop belongs to the sandbox. Switch Live off in the settings first.")
        if bench.listening is None:
            raise DeskError("The capture is not running, so the shop would not be seen. Start the capture first.")
        if not self._customer:
            self._customer = demo_customer()
            bench.judge_anew(self._settings, self._customer)
        if self._shop is not None:
            self._shop.stop()
        self._shop = bench.open_shop()
        self._launch(None, self._shop.url)
        return self._shop.url

    def _save_copy(self, path: Path) -> None:
        bench = self._opened()
        if path.resolve() == bench.path.resolve():
            raise DeskError("That is the session file itself. Choose another name for the copy.")
        bench.inspector.ask(lambda session, _analysis: session.copy_to(path)).result()

    def _apply(self, settings: Settings, customer: Customer) -> bool:
        before, self._settings, self._customer = self._settings, settings, customer
        if self._keep:
            save(settings)
        if self._bench is None:
            return False
        self._bench.judge_anew(settings, customer)
        listening = self._bench.listening is not None
        return listening and any(getattr(before, name) != getattr(settings, name) for name in _RESTART)

    def _close(self) -> None:
        self._close_bench()
        if self._sender is not None:
            self._sender.close()

    def _close_bench(self) -> None:
        if self._shop is not None:
            self._shop.stop()
            self._shop = None
        if self._bench is not None:
            self._bench.close()
            self._bench = None

    # -- sending ------------------------------------------------------------------------------------------------------

    def _endpoints(self, account: str) -> tuple[Endpoint, ...]:
        from app.gui.send_desk import Endpoint
        from app.proxy import GRAPH
        from app.vault import VaultError, token

        listening = self._opened().listening
        sandbox = Endpoint(
            "Sandbox – answered on this machine",
            f"http://127.0.0.1:{listening.sandbox_port}" if listening else "",
            unavailable="" if listening else "the capture is not running",
        )
        try:
            missing = "" if token(account) else "no token in the keyring or in PIXELPAIR_TOKEN"
        except VaultError as error:
            missing = str(error)
        return sandbox, Endpoint("Live – graph.facebook.com", GRAPH, live=True, unavailable=missing)

    def _send(self, outgoing: Outgoing, confirmed: bool) -> Future[Exchange]:
        from app.sender import Sender, is_local
        from app.vault import token

        if self._sender is None:
            # The bench may be another one by the time an answer comes: it is looked up then.
            self._sender = Sender(
                lambda exchange: self._opened().inspector.record(exchange),
                upstream_proxy=self._settings.upstream_proxy,
                extra_ca=Path(self._settings.extra_ca) if self._settings.extra_ca else None,
            )
        account = outgoing.request.url.rstrip("/").rsplit("/", 2)[-2]
        secret = SANDBOX_TOKEN if is_local(outgoing.request.url) else token(account) or ""
        return self._sender.submit(outgoing, secret, confirmed=confirmed).exchange


def _in_words[T](act: Callable[[], T]) -> T:
    """Run something, with every failure of the world as a `DeskError`."""
    from app.browser import BrowserError
    from app.formats import FormatError
    from app.proxy import ProxyError
    from app.store import SessionError

    try:
        return act()
    except (BrowserError, FormatError, ProxyError, SessionError, SettingsError) as error:
        raise DeskError(str(error)) from error
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        raise DeskError(f"{error.strerror or error}{where}. Choose another place, or make room.") from error


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
