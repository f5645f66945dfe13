"""Browsers that nobody is left to close, and those that end by themselves: real processes, really killed."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.capture.profiles import Claim, sweep
from app.environment import Own, tokens_hidden, without_tokens
from tests.browsers import chromium

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="processes are looked for in /proc")


@pytest.fixture
def home() -> Iterator[Path]:
    """A place for everything a run writes; its path is short, for sockets."""
    with tempfile.TemporaryDirectory(prefix="swept-", ignore_cleanup_errors=True) as folder:
        settings = Path(folder) / "config" / "pixelpair" / "settings.json"
        settings.parent.mkdir(parents=True)
        settings.write_text(json.dumps({"forward_port": 0, "forwarding_port": 0}))
        (Path(folder) / "tmp").mkdir()
        yield Path(folder)


def started(home: Path, *arguments: str, **more: str) -> subprocess.Popen[bytes]:
    environment = {
        **os.environ,
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_DATA_HOME": str(home / "data"),
        "TMPDIR": str(home / "tmp"),
        **more,
    }
    with (home / "said").open("wb") as said:
        command = [sys.executable, "-m", "app", "capture", "--session", str(home / f"{time.time()}.pixelpair")]
        return subprocess.Popen([*command, *arguments], env=environment, stdout=said, stderr=said)


def processes_with(text: bytes, where: str = "environ") -> dict[int, str]:
    """Process numbers and command lines of all whose environment holds a text."""
    found = {}
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and text in (entry / where).read_bytes():
                found[int(entry.name)] = (entry / "cmdline").read_text("utf-8", "replace")
    return {number: line for number, line in found.items() if line}


def eventually(condition: Callable[[], object], said: Path, patience_s: float = 90) -> None:
    deadline = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < deadline, said.read_text()
        time.sleep(0.05)


def profiles(home: Path) -> list[Path]:
    return list((home / "tmp").glob("pixelpair-browser-*"))


@linux
@pytest.mark.browser
def test_a_browser_whose_app_and_proxy_were_killed_together_is_swept_at_the_next_start(home: Path) -> None:
    running, said = started(home, "--headless"), home / "said"
    eventually(lambda: b"Browser:" in said.read_bytes(), said)
    mine = processes_with(os.fsencode(home))
    proxy = [number for number, line in mine.items() if "multiprocessing" in line]
    for number in (running.pid, *proxy):
        os.kill(number, signal.SIGKILL)
    running.wait(30)
    (left,) = profiles(home)
    orphans = {number for number, line in processes_with(os.fsencode(home)).items() if str(left) in line}
    assert orphans

    again = started(home, "--no-browser", "--seconds", "1")
    assert again.wait(90) in (0, 1), said.read_text()
    assert "left behind by a run that was killed, and now ended: 1" in said.read_text()
    eventually(lambda: not processes_with(os.fsencode(home)), said)
    assert list((home / "tmp").iterdir()) == []
    assert list((home / "data" / "pixelpair" / "browsers").iterdir()) == []


@linux
@pytest.mark.browser
def test_a_browser_in_use_is_left_alone_by_another_start(home: Path) -> None:
    running, said = started(home, "--headless"), home / "said"
    eventually(lambda: b"Browser:" in said.read_bytes(), said)
    (mine,) = profiles(home)
    try:
        other = started(home, "--no-browser", "--seconds", "1")
        assert other.wait(90) in (0, 1)
        assert "left behind" not in said.read_text()
        assert mine.exists()
        assert any(str(mine) in line for line in processes_with(os.fsencode(home)).values())
    finally:
        running.terminate()
        running.wait(60)
    assert profiles(home) == []


@linux
@pytest.mark.browser
def test_a_browser_that_crashes_is_said(home: Path) -> None:
    running, said = started(home, "--headless", "--browser", chromium().name), home / "said"
    try:
        eventually(lambda: b"Browser:" in said.read_bytes(), said)
        (mine,) = profiles(home)
        folder = os.fsencode(f"--user-data-dir={mine}\0")
        (main,) = (number for number, line in processes_with(folder, "cmdline").items() if "--type=" not in line)
        os.kill(main, signal.SIGSEGV)
        eventually(lambda: b"ended unexpectedly (killed by signal 11)" in said.read_bytes(), said)
        assert running.poll() is None  # the recording goes on
    finally:
        running.terminate()
        running.wait(60)


@linux
@pytest.mark.browser
def test_neither_the_proxy_nor_the_browser_has_our_tokens(home: Path) -> None:
    token = "EAA" + "x7" * 30
    given = {"PIXELPAIR_TOKEN": token, "PIXELPAIR_TOKEN_1111111111111111": token}
    running, said = started(home, "--headless", **given), home / "said"
    try:
        eventually(lambda: b"Browser:" in said.read_bytes(), said)
        mine = processes_with(os.fsencode(home))
        assert len([line for line in mine.values() if "multiprocessing" in line]) >= 1
        assert len([line for line in mine.values() if "--user-data-dir" in line]) >= 1
        assert set(processes_with(token.encode())) == {running.pid}  # whose environment is the shell's doing
    finally:
        running.terminate()
        running.wait(60)


def test_tokens_are_hidden_for_a_moment_and_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIXELPAIR_TOKEN", "one")
    monkeypatch.setenv("PIXELPAIR_TOKEN_2", "two")
    monkeypatch.setenv("PIXELPAIR_BROWSER", "mine")
    with tokens_hidden():
        assert "PIXELPAIR_TOKEN" not in os.environ
        assert "PIXELPAIR_TOKEN_2" not in os.environ
        assert os.environ["PIXELPAIR_BROWSER"] == "mine"
    assert (Own()["PIXELPAIR_TOKEN"], Own().get("PIXELPAIR_TOKEN_2"), Own().get("PIXELPAIR_TOKEN_3")) == (
        "one",
        "two",
        None,
    )
    assert set(Own()) - set(without_tokens()) == {"PIXELPAIR_TOKEN", "PIXELPAIR_TOKEN_2"}


def test_a_record_that_names_somebody_elses_folder_does_it_no_harm(tmp_path: Path) -> None:
    records, thesis = tmp_path / "records", tmp_path / "thesis"
    records.mkdir()
    thesis.mkdir()
    (thesis / "chapter.txt").write_text("years of work")
    (records / "a.profile").write_text(str(thesis))
    (records / "b.profile").write_bytes(b"\xff\xfe\x00")
    (records / "c.profile").write_text("")
    assert sweep(records) == 0
    assert (thesis / "chapter.txt").read_text() == "years of work"


@linux
def test_a_process_that_only_mentions_a_profile_is_not_taken_for_its_browser(tmp_path: Path) -> None:
    claim = Claim(tmp_path)
    claim.release()  # the profile stays, as if its starter had been killed
    reader = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)", str(claim.profile / "notes")])
    try:
        assert sweep(tmp_path) == 1
        assert reader.poll() is None
        assert not claim.profile.exists()
    finally:
        reader.kill()
        reader.wait()
