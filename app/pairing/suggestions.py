"""Finds the two halves of one conversion that the platform will not merge.

Only groups with one side are looked at, so an exact pair is never touched; waiting makes no difference, since an exact
twin that comes later takes its half back. A group is one half, or as many as it holds conversions: a junk or hard-coded
ID swallows many, and each of them may have its other half elsewhere. Halves are compared only when they share a block:
an order or ID core, a person within half an hour, an amount within seconds. Among all comparisons above the threshold
the best total one-to-one assignment is suggested, for each connected cluster on its own: what has nothing to do with a
cluster can not change it, and the order of arrival neither.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from app.model import Event, Group, Link, LinkKind, Side
from app.pairing.assignment import assign
from app.pairing.features import Features, cores, digest, token, trace
from app.pairing.grouping import first_send, gap_ms, has_id, only_side
from app.pairing.halves import halves_of
from app.pairing.plan import Plan
from app.pairing.scoring import ANONYMOUS_MS, EVEN, Match, match, points_of
from app.platforms.base import DedupRule
from app.rules import Rules

RIVAL = -100
"""An anonymous comparison of so few points suggests nothing, but takes from the likeliness of others."""

CROWD = 24
"""A block with more halves than this on a side tells nothing apart and is not searched."""


SECONDARY = "secondary-key"
"""Named last among the evidence when a weaker key of the platform fits as well. The platform documents that such keys
*may* merge events without an ID, mostly when the browser's came first; the verdict stays the one that is safe to act
on.
"""


class NearMisses:
    """The one-sided groups of a session and the suggestions among them.

    `groups` is the session's own mapping. Two halves that are both where the plan alone wants them belong to nobody.
    """

    def __init__(
        self,
        groups: Mapping[str, Group],
        rules: Rules,
        platforms: Mapping[str, DedupRule],
        plan: Plan,
    ) -> None:
        self._groups = groups
        self._platforms = platforms
        self._plan = plan
        self._suggest_ms = rules.suggest_ms
        self._again_ms = rules.double_fire_ms
        self._confidence = rules.suggest_confidence
        self._threshold = points_of(rules.suggest_confidence)
        self._blocks: dict[int, str | list[str]] = {}  # most hold one half, which then stands there itself
        self._edges: dict[str, dict[str, Match]] = {}
        self._weights: dict[str, int] = {}  # of all comparisons of a half that has an anonymous one
        self._links: dict[str, Link] = {}
        self._traces: dict[str, Features] = {}  # of the halves that came since the last call
        self._stale: set[str] = set()  # halves whose comparisons must be made again
        self._loose: set[str] = set()  # halves that won or lost a comparison
        # A group's first half goes by the group's ID. Only where there are more, these are kept.
        self._more: dict[str, dict[str, Event]] = {}  # by group
        self._left: dict[str, dict[str, Event]] = {}  # of groups that went, and may come again with a send more
        self._owners: dict[str, str] = {}  # the group of each

    def put(self, group: Group) -> None:
        """Take a group in when it has one side."""
        side = only_side(group)
        if side is None:
            return
        halves = halves_of(group, side, self._again_ms)
        self._file(group.id, trace(halves[0]), side)
        before = self._left.pop(group.id, None)
        if len(halves) == 1 and not before:
            return
        more = {f"{group.id} {event.id}": event for event in halves[1:]}
        for one, event in (before or {}).items():
            if more.get(one) is not event:
                self._take_out(one, event)
        for one, event in more.items():
            if one not in self._owners:
                self._owners[one] = group.id
                self._file(one, trace(event), side)
        if more:
            self._more[group.id] = more

    def drop(self, group: Group) -> None:
        """Let a group go; exactly as it was put in."""
        side = only_side(group)
        if side is None:
            return
        self._unfile(group.id, _first(group, side), side)
        more = self._more.pop(group.id, None)
        if more:
            self._left[group.id] = more

    def _file(self, one: str, mine: Features, side: Side) -> None:
        self._traces[one] = mine
        for key in _homes(mine, side, self._suggest_ms, first=one not in self._owners):
            members = self._blocks.get(key)
            if members is None:
                self._blocks[key] = one
            elif isinstance(members, str):
                self._blocks[key] = [members, one]
            else:
                members.append(one)
                if len(members) == CROWD + 1:
                    self._stale.update(members)
        self._stale.add(one)

    def _unfile(self, one: str, event: Event, side: Side) -> None:
        for key in _homes(trace(event), side, self._suggest_ms, first=one not in self._owners):
            members = self._blocks[key]
            if isinstance(members, str):
                del self._blocks[key]
                continue
            members.remove(one)
            if len(members) == CROWD:
                self._stale.update(members)
            if len(members) == 1:
                self._blocks[key] = members[0]
        self._stale.discard(one)
        self._traces.pop(one, None)
        self._forget(one)

    def _take_out(self, one: str, event: Event) -> None:
        self._unfile(one, event, event.side)
        self._loose.discard(one)
        self._links.pop(one, None)
        del self._owners[one]

    def settle(self) -> set[str]:
        """Bring the suggestions up to date; the groups whose suggestion changed."""
        for one, event in chain.from_iterable(more.items() for more in self._left.values()):
            self._take_out(one, event)
        self._left.clear()
        for one in self._stale:
            self._forget(one)
        for one in self._stale:
            self._compare(one)
        changed: set[str] = set()
        seen: set[str] = set()
        touched = self._stale | self._loose
        touched.update(chain.from_iterable(self._edges.get(one, ()) for one in tuple(touched)))  # it weighs on rivals
        for one in touched:
            if one not in seen:
                cluster = self._cluster(one)
                seen |= cluster
                changed |= self._suggest(cluster)
        self._stale.clear()
        self._loose.clear()
        self._traces.clear()
        return {self._owners.get(one, one) for one in changed} if self._owners else changed

    def links(self, group: Group) -> tuple[Link, ...]:
        """The group's suggestions: one at most for each of its conversions, and one to each other group."""
        link = self._links.get(group.id)
        if group.id not in self._more:
            return () if link is None else (link,)
        found: dict[str, Link] = {}
        for one in (group.id, *self._more[group.id]):
            link = self._links.get(one)
            if link is not None and (link.group not in found or found[link.group].confidence < link.confidence):
                found[link.group] = link
        return tuple(found.values())

    def _forget(self, one: str) -> None:
        for other, found in self._edges.pop(one, {}).items():
            del self._edges[other][one]
            if self._edges[other]:
                self._weights[other] -= found.weight
            else:
                del self._edges[other], self._weights[other]
            self._loose.add(other)
        self._weights.pop(one, None)
        self._loose.add(one)

    def _compare(self, one: str) -> None:
        side = only_side(self._group(one))
        assert side is not None, "only groups with one side are taken in"
        mine = self._look(one, side)
        seen: set[str] = set()
        for home, door in _doors(mine, side, self._suggest_ms, first=one not in self._owners):
            others = self._members(door)
            if others and len(others) <= CROWD and len(self._members(home)) <= CROWD:
                seen.update(others)
        meant = self._plan.only(mine.place[0], mine.name) is side
        for other in seen:
            if one in self._edges.get(other, ()):
                continue
            theirs = self._look(other, side.other)
            if meant and self._plan.only(theirs.place[0], theirs.name) is side.other:
                continue
            found = (
                match(mine, theirs, self._suggest_ms) if side is Side.BROWSER else match(theirs, mine, self._suggest_ms)
            )
            if found is not None and found.points >= (RIVAL if found.anonymous else self._threshold):
                for half, its in ((one, other), (other, one)):
                    self._edges.setdefault(half, {})[its] = found
                    self._weights[half] = self._weights.get(half, 0) + found.weight
                self._loose.add(other)

    def _members(self, key: int) -> Sequence[str]:
        members = self._blocks.get(key, ())
        return (members,) if isinstance(members, str) else members

    def _look(self, one: str, side: Side) -> Features:
        known = self._traces.get(one)
        if known is None:
            known = self._traces[one] = trace(self._event(one, side))
        return known

    def _group(self, one: str) -> Group:
        return self._groups[self._owners.get(one, one)]

    def _event(self, one: str, side: Side) -> Event:
        owner = self._owners.get(one)
        return _first(self._groups[one], side) if owner is None else self._more[owner][one]

    def _cluster(self, one: str) -> set[str]:
        cluster, open_ends = {one}, [one]
        while open_ends:
            here = open_ends.pop()
            for other, found in self._edges.get(here, {}).items():
                if other not in cluster and self._stands(here, other, found):
                    cluster.add(other)
                    open_ends.append(other)
        return cluster

    def _stands(self, one: str, other: str, found: Match) -> bool:
        """Whether a comparison may become a suggestion: an anonymous one needs to stand out among all that rival it."""
        return not found.anonymous or self._share(one, other, found) >= self._confidence

    def _share(self, one: str, other: str, found: Match) -> float:
        """The probability that of all that each could belong to, or nothing, it is the other."""
        return found.weight / (EVEN + max(self._weights[one], self._weights[other]))

    def _suggest(self, cluster: set[str]) -> set[str]:
        rows = {
            one: {other: found.points for other, found in self._edges[one].items() if self._stands(one, other, found)}
            for one in cluster
            if one in self._edges and only_side(self._group(one)) is Side.BROWSER
        }
        pairs = assign(rows)
        pairs.update({server: browser for browser, server in pairs.items()})
        changed: set[str] = set()
        for one in cluster:
            other = pairs.get(one)
            link = None
            if other is not None:
                found = self._edges[one][other]
                evidence = found.evidence
                if self._may_merge(one, other, evidence):
                    evidence += (SECONDARY,)
                sure = round(self._share(one, other, found), 2) if found.anonymous else found.confidence
                link = Link(LinkKind.SUGGESTED, self._owners.get(other, other), sure, evidence)
            if link != self._links.get(one):
                changed.add(one)
                if link is None:
                    del self._links[one]
                else:
                    self._links[one] = link
        return changed

    def _may_merge(self, one: str, other: str, evidence: tuple[str, ...]) -> bool:
        """Whether the platform has a weaker key that fits: same name, an ID missing, the browser not later."""
        ours, theirs = (one, other) if only_side(self._group(one)) is Side.BROWSER else (other, one)
        browser, server = self._event(ours, Side.BROWSER), self._event(theirs, Side.SERVER)
        if (has_id(browser) and has_id(server)) or browser.name != server.name:
            return False
        gap = gap_ms((browser,), (server,))
        rule = self._platforms[browser.platform]
        within_ms = rule.secondary_ms or rule.window_ms
        return gap is not None and 0 <= gap <= within_ms and not set(evidence).isdisjoint(rule.secondary)


def _first(group: Group, side: Side) -> Event:
    event = first_send(group.side(side))
    assert event is not None, "a group is taken in by the side that got through"
    return event


def _homes(mine: Features, side: Side, suggest_ms: int, *, first: bool) -> Iterator[int]:
    """The blocks the half stands in. The ID of a group is looked for once, by its `first` half."""
    here = side is Side.SERVER
    for what, width in _marks(mine, suggest_ms, first=first):
        yield digest(here, what, mine.clock_ms // width if width else 0)


def _doors(mine: Features, side: Side, suggest_ms: int, *, first: bool) -> Iterator[tuple[int, int]]:
    """Each block the half stands in, beside a block of the other side that is near enough to look into."""
    here, there = side is Side.SERVER, side is not Side.SERVER
    for what, width in _marks(mine, suggest_ms, first=first):
        slot = mine.clock_ms // width if width else 0
        home = digest(here, what, slot)
        for near in (slot - 1, slot, slot + 1) if width else (slot,):
            yield home, digest(there, what, near)


def _marks(mine: Features, suggest_ms: int, *, first: bool) -> list[tuple[int, int]]:
    """What the half can be found by, hashed, and within how many milliseconds (0: any time)."""
    stem = hash((mine.place, mine.step))
    ids = () if not first else cores(mine.core) if mine.core else (token(mine.event_id),)
    tokens = dict.fromkeys((mine.order, *ids))
    people = (mine.browser_id[1], mine.click_id[1], *mine.people)
    # Under whatever name: one conversion may have two.
    marks = [(hash((mine.place, "token", one)), 0) for one in tokens if one]
    marks.extend([(hash((stem, "person", one)), suggest_ms) for one in people if one])
    if mine.amount is not None:
        marks.append((hash((stem, "amount", mine.amount)), ANONYMOUS_MS))
    return marks
