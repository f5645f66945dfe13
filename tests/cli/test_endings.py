"""How the program ends: 1 only ever means findings, and a mistake of ours is a sentence, a log entry and 2."""

from __future__ import annotations

import logging
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from pytestqt.qtbot import QtBot

import app.cli
import app.workbench.files
from app.cli import main
from app.gui import app as window_app
from app.gui.inbox import Inbox
from app.workbench.mistakes import log_file, start_log
from tests.formats.traffic import TOKEN, har, pixel, put

PROGRAM = """
import sys
import app.cli, app.workbench.files, app.sending.terminal, app.sending.sandbox, app.capture.proxy, app.cli.demo
def trip(*arguments, **named):
    raise ZeroDivisionError("tripped over access_token={token}")
app.workbench.files.analyse = app.sending.terminal.SendJob.__init__ = app.sending.sandbox.SandboxServer.__init__ = trip
app.capture.proxy.Proxy.start = app.cli.demo.run_headless = app.cli.settings_or_fail = trip
import app.cli.send, app.cli.options
app.cli.send.settings_or_fail = app.cli.options.settings_or_fail = trip
import app.reports.terminal
app.reports.terminal.print_codes = trip
app.cli.main()
"""
COMMANDS = (
    *(("check", "a.har"), ("report", "a.har"), ("codes",), ("demo", "--headless"), ("sandbox", "--port", "0")),
    *(("send", "--template", "Purchase"), ("replay", "a.har"), ("capture", "--no-browser", "--seconds", "1")),
)


@pytest.fixture
def no_log() -> Iterator[None]:
    log_file().unlink(missing_ok=True)
    yield
    log_file().unlink(missing_ok=True)


@pytest.mark.parametrize("arguments", COMMANDS, ids=lambda arguments: arguments[0])
def test_a_mistake_of_ours_ends_every_command_with_one_sentence_and_two(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    put(tmp_path, "a.har", har(pixel("Lead")))
    root = str(Path(app.cli.__file__).parents[2])
    environment = os.environ | {"XDG_STATE_HOME": str(tmp_path / "state"), "PYTHONPATH": root}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.replace("{token}", TOKEN), *arguments],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    (log,) = (tmp_path / "state").rglob("pixelpair.log")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert "ZeroDivisionError: tripped over" in done.stderr
    assert str(log) in done.stderr
    written = log.read_text("utf-8")
    assert "Traceback" in written
    assert "ZeroDivisionError" in written
    assert TOKEN not in written + done.stderr
    if os.name == "posix":
        assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_a_log_whose_place_is_taken_is_said_too(tmp_path: Path) -> None:
    (tmp_path / "pixelpair").write_text("a file", "utf-8")
    environment = os.environ | {"XDG_STATE_HOME": str(tmp_path), "PYTHONPATH": str(Path(app.cli.__file__).parents[2])}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, "codes"], env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, "could not be written" in done.stderr) == (2, True)
    assert "Traceback" not in done.stderr


def test_whoever_stops_reading_our_output_makes_no_findings(tmp_path: Path) -> None:
    path = put(tmp_path, "a.har", har(*(pixel("Lead", f"l-{number}") for number in range(400))))
    command = [sys.executable, "-m", "app", "check", str(path), "--json", "--fail-on", "never"]
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONUNBUFFERED"}  # it hides the end
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(10)
        process.stdout.close()
        said = process.stderr.read()
    assert (process.returncode, said) == (2, b"")


def test_a_decoder_that_trips_is_logged_and_not_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_log: None, warnings_of_ours: list[logging.LogRecord]
) -> None:
    from app.platforms.meta import browser

    monkeypatch.setattr(browser, "decode", lambda *_: 1 / 0)
    done = CliRunner().invoke(main, ["check", str(put(tmp_path, "a.har", har(pixel("Lead"))))])
    assert "decoder tripped" in done.stdout
    assert "Traceback" not in done.output
    assert "ZeroDivisionError" in log_file().read_text("utf-8")
    assert warnings_of_ours
    warnings_of_ours.clear()


def test_the_window_logs_and_says_what_was_not_expected(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, no_log: None, warnings_of_ours: list[logging.LogRecord]
) -> None:
    said: list[str] = []

    class Window:
        """As much of the window as its mistakes need."""

        inbox = Inbox(lambda _: None)

        def report_mistake(self, error: BaseException) -> None:
            from app.gui.inbox import mistake

            said.append(mistake(error))

    window = Window()
    for place in ((sys, "excepthook"), (threading, "excepthook"), (sys, "unraisablehook")):
        monkeypatch.setattr(*place, getattr(*place))
    window_app._report_mistakes(window)  # type: ignore[arg-type]  # as much of one as it needs
    error = ZeroDivisionError("in a slot")
    sys.excepthook(ZeroDivisionError, error, None)
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()
    window.inbox.drain()
    assert len(said) == 2
    assert all(str(log_file()) in sentence and "ZeroDivisionError" in sentence for sentence in said)
    assert log_file().read_text("utf-8").count("ZeroDivisionError") >= 2
    assert len(warnings_of_ours) == 2
    warnings_of_ours.clear()


def test_a_thread_that_ends_by_a_mistake_is_logged(
    monkeypatch: pytest.MonkeyPatch, no_log: None, warnings_of_ours: list[logging.LogRecord]
) -> None:
    monkeypatch.setattr(threading, "excepthook", threading.__excepthook__)
    start_log()
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()
    assert "ZeroDivisionError" in log_file().read_text("utf-8")
    warnings_of_ours.clear()
