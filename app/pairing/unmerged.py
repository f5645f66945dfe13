"""Names that the platform never merges: when both sides send one, every conversion under it counts twice."""

from __future__ import annotations

from collections.abc import Mapping

from app.model import Group, Side
from app.pairing.grouping import first_send
from app.platforms.base import DedupRule


class Unmerged:
    """The groups of such names, by platform, account and name."""

    def __init__(self, rules: Mapping[str, DedupRule]) -> None:
        self._rules = rules
        self._groups: dict[tuple[str, str, str], dict[Side, set[str]]] = {}
        self._changed: set[str] = set()

    def put(self, group: Group) -> None:
        """Take a group in."""
        self._count(group, present=True)

    def drop(self, group: Group) -> None:
        """Let a group go; exactly as it was put in."""
        self._count(group, present=False)

    def settle(self) -> set[str]:
        """The groups of names that both sides have begun or ceased to send since the last call."""
        changed, self._changed = self._changed, set()
        return changed

    def twice(self, group: Group) -> bool:
        """Whether the group's name is one that is never merged, and both sides send it."""
        found = self._groups.get(_name(group))
        return found is not None and all(found.values())

    def _count(self, group: Group, *, present: bool) -> None:
        rule = self._rules.get(group.platform)
        if rule is None or not rule.never or rule.merges(group.name):
            return
        sides = self._groups.setdefault(_name(group), {side: set() for side in Side})
        before = all(sides.values())
        for side in Side:
            sent = first_send(group.side(side))
            if sent is not None and not sent.provenance.ours:
                (sides[side].add if present else sides[side].discard)(group.id)
        if all(sides.values()) is not before:
            self._changed.update(*sides.values())


def _name(group: Group) -> tuple[str, str, str]:
    return group.platform, group.home, group.name
