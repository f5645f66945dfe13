"""`python -m tests.benchmarks.soak_window SESSION`: the real window, told line by line what to do, tells what it felt.

Lines come in on standard input: `begin`, `pauses`, `stop`, `open FILE`, `import FILE`, `export FILE`, `close`. Each is
answered on standard output by one line of JSON with the time it took and the pauses of the window's thread meanwhile.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QTimer

from app.gui.app import make_application
from app.gui.capture_control import State
from app.gui.main_window import MainWindow
from app.gui.workdesk import WorkDesk
from app.settings import Settings
from tests.benchmarks.heart import Heart

_BEAT_MS = 20
_LONG_MS = 100


class Told:
    """Carries out what is read, one thing after another, on the window's thread."""

    def __init__(self, desk: WorkDesk, window: MainWindow) -> None:
        self._desk, self._window = desk, window
        self._heart = Heart(window, _BEAT_MS)
        self._started = 0.0
        self._doing = ""
        window.capture.changed.connect(self._changed)

    def take(self, line: str) -> None:
        """Do what a line says."""
        what, _, rest = line.strip().partition(" ")
        path = Path(rest)
        if what == "pauses":
            self._answer("pauses")
            return
        self._heart.start()
        self._started, self._doing = time.perf_counter(), what
        match what:
            case "begin":
                self._answer(what)
                self._heart.start()
            case "stop":
                self._window.capture.stop()
            case "open":
                self._window.open_session(path)
                self._after(self._desk._do(lambda: None), lambda: self._drained(what))
            case "import":
                self._window.read_files([path])
                self._after(self._desk._do(lambda: None), lambda: self._drained(what))
            case "export":
                self._after(self._desk.export(path), lambda: self._answer(what))
            case "close":
                self._window.close()

    def _after(self, task: Future[Any], then: Callable[[], None]) -> None:
        self._window.inbox.when_done(task, lambda _: then(), lambda sentence: tell(failed=sentence))

    def _drained(self, what: str) -> None:
        """Wait until the session is analysed and shown."""
        bench = self._desk._opened()
        self._after(bench.inspector.ask(lambda _session, _analysis: None), lambda: self._answer(what))

    def _changed(self) -> None:
        listeners = self._window.capture.listeners
        if self._window.capture.state is State.CAPTURING and listeners is not None:
            tell(
                listening=True,
                proxy=listeners.forward_port,
                listener=int(listeners.forwarding_url.rpartition(":")[2]),
                bundle=str(listeners.bundle),
                child=self._desk._opened().proxy_pid,
                thread=threading.get_native_id(),
            )
        if self._window.capture.state is State.STOPPED and self._doing == "stop":
            self._answer("stop")

    def _answer(self, what: str) -> None:
        pauses = self._heart.stop()
        tell(
            did=what,
            took=time.perf_counter() - self._started,
            longest=max(pauses),
            long=sum(pause > _LONG_MS for pause in pauses),
            work=max(self._heart.work),
            hard=sum(work > _LONG_MS for work in self._heart.work),
            rows=self._window.area.model.total,
            threads={str(thread.native_id): thread.name for thread in threading.enumerate()},
        )


def tell(**facts: object) -> None:
    """One line of JSON."""
    print(json.dumps(facts), flush=True)


def main(session: Path) -> int:
    """Show the window until it is closed."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = make_application("light")
    desk = WorkDesk(Settings(forward_port=0, forwarding_port=0), keep=False)
    window = MainWindow(desk, session)
    told = Told(desk, window)
    window.show()
    QTimer.singleShot(0, window.capture.start)  # after the session's opening, which is on its way

    def read() -> None:
        for line in sys.stdin:
            window.inbox.put(partial(told.take, line))

    threading.Thread(target=read, name="reader", daemon=True).start()
    return application.exec()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
