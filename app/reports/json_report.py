"""The machine-readable report, `pixelpair.report/1`: a public contract, published as resources/report.schema.json.

Additions keep the number; anything else makes it `/2`. Secrets are masked again on the way out, in case a caller
brought exchanges that were not, and personal data in plain text is replaced by pseudonyms unless `raw` is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, NamedTuple

from app.analysis.engine import Analysis
from app.analysis.summary import coverage
from app.checks import Context
from app.formats import Import
from app.hashing import check
from app.model import (
    Answer,
    Event,
    Exchange,
    Field,
    Finding,
    Group,
    HashCheck,
    Link,
    LinkKind,
    Orders,
    Severity,
    Side,
    Summary,
    UserValue,
    Verdict,
)
from app.platforms import customer_rules, decode
from app.redaction import Redactor, Veil, mask, mask_text
from app.session.file import Integrity, Soundness

SCHEMA = "pixelpair.report/1"

# A suggestion is said of rows that describe one conversion and will be counted twice; other ties are in `links`.
_SUGGESTED = (LinkKind.SUGGESTED, LinkKind.PROBABLE, LinkKind.OUTSIDE_WINDOW)


def build(
    analysis: Analysis,
    imports: Iterable[Import],
    *,
    raw: bool = False,
    app_version: str,
    endpoints: Sequence[str] = (),
) -> dict[str, Any]:
    """The report on everything analysed.

    `imports` are the sources with their exchanges numbered as they were analysed; events are decoded from them once
    more to print their parameters.
    """
    imports = tuple(imports)
    exchanges = {exchange.number: exchange for item in imports for exchange in item.exchanges if exchange.number}
    groups = analysis.groups()
    events = sorted((*(event for group in groups for event in group.events), *analysis.uncounted()), key=_arrival)
    evidence = _Evidence(
        context=analysis.context,
        exchanges=exchanges,
        endpoints=tuple(endpoints),
        redactor=Redactor(events, raw=raw),
        event_ids={event.id: f"e{place}" for place, event in enumerate(events, 1)},
        pair_ids={group.id: f"p{place}" for place, group in enumerate(groups, 1)},
        groups={group.id: group for group in groups},
    )
    summary = analysis.summary()
    findings = [_Numbered(f"f{n}", *item) for n, item in enumerate(_findings(groups, summary), 1)]
    numbers: dict[str, list[str]] = {}
    for item in findings:
        if item.group is not None:
            numbers.setdefault(item.group.id, []).append(item.id)
    report = {
        "schema": SCHEMA,
        "app": {"name": "pixelpair", "version": app_version, "rules": analysis.context.rules.version},
        "redaction": "none" if raw else "pseudonyms",
        "inputs": [_input(item) for item in imports],
        "summary": _summary(summary),
        "events": list(evidence.events(events)),
        "pairs": [evidence.pair(group, numbers.get(group.id, [])) for group in groups],
        "findings": [evidence.finding(item) for item in findings],
        "coverage": list(_coverage(groups, evidence.redactor)),
    }
    shown: dict[str, Any] = report if raw else _without_addresses(report, evidence.redactor)
    return shown


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


class _Numbered(NamedTuple):
    """A finding with its number in the report and the group it stands on; None: the whole session."""

    id: str
    finding: Finding
    group: Group | None


@dataclass(frozen=True, slots=True)
class _Evidence:
    """What the parts of one report share: where the raw requests are, what things are called, and the pseudonyms."""

    context: Context
    exchanges: Mapping[int, Exchange]
    endpoints: tuple[str, ...]
    redactor: Redactor
    event_ids: Mapping[str, str]
    pair_ids: Mapping[str, str]
    groups: Mapping[str, Group]

    def events(self, events: Iterable[Event]) -> Iterator[dict[str, Any]]:
        """The events, each exchange decoded once for the parameters of its own."""
        for number, members in groupby(events, key=lambda event: event.exchange):
            fields = self.fields(number)
            for event in members:
                yield self.event(event, fields.get(event.id, ()))

    def fields(self, number: int) -> dict[str, tuple[Field, ...]]:
        """The parameters of an exchange's events, by the events' IDs."""
        exchange = self.exchanges.get(number)
        if exchange is None:
            return {}
        return {event.id: event.fields for event in decode(mask(exchange), self.endpoints)}

    def event(self, event: Event, fields: tuple[Field, ...]) -> dict[str, Any]:
        veil = self.redactor.near(event)
        shown = veil.event(event)
        return {
            "id": self.event_ids[event.id],
            "exchange": f"x{event.exchange}",
            "platform": event.platform,
            "side": event.side.value,
            "provenance": event.provenance.value,
            "kind": event.kind.value,
            "account": event.account,
            "name": shown.name,
            "event_id": shown.event_id,
            "time_ms": event.own_ms if event.own_ms is not None else event.received_ms,
            "received_ms": event.received_ms,
            "page": shown.page,
            "value": shown.value,
            "currency": event.currency,
            "order_id": shown.order_id,
            "contents": [_content(item.id, item.quantity, item.price) for item in shown.contents],
            "user": self.user(event, veil),
            "match_ids": dict(reversed(shown.match_ids)),
            "transport": event.transport,
            "emitter": event.emitter,
            "outcome": event.outcome.value,
            "mirror_of": self.event_ids.get(event.mirror_of) if event.mirror_of else None,
            "parameters": [_parameter(veil.field(field)) for field in fields],
            "response": _response(event.answer, veil),
        }

    def user(self, event: Event, veil: Veil) -> dict[str, list[dict[str, Any]]]:
        """The customer values by key; each is checked as it was sent and shown as it may be."""
        found: dict[str, list[dict[str, Any]]] = {}
        for value in event.user:
            verdict = check(value, self.context.customer, customer_rules(event))
            found.setdefault(value.key, []).append(self.user_value(value, verdict, veil))
        return found

    def user_value(self, value: UserValue, verdict: HashCheck, veil: Veil) -> dict[str, Any]:
        return {
            "value": veil.user(value).value,
            "form": value.form.value,
            "from": value.wire,
            "check": {
                "status": verdict.status.value,
                "convention": verdict.convention,
                "explanation": veil.text(verdict.explanation),
            },
        }

    def pair(self, group: Group, findings: list[str]) -> dict[str, Any]:
        identifier = self.redactor.identifier
        return {
            "id": self.pair_ids[group.id],
            "verdict": group.verdict.value,
            "platform": group.platform,
            "account": group.account,
            "name": identifier(group.name),
            "event_id": None if group.event_id is None else identifier(group.event_id),
            "browser": [self.event_ids[event.id] for event in group.browser],
            "server": [self.event_ids[event.id] for event in group.server],
            "gap_ms": group.gap_ms,
            "suggested": self.suggested(group),
            "links": [
                {
                    "kind": link.kind.value,
                    "pair": self.pair_ids[link.group],
                    "confidence": link.confidence,
                    "evidence": list(link.evidence),
                }
                for link in self.links(group)
            ],
            "findings": findings,
        }

    def links(self, group: Group, *kinds: LinkKind) -> list[Link]:
        """The group's links, of certain kinds or of any, to groups of this report."""
        return [link for link in group.links if link.group in self.groups and (not kinds or link.kind in kinds)]

    def suggested(self, group: Group) -> dict[str, Any] | None:
        """The rows that describe the same conversion, although the platform will count them apart."""
        if group.verdict not in (Verdict.DOUBLE_COUNTED, Verdict.PROBABLE):
            return None
        links = self.links(group, *_SUGGESTED)
        if not links:
            return None
        return {
            "pairs": list(dict.fromkeys(self.pair_ids[link.group] for link in links)),
            "confidence": max(link.confidence for link in links),
            "evidence": list(dict.fromkeys(item for link in links for item in link.evidence)),
        }

    def finding(self, item: _Numbered) -> dict[str, Any]:
        finding, group = item.finding, item.group
        veil = self.redactor.near(*(group.events if group else ()))
        return {
            "id": item.id,
            "code": finding.code,
            "severity": finding.severity.value,
            "reason": finding.reason,
            "pair": self.pair_ids[group.id] if group else None,
            "event": self.event_ids.get(finding.event) if finding.event else None,
            "side": finding.side.value if finding.side else None,
            "field": finding.field,
            "message": veil.text(mask_text(finding.message)),
            "fix": veil.text(finding.fix),
            "source": finding.standing.value,
            "detail": veil.text(mask_text(finding.detail)),
        }


def _findings(groups: Iterable[Group], summary: Summary) -> Iterator[tuple[Finding, Group | None]]:
    """All findings in the order of the pairs, those of the whole session last."""
    for group in groups:
        for finding in group.findings:
            yield finding, group
    for finding in summary.session_findings:
        yield finding, None


def _input(item: Import) -> dict[str, Any]:
    return {
        "name": item.name,
        "sha256": item.sha256 or None,
        "exchanges": len(item.exchanges),
        "skipped": [{"index": part.index, "reason": part.reason} for part in item.skipped],
        **_integrity(item.integrity),
    }


def _integrity(found: Integrity) -> dict[str, Any]:
    """What the digests of a session have against it; nothing when there is nothing."""
    if found.state is Soundness.WHOLE:
        return {}
    return {"integrity": {"state": found.state.value, "exchange": found.exchange, "text": found.text}}


def _summary(summary: Summary) -> dict[str, Any]:
    return {
        "browser_events": summary.browser_events,
        "server_events": summary.server_events,
        "unique_sends": summary.unique_sends,
        "failed_sends": summary.failed_sends,
        "deduplicated": summary.deduplicated,
        "probable": summary.probable,
        "double_counted": summary.double_counted,
        "waiting": summary.waiting,
        "browser_only": summary.browser_only,
        "server_only": summary.server_only,
        "duplicates": summary.duplicates,
        "not_observed": summary.not_observed,
        "not_counted": summary.not_counted,
        "overlap": summary.overlap,
        "predicted_counted": summary.predicted_counted,
        "unique_conversions": summary.unique_conversions,
        "inflation": summary.inflation,
        "inflated_value": dict(summary.inflated_value),
        "findings": {severity.value: summary.found(severity) for severity in Severity},
        "orders": _orders(summary.orders) if summary.orders else None,
    }


def _orders(orders: Orders) -> dict[str, Any]:
    return {
        "known": orders.known,
        "purchases": orders.purchases,
        "missing": orders.missed,
        "surplus": orders.surplus,
        "unnamed": orders.unnamed,
        "discrepancy": orders.discrepancy,
        "band": orders.band.value,
    }


def _coverage(groups: Iterable[Group], redactor: Redactor) -> Iterator[dict[str, Any]]:
    """Events Manager's table of keys by event name; nulls stand for a side that sent no event of the name."""
    seen = {(group.name, event.side) for group in groups for event in group.events}
    for name, keys in coverage(groups).items():
        sides = [side for side in Side if (name, side) in seen]
        yield {
            "name": redactor.identifier(name),
            "keys": {
                key.key: {
                    "browser": key.browser if Side.BROWSER in sides else None,
                    "server": key.server if Side.SERVER in sides else None,
                    "shared": key.shared if len(sides) == len(Side) else None,
                }
                for key in keys
            },
        }


def _content(item: str, quantity: str, price: str) -> dict[str, str | None]:
    return {"id": item, "quantity": quantity or None, "price": price or None}


def _parameter(field: Field) -> dict[str, str]:
    return {"key": field.key, "value": field.value, "label": field.label, "group": field.group, "origin": field.origin}


def _response(answer: Answer | None, veil: Veil) -> dict[str, Any]:
    """What the platform answered; nothing but nulls when no answer was seen."""
    answer = answer or Answer(None)
    return {
        "status": answer.status,
        "accepted": answer.accepted,
        "code": answer.code,
        "subcode": answer.subcode,
        "trace_id": answer.trace_id,
        "message": None if answer.message is None else veil.text(answer.message),
        "title": answer.title,
        "received": answer.received,
        "messages": [veil.text(text) for text in answer.messages],
    }


def _arrival(event: Event) -> tuple[int, ...]:
    return tuple(int(part) for part in event.id.removeprefix("e").split("."))
