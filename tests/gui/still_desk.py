"""A desk that does everything at once and in memory, for looking at the window without a proxy or a file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path

from app.gui.desk import DeskError, Listeners, News, Opened
from app.model import Customer, Event, Exchange
from app.pairing.conversions import Conversion
from app.settings import Settings

LISTENERS = Listeners(
    8080,
    "http://127.0.0.1:8081",
    ("graph.facebook.com",),
    Path("/home/ann/.config/pixelpair/authority/bundle.pem"),
    ("facebook.com", "facebook.net", "tiktok.com", "snapchat.com", "linkedin.com"),
)


class StillDesk:
    """Keeps what it was asked for in `asked`; fails with `failing` where that has a sentence."""

    def __init__(
        self,
        settings: Settings | None = None,
        ask: Callable[[int], Future[Exchange]] | None = None,
        customer: Customer | None = None,
    ) -> None:
        self.settings = settings or Settings()
        self.customer = customer or Customer()
        self.asked: list[str] = []
        self.failing: dict[str, str] = {}
        self.news: News | None = None
        self.known: tuple[Conversion, ...] = ()
        self._ask = ask

    def open(self, path: Path | None, news: News) -> Future[Opened]:
        self.news = news
        return self._answer("open", Opened(path or Path("2026-11-22 03.24.22.pixelpair")))

    def start_capture(self) -> Future[Listeners]:
        return self._answer("start_capture", LISTENERS)

    def stop_capture(self) -> Future[None]:
        return self._answer("stop_capture", None)

    def browsers(self) -> Future[tuple[str, ...]]:
        return self._answer("browsers", ("Google Chrome", "Chromium"))

    def launch_browser(self, name: str | None) -> Future[None]:
        return self._answer(f"launch_browser {name or 'first'}", None)

    def launch_shop(self) -> Future[str]:
        return self._answer("launch_shop", "http://127.0.0.1:4711/")

    def exchange(self, number: int) -> Future[Exchange]:
        if self._ask is not None:
            return self._ask(number)
        nothing: Future[Exchange] = Future()
        nothing.set_exception(KeyError(number))
        return nothing

    def conversions(self) -> Future[tuple[Conversion, ...]]:
        return self._answer("conversions", self.known)

    def refresh(self) -> None:
        self.asked.append("refresh")

    def export(self, path: Path) -> Future[str]:
        return self._answer(f"export {path.name}", f"Written to {path}")

    def save_copy(self, path: Path) -> Future[None]:
        return self._answer(f"save_copy {path.name}", None)

    def import_files(self, paths: Sequence[Path]) -> Future[str]:
        return self._answer(f"import {', '.join(path.name for path in paths)}", "Read 3 exchanges.")

    def import_orders(self, path: Path) -> Future[str]:
        return self._answer(f"import_orders {path.name}", "41 orders read.")

    def forget_orders(self) -> Future[None]:
        return self._answer("forget_orders", None)

    def send(self, event: Event, parent: object) -> None:
        self.asked.append(f"send {event.id}")
        if "send" in self.failing:
            raise DeskError(self.failing["send"])

    def send_new(self, parent: object) -> None:
        self.asked.append("send_new")

    def send_many(self, scopes: Sequence[tuple[str, tuple[Event, ...]]], parent: object) -> None:
        self.asked.append(f"send_many {', '.join(f'{words} {len(events)}' for words, events in scopes)}")

    def edit_project(self, parent: object) -> Future[bool] | None:
        return self._answer("edit_project", False)

    def cancel(self) -> None:
        self.asked.append("cancel")

    def apply(self, settings: Settings, customer: Customer) -> Future[bool]:
        restart = settings.live != self.settings.live
        self.settings, self.customer = settings, customer
        return self._answer("apply", restart)

    def close(self) -> None:
        self.asked.append("close")

    def _answer[T](self, name: str, value: T) -> Future[T]:
        self.asked.append(name)
        future: Future[T] = Future()
        sentence = self.failing.get(name.split(" ")[0])
        if sentence:
            future.set_exception(DeskError(sentence))
        else:
            future.set_result(value)
        return future
