"""Puts events that a platform will treat as one into a group, and predicts what becomes of the group.

Everything here is a pure function of the events and the platform's rule; nothing knows any platform by name. Two events
belong together when they share a key and the later one came inside that key's window, which is counted from the first
event that was not lost. An event without a key has nothing to be merged by: it stands alone, together with the failed
attempts of the same send.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from msgspec.structs import replace

from app.model import Copy, Event, Group, Kind, Link, LinkKind, Observed, Outcome, Provenance, Side, Verdict
from app.pairing.plan import Plan
from app.platforms.base import DedupRule

Key = str | tuple[str, ...]

SAME_CONVERSION = frozenset(LinkKind) - {LinkKind.ACCOUNT_DIFFERS}
"""Ties that mean one conversion. Another account counts for itself, so its tie is none of these."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a verdict depends on besides the group: which sides were watched, the time, and the channel plan.

    `now_ms` is None offline, where nothing waits. `waiting_ms` is how long after its receipt the first half of a live
    conversion may be without the other; what the plan expects on one side only waits for nobody.
    """

    observed: Observed
    now_ms: int | None = None
    waiting_ms: int = 60_000
    plan: Plan = field(default_factory=Plan)


def counts(event: Event) -> bool:
    """Whether the event is of a kind that is ever counted."""
    return event.kind is Kind.EVENT or event.kind is Kind.AUTOMATIC


def has_id(event: Event) -> bool:
    """Whether the event carries an event ID at all; an empty one, and one the platform's script made, count as none."""
    return bool(event.event_id) and not event.id_by_script


def merging_keys(event: Event, rule: DedupRule) -> tuple[str, ...]:
    """The keys by which the platform certainly merges the event, strongest first."""
    return tuple([each for each in event.keys if rule.of(each)])


def lone_key(event: Event) -> Key:
    """What an event is filed under that nothing merges: what tells the attempts of one send from others.

    The send, or else what its twins share, or the payload's fingerprint.
    """
    if event.send is not None:
        return ("send", event.send, event.id.rpartition(".")[2])
    if event.copy:
        return ("copy", event.platform, event.account, event.side, event.copy.load or event.copy.firing)
    if event.fingerprint:
        return ("payload", event.platform, event.account, event.side, event.fingerprint)
    return ("event", event.id)


def number(event: Event) -> tuple[int, int]:
    """The event's place in order of arrival."""
    return event.exchange, int(event.id.rpartition(".")[2])


def in_time(event: Event) -> tuple[int, int, tuple[int, int]]:
    """Sorts events by their own time, then by receipt, then by arrival."""
    return event.at_ms, event.received_ms or 0, number(event)


def one_of_twins(events: list[Event]) -> tuple[list[Event], list[Event]]:
    """The events of one bucket less further copies of a firing, and these, which are mirrors.

    A library may send each event to several hosts at once. The platform counts it once, by whichever copy arrives:
    one that got through before a lost one, then by the order the platform has them in, then the first. Where only the
    moment tells a firing, the further events of that one place are no copies: they are a second fire, or a second try.
    """
    sent = [(event, event.copy) for event in events if event.copy]
    if not sent:
        return events, []
    best: dict[tuple[object, ...], tuple[Event, Copy]] = {}
    for event, copy in sent:
        mark = _firing(event, copy)
        best[mark] = min(best.get(mark, (event, copy)), (event, copy), key=_preferred)
    newer = {_load(event, copy) for event, copy in best.values() if not copy.older and not event.outcome.lost}
    best = {mark: one for mark, one in best.items() if not (one[1].older and _load(*one) in newer)}
    kept = [event for event in events if not event.copy]
    counted: list[Event] = []
    copies: list[Event] = []
    for event, copy in sent:
        (counted if _stands(event, copy, best.get(_firing(event, copy))) else copies).append(event)
    return [*kept, *(_of_kind(event, Kind.EVENT) for event in counted)], [
        _of_kind(event, Kind.MIRROR) for event in copies
    ]


def _stands(event: Event, copy: Copy, best: tuple[Event, Copy] | None) -> bool:
    if best is None:
        return False
    return event is best[0] or (copy.by_moment and copy.rank == best[1].rank)


def _firing(event: Event, copy: Copy) -> tuple[object, ...]:
    return event.platform, event.account, event.name, copy.load, copy.firing


def _load(event: Event, copy: Copy) -> tuple[object, ...]:
    """The page load that an event was fired in, or else its firing."""
    return event.platform, event.account, event.name, copy.load or copy.firing


def _preferred(one: tuple[Event, Copy]) -> tuple[bool, bool, int, tuple[int, int]]:
    event, copy = one
    return event.outcome.lost, copy.older, copy.rank, number(event)


def _of_kind(event: Event, kind: Kind) -> Event:
    return event if event.kind is kind else replace(event, kind=kind)


def split(events: Collection[Event], rule: DedupRule, *, keyed: bool = True) -> list[tuple[Event, ...]]:
    """Cut the events of one bucket into what the platform merges; each part is in order of time.

    `keyed` False: they have no key, and are the attempts of one send.
    """
    if len(events) == 1:
        return [tuple(events)]
    ordered = sorted(events, key=in_time)
    if not keyed:
        return _attempts(ordered)
    if len(rule.keys) > 1:
        return _connected(ordered, rule)
    if ordered[-1].at_ms - ordered[0].at_ms <= rule.window_ms:
        return [tuple(ordered)]
    return _windows(ordered, rule.window_ms)


def _connected(ordered: Sequence[Event], rule: DedupRule) -> list[tuple[Event, ...]]:
    """Events that share any key inside its own window, directly or through others."""
    by_key: dict[str, list[Event]] = {}
    for event in ordered:
        for each in event.keys:
            by_key.setdefault(each, []).append(event)
    leads: dict[str, str] = {}

    def home(one: str) -> str:
        while one in leads:
            one = leads[one]
        return one

    for each, sharing in by_key.items():
        kind = rule.of(each)
        assert kind is not None
        for part in _windows(sharing, kind.window_ms):
            for event in part[1:]:
                first, second = home(part[0].id), home(event.id)
                if first != second:
                    leads[second] = first
    parts: dict[str, list[Event]] = {}
    for event in ordered:
        parts.setdefault(home(event.id), []).append(event)
    return [tuple(part) for part in parts.values()]


def _attempts(ordered: Sequence[Event]) -> list[tuple[Event, ...]]:
    """Sends of one payload without an ID: each that got through is one, with the lost attempts before it.

    Lost attempts after the last success belong to that success.
    """
    parts: list[list[Event]] = [[]]
    for event in ordered:
        parts[-1].append(event)
        if not event.outcome.lost:
            parts.append([])
    last = parts.pop()
    if parts:
        parts[-1].extend(last)
    else:
        parts.append(last)
    return [tuple(part) for part in parts]


def _windows(ordered: Sequence[Event], window_ms: int) -> list[tuple[Event, ...]]:
    """Windows start at a send that got through, since the platform never saw the others.

    A lost send goes to the window it falls into, or to the next one when it came at most a window before it. What has
    no time at all, as an address in a log without one, is in the first window: nothing says that it is not.
    """
    timed = [event for event in ordered if event.own_ms is not None or event.received_ms is not None]
    if 0 < len(timed) < len(ordered):
        timeless = [event for event in ordered if event.own_ms is None and event.received_ms is None]
        first, *others = _windows(timed, window_ms)
        return [(*timeless, *first), *others]
    starts: list[int] = []
    for event in ordered:
        if not event.outcome.lost and (not starts or event.at_ms - starts[-1] > window_ms):
            starts.append(event.at_ms)
    parts: dict[int, list[Event]] = {}
    lost_start: int | None = None
    for event in ordered:
        following = bisect_right(starts, event.at_ms)
        if following and event.at_ms - starts[following - 1] <= window_ms:
            home = starts[following - 1]
        elif following < len(starts) and starts[following] - event.at_ms <= window_ms:
            home = starts[following]
        else:
            if lost_start is None or event.at_ms - lost_start > window_ms:
                lost_start = event.at_ms
            home = lost_start
        parts.setdefault(home, []).append(event)
    return [tuple(parts[start]) for start in sorted(parts)]


def form_group(events: Sequence[Event]) -> Group:
    """The group of these events, in order of time, before anything is known of other groups.

    Its ID is that of the event that arrived first, so it stays the same while the group grows.
    """
    alone = len(events) == 1
    first = events[0] if alone else min(events, key=number)
    browser = tuple([event for event in events if event.side is Side.BROWSER])
    server = tuple([event for event in events if event.side is Side.SERVER]) if len(browser) < len(events) else ()
    return Group(
        id="p" + first.id[1:],
        platform=first.platform,
        account=first.account or next((event.account for event in events if event.account), ""),
        name=first.name,
        event_id=first.event_id,
        browser=browser,
        server=server,
        verdict=Verdict.DEDUPLICATED if first_send(browser) and first_send(server) else Verdict.NOT_OBSERVED,
        gap_ms=gap_ms(browser, server) if browser and server else None,
        first_ms=seen_ms(first) if alone else min(map(seen_ms, events)),
    )


def seen_ms(event: Event) -> int:
    """When the event was seen: its receipt, or its own time when a file kept no receipt."""
    return event.received_ms if event.received_ms is not None else event.at_ms


def live(event: Event) -> bool:
    """Whether we watched the event happen, so that its time of receipt is by our own clock."""
    return event.provenance is not Provenance.IMPORTED and event.received_ms is not None


def first_send(events: Iterable[Event]) -> Event | None:
    """The first send that was not lost."""
    for event in events:
        # Spelt out, not `outcome.lost`: this is asked many times of every event.
        if event.outcome is not Outcome.REJECTED and event.outcome is not Outcome.FAILED:
            return event
    return None


def from_others(events: Iterable[Event]) -> bool:
    """Whether anybody but us sent one of them, and got it through."""
    return any(not event.outcome.lost and not event.provenance.ours for event in events)


def gap_ms(browser: Iterable[Event], server: Iterable[Event]) -> int | None:
    """Server minus browser, first send of each that got through.

    By receipt when both were live, since that is one clock; by the events' own times otherwise.
    """
    ours, theirs = first_send(browser), first_send(server)
    if ours is None or theirs is None:
        return None
    if live(ours) and live(theirs):
        return (theirs.received_ms or 0) - (ours.received_ms or 0)
    if any(event.own_ms is None and event.received_ms is None for event in (ours, theirs)):
        return None
    return theirs.at_ms - ours.at_ms


def only_side(group: Group) -> Side | None:
    """The one side that got through; None when both did, or neither."""
    browser, server = first_send(group.browser), first_send(group.server)
    if (browser is None) == (server is None):
        return None
    return Side.BROWSER if browser is not None else Side.SERVER


def judge(
    group: Group, links: Iterable[Link], expectation: Expectation, *, twice: bool = False
) -> tuple[Verdict, int | None]:
    """What the platform will do with the group, and until when it waits (None when it does not).

    `twice` says that both sides send its name and nothing ever merges that.

    Evidence that the other half is there under another key ends the waiting: it is worth more to see it at once, and
    the verdict heals when an exact twin arrives after all.
    """
    side = only_side(group)
    if side is None:
        counted = first_send(group.browser) is not None
        return (Verdict.DEDUPLICATED if counted else Verdict.NOT_COUNTED), None
    if twice:
        return Verdict.DOUBLE_COUNTED, None
    kinds = [link.kind for link in links]
    if LinkKind.PROBABLE in kinds:
        return Verdict.PROBABLE, None
    if LinkKind.SUGGESTED in kinds or LinkKind.OUTSIDE_WINDOW in kinds:
        return Verdict.DOUBLE_COUNTED, None
    if LinkKind.DOUBLE_FIRE in kinds or LinkKind.REFIRED in kinds:
        return Verdict.DUPLICATE, None
    until = _waiting_until(group, side, expectation)
    if until is not None:
        return Verdict.WAITING, until
    if sum(not event.outcome.lost and not event.provenance.ours for event in group.side(side)) > 1:
        return Verdict.DUPLICATE, None
    if not expectation.observed.side(side.other):
        return Verdict.NOT_OBSERVED, None
    return (Verdict.BROWSER_ONLY if side is Side.BROWSER else Verdict.SERVER_ONLY), None


def _waiting_until(group: Group, side: Side, expectation: Expectation) -> int | None:
    first = first_send(group.side(side))
    if expectation.now_ms is None or first is None or not live(first):
        return None
    if expectation.plan.only(group.platform, group.name) is not None or first.off_page:
        return None
    until = (first.received_ms or 0) + expectation.waiting_ms
    return until if expectation.now_ms < until else None


def with_twins(uncounted: Iterable[Event], counted: Iterable[Event]) -> tuple[Event, ...]:
    """The uncounted events, where each mirror names the event it is a twin of, if that is there.

    A twin is a copy of the same firing. Else it has the same event ID at the same account, best under the same name (a
    gateway may rename it); without an ID it has the same name and the same time of its own to the millisecond. Of
    several, the nearest by receipt is it.
    """
    events = tuple(uncounted)
    mirrors = [event for event in events if event.kind is Kind.MIRROR]
    wanted = {mark for event in mirrors for mark in _marks(event)}
    twins: dict[tuple[object, ...], list[Event]] = {}
    for event in counted if wanted else ():
        for mark in _marks(event):
            if mark in wanted:
                twins.setdefault(mark, []).append(event)
    return tuple(_named(event, twins) if event.kind is Kind.MIRROR else event for event in events)


def _named(mirror: Event, twins: Mapping[tuple[object, ...], list[Event]]) -> Event:
    found = next((twins[mark] for mark in _marks(mirror) if mark in twins), None)
    if found is None:
        return mirror
    at_ms = mirror.received_ms or 0
    nearest = min(found, key=lambda event: (abs((event.received_ms or 0) - at_ms), number(event)))
    return replace(mirror, mirror_of=nearest.id)


def _marks(event: Event) -> tuple[tuple[object, ...], ...]:
    """What twins share, best first."""
    place = (event.platform, event.account)
    if event.copy:
        return _firing(event, event.copy), _load(event, event.copy)
    if event.event_id:
        return (*place, event.event_id, event.name), (*place, event.event_id)
    return ((*place, event.name, event.own_ms),)
