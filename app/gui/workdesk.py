"""The desk as the program really is: a workbench behind the window's protocol.

Whatever blocks runs on one thread of the desk's own, in order, so that opening, starting and closing never overlap.
Heavy rooms are imported there, after the window is on the screen.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from app.gui.desk import DeskError, Listeners, News, Opened
from app.model import Customer, Event, Exchange
from app.pairing.conversions import Conversion
from app.settings import Settings, SettingsError, config_dir, save

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from app.gui.composing.send_room import SendRoom
    from app.shop import Shop
    from app.workbench.belonging import Belonging
    from app.workbench.live import Workbench

PROJECTS = "projects.json"
_RESTART = ("live", "forward_port", "forwarding_port", "upstream_proxy", "extra_ca", "endpoints")


class WorkDesk:
    """One open session with all that is attached to it.

    `keep` False leaves the settings file alone, as the demo does.
    """

    def __init__(self, settings: Settings, customer: Customer | None = None, *, keep: bool = True) -> None:
        self._settings = settings
        self._customer = customer or Customer()
        self._mine = {"": self._customer}  # the user's test customers by project; under "" where there is none
        self._keep = keep
        self._pool = ThreadPoolExecutor(1, "desk")
        self._bench: Workbench | None = None
        self._news: News | None = None
        self._room: SendRoom | None = None
        self._shop: Shop | None = None
        self._cancelled = threading.Event()

    @property
    def settings(self) -> Settings:
        return self._settings

    @property
    def customer(self) -> Customer:
        return self._customer

    def open(self, path: Path | None, news: News) -> Future[Opened]:
        self._end_runs()
        self._cancelled.set()  # of the session that is open now
        self._cancelled = threading.Event()
        return self._do(lambda: self._open(path, news))

    def start_capture(self) -> Future[Listeners]:
        return self._do(self._start_capture)

    def stop_capture(self) -> Future[None]:
        return self._do(lambda: self._opened().stop_capture())

    def browsers(self) -> Future[tuple[str, ...]]:
        from app.capture.browser import find

        return self._do(lambda: tuple(browser.name for browser in find()))

    def launch_browser(self, name: str | None) -> Future[None]:
        return self._do(lambda: self._launch(name, "about:blank"))

    def launch_shop(self) -> Future[str]:
        return self._do(self._launch_shop)

    def exchange(self, number: int) -> Future[Exchange]:
        return self._opened().inspector.exchange(number)

    def conversions(self) -> Future[tuple[Conversion, ...]]:
        return self._opened().inspector.ask(lambda _session, analysis: analysis.conversions())

    def refresh(self) -> None:
        if self._bench is not None:
            self._bench.inspector.refresh()

    def export(self, path: Path) -> Future[str]:
        self._cancelled = threading.Event()
        return self._do(lambda: self._export(path, self._cancelled.is_set))

    def save_copy(self, path: Path) -> Future[None]:
        return self._do(lambda: self._save_copy(path))

    def import_files(self, paths: Sequence[Path]) -> Future[str]:
        self._cancelled = threading.Event()
        return self._do(lambda: self._opened().import_files(paths, self._cancelled.is_set))

    def import_orders(self, path: Path) -> Future[str]:
        return self._do(lambda: self._opened().import_orders(path))

    def forget_orders(self) -> Future[None]:
        return self._do(lambda: self._opened().compare_with(()))

    def cancel(self) -> None:
        self._cancelled.set()

    def apply(self, settings: Settings, customer: Customer) -> Future[bool]:
        return self._do(lambda: self._apply(settings, customer))

    def close(self) -> None:
        self._end_runs()
        self._cancelled.set()
        self._pool.submit(self._close).result()
        self._pool.shutdown()

    def send(self, event: Event, parent: object) -> None:
        self._sending().one(event, _widget(parent))

    def send_new(self, parent: object) -> None:
        self._sending().scratch(_widget(parent))

    def send_many(self, scopes: Sequence[tuple[str, tuple[Event, ...]]], parent: object) -> None:
        from app.gui.composing.many_desk import Scope

        self._sending().many(tuple(Scope(*scope) for scope in scopes), _widget(parent))

    def edit_project(self, parent: object) -> Future[bool] | None:
        room = self._sending()
        dialog = room.project(_widget(parent))
        if not dialog.exec():
            return None
        self._settle_customer(dialog.projects.current, dialog.customer)
        try:
            room.use(dialog.projects, dialog.customer)
        except DeskError as error:  # it is used all the same, until the program ends
            if self._news is not None:
                self._news.noticed(str(error))
        return self.apply(self._settings, dialog.customer)

    def _end_runs(self) -> None:
        if self._room is not None:
            self._room.stop_many()

    # -- on the desk's own thread ---------------------------------------------------------------------------------

    def _do[T](self, act: Callable[[], T]) -> Future[T]:
        return self._pool.submit(_in_words, act)

    def _opened(self) -> Workbench:
        if self._bench is None:
            raise DeskError("No session is open yet. Wait a moment, or open one.")
        return self._bench

    def _open(self, path: Path | None, news: News) -> Opened:
        from app.workbench.belonging import Belonging, whose_session
        from app.workbench.live import Notices, Workbench, new_session_path

        self._close_bench()
        whose = whose_session(path) if path is not None else Belonging(self._project())
        self._customer = self._tested_with(whose, news)
        notices = Notices(news.recorded, news.noticed, news.died, news.moved)
        fresh = whose if path is None else None
        bench = Workbench(path or new_session_path(), self._of_project(), notices, self._customer, fresh)
        self._bench, self._news = bench, news
        return Opened(
            bench.path, " ".join(bench.remarks) or None, bench.inspector.load(news.progressed, self._cancelled.is_set)
        )

    def _start_capture(self) -> Listeners:
        from app.platforms import decrypted_hosts, server_hosts

        listening = self._opened().start_capture()
        return Listeners(
            forward_port=listening.forward_port,
            forwarding_url=f"http://127.0.0.1:{listening.forwarding_port}",
            relayed_to=server_hosts(),
            bundle=listening.bundle_file,
            hosts=decrypted_hosts(self._settings.endpoints),
            sandbox=not self._settings.live,
        )

    def _launch(self, name: str | None, url: str) -> None:
        self._opened().launch_browser(name, url)

    def _launch_shop(self) -> str:
        from app.shop import demo_customer
        from app.workbench.belonging import Belonging

        bench = self._opened()
        if self._settings.live:
            raise DeskError("The demo shop belongs to the sandbox. Switch Live off in the settings first.")
        if bench.listening is None:
            raise DeskError("The capture is not running, so the shop would not be seen. Start the capture first.")
        if not self._customer:
            self._customer = demo_customer()
            bench.judge_anew(self._of_project(), self._customer)
            bench.belong(Belonging(self._project(), demo=True))
        if self._shop is not None:
            self._shop.stop()
        self._shop = bench.open_shop()
        self._launch(None, self._shop.url)
        return self._shop.url

    def _export(self, path: Path, cancelled: Callable[[], bool]) -> str:
        tell = self._news.progressed if self._news is not None else lambda _done, _all: None
        if self._opened().write_evidence(path, tell=tell, cancelled=cancelled):
            return f"Written to {path}"
        return "The export was cancelled; nothing was written."

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
        self._bench.judge_anew(self._of_project(), customer)
        listening = self._bench.listening is not None
        return listening and any(getattr(before, name) != getattr(settings, name) for name in _RESTART)

    def _close(self) -> None:
        self._close_bench()
        if self._room is not None:
            self._room.close()

    def _close_bench(self) -> None:
        if self._shop is not None:
            self._shop.stop()
            self._shop = None
        if self._bench is not None:
            self._bench.close()
            self._bench = None

    def _of_project(self) -> Settings:
        """The settings, with the accounts that the project in use names as one."""
        if self._room is None and not (self._keep and (config_dir() / PROJECTS).exists()):
            return self._settings
        try:
            return self._settings.with_one_account(*self._sending().projects.used.one_account)
        except DeskError:
            return self._settings  # a broken file is told of where projects are asked for

    def _project(self) -> str:
        """The project in use; empty where the user has made none."""
        if self._room is None and not (self._keep and (config_dir() / PROJECTS).exists()):
            return ""
        try:
            return self._sending().projects.current
        except DeskError:
            return ""  # a broken file is told of where projects are asked for

    def _tested_with(self, whose: Belonging, news: News) -> Customer:
        """A session's test customer: the demo's, or that of the project it belongs to, which is in use from now on."""
        from app.shop import demo_customer

        if whose.demo:
            return demo_customer()
        if whose.project and self._project() and not self._sending().turn_to(whose.project):
            news.noticed(
                f"This session belongs to the project “{whose.project}”, which is not known here. "
                f"“{self._project()}” is used; another can be made with Ctrl+P."
            )
        project = self._project()
        if project not in self._mine:
            self._mine[project] = self._kept_customer(news) or self._mine[""]
        return self._mine[project]

    def _settle_customer(self, project: str, customer: Customer) -> None:
        """The user has chosen a project and a person: the open session belongs to them from now on."""
        from app.shop import demo_customer
        from app.workbench.belonging import Belonging

        invented = customer == demo_customer()
        if not invented:
            self._mine[project] = customer
        bench = self._bench
        if bench is not None:
            self._do(lambda: bench.belong(Belonging(project, demo=invented)))

    def _kept_customer(self, news: News) -> Customer:
        """The test customer that the user asked the keyring to hold, if any."""
        try:
            return self._sending().kept_customer()
        except DeskError as error:
            news.noticed(str(error))
            return Customer()

    def _sending(self) -> SendRoom:
        """What sends; made when first asked for, since its rooms are heavy."""
        from app.gui.composing.send_room import SendRoom

        if self._room is None:
            kept = config_dir() / PROJECTS if self._keep else None
            self._room = SendRoom(self._opened, lambda: self._settings, lambda: self._customer, kept)
        return self._room


def _widget(parent: object) -> QWidget | None:
    from PySide6.QtWidgets import QWidget

    return parent if isinstance(parent, QWidget) else None


def _in_words[T](act: Callable[[], T]) -> T:
    """Run something, with every failure of the world as a `DeskError`."""
    from app.capture.browser import BrowserError
    from app.capture.messages import ProxyError
    from app.formats import FormatError
    from app.formats.orders import OrdersError
    from app.session.file import SessionError

    try:
        return act()
    except (BrowserError, FormatError, OrdersError, ProxyError, SessionError, SettingsError) as error:
        raise DeskError(str(error)) from error
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        raise DeskError(f"{error.strerror or error}{where}. Choose another place, or make room.") from error
