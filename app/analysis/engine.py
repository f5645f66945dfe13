"""The session as it is understood: events in, judged groups out.

`Analysis` owns what pairing, near misses, repeats and checks say of each other. Events may come in any order, one by
one or by the million; what is known afterwards depends only on which events there are, on the context and on the time
that was last asked for. Nothing is worked out until somebody asks, and then only for what changed. Not for several
threads: one worker owns it.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from heapq import heappop, heappush
from itertools import chain, pairwise
from typing import Any

from msgspec.structs import replace

from app.analysis.memory import keeping_all, thin
from app.analysis.summary import summarize
from app.analysis.totals import TotalsKeeper
from app.checks import Context, check_conversions, check_event, check_group, check_session, tally
from app.model import Event, Finding, Group, Kind, Link, LinkKind, Observed, Side, Verdict
from app.numbers import Summary
from app.pairing.conversions import Conversion, conversions
from app.pairing.grouping import (
    Expectation,
    Key,
    counts,
    first_send,
    form_group,
    judge,
    lone_key,
    merging_keys,
    number,
    one_of_twins,
    split,
    with_twins,
)
from app.pairing.repeats import Repeats
from app.pairing.shared_keys import SharedKeys
from app.pairing.suggestions import NearMisses
from app.pairing.unmerged import Unmerged
from app.platforms.base import DedupRule, key_at, with_windows

_SLICE = 200_000
"""So many keys are worked out at a time when events come in bulk, which keeps the working sets small.

Many, since a half that comes after its key was worked out costs all of that again, and of two files the second may hold
every other half.
"""


class Analysis:
    """Everything known of a session's events.

    `rules` holds each platform's deduplication rule by name, before the context's windows are put in; `waiting_ms` is
    how long a live half waits for the other.
    """

    def __init__(self, context: Context, rules: Mapping[str, DedupRule], waiting_ms: int = 60_000) -> None:
        self._context = context
        self._given = rules
        self._rules = with_windows(rules, context.windows)
        self._waiting_ms = waiting_ms
        self._now_ms: int | None = None
        self._observed = Observed()
        self._groups: dict[str, Group] = {}
        self._filed: dict[Key, str | tuple[str, ...]] = {}  # the group under each key, or the groups
        self._pending: dict[Key, list[Event]] = {}
        self._window_links: dict[str, tuple[Link, ...]] = {}
        self._nearmiss = NearMisses(self._groups, context.rules, self._rules, context.plan)
        self._repeats = Repeats(self._groups, context.rules)
        self._unmerged = Unmerged(self._rules)
        self._shared_keys = SharedKeys()
        self._home_of = _homes(context)
        self._event_findings: dict[str, tuple[Finding, ...]] = {}
        self._uncounted: list[Event] = []
        self._copies: set[str] = set()  # of what is uncounted, the copies of an event that is counted
        self._deadlines: list[tuple[int, str]] = []
        self._stale: set[str] = set()  # groups to be judged again
        self._changed: set[str] = set()
        self._gone: set[str] = set()
        self._totals = TotalsKeeper(self._groups, self._rules, context.plan)
        self._same: dict[Any, Any] = {}
        self._conversions: tuple[tuple[Conversion, ...], tuple[Finding, ...]] | None = None

    @property
    def context(self) -> Context:
        """What the checks know besides the traffic."""
        return self._context

    @property
    def rules(self) -> Mapping[str, DedupRule]:
        """Each platform's deduplication rule by name, with the windows that the user set."""
        return self._rules

    def add(self, events: Iterable[Event]) -> None:
        """Take events in, with their fields; each at most once."""
        with keeping_all():
            for event in events:
                self._add(event)
                if len(self._pending) >= _SLICE:
                    self._settle(self._now_ms)

    def _add(self, event: Event) -> None:
        if not event.provenance.ours and not (event.kind is Kind.OTHER and event.off_page):
            self.observe(event.side)  # what an app reports of itself says nothing of a site's own server
        findings = check_event(event, self._context) if event.kind is not Kind.MIRROR or event.copy else ()
        if findings:
            self._event_findings[event.id] = findings
        if counts(event) or event.copy:
            event, rule = self._at_home(event), self._rules[event.platform]
            merging = merging_keys(event, rule)
            kept = thin(event, self._same, () if rule.spelt_out else merging)
            self._pending.setdefault(self._bucket(event, merging), []).append(kept)
        else:
            self._uncounted.append(thin(event, self._same))

    def _at_home(self, event: Event) -> Event:
        """The event under the account that the user named as one with its own."""
        home = self._home_of.get(event.home) if self._home_of else None
        if home is None:
            return event
        return replace(event, merged_as=home, keys=tuple(key_at(each, home) for each in event.keys))

    def _bucket(self, event: Event, merging: tuple[str, ...]) -> Key:
        """Where the event is filed. One with several keys makes their buckets one."""
        if not merging:
            return lone_key(event)
        home, joined = self._shared_keys.join([f"{event.platform}|{each}" for each in merging])
        for other in joined:
            self._pending.setdefault(home, []).extend(self._pending.pop(other, ()))
            before = [self._filed.pop(each) for each in (home, other) if each in self._filed]
            filed = tuple(chain.from_iterable((one,) if isinstance(one, str) else one for one in before))
            if filed:
                self._filed[home] = filed
        return home

    def observe(self, side: Side) -> None:
        """Note that a source for this side was connected."""
        if self._observed.side(side):
            return
        self._observed = replace(self._observed, **{side.value: True})
        self._stale.update(self._groups)

    def changes(self, now_ms: int | None) -> tuple[tuple[Group, ...], tuple[str, ...]]:
        """What is new since the last call: groups that are new or changed, whole, and the IDs of those that are gone.

        `now_ms` decides what still waits; None means that nothing does.
        """
        self._settle(now_ms)
        with keeping_all():
            groups = tuple(sorted([self._groups[one] for one in self._changed], key=_by_time))
        gone = tuple(sorted(self._gone))
        self._changed.clear()
        self._gone.clear()
        return groups, gone

    def groups(self) -> tuple[Group, ...]:
        """All groups by the time they were first seen."""
        self._settle(self._now_ms)
        return tuple(sorted(self._groups.values(), key=_by_time))

    def group(self, one: str) -> Group | None:
        """A group by its ID."""
        self._settle(self._now_ms)
        return self._groups.get(one)

    def summary(self, *, whole: bool = True) -> Summary:
        """The session in numbers, with the findings that concern it as a whole.

        Not `whole` leaves out the findings that take a walk through all groups: what a live view wants of a session
        of many thousand groups after every event.
        """
        self._settle(self._now_ms)
        summary = summarize(self._totals.totals, self._observed)
        groups, uncounted = (self.groups(), self.uncounted()) if whole else ((), ())
        if whole and self._context.orders:
            summary = replace(summary, orders=tally(self._context.orders, groups, self._context.rules))
        findings = self._loose_findings() + check_session(summary, groups, self._context, uncounted)
        checked, together = self._checked_conversions() if whole else ((), ())
        findings += together
        severities = Counter(finding.severity for finding in findings)
        severities.update(finding.severity for each in checked for finding in each.findings)
        return replace(
            summary,
            findings=tuple((severity, number + severities[severity]) for severity, number in summary.findings),
            session_findings=findings,
        )

    def conversions(self) -> tuple[Conversion, ...]:
        """What was sent to several platforms, as one; by time. Empty where only one platform was told of anything."""
        self._settle(self._now_ms)
        return self._checked_conversions()[0]

    def _checked_conversions(self) -> tuple[tuple[Conversion, ...], tuple[Finding, ...]]:
        if self._conversions is None:
            with keeping_all():
                found = conversions(self._groups.values(), self._context.rules)
                self._conversions = check_conversions(found, self._context)
        return self._conversions

    def uncounted(self) -> tuple[Event, ...]:
        """Mirrors, configuration and other signals, in order of arrival; mirrors name their twin when it is there."""
        self._settle(self._now_ms)
        return with_twins(sorted(self._uncounted, key=number), (e for g in self._groups.values() for e in g.events))

    def set_context(self, context: Context, events: Iterable[Event] = (), *, waiting_ms: int | None = None) -> None:
        """Judge everything again in another context, and with another time to wait if one is given.

        What the checks say of single events needs their fields, which are not kept: pass the session's events, decoded
        again, to have those findings renewed as well.
        """
        self._settle(self._now_ms)
        if (context.one_account, context.windows) != (self._context.one_account, self._context.windows):
            self._refile(context, events, self._waiting_ms if waiting_ms is None else waiting_ms)
            return
        self._context = context
        self._waiting_ms = self._waiting_ms if waiting_ms is None else waiting_ms
        for event in events:
            copied = event.id in self._copies if event.copy else event.kind is Kind.MIRROR
            findings = () if copied else check_event(event, context)
            self._event_findings.pop(event.id, None)
            if findings:
                self._event_findings[event.id] = findings
        self._nearmiss = NearMisses(self._groups, context.rules, self._rules, context.plan)
        self._repeats = Repeats(self._groups, context.rules)
        for group in self._groups.values():
            self._nearmiss.put(group)
            self._repeats.put(group)
        self._totals = TotalsKeeper(self._groups, self._rules, context.plan)
        self._stale.update(self._groups)
        self._settle(self._now_ms)

    def _refile(self, context: Context, events: Iterable[Event], waiting_ms: int) -> None:
        """Start anew: under which account and within what time an event is merged decides where it is filed."""
        gone, observed, now_ms = set(self._groups), self._observed, self._now_ms
        self.__init__(context, self._given, waiting_ms)  # type: ignore[misc]  # begins anew, as it was made
        self._observed, self._now_ms = observed, now_ms
        self.add(events)
        self._settle(self._now_ms)
        self._gone |= gone - self._groups.keys()

    def compare_with(self, orders: tuple[str, ...]) -> None:
        """Compare the purchases with the backend's order numbers from here on; with none, no longer."""
        self._context = dataclasses.replace(self._context, orders=orders)

    # -- keeping up -------------------------------------------------------------------------------------------------

    def _settle(self, now_ms: int | None) -> None:
        self._advance(now_ms)
        with keeping_all():
            self._file()
            stale = self._stale | self._nearmiss.settle() | self._repeats.settle() | self._unmerged.settle()
        self._stale = set()
        stale &= self._groups.keys()
        if not stale:
            return
        self._conversions = None
        with keeping_all():
            self._judge(stale)
            self._check(stale)
            self._totals.close()

    def _advance(self, now_ms: int | None) -> None:
        """Move the clock: halves whose time is up are judged again, and all when waiting begins or ends altogether."""
        if (now_ms is None) != (self._now_ms is None):
            self._stale.update(self._groups)
        self._now_ms = now_ms
        while self._deadlines and now_ms is not None and self._deadlines[0][0] <= now_ms:
            self._stale.add(heappop(self._deadlines)[1])

    def _file(self) -> None:
        """Put the pending events into groups; a new event may split, join or renumber what its key held before."""
        for one, news in self._pending.items():
            before = self._filed.get(one, ())
            before = (before,) if isinstance(before, str) else before
            for old in before:
                news.extend(self._groups[old].events)
            news, copies = one_of_twins(news)
            self._put_aside(copies)
            parts = split(news, self._rules[news[0].platform], keyed=isinstance(one, str))
            groups = [form_group(part) for part in parts]
            for old in before:
                self._remove(old)
            self._filed[one] = groups[0].id if len(groups) == 1 else tuple(group.id for group in groups)
            for group in groups:
                self._enter(group)
            if len(groups) > 1:
                self._tie_windows(groups)
        self._pending.clear()

    def _put_aside(self, copies: list[Event]) -> None:
        """Copies of an event that is counted already count no more, and nothing is said of them."""
        for event in copies:
            self._copies.add(event.id)
            self._event_findings.pop(event.id, None)
        self._uncounted += copies

    def _remove(self, one: str) -> None:
        group = self._groups[one]
        self._totals.leave(one)
        self._stale.update(link.group for link in group.links)
        self._nearmiss.drop(group)
        self._repeats.drop(group)
        self._unmerged.drop(group)
        self._window_links.pop(one, None)
        self._changed.discard(one)
        self._gone.add(one)
        del self._groups[one]

    def _enter(self, group: Group) -> None:
        self._groups[group.id] = group
        self._nearmiss.put(group)
        self._repeats.put(group)
        self._unmerged.put(group)
        self._totals.enter(group.id)
        self._stale.add(group.id)
        self._changed.add(group.id)
        self._gone.discard(group.id)

    def _tie_windows(self, groups: list[Group]) -> None:
        """Groups of one key, too far apart to be merged, are tied to their neighbours in time."""
        through = [group for group in groups if _keyed(group) and first_send(group.events)]
        for earlier, later in pairwise(through):
            evidence = ("name", "event_id") if earlier.event_id and later.event_id else ("name",)
            for one, other in ((earlier, later), (later, earlier)):
                link = Link(LinkKind.OUTSIDE_WINDOW, other.id, evidence=evidence)
                self._window_links[one.id] = (*self._window_links.get(one.id, ()), link)

    def _judge(self, stale: set[str]) -> None:
        expectation = Expectation(
            self._observed,
            self._now_ms,
            self._waiting_ms,
            self._context.plan,
        )
        for one in stale:
            group = self._groups[one]
            links = self._window_links.get(one, ()) + self._nearmiss.links(group) + self._repeats.links(group)
            if group.verdict is Verdict.DEDUPLICATED and links == group.links:
                continue  # settled when it was formed, and nothing outside the group can change it
            verdict, until = judge(group, links, expectation, twice=self._unmerged.twice(group))
            if until is not None and until != group.waiting_until_ms:
                heappush(self._deadlines, (until, one))
            if (verdict, until, links) != (group.verdict, group.waiting_until_ms, group.links):
                self._exchange(_changed(group, verdict, until, links, group.findings))

    def _check(self, stale: set[str]) -> None:
        for one in stale:
            group = self._groups[one]
            linked = {link.group: self._groups[link.group] for link in group.links} if group.links else {}
            found = [self._event_findings[event.id] for event in group.events if event.id in self._event_findings]
            findings = check_group(group, linked, self._context)
            if found:
                findings = tuple(chain(*found, findings))
            if len(findings) == 1:
                findings = _alone(findings[0])
            if findings != group.findings:
                self._exchange(_changed(group, group.verdict, group.waiting_until_ms, group.links, findings))

    def _exchange(self, group: Group) -> None:
        self._totals.open(group.id)
        self._groups[group.id] = group
        self._changed.add(group.id)

    def _loose_findings(self) -> tuple[Finding, ...]:
        """Findings on events that belong to no group."""
        loose = sorted(self._uncounted, key=number)
        return tuple(chain.from_iterable(self._event_findings.get(event.id, ()) for event in loose))


def _homes(context: Context) -> dict[str, str]:
    """The account that each of several is merged under, by account."""
    return {account: accounts[0] for accounts in context.one_account for account in accounts}


@lru_cache(maxsize=4096)
def _alone(finding: Finding) -> tuple[Finding, ...]:
    """A finding by itself. Most are about the whole group and say the same of very many: one object for all these."""
    return (finding,)


def _keyed(group: Group) -> bool:
    """Whether the platform merges the group's events by something; where that is the ID alone, no key is kept of it."""
    return bool(group.event_id) or any(event.keys for event in group.events)


def _by_time(group: Group) -> tuple[int, int, str]:
    return group.first_ms, len(group.id), group.id  # the shorter number is the smaller one


def _changed(
    group: Group, verdict: Verdict, until: int | None, links: tuple[Link, ...], findings: tuple[Finding, ...]
) -> Group:
    # Spelt out because `replace` takes three times as long, and every group of a session passes here twice.
    return Group(
        group.id,
        group.platform,
        group.account,
        group.name,
        group.event_id,
        group.browser,
        group.server,
        verdict,
        links,
        findings,
        group.gap_ms,
        until,
        group.first_ms,
    )
