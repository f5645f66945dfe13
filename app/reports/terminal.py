"""The report as text for a terminal: a table of pairs, the findings, the sum."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from app.checks import CHECKS
from app.model import Band, Severity, Verdict
from app.platforms import title_of
from app.reports.by_platform import by_platform
from app.words import BAND_WORDS, SEVERITY_WORDS, VERDICT_WORDS, discrepancy, percent

# What a terminal obeys (C0, C1), what reorders or hides the text around it, and lone surrogates: no output takes them.
_COMMANDS = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")

_NAMES = 20  # event names that the coverage is printed of
STYLE = {"good": "green", "bad": "red", "warn": "yellow", "wait": "blue", "quiet": "dim"}


def plain(text: str) -> str:
    """Text from the wire so that no terminal obeys it: control and direction characters as their codes."""
    return _COMMANDS.sub(lambda letter: f"⟨U+{ord(letter[0]):04X}⟩", text)


def printable_json(document: object) -> str:
    """A document as JSON to print: readable where the output can hold it, and nothing in it a terminal would obey."""
    readable = (sys.stdout.encoding or "").lower() in ("utf-8", "utf8")
    text = json.dumps(document, indent=1, ensure_ascii=not readable)
    return _COMMANDS.sub(lambda letter: letter[0] if letter[0] == "\n" else f"\\u{ord(letter[0]):04x}", text)


def console_for_tables() -> Console:
    """Standard output; wide enough for a table where nobody's terminal sets the width."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else 150)


def print_report(report: Mapping[str, Any]) -> None:
    """Print pairs, findings and summary of a `pixelpair.report/1` to standard output."""
    console = console_for_tables()
    events = {event["id"]: event for event in report["events"]}
    findings: dict[str, list[Mapping[str, Any]]] = {}
    for finding in report["findings"]:
        findings.setdefault(finding["pair"] or "", []).append(finding)

    table = Table(box=None, pad_edge=False, header_style="bold")
    platforms = by_platform((pair["platform"], Verdict(pair["verdict"])) for pair in report["pairs"])
    several = ("Platform",) if platforms else ()
    for heading in ("Verdict", *several, "Event", "Event ID", "Browser", "Server", "Gap", "Findings"):
        table.add_column(heading, overflow="fold")
    for pair in report["pairs"]:
        severities = {item["code"]: item["severity"] for item in reversed(findings.get(pair["id"], []))}
        codes = [Text(code, style=severity_style(severities[code])) for code in reversed(severities)]
        table.add_row(
            verdict_text(pair["verdict"]),
            *(Text(plain(title_of(pair["platform"]))) for _ in several),
            Text(plain(pair["name"] or "(no event name)")),
            Text(plain(pair["event_id"] or "none")),
            moment(events, pair["browser"]),
            moment(events, pair["server"]),
            "–" if pair["gap_ms"] is None else f"{pair['gap_ms'] / 1000:+.2f} s",
            Text(", ").join(codes) if codes else "–",
        )
    if report["pairs"]:
        console.print(table)
    else:
        console.print("No conversion was seen: no event of a pixel's and none of a server's.")
    console.print()
    for finding in report["findings"]:
        where = f" ({finding['pair']})" if finding["pair"] else ""
        line = Text(f"{SEVERITY_WORDS[Severity(finding['severity'])].glyph} {finding['code']}{where}: ")
        line.stylize(severity_style(finding["severity"]))
        console.print(line + Text(plain(f"{finding['message']} {finding['fix']}")))
    summary = report["summary"]
    overlap = "–" if summary["overlap"] is None else f"{summary['overlap']:.0%}"
    console.print(
        f"\n{summary['browser_events']} browser events, {summary['server_events']} server events "
        f"({summary['unique_sends']} sends, {summary['failed_sends']} failed). "
        f"{summary['deduplicated']} deduplicated, {summary['double_counted']} will be double counted, "
        f"overlap {overlap}. "
        f"Predicted counted {summary['predicted_counted']} for {summary['unique_conversions']} conversions."
    )
    for each in platforms:
        console.print(Text(plain(f"{each.title}: {each.said}.")))
    if summary["orders"]:
        console.print(orders_text(summary["orders"]))
    both = [line for line in report["coverage"] if line["keys"]["event_id"]["shared"] is not None]
    if both:
        console.print()
        console.print(coverage_table(both))


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


def moment(events: Mapping[str, Any], ids: list[str]) -> str:
    """The time of the first of some events, UTC, and how many more there are."""
    if not ids:
        return "–"
    time_ms = events[ids[0]]["time_ms"]
    text = "?" if time_ms is None else f"{datetime.fromtimestamp(time_ms / 1000, UTC):%H:%M:%S}"
    return text if len(ids) == 1 else f"{text} ×{len(ids)}"


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
