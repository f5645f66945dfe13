"""Which sends can be put side by side: a group's own, and those of the groups it is linked with."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from app.gui.drawing.moments import clock
from app.gui.drawing.wire_text import visible
from app.model import Event, Group, LinkKind, Outcome, Side

TIES = {
    LinkKind.SUGGESTED: "suggested twin",
    LinkKind.PROBABLE: "probable twin",
    LinkKind.OUTSIDE_WINDOW: "too late to be merged",
    LinkKind.ACCOUNT_DIFFERS: "other account",
    LinkKind.DOUBLE_FIRE: "the other fire",
    LinkKind.REFIRED: "the earlier order",
}


class Candidate(NamedTuple):
    """A send that may be put into one half of the pane, and how it is tied to the group when it is not its own."""

    event: Event
    group: Group
    link: LinkKind | None = None


def candidates(group: Group, linked: Callable[[str], Group | None], side: Side) -> tuple[Candidate, ...]:
    """The sends of one side: the group's own first, then those of groups it is linked with."""
    found = [Candidate(event, group) for event in group.side(side)]
    for link in group.links:
        other = linked(link.group)
        if other is not None:
            found += [Candidate(event, other, link.kind) for event in other.side(side)]
    return tuple(found)


def repeats(group: Group, linked: Callable[[str], Group | None], side: Side) -> tuple[Candidate, ...]:
    """The same action's other fires on the same side: what to hold beside it when there is no other side."""
    again = (LinkKind.DOUBLE_FIRE, LinkKind.REFIRED)
    return tuple(item for item in candidates(group, linked, side) if item.link in again)


def others_for(theirs: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
    """The server's sends to hold beside each other: the backend's own, when one of ours is there too.

    What the tester sent and what the backend sent for one conversion are then compared as two sides are.
    """
    ours = any(item.event.provenance.ours for item in theirs)
    return tuple(item for item in theirs if not item.event.provenance.ours) if ours else ()


def first_ours(found: tuple[Candidate, ...]) -> int:
    """The newest send of ours that is not lost; -1 when there is none."""
    ours = [index for index, item in enumerate(found) if item.event.provenance.ours and not item.event.outcome.lost]
    return ours[-1] if ours else -1


def first_choice(found: tuple[Candidate, ...]) -> int:
    """The send to show before the reader chooses: the first that is not lost; -1 when there is none."""
    return next((index for index, item in enumerate(found) if not item.event.outcome.lost), 0 if found else -1)


def said(item: Candidate, found: tuple[Candidate, ...], beside: Side | None = None) -> str:
    """A send in a line; `beside` is the half it may be put into."""
    own = [other for other in found if other.link is None and other.event.side is item.event.side]
    event = item.event
    number = f"{own.index(item) + 1} of {len(own)} · " if len(own) > 1 and item.link is None else ""
    place = number if item.link is None else f"{TIES[item.link]} · "
    outcome = {Outcome.REJECTED: " · rejected", Outcome.FAILED: " · failed"}.get(event.outcome, "")
    elsewhere = beside is not None and event.side is not beside
    side = "" if not elsewhere else "backend's server event · " if event.side is Side.SERVER else "browser · "
    far = f" · {visible(event.name[:40])} {visible((event.event_id or 'no ID')[:40])}" if item.link else ""
    return f"{side}{place}{clock(event.received_ms or event.own_ms)} · {event.provenance.value}{outcome}{far}"
