"""The report as text for a terminal: the rows that need attention, the findings by code, the totals.

However long the session is, what is printed fits a few screens. Everything is in the JSON report, or asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from heapq import nsmallest
from itertools import batched
from typing import NamedTuple

from rich.console import Console
from rich.table import Table
from rich.text import Text

from app.model import Event, Finding, Group, Severity, Verdict
from app.pairing.conversions import Conversion
from app.platforms import title_of
from app.reports.by_platform import by_platform
from app.reports.conversions import matrix, worst
from app.reports.json_report import Report
from app.reports.matrix_table import LEGEND, matrix_table
from app.reports.parts import Part
from app.reports.printable import plain
from app.reports.terminal import STYLE, console_for_tables, coverage_table, orders_text, verdict_text
from app.reports.windows import window_sentences
from app.words import SEVERITY_WORDS, VERDICT_WORDS, gap, ignored, money, redacted

ROWS = 25  # rows that are printed of a longer session
EXAMPLES = 3  # of each finding code
_WIDE = 110  # columns in which a row has room for everything side by side
_TOGETHER = 500  # rows that are laid out together when all are printed
_SURPLUS = (Verdict.DOUBLE_COUNTED, Verdict.DUPLICATE)


class _Told(NamedTuple):
    """A finding and the group, or the conversion at several platforms, it stands on; None: the whole session."""

    finding: Finding
    whose: Group | Conversion | None


def print_report(report: Report, *, everything: bool = False) -> None:
    """Print the report to standard output; `everything` is every row and every finding of however long a session."""
    console = console_for_tables()
    _print_rows(console, report, everything=everything)
    if report.conversions:
        _print_matrix(console, report, everything=everything)
    for same in _by_code(report):
        _print_code(console, report, same, everything=everything)
    console.print()
    head = report.head()
    console.print(_totals(head["summary"]))
    for each in by_platform((group.platform, group.verdict) for group in report.groups):
        console.print(Text(plain(f"{each.title}: {each.said}.")))
    for sentence in window_sentences(head["windows"]):
        console.print(Text(plain(sentence)))
    if others := sum(item["ignored"] for item in head["inputs"]):
        console.print(f"{ignored(others)}: no platform's, and nothing of them is kept.")
    if hidden := redacted(report.redactions):
        console.print(f"Redacted: {hidden}. --raw shows them.")
    both = [line for line in map(report.shown, report.coverage()) if line["keys"]["event_id"]["shared"] is not None]
    if both:
        console.print()
        console.print(coverage_table(both))


def _print_rows(console: Console, report: Report, *, everything: bool) -> None:
    groups = report.groups
    several = len({group.platform for group in groups}) > 1
    if not groups:
        console.print("No conversion was seen: no event of a pixel's and none of a server's.")
    if everything or len(groups) <= ROWS:
        for some in batched(groups, _TOGETHER):
            _print_some(console, report, some, several=several)
        return
    attention = [group for group in groups if _rank(group) < Severity.INFO.rank]
    shown = nsmallest(ROWS, attention, key=_urgency)
    _print_some(console, report, shown, several=several)
    left = len(attention) - len(shown)
    more = f"{left:,} more of the {len(groups):,} rows need attention" if left else f"{len(groups):,} rows in all"
    console.print(Text(f"… {more}. --all prints every row and finding, --json and --html write them.", style="dim"))


def _print_matrix(console: Console, report: Report, *, everything: bool) -> None:
    """Which platform got which conversion: a glyph for the verdict there, and the sides it came from."""
    parts = [report.shown(report.conversion(each, [])) for each in report.conversions]
    by_id = {report.conversion_ids[each.id]: each for each in report.conversions}
    found = matrix(parts, lambda part: worst(by_id[part["id"]]), len(parts) if everything else ROWS)
    console.print()
    console.print(matrix_table(found, lambda part: _codes(by_id[part["id"]].findings)))
    if len(found.rows) < found.all:
        console.print(Text(f"… {found.all - len(found.rows):,} more conversions; --all prints all.", style="dim"))
    console.print(Text(LEGEND, style="dim"))


def _urgency(group: Group) -> tuple[int, bool, bool]:
    """The worst first; of these what is counted twice, and of that what has a value: money before page views."""
    valued = any(event.value for event in group.events)
    return _rank(group), group.verdict not in _SURPLUS, not valued


def _rank(group: Group) -> int:
    """How urgent a row is, 0 for the worst. One that will be counted twice is a warning even if no finding says so."""
    severity = group.severity
    rank = len(Severity) if severity is None else severity.rank
    return min(rank, Severity.WARNING.rank) if group.verdict in _SURPLUS else rank


def _print_some(console: Console, report: Report, groups: Iterable[Group], *, several: bool) -> None:
    """Rows as a table where there is room for one, else each on lines of its own; `several` says of which platform."""
    if console.width >= _WIDE:
        console.print(_table(report, groups, several=several))
        return
    for group in groups:
        pair = report.shown(report.pair(group, []))
        verdict = verdict_text(pair["verdict"])
        verdict.pad_right(max(0, 16 - verdict.cell_len))
        first = [Text(f"{pair['id']:5}", style="dim"), verdict, *_platform(pair, several), _name(pair), _event_id(pair)]
        _print_indented(console, Text("  ").join(first), "", "       ")
        sides = (("browser", _moment(group.browser)), ("server", _moment(group.server)), ("gap", gap(pair["gap_ms"])))
        seen = Text(", ".join(f"{word} {text}" for word, text in sides if text != "–"), style="dim")
        _print_indented(console, Text(" · ").join(filter(None, (seen, _codes(group.findings)))), "       ")


def _table(report: Report, groups: Iterable[Group], *, several: bool) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("Row", "Verdict", *(("Platform",) if several else ()), "Event"):
        table.add_column(heading, overflow="fold", no_wrap=heading == "Row")
    table.add_column("Event ID", overflow="fold", max_width=40)
    for heading in ("Browser", "Server", "Gap"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("Findings", overflow="fold", min_width=28)
    for group in groups:
        pair = report.shown(report.pair(group, []))
        table.add_row(
            Text(pair["id"], style="dim"),
            verdict_text(pair["verdict"]),
            *_platform(pair, several),
            _name(pair),
            _event_id(pair),
            _moment(group.browser),
            _moment(group.server),
            gap(pair["gap_ms"]),
            _codes(group.findings) or "–",
        )
    return table


def _platform(pair: Part, several: bool) -> tuple[Text, ...]:
    return (Text(plain(title_of(pair["platform"]))),) if several else ()


def _name(pair: Part) -> Text:
    return Text(plain(pair["name"] or "(no event name)"))


def _event_id(pair: Part) -> Text:
    return Text(plain(pair["event_id"])) if pair["event_id"] else Text("no event ID", style="dim")


def _codes(findings: Iterable[Finding]) -> Text:
    """The codes of some findings, each once, worst first."""
    found: dict[str, Severity] = {}
    for finding in sorted(findings, key=lambda finding: finding.severity.rank):
        found.setdefault(finding.code, finding.severity)
    return Text(", ").join(Text(code, style=_style(severity)) for code, severity in found.items())


def _moment(events: tuple[Event, ...]) -> str:
    """The time of the first of some events, UTC, and how many there are."""
    if not events:
        return "–"
    first = events[0]
    time_ms = first.own_ms if first.own_ms is not None else first.received_ms
    text = "?" if time_ms is None else f"{datetime.fromtimestamp(time_ms / 1000, UTC):%H:%M:%S}"
    return text if len(events) == 1 else f"{text} ×{len(events)}"


def _by_code(report: Report) -> list[list[_Told]]:
    """The findings by severity and code, the worst first and then the most frequent."""
    found: dict[tuple[Severity, str], list[_Told]] = {}
    for told in _all(report):
        found.setdefault((told.finding.severity, told.finding.code), []).append(told)
    order = sorted(found.items(), key=lambda item: (item[0][0].rank, -len(item[1]), item[0][1]))
    return [same for _, same in order]


def _all(report: Report) -> Iterator[_Told]:
    for group in report.groups:
        for finding in group.findings:
            yield _Told(finding, group)
    for conversion in report.conversions:
        for finding in conversion.findings:
            yield _Told(finding, conversion)
    for finding in report.summary.session_findings:
        yield _Told(finding, None)


def _print_code(console: Console, report: Report, same: list[_Told], *, everything: bool) -> None:
    """One code with its count, and what some of its findings say, of which rows, and what to do."""
    severity = same[0].finding.severity
    word = SEVERITY_WORDS[severity]
    rows = len({told.whose.id for told in same if told.whose is not None})
    title = Text(f"\n{word.glyph} {same[0].finding.code}", style=f"bold {_style(severity)}")
    count = [f"×{len(same):,}"] if len(same) > 1 else []
    count += [f"in {rows:,} rows"] if 1 < rows < len(same) else []
    console.print(title + Text(f"  {word.word.lower()} {' '.join(count)}", style="not bold dim"))
    said: dict[tuple[str, str], list[str]] = {}
    for told in same if everything else same[:EXAMPLES]:
        part = report.shown(report.finding("", told.finding, told.whose))
        said.setdefault((part["message"], part["fix"]), []).append(_where(report, told.whose, part))
    fixes = {fix for _, fix in said}
    for (message, fix), where in said.items():
        _print_indented(console, Text(plain(f"{message} {fix}" if len(fixes) > 1 else message)), "  ")
        _print_indented(console, Text(" · ".join(where), style="dim"), "    ")
    if len(fixes) == 1:
        _print_indented(console, Text(f"→ {plain(fixes.pop())}"), "  ")


def _print_indented(console: Console, text: Text, indent: str, following: str | None = None) -> None:
    """Text wrapped to the console's width behind an indent, which lines after the first may have another of."""
    following = indent if following is None else following
    width = max(20, console.width - max(len(indent), len(following)))
    for place, line in enumerate(text.wrap(console, width)):
        line.rstrip()
        console.print(Text(following if place else indent) + line, soft_wrap=True)


def _where(report: Report, whose: Group | Conversion | None, finding: Part) -> str:
    """The row, or the conversion, that a finding stands on, as its reader will look for it."""
    if whose is None:
        return "whole session" if finding["event"] is None else str(finding["event"])
    if isinstance(whose, Conversion):
        part = report.shown(report.conversion(whose, []))
        return plain(" ".join(filter(None, (part["id"], part["title"], part["order_id"]))))
    pair = report.shown(report.pair(whose, []))
    return plain(" ".join(filter(None, (pair["id"], pair["name"], pair["event_id"]))))


def _totals(summary: Part) -> Text:
    """The session in numbers: what came in, what becomes of it, and what the platform will count."""
    overlap = "" if summary["overlap"] is None else f", overlap {summary['overlap']:.0%}"
    text = Text(f"{summary['browser_events']:,} browser events, {summary['server_events']:,} server events")
    text.append(f" ({summary['unique_sends']:,} sends, {summary['failed_sends']:,} failed){overlap}.\n")
    verdicts = (
        (Verdict.DEDUPLICATED, "deduplicated"),
        (Verdict.PROBABLE, "probable"),
        (Verdict.DOUBLE_COUNTED, "double_counted"),
        (Verdict.DUPLICATE, "duplicates"),
        (Verdict.WAITING, "waiting"),
        (Verdict.BROWSER_ONLY, "browser_only"),
        (Verdict.SERVER_ONLY, "server_only"),
        (Verdict.NOT_OBSERVED, "not_observed"),
        (Verdict.NOT_COUNTED, "not_counted"),
    )
    rows = [(VERDICT_WORDS[verdict], summary[key]) for verdict, key in verdicts if summary[key]]
    parts = [Text(f"{word.glyph} {number:,} {word.word.lower()}", style=STYLE[word.role]) for word, number in rows]
    if parts:
        text.append_text(Text("  ").join(parts)).append("\n")
    found = [(SEVERITY_WORDS[severity], summary["findings"][severity.value]) for severity in Severity]
    parts = [
        Text(f"{word.glyph} {number:,} {word.word.lower()}", style=STYLE[word.role]) for word, number in found if number
    ]
    text.append("Findings: ").append_text(Text("  ").join(parts) if parts else Text("none")).append("\n")
    surplus = summary["predicted_counted"] - summary["unique_conversions"]
    values = ", ".join(f"+{money(amount)} {plain(currency)}" for currency, amount in summary["inflated_value"].items())
    text.append(f"Predicted counted {summary['predicted_counted']:,} for {summary['unique_conversions']:,} conversions")
    text.append(
        f": {surplus:,} too many ({summary['inflation']:+.1%}{'; ' if values else ''}{values})" if surplus > 0 else ""
    )
    text.append(".")
    return text.append("\n").append_text(orders_text(summary["orders"])) if summary["orders"] else text


def _style(severity: Severity) -> str:
    return STYLE[SEVERITY_WORDS[severity].role]
