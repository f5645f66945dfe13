"""The `pixelpair` command: the window, and the same engine without one.

Results go to standard output, progress and messages to standard error. Exit status: 0 nothing found at or above
`--fail-on`, 1 something was, 2 the command could not run; a mistake of our own is of that kind, and is logged.
"""

from __future__ import annotations

import ctypes
import errno
import logging
import os
import signal
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import Any, NoReturn

import click

from app.analysis.memory import collect_rarely
from app.cli import capture, check, send
from app.cli.options import fail, settings_or_fail
from app.settings import SettingsError

logger = logging.getLogger(__name__)


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

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run the program. A mistake of ours ends it with a sentence and status 2 as well: 1 means findings."""
        try:
            return super().main(*args, **extra)
        except Exception as error:
            from app.workbench import mistakes

            mistakes.start_log()
            logger.exception("The command ended")
            _spare_the_rest()
            fail(mistakes.told(error))

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; what the world has against it is a sentence."""
        try:
            return super().invoke(ctx)
        except SettingsError as error:
            fail(str(error))
        except KeyboardInterrupt:
            fail("Interrupted, so there is no whole result.")
        except OSError as error:
            _spare_the_rest()
            if error.errno == errno.EPIPE:  # whoever read our output has seen enough, and not all of it
                sys.exit(2)
            fail(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}.")


def _spare_the_rest() -> None:
    """Let go of output that can not be written, or Python tries again at its end and spoils the exit status."""
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


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
    for number in capture.endings():
        signal.signal(number, _leave)
    _log_to_a_file()
    collect_rarely()
    if ctx.invoked_subcommand is None:
        open_window(None)


def _log_to_a_file() -> None:
    """Have what goes wrong on the way logged to a file rather than printed among the results."""
    from app.workbench.mistakes import start_log

    start_log()


def _leave(number: int, _frame: object) -> NoReturn:
    """End as after Ctrl+C: through every `finally`, so that browser, proxy and session are closed."""
    sys.exit(128 + number)


for command in (*check.COMMANDS, *capture.COMMANDS, *send.COMMANDS):
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
@click.option("--headless", is_flag=True, help="Run every checkout without a window and print what came of it.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("pixelpair-demo"),
    show_default=True,
    help="Folder for what a headless run writes.",
)
def demo(headless: bool, out: Path) -> None:
    """Show the whole story in the sandbox: a demo shop, its checkouts, and their rows."""
    from app.cli.demo import run_headless, run_window

    if headless or not has_display():
        sys.exit(run_headless(settings_or_fail(), out))
    sys.exit(run_window(settings_or_fail()))
