"""`pixelpair capture`: record into a session without a window, then report."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from app.cli.options import Amount, due_option, fail, same_account_option, settings_or_fail, window_option
from app.cli.output import Output, output_options
from app.cli.progress import Progress

if TYPE_CHECKING:
    from app.workbench.live import Workbench


@click.command()
@click.option("--session", type=click.Path(path_type=Path), help="Session file to write; a new one by default.")
@click.option("--live", is_flag=True, help="Relay to the real platforms instead of answering in the sandbox.")
@click.option("--url", default="about:blank", help="Page the browser opens on.")
@click.option("--no-browser", is_flag=True, help="Only listen; start no browser.")
@click.option("--browser", metavar="NAME", help="Browser to start, by name or path; the settings' or the first found.")
@click.option("--headless", is_flag=True, help="Start the browser without a window, with its ordinary user agent.")
@click.option("--headless-agent", is_flag=True, help="Keep the user agent that says HeadlessChrome.")
@click.option("--seconds", type=Amount(0, 1e8, min_open=True), help="Stop after so long; by default on Ctrl+C.")
@same_account_option
@due_option
@window_option
@output_options
def capture(
    *,
    session: Path | None,
    live: bool,
    url: str,
    no_browser: bool,
    browser: str | None,
    headless: bool,
    headless_agent: bool,
    seconds: float | None,
    same_account: tuple[str, ...],
    due: tuple[str, ...],
    window: tuple[str, ...],
    output: Output,
) -> None:
    """Record browser and server traffic into a session file until Ctrl+C, then report.

    A second Ctrl+C ends at once, without the report; the session is whole.
    """
    from app.capture.browser import BrowserError, choose, find
    from app.capture.messages import ProxyError
    from app.platforms import local_base, senders
    from app.session.file import SessionError
    from app.workbench.live import Notices, Workbench, new_session_path

    settings = replace(settings_or_fail(same_account, due, window), live=live)
    stop = threading.Event()

    def died(sentence: str) -> None:
        _say(sentence)
        stop.set()

    if not no_browser:
        try:
            choose(browser or settings.browser, find())  # before a session is made that nothing would enter
        except BrowserError as error:
            fail(str(error))
    path = session or new_session_path()
    try:
        bench = Workbench(path, settings, Notices(lambda _: None, _say, died), output.customer)
    except SessionError as error:
        fail(str(error))
    for sentence in bench.remarks:
        _say(sentence)
    bench.compare_with(output.orders)
    stop_on_signals(stop)  # before the browser starts: an interrupt in between would leave nobody to close it
    try:
        if held := bench.load(cancelled=stop.is_set):
            _say(f"{path.name} holds {held:,} {'exchange' if held == 1 else 'exchanges'} from before.")
        listening = bench.start_capture()
        _say(f"Browser proxy:  127.0.0.1:{listening.forward_port}")
        for each in senders():
            if each.server:
                local = local_base(f"http://127.0.0.1:{listening.forwarding_port}", each.name)
                _say(f"Backend:        {local} in place of {each.server.base_url}")
        _say(f"Session:        {path}")
        if settings.endpoints:
            _say(f"Opened whole for your endpoints, recorded there alone: {', '.join(settings.endpoints)}")
        if not no_browser:
            running = bench.launch_browser(browser, url, headless=headless, headless_agent=headless_agent)
            _say(f"Browser:        {running.described}")
        wait_for_stop(stop, seconds, _say)
        stop.set()  # from here on the first signal ends at once
        _report(bench, output)
    except (ProxyError, BrowserError, SessionError) as error:
        fail(str(error))
    except KeyboardInterrupt:
        fail(f"Ended at once. The session is whole; `pixelpair report {bench.path}` makes the report.")
    finally:
        _close(bench)


COMMANDS: tuple[click.Command, ...] = (capture,)


def stop_on_signals(stop: threading.Event) -> None:
    """Let the first Ctrl+C or termination signal set `stop`, and the next one end the command at once."""

    def ask(_number: int, _frame: object) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    for number in (signal.SIGINT, *endings()):
        signal.signal(number, ask)


def wait_for_stop(stop: threading.Event, seconds: float | None, say: Callable[[str], None]) -> None:
    """Block until `stop` is set or so many seconds have passed."""
    say("Recording; Ctrl+C ends it." if seconds is None else f"Recording for {seconds:g} s.")
    deadline = None if seconds is None else time.monotonic() + seconds
    while not stop.wait(0.2):
        if deadline is not None and time.monotonic() > deadline:
            return


def endings() -> list[signal.Signals]:
    """The signals that ask us to end, besides Ctrl+C; a hang-up that somebody had ignored (`nohup`) stays ignored."""
    known = [signal.Signals[name] for name in ("SIGTERM", "SIGHUP") if name in signal.Signals.__members__]
    return [number for number in known if signal.getsignal(number) is not signal.SIG_IGN]


def _report(bench: Workbench, output: Output) -> NoReturn:
    """End the recording, then report on what is settled; both say how far they are."""
    from app.capture.proxy import passed_sentence

    _say("The recording has ended; its report follows. Ctrl+C leaves that out.")
    with Progress() as progress:
        progress.step("Closing browser and proxy")
        bench.stop_recording()
        if passed := passed_sentence(bench.passed):
            _say(passed)
        progress.step("Saving and checking what was recorded")
        bench.settle(progress.tell)
        analysis, sources = bench.outcome()
        output.deliver(analysis, sources, progress)


def _close(bench: Workbench) -> None:
    """Close everything; no signal may come between, for the session is to be whole."""
    for number in (signal.SIGINT, *endings()):
        signal.signal(number, signal.SIG_IGN)
    bench.close(hurry=isinstance(sys.exception(), KeyboardInterrupt))


def _say(sentence: str) -> None:
    click.echo(sentence, err=True)
