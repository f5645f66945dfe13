"""An order that one side reports again: a thank-you page opened again, or a job run twice.

Under the same ID the platform merges what comes inside its window, so the first visit after it is the one that counts
twice. What comes again sooner than a retry may take is a reload or a retry, and nobody's fault.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.checks.catalogue import finding
from app.checks.identity import contradiction, no_value, quoted, shown
from app.checks.pair import kept
from app.checks.time import span
from app.model import Event, Finding, Group, Kind, Severity, Side
from app.pairing.features import core
from app.platforms.vocabulary import step
from app.rules import Rules

_LOOKED_AT = 200  # events of one side of a group: a hard-coded ID collects every visitor of a session


def of_group(group: Group, rules: Rules) -> Iterator[Finding]:
    """Inside the window: each side that reports its order again under the same ID, by the event's own time."""
    for side in Side:
        sends = _sends(group, side)
        again = _again(sends, rules) if len(sends) > 1 else None
        if again:
            gap = span(again.at_ms - sends[0].at_ms)
            yield finding(
                "refired",
                f"{group.name} for {_order(again)} is sent again {gap} later under the same {_key(group)}. This time "
                "it is merged; once the platform's window is over, the next one counts again.",
                event=again,
                reason="same-id",
                severity=Severity.WARNING,
                fix=_FIXES[side],
            )


def outside_window(group: Group, other: Group) -> Iterator[Finding]:
    """The same key on both sides of the window: each side that sent in both groups reports its order again."""
    for side in Side:
        ours, theirs = _sends(group, side), _sends(other, side)
        if not (ours and theirs and _one_order(ours[0], theirs[0])):
            continue
        gap = span(theirs[0].at_ms - ours[0].at_ms)
        when = "later" if theirs[0].at_ms > ours[0].at_ms else "earlier"
        yield finding(
            "refired",
            f"{group.name} for {_order(ours[0])} is sent under the same {_key(group)} {gap} {when} too, when it counts "
            "once more.",
            side=side,
            reason="same-id",
            fix=_FIXES[side],
        )


def under_another_id(group: Group, other: Group) -> Finding:
    """The same order in another group of the same side, under another ID or none."""
    one = kept(group.browser) or kept(group.server) or next(iter(group.events), None)
    first = "earlier" if other.first_ms <= group.first_ms else "later"
    return finding(
        "refired",
        f"{group.name} for {_order(one)} is reported {first} in this session too, under "
        f"{quoted(shown(other.event_id)) if other.event_id else 'no ID'}.",
        side=one.side if one else None,
    )


_FIXES = {
    Side.BROWSER: "Send the event when the order is placed and not whenever its page is opened: remember that it was "
    "sent.",
    Side.SERVER: "Mark the order as reported, and leave it out when the job or the webhook runs again.",
}


def _sends(group: Group, side: Side) -> list[Event]:
    """The sends of a side that may count, our own tests aside; none where no order is reported."""
    if step(group.name) != "purchase" or (group.event_id and no_value(group.event_id)):
        return []
    return [
        event
        for event in group.side(side)[:_LOOKED_AT]
        if event.kind is Kind.EVENT and not event.outcome.lost and not event.provenance.ours
    ]


def _again(sends: list[Event], rules: Rules) -> Event | None:
    """The first send that comes later than a reload or a retry and is of the same order."""
    first = sends[0]
    return next(
        (event for event in sends[1:] if event.at_ms - first.at_ms > rules.retry_ms and _one_order(first, event)), None
    )


def _one_order(one: Event, two: Event) -> bool:
    """Whether two events of one side under one ID are the same order, as far as they say anything of it."""
    mine, other = (event.order_id and (core(event.order_id) or event.order_id) for event in (one, two))
    return mine == other if mine and other else contradiction(one, two) is None


def _key(group: Group) -> str:
    """What the group's sends have in common."""
    return "ID" if group.event_id and len({event.event_id for event in group.events}) == 1 else "order"


def _order(event: Event | None) -> str:
    return shown(event.order_id) if event and event.order_id else "the same order"
