"""Ties between groups that need no weighing: one action fired twice on a side, an order fired again, another account.

Each tie is read from a block of groups that share a key, so what shares nothing changes nothing. A block keeps its
groups in order of time. Repeats tie neighbours only: three fires in a row make two ties.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Mapping
from typing import NamedTuple

from app.model import Content, Event, Group, Kind, Link, LinkKind, Side
from app.pairing.features import amount, core, digest
from app.pairing.grouping import first_send, has_id, in_time, live, only_side
from app.platforms import identifier, platform
from app.platforms.base import Role, key_at
from app.platforms.vocabulary import step
from app.rules import Rules

CROWD = 16
"""An ID that more one-sided groups than this share names no conversion; their accounts are not compared."""


class _Mark(NamedTuple):
    """What a group is filed under: `kind` is the tie that the block can make."""

    kind: LinkKind
    side: Side
    key: int


class Repeats:
    """The groups of a session by what would betray a repeat.

    `groups` is the session's own mapping: a group is put after it has entered it and dropped before it leaves.
    """

    def __init__(self, groups: Mapping[str, Group], rules: Rules) -> None:
        self._groups = groups
        self._double_fire_ms = rules.double_fire_ms
        self._blocks: dict[int, str | list[str]] = {}  # most hold one group, which then stands there itself
        self._company: set[str] = set()  # groups that were ever in a block with another
        self._changed: set[str] = set()

    def put(self, group: Group) -> None:
        """File a group."""
        for mark in _marks(group):
            block = self._blocks.get(mark.key)
            if block is None:
                self._blocks[mark.key] = group.id
                continue
            if isinstance(block, str):
                self._company.add(block)
                block = self._blocks[mark.key] = [block]
            self._company.add(group.id)
            insort(block, group.id, key=self._time(mark))
            self._changed.update(self._near(mark, block, group.id, CROWD + 1))

    def drop(self, group: Group) -> None:
        """Take a group out of the files; exactly as it was put in."""
        for mark in _marks(group):
            block = self._blocks[mark.key]
            if isinstance(block, str):
                del self._blocks[mark.key]
                continue
            self._changed.update(self._near(mark, block, group.id, CROWD + 1))
            block.remove(group.id)
            if len(block) == 1:
                self._blocks[mark.key] = block[0]

    def settle(self) -> set[str]:
        """The groups whose ties may have changed since the last call."""
        changed, self._changed = self._changed, set()
        return changed

    def links(self, group: Group) -> tuple[Link, ...]:
        """The group's ties, each once."""
        if group.id not in self._company:
            return ()
        found: dict[str, Link] = {}
        for mark in _marks(group):
            block = self._blocks[mark.key]
            if isinstance(block, str):
                continue
            for other in self._near(mark, block, group.id, CROWD):
                link = self._tie(mark, group, self._groups[other])
                if link is not None:
                    found.setdefault(other, link)
        return tuple(found[other] for other in sorted(found))

    def _tie(self, mark: _Mark, group: Group, other: Group) -> Link | None:
        if group.id == other.id:
            return None
        if mark.kind is LinkKind.ACCOUNT_DIFFERS:
            if only_side(group) is only_side(other):
                return None
            mine, theirs = _first(group, only_side(group)), _first(other, only_side(other))
            apart = platform(group.platform).dedup.apart
            if mine.home == theirs.home or mine.action_source in apart or theirs.action_source in apart:
                return None
            kinds = mine.account_kind, theirs.account_kind
            kind = LinkKind.PROBABLE if kinds[0] != kinds[1] and all(kinds) else mark.kind
            return Link(kind, other.id, evidence=("name", "event_id") if mine.event_id else ("name", "order_id"))
        gap_ms = abs(_first(group, mark.side).at_ms - _first(other, mark.side).at_ms)
        if gap_ms <= self._double_fire_ms:
            return Link(LinkKind.DOUBLE_FIRE, other.id, evidence=("name", "contents", "time"))
        if mark.kind is LinkKind.REFIRED and (not group.event_id or group.event_id != other.event_id):
            return Link(LinkKind.REFIRED, other.id, evidence=("name", "order_id"))
        return None

    def _near(self, mark: _Mark, block: list[str], one: str, crowd: int) -> list[str]:
        """The groups of the block that the mark ties, or could tie, to this one."""
        if mark.kind is LinkKind.ACCOUNT_DIFFERS:
            return block if len(block) <= crowd else []
        time_of = self._time(mark)
        place = bisect_left(block, time_of(one), key=time_of)
        return block[max(0, place - 1) : place + 2]

    def _time(self, mark: _Mark) -> Callable[[str], tuple[int, int, tuple[int, int]]]:
        if mark.kind is LinkKind.ACCOUNT_DIFFERS:  # groups of either side, each with only that one
            return lambda one: in_time(_first(self._groups[one], only_side(self._groups[one])))
        return lambda one: in_time(_first(self._groups[one], mark.side))


def _first(group: Group, side: Side | None) -> Event:
    event = None if side is None else first_send(group.side(side))
    assert event is not None, "a group is filed under the sides that got through"
    return event


def _marks(group: Group) -> list[_Mark]:
    browser, server = first_send(group.browser), first_send(group.server)
    marks: list[_Mark] = []
    if browser is not None:
        marks += _fires(browser)
    if server is not None:
        marks += _fires(server)
    alone = server if browser is None else browser
    if (browser is None or server is None) and alone is not None:
        for each in _elsewhere(alone):
            marks.append(_Mark(LinkKind.ACCOUNT_DIFFERS, alone.side, digest("id", alone.platform, each)))
    return marks


def _elsewhere(event: Event) -> tuple[object, ...]:
    """What the event would be merged by at another account: its keys less the account, or its name and ID."""
    if event.keys:
        return tuple(key_at(key, "") for key in event.keys)
    return ((event.name, event.event_id),) if has_id(event) else ()


def _fires(event: Event) -> list[_Mark]:
    if event.kind is not Kind.EVENT or event.provenance.ours:
        return []
    marks = []
    side = "browser" if event.side is Side.BROWSER else "server"  # an enum's hash is slow
    action = _action(event)
    if action is not None:
        marks.append(_Mark(LinkKind.DOUBLE_FIRE, event.side, digest("fire", side, action)))
    order = core(event.order_id) if event.order_id and step(event.name) == "purchase" else ""
    if order:
        place = (event.platform, event.home, event.name)
        marks.append(_Mark(LinkKind.REFIRED, event.side, digest("order", side, place, order)))
    return marks


def _action(event: Event) -> tuple[object, ...] | None:
    """What two fires of one action have in common and two actions do not; None when the event says too little."""
    currency = (event.currency or "").strip().upper()
    content: tuple[object, ...] = (_same(event.value), currency, event.order_id, tuple(map(_line, event.contents)))
    if event.value is None and not event.contents and not event.order_id:
        if event.page is None:
            return None
        content = (event.page,)
    visitor = _visitor(event)
    if not isinstance(visitor, str) and event.side is Side.SERVER and not event.order_id and not live(event):
        return None  # a file of server events holds many customers, many of them behind one address
    return event.platform, event.home, event.name, content, visitor


def _visitor(event: Event) -> str | tuple[str | None, ...] | None:
    """The best name for who did it: a browser's or a customer's, else the device."""
    known = identifier(event, Role.BROWSER)[1]
    if known:
        return known
    if event.user:
        return event.user[0].value
    device = event.match_id("ip"), event.match_id("user_agent")
    return device if any(device) else None


def _line(content: Content) -> tuple[object, ...]:
    return content.id, _same(content.quantity), _same(content.price)


def _same(number: str | None) -> object:
    """A number by its value, however it is written; what is none as it stands."""
    value = amount(number)
    return number if value is None else value
