"""How soon the window is on the screen, and how soon the capture listens: `python -m tests.benchmarks.startup`.

Each figure is the median of several fresh processes, and is printed as a ratio to the floor of the same run: a process
that imports Qt and paints an empty window.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time

RUNS = 5

FLOOR = """
import sys, time
from PySide6.QtWidgets import QApplication, QWidget
class Bare(QWidget):
    def paintEvent(self, event):
        print("painted", time.time() - float(sys.argv[1]), flush=True)
        app.quit()
app = QApplication([])
bare = Bare()
bare.show()
app.exec()
"""

OURS = """
import sys, tempfile, time
from pathlib import Path
from PySide6.QtCore import QEvent, QObject, QTimer
started = float(sys.argv[1])
from app.gui.app import make_application
from app.gui.capture_control import State
from app.gui.main_window import MainWindow
from app.gui.workdesk import WorkDesk
from app.settings import Settings
application = make_application("light")
desk = WorkDesk(Settings(forward_port=0, forwarding_port=0), keep=False)
window = MainWindow(desk)
seen = set()
def note(word):
    if word not in seen:
        seen.add(word)
        print(word, time.time() - started, flush=True)
class Watch(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint and "mitmproxy" not in sys.modules:
            note("painted")
        return False
watch = Watch()
window.centralWidget().installEventFilter(watch)
def look():
    if window.capture.state is State.CAPTURING:
        note("listening")
        window.close()
        application.quit()
timer = QTimer(interval=5)
timer.timeout.connect(look)
timer.start()
window.show()
application.exec()
"""


def measure(program: str) -> dict[str, float]:
    """Run a program in a fresh process; its own marks, in seconds since just before it was started."""
    done = subprocess.run(
        [sys.executable, "-c", program, str(time.time())],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return {word: float(value) for word, value in (line.split() for line in done.stdout.splitlines())}


def main() -> None:
    """Print the medians and the ratios."""
    floor = statistics.median(measure(FLOOR)["painted"] for _ in range(RUNS))
    ours = [measure(OURS) for _ in range(RUNS)]
    print(f"empty Qt window painted   {floor * 1000:6.0f} ms   1.0")
    for word, title in (("painted", "our window painted"), ("listening", "capture listening")):
        middle = statistics.median(run[word] for run in ours)
        print(f"{title:25} {middle * 1000:6.0f} ms   {middle / floor:.1f}")


if __name__ == "__main__":
    main()
