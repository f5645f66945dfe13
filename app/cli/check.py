"""`pixelpair check` and `report`: the verdict on files and on recorded sessions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from app.analysis.memory import keeping_all
from app.cli.options import due_option, fail, same_account_option, settings_or_fail, window_option
from app.cli.output import Output, output_options
from app.cli.progress import Progress
from app.settings import Settings

if TYPE_CHECKING:
    from app.formats import Import


@click.command()
@click.argument("inputs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--account", default="", help="Pixel or dataset ID for payloads that name none.")
@same_account_option
@due_option
@window_option
@output_options
def check(
    *,
    inputs: tuple[Path, ...],
    account: str,
    same_account: tuple[str, ...],
    due: tuple[str, ...],
    window: tuple[str, ...],
    output: Output,
) -> None:
    """Pair and check recorded traffic.

    Inputs: a HAR file, a flow file of mitmproxy, server payloads as JSON or JSON Lines, cURL commands, a session.
    """
    _judge(inputs, account, settings_or_fail(same_account, due, window), output)


@click.command()
@click.argument("session", type=click.Path(path_type=Path))
@same_account_option
@due_option
@window_option
@output_options
def report(
    *, session: Path, same_account: tuple[str, ...], due: tuple[str, ...], window: tuple[str, ...], output: Output
) -> None:
    """Print or write the evidence of a recorded session."""
    _judge((session,), "", settings_or_fail(same_account, due, window), output)


_TOLD = 5  # entries that were left out of a file and are said one by one
COMMANDS: tuple[click.Command, ...] = (check, report)


def _judge(inputs: tuple[Path, ...], account: str, settings: Settings, output: Output) -> NoReturn:
    """Read, pair and check files, put out what came of it, and end with the status."""
    from app.formats import FormatError
    from app.workbench.belonging import invented_customer
    from app.workbench.files import analyse
    from app.workbench.live import context_of

    tested = output.customer or invented_customer(inputs)
    context = context_of(settings, tested, live=False, orders=output.orders)
    # The collector would walk through the whole session over and over, and the process ends with it anyway.
    with keeping_all(), Progress() as progress:
        try:
            imports = _read(inputs, account, settings.endpoints, progress)
        except FormatError as error:
            fail(str(error))
        progress.step("Pairing and checking")
        analysis, sources = analyse(
            imports, context, settings.endpoints, parameters=output.shows_parameters, tell=progress.tell
        )
        output.deliver(analysis, sources, progress)


def _read(inputs: tuple[Path, ...], account: str, endpoints: tuple[str, ...], progress: Progress) -> Iterator[Import]:
    """The files as they were read; an iterator, so that whoever takes them owns them alone."""
    from app.formats import read, settle_accounts

    found = []
    read_before: set[str] = set()
    for path in inputs:
        progress.step(f"Reading {path.name}")
        item = read(path, account, endpoints)
        if item.sha256 in read_before:
            click.echo(f"{item.name} is the same file as one before it, and was read once.", err=True)
            continue
        read_before.add(item.sha256)
        left_out = (f"{item.name}: part {part.index} was left out: {part.reason}." for part in item.skipped[:_TOLD])
        more = f"{item.name}: {len(item.skipped) - _TOLD:,} more were left out." if len(item.skipped) > _TOLD else None
        for sentence in filter(None, (*item.remarks, *left_out, more, item.integrity.text)):
            click.echo(sentence, err=True)
        found.append(item)
    return iter(settle_accounts(found))
