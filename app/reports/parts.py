"""The report's parts that need nothing but what they show: the inputs, the summary, coverage, an answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from app.analysis.summary import coverage
from app.model import Answer, Group, Severity, Side
from app.numbers import Orders, Summary
from app.redaction import Redactor, Veil
from app.session.file import Input, Integrity, Soundness

Part = dict[str, Any]


def input_part(item: Input) -> Part:
    """Where a part of the session came from, and what of it was left out."""
    return {
        "name": item.name,
        "sha256": item.sha256 or None,
        "exchanges": item.exchanges,
        "skipped": [{"index": part.index, "reason": part.reason} for part in item.skipped],
        "ignored": item.ignored,
        **_integrity(item.integrity),
    }


def _integrity(found: Integrity) -> Part:
    """What the digests of a session have against it; nothing when there is nothing."""
    if found.state is Soundness.WHOLE:
        return {}
    return {"integrity": {"state": found.state.value, "exchange": found.exchange, "text": found.text}}


def summary_part(summary: Summary) -> Part:
    """The session in numbers."""
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


def _orders(orders: Orders) -> Part:
    return {
        "known": orders.known,
        "purchases": orders.purchases,
        "missing": orders.missed,
        "surplus": orders.surplus,
        "unnamed": orders.unnamed,
        "discrepancy": orders.discrepancy,
        "band": orders.band.value,
    }


def coverage_part(groups: Iterable[Group], redactor: Redactor) -> Iterator[Part]:
    """The table of keys by platform and event name; nulls stand for a side that sent none of the name."""
    seen = {(group.platform, group.name, event.side) for group in groups for event in group.events}
    for (platform, name), keys in coverage(groups).items():
        sides = [side for side in Side if (platform, name, side) in seen]
        yield {
            "platform": platform,
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


def content_part(item: str, quantity: str, price: str) -> dict[str, str | None]:
    """One line of a basket."""
    return {"id": item, "quantity": quantity or None, "price": price or None}


def response_part(answer: Answer | None, veil: Veil) -> Part:
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
