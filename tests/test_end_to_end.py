"""Browser to table on real parts: Chromium and Meta's SDK, the proxy, a session file, the window and its model."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.capture.trust import backend_environment
from app.gui.capture_control import State
from app.gui.main_window import MainWindow
from app.gui.workdesk import WorkDesk
from app.model import Group, Provenance, Verdict
from app.settings import Settings
from app.workbench.live import Workbench
from tests.sending.sdk_backend import ACCOUNT, TOKEN

ROOT = Path(__file__).parents[1]
PAGE = f"""<!doctype html><title>Thank you</title><script>
new Image().src = "https://www.facebook.com/tr/?id={ACCOUNT}&ev=Purchase&eid=order-1001&rqm=GET&dl=" +
  encodeURIComponent("https://shop.example/thanks") + "&ts=" + Date.now() + "&cd[value]=142.52&cd[currency]=USD";
</script>"""


@pytest.fixture
def desk() -> WorkDesk:
    return WorkDesk(Settings(forward_port=0, forwarding_port=0), keep=False)


@pytest.fixture
def window(qtbot: QtBot, desk: WorkDesk) -> Iterator[MainWindow]:
    made = MainWindow(desk)
    made.show()
    qtbot.waitUntil(lambda: made.capture.state is State.CAPTURING, timeout=30_000)
    yield made
    made.close()


def backend(environment: dict[str, str], *arguments: str) -> None:
    command = [sys.executable, "-m", "tests.sending.sdk_backend", *arguments]
    done = subprocess.run(
        command, env={**os.environ, **environment}, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr


def bench_of(desk: WorkDesk) -> Workbench:
    assert desk._bench is not None
    return desk._bench


@pytest.mark.browser
def test_chromium_and_the_sdk_by_both_ways_meet_in_one_row(
    qtbot: QtBot, window: MainWindow, desk: WorkDesk, tmp_path: Path
) -> None:
    bench = bench_of(desk)
    listening = bench.listening
    assert listening is not None
    page = tmp_path / "thanks.html"
    page.write_text(PAGE, "utf-8")

    bench.launch_browser(None, page.as_uri(), headless=True)
    backend(backend_environment(listening.forward_port, listening.bundle_file))
    backend({}, f"http://127.0.0.1:{listening.forwarding_port}")

    def purchase() -> Group | None:
        return next((group for group in window.area.model.groups() if group.event_id == "order-1001"), None)

    def complete() -> bool:
        found = purchase()
        return found is not None and (len(found.browser), len(found.server)) == (1, 2)

    qtbot.waitUntil(complete, timeout=20_000)
    row = purchase()
    assert row is not None
    assert (row.verdict, row.account, row.name) == (Verdict.DEDUPLICATED, ACCOUNT, "Purchase")
    assert {event.provenance for event in row.events} == {
        Provenance.CAPTURED,
        Provenance.PROXIED,
        Provenance.FORWARDED,
    }
    with sqlite3.connect(bench.path) as session:
        rows = session.execute("select provenance, status from exchanges order by number").fetchall()
        stored = "\n".join(session.iterdump())
    assert sorted(rows) == [("captured", 200), ("forwarded", 200), ("proxied", 200)]
    assert TOKEN not in stored


def test_a_killed_proxy_is_said_the_record_stays_and_capture_starts_again(
    qtbot: QtBot, window: MainWindow, desk: WorkDesk
) -> None:
    bench = bench_of(desk)
    assert bench.listening is not None
    backend({}, f"http://127.0.0.1:{bench.listening.forwarding_port}")
    qtbot.waitUntil(lambda: window.area.model.total == 1, timeout=10_000)

    assert bench.proxy_pid is not None
    os.kill(bench.proxy_pid, 9)
    qtbot.waitUntil(lambda: window.capture.state is State.DIED, timeout=10_000)
    assert window.area.model.total == 1

    window.capture.start()
    qtbot.waitUntil(lambda: window.capture.state is State.CAPTURING, timeout=30_000)
    backend({}, f"http://127.0.0.1:{bench.listening.forwarding_port}")
    qtbot.waitUntil(lambda: any(len(group.server) == 2 for group in window.area.model.groups()), timeout=10_000)


def test_the_window_comes_up_without_the_heavy_rooms() -> None:
    heavy = ("mitmproxy", "httpx", "sqlite_utils", "keyring", "jinja2")
    program = f"import sys, app.gui.app; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
