"""`python -m tests.benchmarks.kills [MOMENTS]`: what kill -9 costs, at so many random moments of each kind under load.

A real `pixelpair capture` records what real clients send; at a random moment the window's process, the proxy, both, or
everything of ours is killed. Then the session is opened as the next start would: every event that a client was
answered must be in it, exactly once. Prints the kills, the events answered and those lost.
"""

from __future__ import annotations

import collections
import contextlib
import http.client
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from app.session.file import Session

KINDS = ("app", "proxy", "both", "everything")
TOKEN = "EAAFAKETOKENabcdefghijklmnop1234"
_CLIENTS = 4
_PATIENCE_S = 90
_SETTINGS = {"forward_port": 0, "forwarding_port": 0}


@dataclass
class Load:
    """Clients that send one event after the other, and remember which were answered."""

    port: int
    names: Iterator[int]
    answered: list[str] = field(default_factory=list)
    _ending: threading.Event = field(default_factory=threading.Event)

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Send from several threads for the length of a block."""
        threads = [threading.Thread(target=self._send) for _ in range(_CLIENTS)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._ending.set()
            for thread in threads:
                thread.join()

    def _send(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        with contextlib.suppress(OSError, http.client.HTTPException), contextlib.closing(connection):
            while not self._ending.is_set():
                name = f"k-{next(self.names)}"
                event = {"event_name": "Lead", "event_time": 1, "event_id": name, "action_source": "website"}
                body = json.dumps({"data": [event], "access_token": TOKEN})
                connection.request("POST", "/v26.0/1/events", body, {"Content-Type": "application/json"})
                if connection.getresponse().read():
                    self.answered.append(name)


def ends(kind: str, app: int, port: int) -> list[int]:
    """The processes to kill, the listener's told by its port."""
    ours = _children(app)
    (proxy,) = (pid for pid in ours if _listens(pid, port))
    return {"app": [app], "proxy": [proxy], "both": [app, proxy], "everything": [app, *ours]}[kind]


def kill_once(session: Path, kind: str, names: Iterator[int], after_s: float) -> list[str]:
    """One recording into a session, killed so many seconds after the load began; the names that were answered."""
    folder = session.parent
    settings = folder / "config" / "pixelpair" / "settings.json"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(json.dumps(_SETTINGS))
    said = folder / "said"
    environment = {**os.environ, "XDG_CONFIG_HOME": str(folder / "config"), "XDG_DATA_HOME": str(folder / "data")}
    command = [sys.executable, "-m", "app", "capture", "--no-browser", "--session", str(session), "--json"]
    with said.open("wb") as errors:
        app = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=errors)
    try:
        load = Load(_port_of(app, said), names)
        with load.running():
            deadline = time.monotonic() + _PATIENCE_S
            while not load.answered and time.monotonic() < deadline:
                time.sleep(0.005)
            time.sleep(after_s)
            for pid in ends(kind, app.pid, load.port):
                os.kill(pid, signal.SIGKILL)
        app.wait(_PATIENCE_S)
    finally:
        app.kill()
        app.wait()
    return load.answered


def lost(session: Path, answered: list[str]) -> tuple[list[str], list[str]]:
    """Of the names that were answered, those that are not in the session; and all that are in it more than once."""
    with Session.open(session) as found:
        bodies = [json.loads(item.request.body) for item in found.exchanges()]
    held = collections.Counter(body["data"][0]["event_id"] for body in bodies)
    return [name for name in answered if name not in held], [name for name, times in held.items() if times > 1]


def _port_of(app: subprocess.Popen[bytes], said: Path) -> int:
    deadline = time.monotonic() + _PATIENCE_S
    while "Recording" not in (text := said.read_text()):
        assert app.poll() is None, text
        assert time.monotonic() < deadline, text
        time.sleep(0.02)
    address, *_ = [word for word in text.split() if word.startswith("http://127.0.0.1")]
    return int(address.rpartition(":")[2])


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()] or [
        int(entry.name)
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit() and f"PPid:\t{pid}\n" in _status(entry)
    ]


def _status(entry: Path) -> str:
    try:
        return (entry / "status").read_text()
    except OSError:  # it has just ended
        return ""


def _listens(pid: int, port: int) -> bool:
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    sockets = {f"socket:[{row[9]}]" for row in rows if row[1].endswith(f":{port:04X}") and row[3] == "0A"}
    files = Path(f"/proc/{pid}/fd").iterdir()
    return any(os.readlink(file) in sockets for file in files if file.exists() or file.is_symlink())


def main(moments: int) -> None:
    """Kill and print."""
    for kind in KINDS:
        with tempfile.TemporaryDirectory(prefix="kills-") as folder:
            names, kills, answered = count(), 0, list[str]()
            missing, twice = list[str](), list[str]()
            for number in range(moments):
                session = Path(folder) / f"s{number // 10}.pixelpair"
                got = kill_once(session, kind, names, random.uniform(0.05, 1.5))
                gone, doubled = lost(session, got)
                kills, missing, twice = kills + 1, missing + gone, twice + doubled
                answered += got
            print(
                f"{kind:10} {kills:3} kills  {len(answered):6,} answered  {len(missing):3} lost  {len(twice):3} twice",
                flush=True,
            )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 60)
