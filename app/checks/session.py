"""The session as a whole: overlap, inflation and the channel plan."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import lru_cache

from app.checks.catalogue import finding
from app.checks.clicks import click_of, landed_with
from app.checks.context import Context
from app.checks.identity import shared
from app.checks.orders import of_orders
from app.checks.privacy import masked
from app.model import Event, Finding, Group, Kind, LinkKind, Severity, Side, Verdict
from app.numbers import Summary
from app.pairing.grouping import from_others
from app.platforms import identifier, platform
from app.platforms.base import Role
from app.platforms.vocabulary import step
from app.rules import Rules
from app.words import money

_QUOTED = re.compile(r'"([^"]{1,100})"')
_MOST = 20  # findings of one kind that are written out before the rest is only counted


def of_group(group: Group, context: Context) -> Iterator[Finding]:
    """The group against the channel plan."""
    name = group.name
    rule = platform(group.platform).dedup
    if group.verdict is Verdict.DOUBLE_COUNTED and rule.never and not rule.merges(name):
        yield finding("never-merged", f"Both sides send {name}. {rule.never}")
        return
    planned = context.plan.only(group.platform, name)
    if planned is Side.BROWSER:
        if from_others(group.server):
            yield _unplanned(name, Side.SERVER, merged=group.verdict is Verdict.DEDUPLICATED)
    elif planned is Side.SERVER:
        if from_others(group.browser):
            yield _unplanned(name, Side.BROWSER, merged=group.verdict is Verdict.DEDUPLICATED)
    elif (group.browser and group.server) or LinkKind.ACCOUNT_DIFFERS in [link.kind for link in group.links]:
        return  # the other half did come, to another account or to be refused, and that is said already
    elif group.verdict is Verdict.BROWSER_ONLY and not _automatic(group):
        yield _absent(name, Side.SERVER)
    elif group.verdict is Verdict.SERVER_ONLY and from_others(group.server) and not _off_page(group.server):
        yield _absent(name, Side.BROWSER)


@lru_cache(maxsize=1024)
def _absent(name: str, side: Side) -> Finding:
    """One object for all groups of a name, here and below: a side that fails leaves a session full of them."""
    return finding("plan-deviation", f"The plan expects {name} from the {side} too, and none came.", side=side)


@lru_cache(maxsize=1024)
def _unplanned(name: str, side: Side, *, merged: bool) -> Finding:
    return finding(
        "plan-deviation",
        f"The plan has {name} on the {side.other} side only, but the {side} sends it too.",
        side=side,
        severity=Severity.INFO if merged else None,
    )


def _automatic(group: Group) -> bool:
    return all(event.kind is Kind.AUTOMATIC for event in group.browser)


def of_session(
    summary: Summary, groups: tuple[Group, ...], context: Context, uncounted: tuple[Event, ...]
) -> Iterator[Finding]:
    """What the numbers say, then what only all the groups together show."""
    yield from _overlap(summary, groups, context)
    yield from _inflation(summary, context.rules)
    yield from _silent(summary, uncounted)
    if summary.orders:
        yield from of_orders(summary.orders, context.rules)
    if groups:
        yield from _shared_ids(groups)
        yield from _lost_clicks(groups)
        yield from _stopped(groups, uncounted)


def _overlap(summary: Summary, groups: tuple[Group, ...], context: Context) -> Iterator[Finding]:
    if summary.overlap is None or not summary.browser_events or not summary.server_events:
        return
    web = [group for group in groups if not _off_page(group.events)]
    if groups and not any(group.server for group in web):
        return  # sales in a shop are no other half; that the halves are missing is said of each row
    if not summary.deduplicated and not summary.shared_ids:
        numbers = f"{summary.browser_events} browser events and {summary.server_events} server events, and not one pair"
        browser, server = ({group.name for group in groups if from_others(group.side(side))} for side in Side)
        if groups and not (browser and server):
            return  # whatever one side sent was lost, which is said of each send
        if groups and {step(name) for name in browser}.isdisjoint(map(step, server)):
            yield finding(
                "zero-overlap",
                f"{numbers}: the sides send different events, the browser {_names(browser)}, the server "
                f"{_names(server)}.",
                reason="no-common-event",
                fix="Fire on each side the events that the other side sends, with one event ID for both.",
            )
        else:
            yield finding("zero-overlap", f"{numbers}: the event ID is not passed between the sides.")
    elif summary.overlap < context.overlap_target:
        asks = {platform(group.platform).overlap_asked for group in groups} - {""}
        asked = [f", {who} asks for {_percent(context.rules.coverage_goal)}" for who in sorted(asks)]
        yield finding(
            "low-overlap",
            f"{_percent(summary.overlap)} of the conversions expected on both sides are merged; "
            f"the target is {_percent(context.overlap_target)}{''.join(asked)}.",
        )


def _off_page(events: tuple[Event, ...]) -> bool:
    return all(event.off_page for event in events)


def _names(names: set[str]) -> str:
    found = sorted(masked(name) or "events without a name" for name in names)
    return ", ".join(found[:5]) + (", …" if len(found) > 5 else "") or "nothing"


def _inflation(summary: Summary, rules: Rules) -> Iterator[Finding]:
    if summary.predicted_counted <= summary.unique_conversions or summary.inflation <= 0:
        return
    surplus = ", ".join(
        f"{money(amount, currency)} {currency or '(no currency)'}" for currency, amount in summary.inflated_value
    )
    worth = f", worth {surplus}" if surplus else ""
    text = (
        f"{summary.predicted_counted} conversions will be counted where {summary.unique_conversions} took place: "
        f"{_percent(summary.inflation)} too many{worth}."
    )
    counted, expected = summary.counted_both, summary.expected_both
    if summary.overlap is None:  # one side was not seen, so all that was is compared
        counted, expected = summary.predicted_counted, summary.unique_conversions
    # Page views and all else that one side alone sends can not be doubled, and must not hide that the rest is; nor are
    # pairs that were fired again a lack of merging.
    merged = summary.overlap is not None and summary.overlap > 1 - rules.no_deduplication
    whole = not merged and bool(expected) and counted / expected - 1 >= rules.no_deduplication
    if whole and expected < summary.unique_conversions:
        text += f" Of those expected on both sides, {counted} where {expected} took place: no deduplication at all."
    elif whole:
        text += " That is no deduplication at all."
    yield finding("inflated", text, reason="no-deduplication" if whole else None)


def _silent(summary: Summary, uncounted: tuple[Event, ...]) -> Iterator[Finding]:
    """A pixel whose script or configuration was loaded and that then sent nothing."""
    if summary.browser_events or any(event.kind is Kind.MIRROR for event in uncounted):
        return
    loaded = [event for event in uncounted if event.kind is Kind.CONFIGURATION and not event.outcome.lost]
    if loaded:
        account = next((f" {event.account}" for event in loaded if event.account), "")
        yield finding("blocked", f"The pixel{account} was loaded and then stayed silent.", reason="silent")


def _shared_ids(groups: tuple[Group, ...]) -> Iterator[Finding]:
    names: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for group in groups:
        # A suggestion says that the names ought to be one; then the shared ID is no peculiarity of its own.
        if group.event_id and not any(link.kind is LinkKind.SUGGESTED for link in group.links):
            names[group.platform, group.account, group.event_id].add(group.name)
    several = [(key[2], sorted(found)) for key, found in names.items() if len(found) > 1]
    for event_id, found in several[:_MOST]:
        yield shared(event_id, found)
    if len(several) > _MOST:
        yield finding("event-id-shared-across-names", f"{len(several) - _MOST} more IDs are used by several names.")


def _lost_clicks(groups: tuple[Group, ...]) -> Iterator[Finding]:
    """Browsers that landed with a click ID and later sent a conversion without one."""
    landed: dict[tuple[str, str, str], int] = {}
    lost: Counter[str] = Counter()
    for group in sorted(groups, key=lambda each: each.first_ms):
        carried = any(map(click_of, group.events))  # by one half: what the other lost is told of the pair
        for event in group.events:
            key, value = identifier(event, Role.BROWSER)
            if not value:
                continue
            visitor = (event.platform, key, value)
            if click_of(event) or landed_with(event.page, event.platform):
                landed.setdefault(visitor, event.at_ms)
            elif carried or landed.get(visitor, event.at_ms) >= event.at_ms:
                continue
            elif step(event.name) != "page_view":
                lost[event.name] += 1
    for name, count in sorted(lost.items()):
        events = f"{count} {name} events" if count > 1 else f"A {name} event"
        yield finding("click-id-lost", f"{events} without a click ID, from a browser that had landed with one.")


def _stopped(groups: tuple[Group, ...], uncounted: tuple[Event, ...]) -> Iterator[Finding]:
    """Server events whose browser half the pixel's own configuration holds back."""
    stopped = {
        (event.account, name)
        for event in uncounted
        for flaw in event.flaws
        if flaw.code == "config-blocks-event" and flaw.reason == "events-stopped"
        for name in _QUOTED.findall(flaw.detail)
    }
    missed = Counter((group.account, group.name) for group in groups if not group.browser)
    for account, name in sorted(stopped & missed.keys()):
        yield finding(
            "config-blocks-event",
            f"{missed[account, name]} server events {name} have no browser half: the configuration of pixel {account} "
            "holds it back.",
            reason="events-stopped",
        )


def _percent(share: float) -> str:
    return f"{share * 100:.1f} %".replace(".0 %", " %")
