"""A command that takes long says so and can be ended; one that does not says nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.cli import progress
from app.cli.progress import Progress


def test_what_takes_long_is_said_with_its_numbers(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "PATIENCE_S", 0.01)
    monkeypatch.setattr(progress, "EVERY_S", 0.01)
    with Progress() as long:
        long.step("Reading a.har")
        await_said(capsys, "Reading a.har…\n")
        long.tell(5, 1200)
        await_said(capsys, "Reading a.har: 5 of 1,200…\n")


def await_said(capsys: pytest.CaptureFixture[str], sentence: str) -> None:
    said, deadline = "", time.monotonic() + 10
    while sentence not in said and time.monotonic() < deadline:
        said += capsys.readouterr().err
    assert sentence in said


def test_what_is_quick_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress() as quick:
        quick.step("Reading a.har")
        quick.tell(1, 2)
    assert capsys.readouterr() == ("", "")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="a file that never ends to be read is made with a pipe's name")
def test_an_interrupt_ends_a_check_with_a_sentence(tmp_path: Path) -> None:
    endless = tmp_path / "endless.har"
    os.mkfifo(endless)
    command = [sys.executable, "-m", "app", "check", str(endless), "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "Reading endless.har…\n"
        process.send_signal(signal.SIGINT)
        printed, said = process.communicate(timeout=60)
    assert process.returncode == 2
    assert printed == ""
    assert said.splitlines()[-1].startswith("pixelpair: Interrupted")
    assert "Traceback" not in said
