"""Keeps the session's totals in step with its groups, one conversion at a time.

A conversion is a group with everything tied to it as the same conversion. Before any of its groups changes it is taken
out of the totals whole, and put back when the change is complete: a million events are never counted anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.analysis.summary import Totals, count
from app.model import Group
from app.pairing.grouping import SAME_CONVERSION
from app.pairing.plan import Plan
from app.platforms.base import DedupRule


class TotalsKeeper:
    """Totals over the session's conversions. `groups` is the session's own mapping, `plan` the channel plan."""

    def __init__(self, groups: Mapping[str, Group], rules: Mapping[str, DedupRule], plan: Plan) -> None:
        self._groups = groups
        self._rules = rules
        self._plan = plan
        self._open = set(groups)  # groups that are not in the totals at the moment
        self.totals = Totals()

    def enter(self, one: str) -> None:
        """A group is new."""
        self._open.add(one)

    def open(self, one: str) -> None:
        """Take the group's conversion out, before the group changes."""
        if one not in self._open:
            conversion = self._conversion(one)
            self._count(conversion, -1)
            self._open.update(conversion)

    def leave(self, one: str) -> None:
        """Take the group out for good, before it goes."""
        self.open(one)
        self._open.discard(one)

    def close(self) -> None:
        """Put everything back that was taken out or came in."""
        left, self._open = self._open, set()
        while left:
            conversion = self._conversion(left.pop())
            self._count(conversion, 1)
            left.difference_update(conversion)

    def _count(self, conversion: Iterable[str], sign: int) -> None:
        count(self.totals, [self._groups[one] for one in conversion], self._rules, self._plan, sign)

    def _conversion(self, one: str) -> tuple[str, ...]:
        """The group and everything tied to it as the same conversion."""
        if not self._groups[one].links:
            return (one,)
        found, ends = {one}, [one]
        while ends:
            for link in self._groups[ends.pop()].links:
                if link.kind in SAME_CONVERSION and link.group not in found:
                    found.add(link.group)
                    ends.append(link.group)
        return tuple(found)
