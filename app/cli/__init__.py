"""The `pixelpair` command: the window, and the same engine without one.

Results go to standard output, progress and messages to standard error. Exit status: 0 nothing found at or above
`--fail-on`, 1 something was, 2 the command could not run.
"""

from __future__ import annotations

import ctypes
import errno
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from io import TextIOWrapper
from pathlib import Path
from typing import Any, NoReturn

import click

from app.analysis.memory import collect_rarely
from app.cli.options import customer_from, fail, orders_from, settings_or_fail
from app.cli.send import COMMANDS
from app.model import Severity
from app.settings import SettingsError

FAIL_ON = [*(severity.value for severity in Severity), "never"]


def has_display() -> bool:
    """Whether a window can be shown here."""
    if not sys.platform.startswith("linux") or any(map(os.environ.get, ("WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))):
        return True
    return bool(os.environ.get("DISPLAY")) and _x_server_answers()


def _x_server_answers() -> bool:
    """Whether the server that DISPLAY names takes us; Qt would abort the process. True where that can not be asked."""
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return True
    xcb.xcb_connect.restype = ctypes.c_void_p
    connection = ctypes.c_void_p(xcb.xcb_connect(None, None))
    answers = not xcb.xcb_connection_has_error(connection)
    xcb.xcb_disconnect(connection)
    return answers


class Commands(click.Group):
    """A group that opens the window when it is given no command, and a session when it is given a file."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and Path(args[0]).suffix and Path(args[0]).is_file():
            args.insert(0, "open")
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is meant; a name with a suffix was meant as a file, and there is none."""
        if args[0] not in self.commands and Path(args[0]).suffix:
            fail(f"There is no file {args[0]}, so there is no session to open. Check its name and folder.")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; what the world has against it is a sentence."""
        try:
            return super().invoke(ctx)
        except SettingsError as error:
            fail(str(error))
        except OSError as error:
            if error.errno == errno.EPIPE:  # whoever read our output has seen enough; click knows
                raise
            _spare_the_rest()
            fail(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}.")


def _spare_the_rest() -> None:
    """Let go of output that can not be written, or Python tries again at its end and spoils the exit status."""
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def status_for(report: dict[str, Any], fail_on: str) -> int:
    """0 when no finding is at or above `fail_on`, else 1."""
    if fail_on == "never":
        return 0
    worst = Severity(fail_on).rank
    return int(any(Severity(finding["severity"]).rank <= worst for finding in report["findings"]))


def deliver(report: dict[str, Any], *, as_json: bool, html: Path | None) -> None:
    """Print the report, as JSON or as a table, and write it as HTML where asked."""
    from app.reports.terminal import print_report, printable_json

    if html is not None:
        from app.reports.html_report import render

        try:
            html.write_text(render(report), "utf-8")
        except OSError as error:
            fail(f"{html} can not be written ({error.strerror}). Choose another place with --html.")
        click.echo(f"Evidence written to {html}", err=True)
    if as_json:
        click.echo(printable_json(report))
    else:
        print_report(report)


json_option = click.option("--json", "as_json", is_flag=True, help="Print the machine-readable report.")
html_option = click.option("--html", type=click.Path(dir_okay=False, path_type=Path), help="Write the HTML report too.")
raw_option = click.option("--raw", is_flag=True, help="Leave personal data as it is; secrets stay masked.")
fail_on_option = click.option(
    "--fail-on", type=click.Choice(FAIL_ON), default="error", show_default=True, help="Worst severity that passes not."
)
customer_option = click.option(
    "--customer",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="JSON with the test customer in plain text: hashes are recomputed from it.",
)
orders_option = click.option(
    "--orders",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The backend's orders of the same time (CSV, JSON or lines), to compare the purchases with.",
)
order_column_option = click.option(
    "--order-column", default="", metavar="NAME", help="Column of --orders: its name, or its number from 1."
)


@click.group(cls=Commands, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="pixelpair")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Pairs what a checkout's browser pixel sent with what its server sent, and says why a pair fails.

    Without a command, or with a session file alone, the window opens.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a pipe on Windows may lack the glyphs; it gets question marks
            stream.reconfigure(errors="replace")
    for number in _endings():
        signal.signal(number, _leave)
    collect_rarely()
    if ctx.invoked_subcommand is None:
        open_window(None)


def _endings() -> list[signal.Signals]:
    """The signals that ask us to end, besides Ctrl+C; a hang-up that somebody had ignored (`nohup`) stays ignored."""
    known = [signal.Signals[name] for name in ("SIGTERM", "SIGHUP") if name in signal.Signals.__members__]
    return [number for number in known if signal.getsignal(number) is not signal.SIG_IGN]


def _leave(number: int, _frame: object) -> NoReturn:
    """End as after Ctrl+C: through every `finally`, so that browser, proxy and session are closed."""
    sys.exit(128 + number)


for command in COMMANDS:
    main.add_command(command)


@main.command()
@click.option("--markdown", is_flag=True, help="As a table for a document.")
def codes(markdown: bool) -> None:
    """List every finding code with its severity, cause, fix and what its rule rests on."""
    from app.reports.terminal import codes_as_markdown, print_codes

    if markdown:
        click.echo(codes_as_markdown())
    else:
        print_codes()


@main.command("open")
@click.argument("session", type=click.Path(path_type=Path), required=False)
def open_command(session: Path | None) -> None:
    """Open the window, on a session file if one is named."""
    open_window(session)


def open_window(session: Path | None) -> NoReturn:
    """Show the window; everything heavy is loaded once it is on the screen."""
    if not has_display():
        fail("there is no display to open a window on. `demo --headless`, `capture` and `check` work without one.")
    from app.gui.app import run

    sys.exit(run(settings_or_fail(), session))


@main.command()
@click.argument("inputs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--account", default="", help="Pixel or dataset ID for payloads that name none.")
@json_option
@html_option
@raw_option
@fail_on_option
@customer_option
@orders_option
@order_column_option
def check(
    inputs: tuple[Path, ...],
    account: str,
    as_json: bool,
    html: Path | None,
    raw: bool,
    fail_on: str,
    customer: Path | None,
    orders: Path | None,
    order_column: str,
) -> None:
    """Pair and check recorded traffic.

    Inputs: a HAR file, a flow file of mitmproxy, server payloads as JSON or JSON Lines, cURL commands, a session.
    """
    from app.formats import FormatError, read, settle_accounts
    from app.reports.json_report import build
    from app.workbench.files import analyse
    from app.workbench.live import app_version, context_of

    settings = settings_or_fail()
    known = orders_from(orders, order_column)
    try:
        imports = settle_accounts(read(path, account=account) for path in inputs)
    except FormatError as error:
        fail(str(error))
    context = context_of(settings, customer_from(customer), live=False, orders=known)
    analysis, numbered = analyse(imports, context, settings.endpoints)
    report = build(analysis, numbered, raw=raw, app_version=app_version(), endpoints=settings.endpoints)
    deliver(report, as_json=as_json, html=html)
    sys.exit(status_for(report, fail_on))


@main.command()
@click.argument("session", type=click.Path(path_type=Path))
@json_option
@html_option
@raw_option
@fail_on_option
@customer_option
@orders_option
@order_column_option
@click.pass_context
def report(
    ctx: click.Context,
    session: Path,
    as_json: bool,
    html: Path | None,
    raw: bool,
    fail_on: str,
    customer: Path | None,
    orders: Path | None,
    order_column: str,
) -> None:
    """Print or write the evidence of a recorded session."""
    ctx.invoke(
        check,
        inputs=(session,),
        account="",
        as_json=as_json,
        html=html,
        raw=raw,
        fail_on=fail_on,
        customer=customer,
        orders=orders,
        order_column=order_column,
    )


@main.command()
@click.option("--session", type=click.Path(path_type=Path), help="Session file to write; a new one by default.")
@click.option("--live", is_flag=True, help="Relay to the real platforms instead of answering in the sandbox.")
@click.option("--url", default="about:blank", help="Page the browser opens on.")
@click.option("--no-browser", is_flag=True, help="Only listen; start no browser.")
@click.option("--browser", metavar="NAME", help="Browser to start, by name or path; the settings' or the first found.")
@click.option("--headless", is_flag=True, help="Start the browser without a window, with its ordinary user agent.")
@click.option("--headless-agent", is_flag=True, help="Keep the user agent that says HeadlessChrome.")
@click.option("--seconds", type=float, help="Stop after so long; by default on Ctrl+C.")
@json_option
@html_option
@raw_option
@fail_on_option
@customer_option
@orders_option
@order_column_option
def capture(
    session: Path | None,
    live: bool,
    url: str,
    no_browser: bool,
    browser: str | None,
    headless: bool,
    headless_agent: bool,
    seconds: float | None,
    as_json: bool,
    html: Path | None,
    raw: bool,
    fail_on: str,
    customer: Path | None,
    orders: Path | None,
    order_column: str,
) -> None:
    """Record browser and server traffic into a session file until Ctrl+C, then report."""
    from dataclasses import replace

    from app.capture.browser import BrowserError
    from app.capture.messages import ProxyError
    from app.capture.proxy import passed_sentence
    from app.platforms import local_base, senders
    from app.session.file import SessionError
    from app.workbench.live import Notices, Workbench, new_session_path

    settings = replace(settings_or_fail(), live=live)
    known = orders_from(orders, order_column)
    stop = threading.Event()

    def say(sentence: str) -> None:
        click.echo(sentence, err=True)

    def died(sentence: str) -> None:
        say(sentence)
        stop.set()

    path = session or new_session_path()
    try:
        bench = Workbench(path, settings, Notices(lambda _: None, say, died), customer_from(customer))
    except SessionError as error:
        fail(str(error))
    bench.compare_with(known)
    stop_on_signals(stop)  # before the browser starts: an interrupt in between would leave nobody to close it
    try:
        listening = bench.start_capture()
        say(f"Browser proxy:  127.0.0.1:{listening.forward_port}")
        for each in senders():
            if each.server:
                local = local_base(f"http://127.0.0.1:{listening.forwarding_port}", each.name)
                say(f"Backend:        {local} in place of {each.server.base_url}")
        say(f"Session:        {path}")
        if settings.endpoints:
            say(f"Opened whole for your endpoints, recorded there alone: {', '.join(settings.endpoints)}")
        if not no_browser:
            running = bench.launch_browser(browser, url, headless=headless, headless_agent=headless_agent)
            say(f"Browser:        {running.described}")
        wait_for_stop(stop, seconds, say)
        report = bench.report(raw=raw).result()
    except (ProxyError, BrowserError) as error:
        fail(str(error))
    finally:
        bench.close()
    if passed := passed_sentence(bench.passed):
        say(passed)
    deliver(report, as_json=as_json, html=html)
    sys.exit(status_for(report, fail_on))


def stop_on_signals(stop: threading.Event) -> None:
    """Let Ctrl+C and the termination signals set `stop` from here on."""
    for number in (signal.SIGINT, *_endings()):
        signal.signal(number, lambda *_: stop.set())


def wait_for_stop(stop: threading.Event, seconds: float | None, say: Callable[[str], None]) -> None:
    """Block until `stop` is set or so many seconds have passed."""
    say("Recording; Ctrl+C ends it." if seconds is None else f"Recording for {seconds:g} s.")
    deadline = None if seconds is None else time.monotonic() + seconds
    while not stop.wait(0.2):
        if deadline is not None and time.monotonic() > deadline:
            return


@main.command()
@click.option("--headless", is_flag=True, help="Run every checkout without a window and print what came of it.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("pixelpair-demo"),
    show_default=True,
    help="Folder for what a headless run writes.",
)
def demo(headless: bool, out: Path) -> None:
    """Show the whole story in the sandbox: a demo shop, its thirteen checkouts, and their rows."""
    from app.cli.demo import run_headless, run_window

    if headless or not has_display():
        sys.exit(run_headless(settings_or_fail(), out))
    sys.exit(run_window(settings_or_fail()))
