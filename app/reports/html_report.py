"""The report as one page for people: self-contained, printable, light or dark as the reader's screen is.

It is made from the machine-readable report alone, so that whoever has one can check the other. Everything in it came
from strangers' traffic: the template escapes every value, and the page's own policy forbids scripts and requests.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from heapq import nsmallest
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from app.comparison import Relation, Row, compare
from app.model import Event, Field, Group, Kind, Provenance, Severity, Side, Verdict
from app.numbers import Band
from app.platforms import account_word, title_of
from app.reports.by_platform import by_platform
from app.reports.conversions import matrix, sides
from app.reports.json_report import Report
from app.reports.windows import window_sentences
from app.words import (
    BAND_WORDS,
    SEVERITY_WORDS,
    VERDICT_WORDS,
    Word,
    discrepancy,
    gap,
    ignored,
    in_minor_units,
    money,
    percent,
    redacted,
)

_RESOURCES = Path(__file__).resolve().parents[2] / "resources"
_LONGEST = 1_200  # characters of one value that are printed
_NAMES = 100  # event names that get a line of their own in the table of keys
_CONVERSIONS = 200  # conversions at several platforms that get a line
_DETAILED = 400  # rows that get a section of their own

_HASH_WORDS = {
    "verified": ("✓", "good"),
    "convention": ("!", "warn"),
    "not-tested": ("–", "quiet"),
}
_STANDINGS = {
    "documented": "documented by the platform",
    "observed": "observed on the wire or in public code",
    "folklore": "widely repeated, not documented",
}


class _Theme(NamedTuple):
    """One kind of finding and the rows it stands on."""

    code: str
    word: Word
    findings: list[Mapping[str, Any]]
    pairs: list[str]
    conversions: list[str]


class _Detail(NamedTuple):
    """What the section of one row shows."""

    pair: Mapping[str, Any]
    word: Word
    browser: Mapping[str, Any] | None
    server: Mapping[str, Any] | None
    telling: list[Row]
    rest: list[Row]
    hashes: list[Mapping[str, Any]]
    findings: list[Mapping[str, Any]]
    opened: bool
    compared_at: str | None  # the tied row that shows the same two events side by side already


def document(report: Report, tell: Callable[[], None] = lambda: None) -> dict[str, Any]:
    """As much of a report as the page shows: of a long session, parameters only for the rows that get a section.

    `tell` is called after each of `report.size` parts.
    """
    if len(report.groups) <= _DETAILED:
        return report.document(tell=tell)
    found = [group for group in report.groups if group.findings]
    rows = {group.id for group in nsmallest(_DETAILED, found, key=lambda group: _worst(group).rank)}
    tied = {link.group for group in found if group.id in rows for link in group.links}
    shown = (group for group in report.groups if group.id in rows or group.id in tied)
    return report.document(frozenset(event.id for group in shown for event in group.events), tell)


def _rank(
    conversion: Mapping[str, Any],
    between: Mapping[str, list[Mapping[str, Any]]],
    findings: Mapping[str | None, list[Mapping[str, Any]]],
) -> int:
    """How urgent a conversion is, 0 for the worst: by the findings between its platforms, then by those of its rows."""
    own = [Severity(each["severity"]).rank for each in between.get(conversion["id"], ())]
    rows = (pair for share in conversion["platforms"] for pair in share["pairs"])
    rest = [len(Severity) + Severity(each["severity"]).rank for pair in rows for each in findings.get(pair, ())]
    return min(own + rest, default=2 * len(Severity))


def _worst(group: Group) -> Severity:
    return group.severity or Severity.INFO


def render(report: Mapping[str, Any]) -> str:
    """The page for a `pixelpair.report/1`."""
    events = {event["id"]: event for event in report["events"]}
    findings: dict[str | None, list[Mapping[str, Any]]] = {}
    for finding in report["findings"]:
        findings.setdefault(finding["pair"], []).append(finding)
    pairs = {pair["id"]: pair for pair in report["pairs"]}
    shown: dict[tuple[str, str], str] = {}
    details = [
        _detail(pair, pairs, events, findings.get(pair["id"], []), shown)
        for pair in _detailed(report["pairs"], findings)
    ]
    between = _between(report)
    shown_conversions = matrix(report.get("conversions", ()), lambda each: _rank(each, between, findings), _CONVERSIONS)
    times = [event["time_ms"] for event in report["events"] if event["time_ms"]]
    return _template().render(
        report=report,
        summary=report["summary"],
        orders=report["summary"].get("orders"),
        coverage=report.get("coverage", ())[:_NAMES],
        platforms=by_platform((pair["platform"], Verdict(pair["verdict"])) for pair in report["pairs"]),
        windows=window_sentences(report.get("windows", ())),
        matrix=shown_conversions,
        between=between,
        anchors={each["id"] for each in shown_conversions.rows},
        headline=_headline(report),
        first_ms=min(times, default=None),
        last_ms=max(times, default=None),
        events=events,
        findings=findings,
        details=details,
        detailed={detail.pair["id"] for detail in details},
        themes=_themes(item for item in report["findings"] if item["severity"] != "info"),
        remarks=_themes(item for item in report["findings"] if item["severity"] == "info"),
        uncounted=Counter(event["kind"] for event in report["events"] if event["kind"] not in ("event", "automatic")),
        provenances=Counter((event["side"], event["provenance"]) for event in report["events"]),
        severities=SEVERITY_WORDS,
        verdicts=VERDICT_WORDS,
        standings=_STANDINGS,
        hash_words=_HASH_WORDS,
    )


@lru_cache(maxsize=1)
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(_RESOURCES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        seen=seen,
        clock=_clock,
        day=_day,
        gap=gap,
        percent=_percent,
        money=money,
        minor=in_minor_units,
        ignored=ignored,
        redacted=redacted,
        plural=_plural,
        platform=title_of,
        sides=sides,
        account_word=account_word,
        tenths=percent,
        band=lambda text: BAND_WORDS[Band(text)],
        discrepancy=lambda orders: discrepancy(orders["missing"], orders["surplus"]),
        verdict=lambda text: VERDICT_WORDS[Verdict(text)],
        severity=lambda text: SEVERITY_WORDS[Severity(text)],
    )
    return environment.get_template("report.html.j2")


def seen(text: object, limit: int = _LONGEST) -> str:
    """A value so that nothing in it hides: stray spaces as dots, control and direction characters as their codes."""
    full = str(text)
    bare = full.strip(" ")
    lead = len(full) - len(full.lstrip(" ")) if bare else len(full)
    shown = "·" * lead + bare + "·" * (len(full) - lead - len(bare))
    cut = f"… ({len(shown) - limit:,} more characters)" if len(shown) > limit else ""
    head = shown[:limit]
    return (head if head.isprintable() else "".join(map(_visible, head))) + cut


def _visible(letter: str) -> str:
    if letter == "\n" or letter.isprintable():
        return letter
    name = "Cf Cc Cs Co Cn Zl Zp Zs"
    return f"⟨U+{ord(letter):04X}⟩" if unicodedata.category(letter) in name else letter


def _detailed(
    pairs: Sequence[Mapping[str, Any]], findings: Mapping[str | None, list[Mapping[str, Any]]]
) -> Iterable[Mapping[str, Any]]:
    """The rows that get a section: all of a short session, of a long one those with the worst findings."""
    if len(pairs) <= _DETAILED:
        return pairs
    ranks = {
        pair["id"]: min(Severity(finding["severity"]).rank for finding in findings[pair["id"]])
        for pair in pairs
        if pair["findings"]
    }
    chosen = set(sorted(ranks, key=ranks.__getitem__)[:_DETAILED])
    return [pair for pair in pairs if pair["id"] in chosen]


def _detail(
    pair: Mapping[str, Any],
    pairs: Mapping[str, Mapping[str, Any]],
    events: Mapping[str, Mapping[str, Any]],
    findings: list[Mapping[str, Any]],
    shown: dict[tuple[str, str], str],
) -> _Detail:
    rows = (pair, *(pairs[link["pair"]] for link in pair["links"]))
    browser, server = (next((events[one] for row in rows for one in row[side.value]), None) for side in Side)
    first = shown.setdefault((browser["id"], server["id"]), pair["id"]) if browser and server else pair["id"]
    compared = compare(_event(browser), _event(server)) if first == pair["id"] else ()
    telling = [row for row in compared if row.relation in (Relation.DIFFERS, Relation.EQUAL_BY_VALUE)]
    severe = any(Severity(finding["severity"]).rank < Severity.INFO.rank for finding in findings)
    return _Detail(
        pair=pair,
        word=VERDICT_WORDS[Verdict(pair["verdict"])],
        browser=browser,
        server=server,
        telling=telling,
        rest=[row for row in compared if row not in telling],
        hashes=[
            {**value, "key": key, "side": event["side"]}
            for event in (browser, server)
            if event and first == pair["id"]
            for key, values in event["user"].items()
            for value in values
        ],
        findings=sorted(findings, key=lambda finding: Severity(finding["severity"]).rank),
        opened=severe,
        compared_at=first if first != pair["id"] else None,
    )


def _event(event: Mapping[str, Any] | None) -> Event | None:
    """As much of an event as comparing needs, from what the report says of it."""
    if event is None:
        return None
    return Event(
        id=event["id"],
        exchange=0,
        platform=event["platform"],
        side=Side(event["side"]),
        provenance=Provenance(event["provenance"]),
        kind=Kind(event["kind"]),
        account=event["account"],
        name=event["name"],
        event_id=event["event_id"],
        own_ms=event["time_ms"],
        received_ms=None,
        fields=tuple(
            Field(item["key"], item["value"], item["label"], item["group"], item.get("origin", ""))
            for item in event["parameters"]
        ),
    )


def _themes(findings: Iterable[Mapping[str, Any]]) -> list[_Theme]:
    """The findings by code, worst and most frequent first."""
    found: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for finding in findings:
        found.setdefault((finding["severity"], finding["code"]), []).append(finding)
    order = sorted(found.items(), key=lambda item: (Severity(item[0][0]).rank, -len(item[1]), item[0][1]))
    return [
        _Theme(
            code,
            SEVERITY_WORDS[Severity(severity)],
            members,
            _each_once(members, "pair"),
            _each_once(members, "conversion"),
        )
        for (severity, code), members in order
    ]


def _each_once(findings: Iterable[Mapping[str, Any]], member: str) -> list[str]:
    return list(dict.fromkeys(finding[member] for finding in findings if finding.get(member)))


def _between(report: Mapping[str, Any]) -> dict[str, list[Mapping[str, Any]]]:
    """The findings on conversions at several platforms, by conversion."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for finding in report["findings"]:
        if finding.get("conversion"):
            found.setdefault(finding["conversion"], []).append(finding)
    return found


def _headline(report: Mapping[str, Any]) -> tuple[str, str]:
    """The result in one sentence, and the role of its colour."""
    summary = report["summary"]
    if not report["events"]:
        return "No ad-platform event was found in these inputs.", "quiet"
    surplus = summary["predicted_counted"] - summary["unique_conversions"]
    if surplus > 0:
        values = ", ".join(
            f"+{money(amount, currency)} {currency}" for currency, amount in summary.get("inflated_value", {}).items()
        )
        real = _plural(summary["unique_conversions"], "conversion")
        counted, share = summary["predicted_counted"], _percent(summary["inflation"])
        return f"{real} will be counted as {counted:,}: {share} too many{f' ({values})' if values else ''}.", "bad"
    if not summary["browser_events"] or not summary["server_events"]:
        side = "server" if summary["browser_events"] else "browser"
        return f"The {side} side was not observed, so nothing can be said about deduplication.", "warn"
    if summary["browser_only"] or summary["server_only"]:
        return "Nothing will be counted twice, but some conversions were seen on one side only.", "warn"
    return "Every conversion will be counted once.", "good"


def _clock(ms: int | None) -> str:
    return "–" if ms is None else datetime.fromtimestamp(ms / 1000, UTC).strftime("%H:%M:%S.%f")[:-3]


def _day(ms: int | None) -> str:
    return "–" if ms is None else datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _percent(fraction: float | None) -> str:
    return "–" if fraction is None else f"{fraction:.0%}".replace("%", " %")


def _plural(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"
