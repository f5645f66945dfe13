"""The two halves of a conversion, as most questions between sides need them."""

from __future__ import annotations

from typing import NamedTuple

from app.checks.catalogue import check_of
from app.checks.privacy import masked
from app.comparison.shortening import short
from app.model import Event, Group, Side


class Pair(NamedTuple):
    """The first event that got through on each side."""

    browser: Event
    server: Event


def kept(events: tuple[Event, ...]) -> Event | None:
    """The first event that was not lost."""
    for event in events:
        if not event.outcome.lost:
            return event
    return None


def pair_of(group: Group) -> Pair | None:
    """Both halves of a group; None when it has only one side."""
    browser = kept(group.browser)
    server = kept(group.server) if browser else None
    return Pair(browser, server) if browser and server else None


def pair_with(group: Group, other: Group) -> Pair | None:
    """The halves that two one-sided groups make together; None when they do not complete each other."""
    for one, two in ((group, other), (other, group)):
        browser, server = kept(one.browser), kept(two.server)
        if browser and server and not kept(one.server) and not kept(two.browser):
            return Pair(browser, server)
    return None


def side_of(group: Group) -> Side | None:
    """The only side of a group; None when it has both or none."""
    browser, server = kept(group.browser), kept(group.server)
    if (browser and server) or not (browser or server):
        return None
    return Side.BROWSER if browser else Side.SERVER


def differing(code: str, ours: str, theirs: str, limit: int = 28, platform: str = "") -> str:
    """What both sides say, after the code's own title in the platform's words."""
    title = check_of(code, platform).title
    return f"{title}: browser {short(masked(ours), limit)}, server {short(masked(theirs), limit)}."
