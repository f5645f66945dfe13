"""What `check`, `report` and `capture` share: what is compared with, how the result is put out, and the exit status."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from app.cli.options import customer_from, fail, orders_from
from app.cli.progress import Progress
from app.model import Customer, Severity
from app.numbers import Summary

if TYPE_CHECKING:
    from app.analysis.engine import Analysis
    from app.reports.json_report import Report
    from app.reports.sources import Sources

FAIL_ON = [*(severity.value for severity in Severity), "never"]


@dataclass(frozen=True, slots=True)
class Output:
    """The options of a report: what the traffic is compared with, what is written, and what fails a build."""

    as_json: bool
    html: Path | None
    everything: bool
    raw: bool
    fail_on: str
    customer: Customer
    orders: tuple[str, ...]

    @property
    def shows_parameters(self) -> bool:
        """Whether anything is written that has the events' parameters."""
        return self.as_json or self.html is not None

    def deliver(self, analysis: Analysis, sources: Sources, progress: Progress) -> NoReturn:
        """Write the HTML report where asked, print the JSON or the table, and end with the status."""
        from app.reports.json_report import Report
        from app.workbench.live import app_version

        def report() -> Report:
            return Report(analysis, sources, raw=self.raw, app_version=app_version())

        if self.html is not None:
            progress.step(f"Writing {self.html.name}")
            self._write_html(report(), self.html)
        progress.step("Writing the report" if self.as_json else "Summing up")
        result = report()
        if self.as_json:
            _print_json(result, progress)
        else:
            from app.reports.overview import print_report

            progress.end()
            print_report(result, everything=self.everything)
        sys.exit(self.status(result.summary))

    def status(self, summary: Summary) -> int:
        """0 when no finding is at or above `fail_on`, else 1."""
        if self.fail_on == "never":
            return 0
        worst = Severity(self.fail_on).rank
        return int(any(summary.found(severity) for severity in Severity if severity.rank <= worst))

    def _write_html(self, report: Report, path: Path) -> None:
        from app.reports.html_report import document, render
        from app.reports.private import private_file

        try:
            with private_file(path) as file:
                file.write(render(document(report)))
        except OSError as error:
            fail(f"{path} can not be written ({error.strerror}). Choose another place with --html.")
        click.echo(f"Evidence written to {path}", err=True)


def _print_json(report: Report, progress: Progress) -> None:
    from app.reports.json_report import write
    from app.reports.printable import takes_all_letters

    written = 0

    def tell() -> None:
        nonlocal written
        written += 1
        progress.tell(written, report.size)

    if sys.stdout.isatty():  # the bar would stand between the lines
        progress.end()
    write(report, sys.stdout.write, tell, ascii_only=not takes_all_letters())
    sys.stdout.flush()


def output_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options of every command that reports, handed over as `output`."""

    def run(**given: Any) -> None:
        output = Output(
            as_json=given.pop("as_json"),
            html=given.pop("html"),
            everything=given.pop("everything"),
            raw=given.pop("raw"),
            fail_on=given.pop("fail_on"),
            orders=orders_from(given.pop("orders"), given.pop("order_column")),
            customer=customer_from(given.pop("customer")),
        )
        command(output=output, **given)

    file = click.Path(dir_okay=False, path_type=Path)
    known = click.Path(exists=True, dir_okay=False, path_type=Path)
    options = (
        click.option("--json", "as_json", is_flag=True, help="Print the machine-readable report."),
        click.option("--html", type=file, help="Write the HTML report too."),
        click.option("--all", "everything", is_flag=True, help="Print every row and every finding, however many."),
        click.option("--raw", is_flag=True, help="Leave personal data as it is; secrets stay masked."),
        click.option(
            "--fail-on",
            type=click.Choice(FAIL_ON),
            default="error",
            show_default=True,
            help="The mildest finding that makes the exit status 1.",
        ),
        click.option(
            "--customer", type=known, help="JSON with the test customer in plain text: hashes are recomputed from it."
        ),
        click.option(
            "--orders",
            type=file,
            help="The backend's orders of the same time (CSV, JSON or lines), to compare the purchases with.",
        ),
        click.option(
            "--order-column", default="", metavar="NAME", help="Column of --orders: its name, or its number from 1."
        ),
    )
    run.__name__, run.__doc__ = command.__name__, command.__doc__
    for option in reversed(options):
        run = option(run)
    return run
