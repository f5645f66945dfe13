"""What is wrong: one table of finding codes, and the three questions asked of events, groups and sessions.

Everything here is pure. Messages name what was seen, with IDs shortened and personal data masked; they never hold a
token. A check that does not fire costs next to nothing, because a session may hold a million events.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.checks import (
    attribution,
    between_platforms,
    clicks,
    customer,
    delivery,
    device,
    flaws,
    identifiers,
    identity,
    payload,
    privacy,
    repeats,
    session,
    ties,
    time,
)
from app.checks.catalogue import BY_CODE, CHECKS, check_of
from app.checks.context import Context
from app.checks.orders import reconcile, tally
from app.checks.pair import pair_of
from app.model import Event, Finding, Group, Kind
from app.numbers import Summary
from app.pairing.conversions import Conversion
from app.platforms.check import Check

__all__ = [
    "BY_CODE",
    "CHECKS",
    "Check",
    "Context",
    "check_conversions",
    "check_event",
    "check_group",
    "check_of",
    "check_session",
    "reconcile",
    "tally",
]

_COUNTED = (Kind.EVENT, Kind.AUTOMATIC)


def check_event(event: Event, context: Context) -> tuple[Finding, ...]:
    """What is wrong with one event taken alone; its fields must be present. Its decoder's flaws become findings."""
    found: list[Finding] = []
    if event.flaws:
        found += flaws.of_event(event)
    found += delivery.of_event(event, context)
    if event.kind in _COUNTED:
        found += identity.of_event(event)
        found += time.of_event(event, context.rules)
        found += payload.of_event(event, context.rules)
        found += customer.of_event(event, context.customer)
        found += identifiers.of_event(event, context.rules)
        found += clicks.of_event(event)
        found += device.of_event(event)
        found += privacy.of_event(event)
    return tuple(found)


def check_group(group: Group, linked: Mapping[str, Group], context: Context) -> tuple[Finding, ...]:
    """What is wrong between the events of a group, and what its links mean; `linked` holds the other ends by ID.

    A group in `linked` without a link to it is taken as company: a group of the same ID under another name.
    """
    found: list[Finding] = []
    pair = pair_of(group)
    found += identity.of_group(group, pair, linked)
    if len(group.browser) > 1 or len(group.server) > 1:
        found += repeats.of_group(group, context.rules)
    if group.links:
        found += ties.of_group(group, linked)
    if group.links or group.gap_ms is not None:
        found += time.of_group(group, pair, linked, context)
    if pair:
        found += payload.of_pair(pair, context.rules)
        found += clicks.of_pair(pair)
    found += customer.of_group(group, pair, context.customer)
    if group.server:
        found += attribution.of_group(group, pair)
    found += delivery.of_group(group)
    found += session.of_group(group, context)
    return tuple(found)


def check_conversions(
    conversions: Sequence[Conversion], context: Context
) -> tuple[tuple[Conversion, ...], tuple[Finding, ...]]:
    """The conversions, each with what is wrong between its platforms, and what they show only together."""
    usually = between_platforms.usual(conversions)
    checked = tuple(between_platforms.judged(each, usually, context) for each in conversions)
    return checked, tuple(between_platforms.of_all(conversions))


def check_session(
    summary: Summary, groups: tuple[Group, ...], context: Context, uncounted: tuple[Event, ...] = ()
) -> tuple[Finding, ...]:
    """What is wrong with the session as a whole.

    The summary alone decides most of it; `groups` and `uncounted` (mirrors, configurations) may be left empty where
    walking through all of them would cost too much, and then only what they alone show is left out.
    """
    return tuple(session.of_session(summary, groups, context, uncounted))
