"""The machine-readable report, `pixelpair.report/1`: a public contract, published as resources/report.schema.json.

Additions keep the number; anything else makes it `/2`. Secrets are masked again on the way out, in case a caller
brought exchanges that were not, and personal data in plain text is replaced by pseudonyms unless `raw` is asked for.

A report is written part by part: an event is a mapping only while it is written, so that the report on a hundred
thousand events weighs little more than their analysis. `build` has all parts at once, for those who need them so.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

from msgspec import to_builtins

from app.analysis.engine import Analysis
from app.hashing import check
from app.model import (
    Event,
    Field,
    Finding,
    Group,
    HashCheck,
    Link,
    LinkKind,
    UserValue,
    Verdict,
)
from app.pairing.conversions import Conversion
from app.platforms import customer_rules
from app.redaction import Redactor, Veil
from app.reports.conversions import conversion_part
from app.reports.parts import Part, content_part, coverage_part, input_part, response_part, summary_part
from app.reports.printable import json_line
from app.reports.sources import Sources
from app.reports.windows import window_parts

SCHEMA = "pixelpair.report/1"

# A suggestion is said of rows that describe one conversion and will be counted twice; other ties are in `links`.
_SUGGESTED = (LinkKind.SUGGESTED, LinkKind.PROBABLE, LinkKind.OUTSIDE_WINDOW)


def build(analysis: Analysis, sources: Sources, *, raw: bool = False, app_version: str) -> Part:
    """The whole report on everything analysed, as one document."""
    return Report(analysis, sources, raw=raw, app_version=app_version).document()


def write(
    report: Report, out: Callable[[str], object], tell: Callable[[], None] = lambda: None, *, ascii_only: bool = False
) -> None:
    """Write the report as JSON, an event, a pair or a finding to a line.

    `tell` is called after each of `report.size` lines. `ascii_only` is for an output that has no other letters.
    """

    def line(part: Part) -> str:
        text = json_line(part, ascii_only=ascii_only)
        return json_line(report.shown(part), ascii_only=ascii_only) if "@" in text else text

    out(line(report.head()).removesuffix("}"))
    for name, parts in report.lists():
        out(f',\n"{name}":[')
        comma = "\n"
        for part in parts:
            out(comma + line(part))
            comma = ",\n"
            tell()
        out("]")
    out(f',\n"redactions":{json_line(report.redactions, ascii_only=ascii_only)}')
    out("}\n")


class Report:
    """The report part by part: the head, then the lists, each made as it is read.

    Pseudonyms are numbered in the order of the parts, so read them in that order. For one thread, while the analysis
    stands still.
    """

    def __init__(self, analysis: Analysis, sources: Sources, *, raw: bool = False, app_version: str) -> None:
        self._masked = lru_cache(maxsize=1024)(sources.masker.text)  # most findings say what many others say
        self.groups = analysis.groups()
        self.summary = analysis.summary()
        self._context = analysis.context
        self._rules = analysis.rules
        self._sources = sources
        self._version = app_version
        counted = chain.from_iterable(group.events for group in self.groups)
        events = map(sources.masker.event, (*counted, *analysis.uncounted()))
        self._events = sorted(events, key=_arrival)
        self._redactor = Redactor(self._events, raw=raw)
        self._event_ids = {event.id: f"e{place}" for place, event in enumerate(self._events, 1)}
        self._pair_ids = {group.id: f"p{place}" for place, group in enumerate(self.groups, 1)}
        self.conversions = analysis.conversions()
        self.conversion_ids = {each.id: f"c{place}" for place, each in enumerate(self.conversions, 1)}
        findings = sum(number for _, number in self.summary.findings)
        self.size = len(self._events) + len(self.groups) + len(self.conversions) + findings

    def document(self, detailed: Container[str] | None = None, tell: Callable[[], None] = lambda: None) -> Part:
        """All parts as one document; with `detailed`, only those events have their parameters and customer values.

        `tell` is called after each of `size` parts.
        """
        lists: dict[str, list[Part]] = {}
        for name, parts in self.lists(detailed):
            listed = lists[name] = []
            for part in parts:
                listed.append(self.shown(part))
                tell()
        return self.shown(self.head()) | lists | {"redactions": self.redactions}

    @property
    def redactions(self) -> dict[str, int]:
        """How many values of each kind were replaced; complete once all parts were made."""
        return self._redactor.redactions

    def head(self) -> Part:
        """Everything but the lists."""
        return {
            "schema": SCHEMA,
            "app": {"name": "pixelpair", "version": self._version, "rules": self._context.rules.version},
            "redaction": "none" if self._redactor.raw else "pseudonyms",
            "inputs": [{**input_part(item), "name": self.name(item.name)} for item in self._sources.inputs],
            "summary": summary_part(self.summary),
            "windows": window_parts({group.platform for group in self.groups}, self._rules),
        }

    def name(self, text: str) -> str:
        """A name that somebody may have put anything into: a file's, a method, an account."""
        return self._redactor.identifier(self._masked(text))

    def lists(self, detailed: Container[str] | None = None) -> Iterator[tuple[str, Iterator[Part]]]:
        """The lists by name, in the order of the contract."""
        yield "events", self.events(detailed)
        yield "pairs", self.pairs()
        yield "conversions", self.conversion_parts()
        yield "findings", self.findings()
        yield "coverage", self.coverage()

    def shown(self, part: Part) -> Part:
        """A part as mappings and lists alone, and without e-mail addresses even where nobody looks for one."""
        bare: Part = to_builtins(part)
        if not self._redactor.raw:
            bare = _without_addresses(bare, self._redactor)
        return bare

    def events(self, detailed: Container[str] | None = None) -> Iterator[Part]:
        """The events in order of arrival, each with its parameters and customer values, or only the detailed ones."""
        parameters = self._sources.parameters()
        ahead = next(parameters, None)
        for event in self._events:
            while ahead is not None and ahead.event != event.id and _place(ahead.event) < _place(event.id):
                ahead = next(parameters, None)
            fields: tuple[Field, ...] = ()
            if ahead is not None and ahead.event == event.id:
                fields, ahead = ahead.fields, next(parameters, None)
            yield self.event(event, fields if detailed is None or event.id in detailed else None)

    def pairs(self) -> Iterator[Part]:
        """The groups by the time they were first seen, with the numbers of their findings."""
        number = 0
        for group in self.groups:
            findings = [f"f{number + place}" for place in range(1, len(group.findings) + 1)]
            number += len(findings)
            yield self.pair(group, findings)

    def conversion_parts(self) -> Iterator[Part]:
        """The conversions at several platforms by time, with the numbers of the findings between these."""
        number = sum(len(group.findings) for group in self.groups)
        for each in self.conversions:
            findings = [f"f{number + place}" for place in range(1, len(each.findings) + 1)]
            number += len(findings)
            yield self.conversion(each, findings)

    def conversion(self, conversion: Conversion, findings: Sequence[str]) -> Part:
        """One conversion at all its platforms."""
        number = self.conversion_ids[conversion.id]
        return conversion_part(conversion, number, findings, self._pair_ids, self._redactor)

    def findings(self) -> Iterator[Part]:
        """All findings in the order of the pairs, then of the conversions, those of the whole session last."""
        number = 0
        for whose in chain(self.groups, self.conversions, (None,)):
            findings = whose.findings if whose else self.summary.session_findings
            veil = self._veil(whose) if findings else None
            for finding in findings:
                number += 1
                yield self.finding(f"f{number}", finding, whose, veil)

    def _veil(self, whose: Group | Conversion | None) -> Veil:
        groups = () if whose is None else (whose,) if isinstance(whose, Group) else whose.groups
        return self._redactor.near(*(event for group in groups for event in group.events))

    def coverage(self) -> Iterator[Part]:
        """The table of keys by event name; nulls stand for a side that sent no event of the name."""
        return coverage_part(self.groups, self._redactor)

    def event(self, event: Event, fields: Iterable[Field] | None) -> Part:
        """One event; without parameters and customer values when there are no `fields`."""
        veil = self._redactor.near(event)
        shown = veil.event(event)
        return {
            "id": self._event_ids[event.id],
            "exchange": f"x{event.exchange}",
            "platform": event.platform,
            "side": event.side,
            "provenance": event.provenance,
            "kind": event.kind,
            "account": self.name(event.account),
            "name": shown.name,
            "event_id": shown.event_id,
            "time_ms": event.own_ms if event.own_ms is not None else event.received_ms,
            "received_ms": event.received_ms,
            "page": shown.page,
            "value": shown.value,
            "currency": None if event.currency is None else self.name(event.currency),
            "order_id": shown.order_id,
            "contents": [content_part(item.id, item.quantity, item.price) for item in shown.contents],
            "user": {} if fields is None else self.user(event, shown.user, veil),
            "match_ids": dict(reversed(shown.match_ids)),
            "transport": self.name(event.transport),
            "emitter": self.name(event.emitter),
            "outcome": event.outcome,
            "mirror_of": self._event_ids.get(event.mirror_of) if event.mirror_of else None,
            "parameters": [veil.field(field) for field in fields or ()],
            "response": response_part(event.answer, veil),
        }

    def user(self, event: Event, shown: Iterable[UserValue], veil: Veil) -> dict[str, list[Part]]:
        """The customer values by key; each is checked as it was sent and `shown` as it may be."""
        found: dict[str, list[Part]] = {}
        for value, veiled in zip(event.user, shown, strict=True):
            verdict = check(value, self._context.customer, customer_rules(event))
            found.setdefault(value.key, []).append(self.user_value(veiled, verdict, veil))
        return found

    def user_value(self, value: UserValue, verdict: HashCheck, veil: Veil) -> Part:
        return {
            "value": value.value,
            "form": value.form,
            "from": value.wire,
            "check": {
                "status": verdict.status,
                "convention": verdict.convention,
                "explanation": veil.text(verdict.explanation),
            },
        }

    def pair(self, group: Group, findings: list[str]) -> Part:
        identifier = self._redactor.identifier
        return {
            "id": self._pair_ids[group.id],
            "verdict": group.verdict,
            "platform": group.platform,
            "account": self.name(group.account),
            "name": identifier(group.name),
            "event_id": None if group.event_id is None else identifier(group.event_id),
            "browser": [self._event_ids[event.id] for event in group.browser],
            "server": [self._event_ids[event.id] for event in group.server],
            "gap_ms": group.gap_ms,
            "suggested": self.suggested(group),
            "links": [
                {
                    "kind": link.kind,
                    "pair": self._pair_ids[link.group],
                    "confidence": link.confidence,
                    "evidence": list(link.evidence),
                }
                for link in self.links(group)
            ],
            "findings": findings,
        }

    def links(self, group: Group, *kinds: LinkKind) -> list[Link]:
        """The group's links, of certain kinds or of any, to groups of this report."""
        return [link for link in group.links if link.group in self._pair_ids and (not kinds or link.kind in kinds)]

    def suggested(self, group: Group) -> Part | None:
        """The rows that describe the same conversion, although the platform will count them apart."""
        if group.verdict not in (Verdict.DOUBLE_COUNTED, Verdict.PROBABLE):
            return None
        links = self.links(group, *_SUGGESTED)
        if not links:
            return None
        return {
            "pairs": list(dict.fromkeys(self._pair_ids[link.group] for link in links)),
            "confidence": max(link.confidence for link in links),
            "evidence": list(dict.fromkeys(item for link in links for item in link.evidence)),
        }

    def finding(
        self, number: str, finding: Finding, whose: Group | Conversion | None, veil: Veil | None = None
    ) -> Part:
        """One finding: on a group, on a conversion at several platforms, or on the whole session.

        `veil` is that of whoever it stands on, for who has made it already.
        """
        veil = veil or self._veil(whose)
        return {
            "id": number,
            "code": finding.code,
            "severity": finding.severity,
            "reason": finding.reason,
            "pair": self._pair_ids[whose.id] if isinstance(whose, Group) else None,
            "conversion": self.conversion_ids[whose.id] if isinstance(whose, Conversion) else None,
            "event": self._event_ids.get(finding.event) if finding.event else None,
            "side": finding.side,
            "field": finding.field,
            "message": veil.text(self._masked(finding.message)),
            "fix": veil.text(finding.fix),
            "source": finding.standing,
            "detail": veil.text(self._masked(finding.detail)),
        }


def _without_addresses(part: Any, redactor: Redactor) -> Any:
    """A part of the report without e-mail addresses, even where nobody looks for one: in a name, in a title."""
    match part:
        case str():
            return redactor.identifier(part) if "@" in part else part
        case dict():
            return {
                _without_addresses(key, redactor): _without_addresses(value, redactor) for key, value in part.items()
            }
        case list():
            return [_without_addresses(item, redactor) for item in part]
    return part


def _arrival(event: Event) -> tuple[int, int]:
    return _place(event.id)


def _place(event: str) -> tuple[int, int]:
    """The exchange's number and the place in it, of an event's ID."""
    exchange, _, place = event.removeprefix("e").partition(".")
    return int(exchange), int(place)
