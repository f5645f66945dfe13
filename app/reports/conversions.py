"""The matrix of a report: which platform got which conversion, from which side, and with what."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from heapq import nsmallest
from typing import Any, NamedTuple

from app.model import Group, Severity, Side
from app.pairing.conversions import Conversion, Share
from app.platforms import title_of
from app.redaction import Redactor
from app.reports.parts import Part


def conversion_part(
    conversion: Conversion, number: str, findings: Sequence[str], pair_ids: Mapping[str, str], redactor: Redactor
) -> Part:
    """One conversion as the machine-readable report has it."""
    order = conversion.order_id
    shown = redactor.near(*(event for group in conversion.groups for event in group.events)).text
    return {
        "id": number,
        "step": redactor.identifier(conversion.step),
        "title": redactor.identifier(conversion.title),
        "name": redactor.identifier(conversion.name),
        "order_id": None if order is None else redactor.identifier(order),
        "time_ms": conversion.first_ms,
        "page": None if conversion.page is None else shown(conversion.page),
        "platforms": [_share(share, pair_ids, redactor) for share in conversion.shares],
        "missing": list(conversion.missing),
        "findings": list(findings),
    }


def _share(share: Share, pair_ids: Mapping[str, str], redactor: Redactor) -> Part:
    valued = next((event for event in share.events if event.value and not event.outcome.lost), None)
    consent = next((event.consent for event in share.events if event.consent), None)
    return {
        "platform": share.platform,
        "accounts": sorted({group.account for group in share.groups}),
        "pairs": [pair_ids[group.id] for group in share.groups],
        "sides": [side.value for side in Side if share.side(side)],
        "verdict": share.verdict.value,
        "value": None if valued is None or valued.value is None else redactor.identifier(valued.value),
        "currency": None if valued is None else valued.currency,
        "items": max((len(event.contents) for event in share.events), default=0),
        "consent": None if consent is None else redactor.identifier(consent),
    }


class Matrix(NamedTuple):
    """The conversions that are shown, and the platforms that are their columns, by name."""

    platforms: tuple[str, ...]
    rows: list[Mapping[str, Any]]
    all: int

    def title(self, platform: str) -> str:
        """The heading of a column."""
        return title_of(platform)


def matrix(conversions: Sequence[Mapping[str, Any]], rank: Callable[[Mapping[str, Any]], int], most: int) -> Matrix:
    """At most so many conversions in order of time: those with the worst findings, page views last.

    `rank` is 0 for the worst.
    """
    columns = sorted({name for each in conversions for name in _named(each)})
    order = {each["id"]: place for place, each in enumerate(conversions)}
    shown = nsmallest(most, conversions, key=lambda each: (rank(each), each["step"] == "page_view", order[each["id"]]))
    return Matrix(tuple(columns), sorted(shown, key=lambda each: order[each["id"]]), len(conversions))


def _named(conversion: Mapping[str, Any]) -> Iterable[str]:
    yield from (share["platform"] for share in conversion["platforms"])
    yield from conversion["missing"]


def sides(share: Mapping[str, Any]) -> str:
    """From which side a platform got it, in words for a cell: "browser + server"."""
    return " + ".join(share["sides"]) or "nothing that arrived"


def worst(conversion: Conversion) -> int:
    """How urgent a conversion is, 0 for the worst: by its own findings, then by those of its rows."""
    ranks = [finding.severity.rank for finding in conversion.findings]
    ranks += [rank + len(Severity) for group in conversion.groups if (rank := _rank(group)) is not None]
    return min(ranks, default=2 * len(Severity))


def _rank(group: Group) -> int | None:
    return None if group.severity is None else group.severity.rank
