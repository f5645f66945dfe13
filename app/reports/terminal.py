"""What terminal output shares: the console, verdicts and severities in colour, small tables; and the catalogue."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from app.checks import CHECKS
from app.model import Severity, Verdict
from app.numbers import Band
from app.platforms import title_of
from app.reports.printable import plain
from app.words import BAND_WORDS, SEVERITY_WORDS, VERDICT_WORDS, discrepancy, percent

_NAMES = 20  # event names that the coverage is printed of
STYLE = {"good": "green", "bad": "red", "warn": "yellow", "wait": "blue", "quiet": "dim"}


def console_for_tables() -> Console:
    """Standard output; wide enough for a table where nobody's terminal sets the width."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else 150)


def orders_text(orders: Mapping[str, Any]) -> Text:
    """The purchases against the backend's orders, in one line with the word and colour of their band."""
    word = BAND_WORDS[Band(orders["band"])]
    text = Text(f"Orders: {discrepancy(orders['missing'], orders['surplus'])}, {orders['known']:,} known · ")
    return text.append(f"{word.glyph} {percent(orders['discrepancy'])} {word.word}", style=STYLE[word.role])


def coverage_table(coverage: Sequence[Mapping[str, Any]]) -> Group:
    """How many events carry each key: of the browser's, of the server's, and those that share it with a twin.

    A table for each platform, whose names and keys are its own.
    """
    found: dict[str, list[Mapping[str, Any]]] = {}
    for line in coverage:
        found.setdefault(line["platform"], []).append(line)
    titles = {name: f"{title_of(name)}: browser" if len(found) > 1 else "Browser" for name in found}
    return Group(*(_coverage_table(titles[name], lines) for name, lines in found.items()))


def _coverage_table(title: str, coverage: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(f"{title} / server / shared", overflow="fold")
    for key in coverage[0]["keys"]:
        table.add_column(key, justify="right")
    for line in coverage[:_NAMES]:
        cells = (" / ".join(f"{share:.0%}" for share in key.values()) for key in line["keys"].values())
        table.add_row(Text(plain(line["name"] or "(no event name)")), *cells)
    if len(coverage) > _NAMES:
        table.add_row(f"and {len(coverage) - _NAMES} more event names")
    return table


def verdict_text(verdict: str) -> Text:
    """A verdict with glyph, word and colour."""
    word = VERDICT_WORDS[Verdict(verdict)]
    return Text(f"{word.glyph} {word.word}", style=STYLE[word.role])


def severity_style(severity: str) -> str:
    return STYLE[SEVERITY_WORDS[Severity(severity)].role]


def print_codes() -> None:
    """Print the catalogue of finding codes to standard output."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("Code", "Severity", "Cause", "Fix", "Rests on"):
        table.add_column(heading, overflow="fold")
    for check in CHECKS:
        word = SEVERITY_WORDS[check.severity]
        severity = Text(f"{word.glyph} {word.word}", style=STYLE[word.role])
        table.add_row(check.code, severity, check.cause, check.fix, check.standing.value)
    console_for_tables().print(table)


def codes_as_markdown() -> str:
    """The catalogue of finding codes as a Markdown table, as the README has it."""
    rows = ["| code | severity | what it says | what to do | rests on |", "| --- | --- | --- | --- | --- |"]
    for check in CHECKS:
        cells = (f"`{check.code}`", check.severity.value, check.title, check.fix, check.standing.value)
        rows.append("| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |")
    return "\n".join(rows)
