"""`python -m tests.benchmarks.sending [EVENTS]`: how long the window stands still while many events are sent.

The whole window is open on the session, the dialog on many events before it; a timer of 5 ms is the heart whose longest
pause is measured. Milliseconds depend on the machine, so the same is measured while nothing happens, and while as
many rows are read in.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication

from app.capture.messages import Listening
from app.gui.app import make_application
from app.gui.composing.many_desk import PACES
from app.gui.composing.many_dialog import ManyDialog
from app.gui.composing.run import Fate
from app.gui.main_window import MainWindow
from app.gui.workdesk import WorkDesk
from app.settings import Settings
from tests.benchmarks.heart import Heart
from tests.gui.composing.rooms import backend_calls

_BEAT_MS = 5


def during(heart: Heart, application: QApplication, act: Callable[[], object], done: Callable[[], bool]) -> str:
    """Do something and wait for its end, then tell of the pauses."""
    heart.start()
    started = time.perf_counter()
    act()
    while not done():
        application.processEvents()
        time.sleep(0.0005)
    pauses = heart.stop()
    took = time.perf_counter() - started
    return f"took {took:6.2f} s   longest stall {max(pauses):6.1f} ms   over 50 ms: {sum(p > 50 for p in pauses)}"


def main(count: int) -> None:
    """Measure and print."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = make_application("light")
    heart = Heart(application, _BEAT_MS)
    with tempfile.TemporaryDirectory() as folder:
        # In a process of its own, as the window has it.
        server = subprocess.Popen(
            [sys.executable, "-m", "app", "sandbox", "--port", "0"], stdout=subprocess.PIPE, text=True
        )
        assert server.stdout is not None
        port = int(server.stdout.readline().rpartition(":")[2])
        desk = WorkDesk(Settings(test_code="TEST1"), keep=False)
        path = Path(folder) / "run.pixelpair"
        window = MainWindow(desk, path)
        window.show()
        wait(application, lambda: desk._bench is not None and window.windowTitle().startswith("run"))
        bench = desk._opened()
        bench.listening = Listening(0, 0, port, path, path, "")
        calls = list(backend_calls(count))
        end = time.monotonic() + 1
        print(f"{'nothing happens':32} {during(heart, application, lambda: None, lambda: time.monotonic() > end)}")

        def read_in() -> None:
            for call in calls:
                bench.inspector.record(call)

        print(
            f"{f'{count:,} rows are read in':32} {during(heart, application, read_in, lambda: rows(window) == count)}"
        )
        groups = tuple(window.area.model.groups())
        for index, pace in enumerate(PACES):
            if pace.factor:
                continue
            desk.send_many((("All rows", tuple(event for group in groups for event in group.events)),), window)
            dialog = next(one for one in application.topLevelWidgets() if isinstance(one, ManyDialog))
            dialog.choices.pace.setCurrentIndex(index)

            def sent(shown: ManyDialog = dialog) -> bool:
                return not shown.running

            print(f"{pace.words:32} {during(heart, application, dialog.send.click, sent)}")
            assert dialog.model.counts == {Fate.TAKEN: count}, dialog.model.counts
            dialog.close()
            application.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        bench.listening = None
        window.close()
        server.send_signal(signal.SIGINT)
        server.wait()


def rows(window: MainWindow) -> int:
    """How many rows the window has."""
    return window.area.model.total


def wait(application: QApplication, done: Callable[[], bool]) -> None:
    """Let the window work until something is so."""
    while not done():
        application.processEvents()
        time.sleep(0.001)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
