"""How a recording ends in a terminal: a real capture, real requests, real signals."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.session.file import Session

ACCOUNT = "1111111111111111"
TOKEN = "EAAFAKETOKENabcdefghijklmnop1234"
BATCH = 100  # events in a call


class Capturing:
    """A `pixelpair capture` at work: where it listens, and what it says."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.said: list[str] = []
        self.printed = ""
        self._heard = threading.Condition()
        self._readers = [threading.Thread(target=self._listen), threading.Thread(target=self._take)]
        for reader in self._readers:
            reader.start()

    def _listen(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            with self._heard:
                self.said.append(line)
                self._heard.notify_all()

    def _take(self) -> None:
        assert self.process.stdout is not None
        self.printed = self.process.stdout.read()

    def wait_for(self, pattern: str) -> re.Match[str]:
        """Wait until it says something; the match."""

        def found() -> re.Match[str] | None:
            return re.search(pattern, "".join(self.said))

        with self._heard:
            assert self._heard.wait_for(lambda: found() is not None, timeout=60), self.said
        match = found()
        assert match is not None
        return match

    def interrupt(self) -> None:
        self.process.send_signal(signal.SIGINT)

    def end(self) -> int:
        """Wait until it has ended; its exit status."""
        status = self.process.wait(60)
        for reader in self._readers:
            reader.join()
        return status


@contextmanager
def capturing(folder: Path, *options: str) -> Iterator[Capturing]:
    config = folder / "config" / "pixelpair"
    config.mkdir(parents=True)
    (config / "settings.json").write_text('{"forward_port": 0, "forwarding_port": 0}', "utf-8")
    command = [sys.executable, "-m", "app", "capture", "--no-browser", "--session", str(folder / "s.pixelpair")]
    process = subprocess.Popen(
        [*command, *options],
        env={**os.environ, "XDG_CONFIG_HOME": str(config.parent)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    running = Capturing(process)
    try:
        running.wait_for(r"Recording")
        yield running
    finally:
        if process.poll() is None:
            process.kill()
        running.end()
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        process.stderr.close()


def pixel(running: Capturing, event_id: str) -> None:
    """A page's pixel request, through the browser's proxy."""
    port = running.wait_for(r"Browser proxy:\s+127\.0\.0\.1:(\d+)")[1]
    now_ms = time.time_ns() // 1_000_000
    query = {"id": ACCOUNT, "ev": "Lead", "eid": event_id, "ts": str(now_ms), "rqm": "GET"}
    with httpx.Client(proxy=f"http://127.0.0.1:{port}", verify=False, trust_env=False, timeout=30) as client:
        assert client.get("https://www.facebook.com/tr/", params=query).status_code == 200


def sends(running: Capturing, calls: int, events: int = BATCH) -> None:
    """A backend's calls through our listener, of so many events each."""
    url = running.wait_for(r"Backend:\s+(http://127\.0\.0\.1:\d+)")[1]
    now_s = int(time.time())
    token = {"Authorization": f"Bearer {TOKEN}"}
    with httpx.Client(base_url=url, headers=token, trust_env=False, timeout=30) as client:
        for call in range(calls):
            data = [event(f"{call}-{place}", now_s) for place in range(events)]
            assert client.post(f"/v26.0/{ACCOUNT}/events", json={"data": data}).status_code == 200


def event(event_id: str, now_s: int) -> dict[str, Any]:
    return {
        "event_name": "Lead",
        "event_time": now_s,
        "event_id": event_id,
        "action_source": "website",
        "event_source_url": "https://shop.example/thanks",
        "user_data": {"client_user_agent": "UA", "client_ip_address": "203.0.113.9", "em": ["0" * 64]},
    }


def test_when_recording_ends_nothing_waits_any_more(tmp_path: Path) -> None:
    with capturing(tmp_path, "--json") as running:
        pixel(running, "browser-1")
        sends(running, 1, 1)
        running.interrupt()
        running.end()
    report = json.loads(running.printed)
    assert report["summary"]["waiting"] == 0
    assert {pair["verdict"] for pair in report["pairs"]} == {"browser-only", "server-only"}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signal to send to another process alone")
def test_a_second_interrupt_ends_at_once_and_the_session_is_whole(tmp_path: Path) -> None:
    with capturing(tmp_path, "--json") as running:
        sends(running, 100)
        running.interrupt()
        running.wait_for("The recording has ended")
        running.interrupt()
        status = running.end()
    said = "".join(running.said)
    assert status == 2, said
    assert "Ended at once. The session is whole" in said
    assert "Traceback" not in said
    with pytest.raises(json.JSONDecodeError):
        json.loads(running.printed)
    with Session.read(tmp_path / "s.pixelpair") as session:
        assert len(session) == 100
        assert session.fact("clean") is True
