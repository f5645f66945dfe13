"""Finds the two halves of one conversion that the platform will not merge.

Only groups with one side are looked at, so an exact pair is never touched; waiting makes no difference, since an exact
twin that comes later takes its half back. Halves are compared only when they share a block: an order or ID core, a
person within half an hour, an amount within seconds. Among all comparisons above the threshold the best
total one-to-one assignment is suggested, for each connected cluster on its own: what has nothing to do with a cluster
can not change it, and the order of arrival neither.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from app.model import Group, Link, LinkKind, Side
from app.pairing.assignment import assign
from app.pairing.features import Features, cores, digest, trace
from app.pairing.grouping import first_send, gap_ms, only_side
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
        self._confidence = rules.suggest_confidence
        self._threshold = points_of(rules.suggest_confidence)
        self._blocks: dict[int, str | list[str]] = {}  # most hold one group, which then stands there itself
        self._edges: dict[str, dict[str, Match]] = {}
        self._weights: dict[str, int] = {}  # of all comparisons of a half that has an anonymous one
        self._links: dict[str, Link] = {}
        self._traces: dict[str, Features] = {}  # of the groups that came since the last call
        self._stale: set[str] = set()  # groups whose comparisons must be made again
        self._loose: set[str] = set()  # groups that won or lost a comparison

    def put(self, group: Group) -> None:
        """Take a group in when it has one side."""
        side = only_side(group)
        if side is None:
            return
        mine = self._traces[group.id] = _trace(group, side)
        for key in _homes(mine, side, self._suggest_ms):
            members = self._blocks.get(key)
            if members is None:
                self._blocks[key] = group.id
            elif isinstance(members, str):
                self._blocks[key] = [members, group.id]
            else:
                members.append(group.id)
                if len(members) == CROWD + 1:
                    self._stale.update(members)
        self._stale.add(group.id)

    def drop(self, group: Group) -> None:
        """Let a group go; exactly as it was put in."""
        side = only_side(group)
        if side is None:
            return
        for key in _homes(_trace(group, side), side, self._suggest_ms):
            members = self._blocks[key]
            if isinstance(members, str):
                del self._blocks[key]
                continue
            members.remove(group.id)
            if len(members) == CROWD:
                self._stale.update(members)
            if len(members) == 1:
                self._blocks[key] = members[0]
        self._stale.discard(group.id)
        self._traces.pop(group.id, None)
        self._forget(group.id)

    def settle(self) -> set[str]:
        """Bring the suggestions up to date; the groups whose suggestion changed."""
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
        return changed

    def links(self, group: Group) -> tuple[Link, ...]:
        """The group's suggestion, if it has one."""
        link = self._links.get(group.id)
        return () if link is None else (link,)

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
        side = only_side(self._groups[one])
        assert side is not None, "only groups with one side are taken in"
        mine = self._look(one, side)
        seen: set[str] = set()
        for home, door in _doors(mine, side, self._suggest_ms):
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
            known = self._traces[one] = _trace(self._groups[one], side)
        return known

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
            if one in self._edges and only_side(self._groups[one]) is Side.BROWSER
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
                if self._may_merge(self._groups[one], self._groups[other], evidence):
                    evidence += (SECONDARY,)
                sure = round(self._share(one, other, found), 2) if found.anonymous else found.confidence
                link = Link(LinkKind.SUGGESTED, other, sure, evidence)
            if link != self._links.get(one):
                changed.add(one)
                if link is None:
                    del self._links[one]
                else:
                    self._links[one] = link
        return changed

    def _may_merge(self, one: Group, other: Group, evidence: tuple[str, ...]) -> bool:
        """Whether the platform has a weaker key that fits: same name, an ID missing, the browser not later."""
        browser, server = (one, other) if only_side(one) is Side.BROWSER else (other, one)
        if (browser.event_id and server.event_id) or browser.name != server.name:
            return False
        gap = gap_ms(browser.browser, server.server)
        rule = self._platforms[one.platform]
        return gap is not None and 0 <= gap <= rule.window_ms and not set(evidence).isdisjoint(rule.secondary)


def _trace(group: Group, side: Side) -> Features:
    event = first_send(group.side(side))
    assert event is not None
    return trace(event)


def _homes(mine: Features, side: Side, suggest_ms: int) -> Iterator[int]:
    """The blocks the half stands in."""
    here = side is Side.SERVER
    for what, width in _marks(mine, suggest_ms):
        yield digest(here, what, mine.clock_ms // width if width else 0)


def _doors(mine: Features, side: Side, suggest_ms: int) -> Iterator[tuple[int, int]]:
    """Each block the half stands in, beside a block of the other side that is near enough to look into."""
    here, there = side is Side.SERVER, side is not Side.SERVER
    for what, width in _marks(mine, suggest_ms):
        slot = mine.clock_ms // width if width else 0
        home = digest(here, what, slot)
        for near in (slot - 1, slot, slot + 1) if width else (slot,):
            yield home, digest(there, what, near)


def _marks(mine: Features, suggest_ms: int) -> list[tuple[int, int]]:
    """What the half can be found by, hashed, and within how many milliseconds (0: any time)."""
    stem = hash((mine.place, mine.step))
    tokens = dict.fromkeys((mine.order, *cores(mine.core)))
    marks = [(hash((stem, "token", one)), 0) for one in tokens if one]
    for _, value in (mine.browser_id, mine.click_id):
        if value:
            marks.append((hash((stem, "person", value)), suggest_ms))
    marks.extend([(hash((stem, "person", one)), suggest_ms) for one in mine.people])
    if mine.amount is not None:
        marks.append((hash((stem, "amount", mine.amount)), ANONYMOUS_MS))
    return marks
