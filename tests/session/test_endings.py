"""However the program is made to end, no browser of ours runs on, no profile stays, and what was recorded is there."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from app.session.file import Session

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="processes are looked for in /proc"),
]

CAPTURE = ("capture", "--headless", "--session")
DEMO = ("demo", "--headless", "--out")
PATIENCE_S = 90  # a machine busy with other work starts a browser slowly; how fast is not what these tests ask
EVENT = {"data": [{"event_name": "Purchase", "event_time": 1, "action_source": "website"}]}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
@pytest.mark.parametrize("command", [CAPTURE, DEMO], ids=["capture", "demo"])
def test_nothing_of_ours_runs_on_and_no_profile_stays(command: tuple[str, ...], number: signal.Signals) -> None:
    with tempfile.TemporaryDirectory(prefix="ends-", ignore_cleanup_errors=True) as folder:  # sockets' paths are short
        _see_it_end(Path(folder), command, number)


def _see_it_end(folder: Path, command: tuple[str, ...], number: signal.Signals) -> None:
    temporary = folder / "tmp"
    running = _started(folder, *command, folder / "out.pixelpair")
    _eventually(lambda: list(temporary.glob("pixelpair-browser-*/Default")), lambda: (folder / "said").read_text())
    running.send_signal(number)
    running.wait(PATIENCE_S)
    _eventually(lambda: not _processes_of(folder), lambda: _processes_of(folder))
    assert list(temporary.iterdir()) == []


def test_what_was_answered_a_second_before_a_kill_is_in_the_session(tmp_path: Path) -> None:
    session = tmp_path / "shop.pixelpair"
    running = _started(tmp_path, "capture", "--no-browser", "--session", session)
    said = tmp_path / "said"
    _eventually(lambda: "Recording" in said.read_text(), said.read_text)
    listener, *_ = [word for word in said.read_text().split() if word.startswith("http://127.0.0.1")]
    for _ in range(20):
        httpx.post(f"{listener}/v26.0/1/events", json=EVENT, trust_env=False)
    time.sleep(1)
    running.kill()
    running.wait(PATIENCE_S)
    with Session.open(session) as found:
        assert (len(found), str(found.recovered).split(" ")[0]) == (20, "shop.pixelpair")


def _started(folder: Path, *arguments: str | Path) -> subprocess.Popen[bytes]:
    settings = folder / "config" / "pixelpair" / "settings.json"
    settings.parent.mkdir(parents=True)
    settings.write_text(json.dumps({"forward_port": 0, "forwarding_port": 0}))
    (folder / "tmp").mkdir()
    environment = {
        **os.environ,
        "XDG_CONFIG_HOME": str(folder / "config"),
        "XDG_DATA_HOME": str(folder / "data"),
        "TMPDIR": str(folder / "tmp"),
    }
    with (folder / "said").open("wb") as said:
        return subprocess.Popen([sys.executable, "-m", "app", *arguments], env=environment, stdout=said, stderr=said)


def _processes_of(folder: Path) -> list[str]:
    """The command lines of all processes that we or ours started for a test, told by their environment."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and os.fsencode(folder) in (entry / "environ").read_bytes():
                found.append((entry / "cmdline").read_text())
        except OSError:  # it has just ended, or is somebody else's
            continue
    return [command for command in found if command]


def _eventually(condition: Callable[[], object], otherwise: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, otherwise()
        time.sleep(0.05)
