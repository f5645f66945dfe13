"""`python -m tests.benchmarks.soak [--seconds 60 | --minutes 10] [--rate 50]`: a real capture for a long time.

The real window (offscreen) and its real proxy child in the sandbox take a generated shop's traffic at a steady pace.
Every ten seconds: what app and child cost in processor time, memory an exchange, threads, open files. At the end the
same exchanges are masked, decoded, paired and checked once more in one go, which is the floor that the app's time is
compared with, and the window is made to stop the capture, to open a long session, to import and to export, while a
heart in its thread tells how long it stands still.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.analysis.engine import Analysis
from app.analysis.memory import collect_rarely
from app.checks import Context
from app.model import Side
from app.platforms import decode, rules_of
from app.redaction import mask
from app.session.file import Session
from tests.benchmarks.soak_traffic import Load, as_har, recorded, send

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_LONG_SESSION = 20_000
_IMPORTED = 5_000


@dataclass(frozen=True, slots=True)
class Reading:
    """What the kernel knows of a process; seconds, bytes, numbers."""

    cpu_s: float
    memory: int
    threads: int
    files: int


def reading(pid: int) -> Reading:
    """A process as it is now."""
    where = Path(f"/proc/{pid}")
    parts = (where / "stat").read_text().rpartition(")")[2].split()
    return Reading(
        (int(parts[11]) + int(parts[12])) / _TICKS,
        int((where / "statm").read_text().split()[1]) * _PAGE,
        int(parts[17]),
        len(list((where / "fd").iterdir())),
    )


def thread_times(pid: int) -> dict[str, float]:
    """Processor seconds of each thread by its number."""
    found = {}
    for task in Path(f"/proc/{pid}/task").iterdir():
        parts = (task / "stat").read_text().rpartition(")")[2].split()
        found[task.name] = (int(parts[11]) + int(parts[12])) / _TICKS
    return found


class Window:
    """The window's process, and what it says."""

    def __init__(self, home: Path, session: Path) -> None:
        environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "HOME": str(home), "XDG_CONFIG_HOME": str(home)}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.soak_window", str(session)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        self.pid = self._process.pid
        self.listening = self.heard()

    def heard(self) -> dict[str, Any]:
        """The next thing it says."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit("the window's process ended")
        found: dict[str, Any] = json.loads(line)
        return found

    def asked(self, line: str) -> dict[str, Any]:
        """Have it do something, and wait for its end."""
        self.tell(line)
        return self.heard()

    def tell(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def end(self) -> None:
        """Close it, by force when it does not."""
        self.tell("close")
        try:
            self._process.wait(60)
        except subprocess.TimeoutExpired:
            self._process.kill()


class Peer:
    """A process that does nothing but beat like the window's heart: what the machine itself withholds."""

    _BEAT = (
        "import signal,time\nworst=[]\nstop=[]\nsignal.signal(signal.SIGTERM,lambda *_:stop.append(1))\n"
        "last=time.perf_counter()\nwhile not stop:\n time.sleep(0.02)\n now=time.perf_counter()\n"
        " worst.append((now-last)*1000)\n last=now\n"
        "print(f'{max(worst):.0f} ms, {sum(one>100 for one in worst)} over 100 ms')"
    )

    def __init__(self) -> None:
        self._process = subprocess.Popen([sys.executable, "-c", self._BEAT], stdout=subprocess.PIPE, text=True)

    def end(self) -> str:
        """Its longest pause, in words."""
        self._process.terminate()
        return self._process.communicate()[0].strip()


def soak(window: Window, rate: float, seconds: float, every: float) -> int:
    """Send for so long, print a line now and then; the number of exchanges."""
    facts = window.listening
    load = Load(facts["proxy"], facts["listener"], Path(facts["bundle"]), rate, seconds)
    answered: list[int] = []
    sender = threading.Thread(target=lambda: answered.append(send(load)))
    first_app, first_child = reading(window.pid), reading(facts["child"])
    app, child, before = first_app, first_child, time.monotonic()
    started = before
    print(f"{'s':>5} {'app CPU':>8} {'child CPU':>9} {'app MB':>8} {'KB/exchange':>11} {'child MB':>8}  threads  files")
    window.asked("begin")
    peer = Peer()
    sender.start()
    while sender.is_alive():
        sender.join(every)
        now, app_now, child_now = time.monotonic(), reading(window.pid), reading(facts["child"])
        sent = max(1, round((now - started) * rate))
        print(
            f"{now - started:5.0f} {(app_now.cpu_s - app.cpu_s) / (now - before):8.1%} "
            f"{(child_now.cpu_s - child.cpu_s) / (now - before):9.1%} {app_now.memory / 1e6:8.1f} "
            f"{(app_now.memory - first_app.memory) / sent / 1e3:11.1f} {child_now.memory / 1e6:8.1f}  "
            f"{app_now.threads:3}+{child_now.threads:<3}  {app_now.files:3}+{child_now.files}",
            flush=True,
        )
        app, child, before = app_now, child_now, now
    took = time.monotonic() - started
    said, idle = window.asked("pauses"), peer.end()
    print(
        f"\n{answered[0]:,} exchanges answered in {took:.0f} s, {said['rows']:,} rows; window's thread: longest pause "
        f"{said['longest']:.0f} ms, {said['long']} over 100 ms (a process that does nothing: {idle}); "
        f"most work at a stretch {said['work']:.0f} ms, {said['hard']} over 100 ms"
    )
    cost = reading(window.pid).cpu_s - first_app.cpu_s
    print(f"app {cost / took:.1%} of a core, {cost / answered[0] * 1000:.2f} ms an exchange")
    names = said["threads"]
    for number, spent in sorted(thread_times(window.pid).items(), key=lambda item: -item[1]):
        if spent > 0.5:
            print(f"  {names.get(number, 'other'):14} {spent:7.1f} s since its start")
    return answered[0]


def floor(session: Path) -> float:
    """Processor seconds for masking, decoding, pairing and checking a session's exchanges in one go."""
    with Session.read(session) as held:
        exchanges = list(held.exchanges())
    collect_rarely()
    analysis = Analysis(Context(live=True), rules_of())
    for side in Side:
        analysis.observe(side)
    started = time.process_time()
    for exchange in exchanges:
        analysis.add(decode(mask(exchange)))
    analysis.changes(None)
    return time.process_time() - started


def long_session(path: Path, count: int) -> None:
    """A session of so many exchanges of the generated shop."""
    with Session.open(path) as session:
        session.set_fact("observed", ["browser", "server"])
        session.append(recorded(count))


def felt(window: Window, line: str, words: str) -> None:
    """Have the window do something and print how long it stood still."""
    said = window.asked(line)
    print(
        f"{words:44} {said['took']:7.2f} s   longest pause {said['longest']:6.0f} ms, {said['long']} over 100 ms; "
        f"work at a stretch {said['work']:4.0f} ms",
        flush=True,
    )


def main(rate: float, seconds: float, every: float) -> None:
    """Measure and print."""
    folder = Path(tempfile.mkdtemp(prefix="pixelpair-soak-"))
    session, long = folder / "soak.pixelpair", folder / "long.pixelpair"
    window = Window(folder, session)
    try:
        before = reading(window.pid).cpu_s
        answered = soak(window, rate, seconds, every)
        spent = reading(window.pid).cpu_s - before
        felt(window, "stop", "stopping the capture")
        pure = floor(session)
        print(f"floor (mask, decode, pair, check in one go): {pure / answered * 1000:.2f} ms an exchange")
        print(f"ratio app to floor: {spent / pure:.1f}\n")
        long_session(long, _LONG_SESSION)
        felt(window, f"open {long}", f"opening a session of {_LONG_SESSION:,}")
        (folder / "shop.har").write_text(as_har(recorded(_IMPORTED)), "utf-8")
        felt(window, f"import {folder / 'shop.har'}", f"importing a HAR file of {_IMPORTED:,}")
        felt(window, f"export {folder / 'out.html'}", "exporting HTML")
        felt(window, f"export {folder / 'out.json'}", "exporting JSON")
    finally:
        window.end()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--minutes", type=float, default=0)
    parser.add_argument("--rate", type=float, default=50)
    parser.add_argument("--every", type=float, default=10)
    given = parser.parse_args()
    main(given.rate, given.minutes * 60 or given.seconds, given.every)
