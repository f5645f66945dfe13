"""The session in numbers: counts, overlap, inflation, and how far each side carries the keys that merge.

A *conversion* here is a group with everything that is tied to it as the same conversion. Each adds its share to running
totals and can take it back, so that a session of a million events is never counted anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from app.model import Event, Group, Kind, LinkKind, Observed, Severity, Side, Verdict
from app.numbers import Summary
from app.pairing.features import amount, person_of
from app.pairing.grouping import first_send, from_others, has_id, only_side
from app.pairing.plan import Plan
from app.platforms import PLATFORMS, platform
from app.platforms.base import DedupRule, Role


@dataclass(slots=True)
class Totals:
    """Running totals over conversions. `surplus` is value by currency that is counted more than once."""

    verdicts: Counter[Verdict] = field(default_factory=Counter)
    severities: Counter[Severity] = field(default_factory=Counter)
    browser_events: int = 0
    server_events: int = 0
    failed: int = 0
    unique_sends: int = 0
    counted: int = 0
    conversions: int = 0
    expected_both: int = 0
    merged_both: int = 0
    counted_both: int = 0
    shared_ids: int = 0
    surplus: dict[str, Decimal] = field(default_factory=dict)


def count(
    totals: Totals,
    conversion: Sequence[Group],
    rules: Mapping[str, DedupRule],
    plan: Plan,
    sign: int,
) -> None:
    """Add one conversion to the totals (`sign` 1) or take it out again (-1)."""
    shares = []
    for group in conversion:
        times = counted(group, rules.get(group.platform)) if traffic(group) and not _second_half(group) else 0
        if times:
            shares.append((group, times))
        _tally(totals, group, sign)
    totals.shared_ids += sign * shares_id(conversion)
    if not shares:
        return
    number = max(conversions_in(conversion), _accounts(shares)) if len(conversion) > 2 else 1
    totals.conversions += sign * number
    totals.counted += sign * sum([times for _, times in shares])
    if expected_on_both(conversion, plan):
        totals.expected_both += sign * number
        totals.counted_both += sign * sum([times for _, times in shares])
        totals.merged_both += sign * any(map(merged, conversion))
    if len(shares) > 1 or shares[0][1] > 1:
        _add_surplus(totals, shares, number, sign)


def conversions_in(tied: Iterable[Group]) -> int:
    """How many conversions groups describe that are tied as the same: one, or what a junk ID in them has swallowed."""
    return max([1, *map(_halves, tied)])


def _accounts(shares: Iterable[tuple[Group, int]]) -> int:
    """At how many accounts the browser's halves are that a server's is probably merged with; each counts for itself."""
    return len({group.account for group, _ in shares if group.verdict is Verdict.PROBABLE})


def _halves(group: Group) -> int:
    """How many other halves a group has."""
    return sum([link.kind is LinkKind.SUGGESTED for link in group.links])


def _tally(totals: Totals, group: Group, sign: int) -> None:
    """What each group adds by itself."""
    totals.verdicts[group.verdict] += sign
    totals.browser_events += sign * len(group.browser)
    totals.server_events += sign * len(group.server)
    totals.unique_sends += sign * unique_sends(group.server)
    totals.failed += sign * sum([event.outcome.lost for event in group.server])
    totals.failed += sign * sum([event.outcome.lost for event in group.browser])
    for finding in group.findings:
        totals.severities[finding.severity] += sign


def _add_surplus(totals: Totals, shares: list[tuple[Group, int]], number: int, sign: int) -> None:
    """Everything beyond the first count of each conversion is surplus; a group of many conversions comes last."""
    shares.sort(key=lambda share: (_halves(share[0]) > 1, share[0].first_ms, share[0].id))
    for group, times in shares:
        extra, number = max(0, times - number), max(0, number - times)
        event = next((event for event in group.events if not event.outcome.lost), None)
        value = amount(event.value) if event is not None else None
        if event is not None and extra and value:
            currency = (event.currency or "").strip().upper()
            totals.surplus[currency] = totals.surplus.get(currency, Decimal()) + sign * extra * value


def counted(group: Group, rule: DedupRule | None) -> int:
    """How often the platform will count the group.

    Merged sides count once. Repeats with the same ID on one side count once as well where the platform merges them,
    each for itself where it does not.
    """
    if rule is None or rule.keys[0].same_side:
        return int(first_send(group.browser) is not None or first_send(group.server) is not None)
    return max(sum(not event.outcome.lost for event in group.side(side)) for side in Side)


def unique_sends(events: Sequence[Event]) -> int:
    """Sends without their retries: what is tied as one send, or has the same time, order and value, is one.

    Attempts that failed before a success belong to it.
    """
    if len(events) < 2:
        return len(events)
    through = {
        event.send or (event.own_ms or event.id, event.order_id, event.value)
        for event in events
        if not event.outcome.lost
    }
    return max(1, len(through))


def shares_id(conversion: Sequence[Group]) -> bool:
    """Whether both sides sent one ID, even if a send failed, came too late, or went to another account."""
    for group in conversion:
        if group.event_id and (
            (group.browser and group.server)
            or (group.links and any(link.kind is LinkKind.ACCOUNT_DIFFERS for link in group.links))
        ):
            return True
    if len(conversion) == 1:
        return False
    browser = {_name_and_id(group) for group in conversion if group.browser and group.event_id}
    return any(_name_and_id(group) in browser for group in conversion if group.server)


def _name_and_id(group: Group) -> tuple[str, str]:
    """A group's name and ID as the platform compares them."""
    rule = platform(group.platform).dedup
    return rule.name_form(group.name), rule.id_form(group.event_id or "")


def traffic(group: Group) -> bool:
    """Whether anything in the group was sent by others than us: a test of ours is no conversion."""
    for events in (group.browser, group.server):
        for event in events:
            if not event.provenance.ours:
                return True
    return False


def merged(group: Group) -> bool:
    """Whether the platform merges what both sides sent, without the help of a test of ours."""
    return group.verdict is Verdict.DEDUPLICATED and from_others(group.browser) and from_others(group.server)


def _second_half(group: Group) -> bool:
    """Whether the group is probably merged with a browser's half, which counts for both."""
    return group.verdict is Verdict.PROBABLE and only_side(group) is Side.SERVER


def expected_on_both(conversion: Sequence[Group], plan: Plan) -> bool:
    """Whether the other side ought to have the conversion too.

    Planned names, automatic, waiting and probably merged events do not, nor does what happened elsewhere than on a web
    page.
    """
    web = False
    for group in conversion:
        if plan.only(group.platform, group.name) or group.verdict in (Verdict.WAITING, Verdict.PROBABLE):
            return False
        for event in group.events:
            if event.kind is Kind.AUTOMATIC:
                return False
            web = web or not event.off_page
    return web


def summarize(totals: Totals, observed: Observed) -> Summary:
    """The totals as the summary that is shown and reported; session findings are the caller's to add."""
    both = observed.browser and observed.server
    verdicts = totals.verdicts
    surplus = totals.counted - totals.conversions
    return Summary(
        browser_events=totals.browser_events,
        server_events=totals.server_events,
        unique_sends=totals.unique_sends,
        failed_sends=totals.failed,
        deduplicated=verdicts[Verdict.DEDUPLICATED],
        probable=verdicts[Verdict.PROBABLE],
        double_counted=verdicts[Verdict.DOUBLE_COUNTED],
        waiting=verdicts[Verdict.WAITING],
        browser_only=verdicts[Verdict.BROWSER_ONLY],
        server_only=verdicts[Verdict.SERVER_ONLY],
        duplicates=verdicts[Verdict.DUPLICATE],
        not_observed=verdicts[Verdict.NOT_OBSERVED],
        not_counted=verdicts[Verdict.NOT_COUNTED],
        overlap=totals.merged_both / totals.expected_both if both and totals.expected_both else None,
        predicted_counted=totals.counted,
        unique_conversions=totals.conversions,
        inflation=surplus / totals.conversions if totals.conversions else 0.0,
        inflated_value=tuple((currency, f"{value:f}") for currency, value in sorted(totals.surplus.items()) if value),
        shared_ids=totals.shared_ids,
        expected_both=totals.expected_both,
        counted_both=totals.counted_both,
        findings=tuple((severity, totals.severities[severity]) for severity in Severity),
    )


class KeyCoverage(NamedTuple):
    """One line of the table that platforms show: how many events of each side carry a key, as fractions.

    `shared` is the part of the browser's events whose group holds the same value of the key on the server side.
    """

    key: str
    browser: float
    server: float
    shared: float


def coverage(groups: Iterable[Group]) -> dict[tuple[str, str], tuple[KeyCoverage, ...]]:
    """Key coverage by platform and event name, in the shape of the platforms' own tables.

    The keys are event_id, external_id and the platform's own browser IDs.
    """
    by_name: dict[tuple[str, str], list[Group]] = {}
    for group in filter(traffic, groups):
        by_name.setdefault((group.platform, group.name), []).append(group)
    return {each: tuple(_key_coverage(key, by_name[each]) for key in _keys(each[0])) for each in sorted(by_name)}


def _keys(name: str) -> tuple[str, ...]:
    own = next((each for each in PLATFORMS if each.name == name), None)
    browser_ids = (each.key for each in own.identifiers if each.role is Role.BROWSER) if own else ()
    return ("event_id", "external_id", *browser_ids)


def _key_coverage(key: str, groups: Sequence[Group]) -> KeyCoverage:
    values_of = _reader(key, groups[0].platform)
    browser_total = server_total = browser_having = server_having = shared = 0
    for group in groups:
        server: set[str] = set()
        for event in group.server:
            values = values_of(event)
            server_having += bool(values)
            server |= values
        for event in group.browser:
            values = values_of(event)
            browser_having += bool(values)
            shared += bool(server) and not values.isdisjoint(server)
        browser_total += len(group.browser)
        server_total += len(group.server)
    return KeyCoverage(
        key,
        browser_having / browser_total if browser_total else 0.0,
        server_having / server_total if server_total else 0.0,
        shared / browser_total if browser_total else 0.0,
    )


def _reader(key: str, name: str) -> Callable[[Event], set[str]]:
    """What gives the values of a key in an event of the platform of that name."""
    if key == "event_id":
        compared = platform(name).dedup.id_form
        return lambda event: {compared(event.event_id)} if event.event_id and has_id(event) else set()
    if key == "external_id":
        return lambda event: {person_of(item) for item in event.user_values(key) if item.value}
    bare = next(each for each in platform(name).identifiers if each.key == key).bare
    return lambda event: {text} if (value := event.match_id(key)) and (text := bare(value)) else set()
