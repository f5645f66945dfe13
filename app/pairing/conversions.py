"""One conversion at all the platforms that were told of it.

Inside one platform its own rule decides; across platforms nothing is merged, so what a shopper did once is recognised:
by what ties the groups of one platform, by the order, by the event ID, by the moment at which the pixels of one page
fire, and, where no browser was seen, by the customer. Stronger evidence comes first, and nothing joins two orders.
The outcome depends on the groups alone and not on the order in which they came.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import attrgetter

from msgspec import Struct

from app.model import Event, Finding, Group, Kind, Side, Verdict
from app.pairing.features import Features, trace
from app.pairing.grouping import first_send
from app.platforms.vocabulary import Naming, naming
from app.rules import Rules

_PURCHASE = "purchase"
_URGENCY = (
    *(Verdict.DOUBLE_COUNTED, Verdict.DUPLICATE, Verdict.NOT_COUNTED, Verdict.PROBABLE, Verdict.WAITING),
    *(Verdict.NOT_OBSERVED, Verdict.BROWSER_ONLY, Verdict.SERVER_ONLY, Verdict.DEDUPLICATED),
)
_clock = attrgetter("clock_ms")


class Share(Struct, frozen=True, gc=False):
    """What one platform got of a conversion: its groups, by the time they were first seen."""

    platform: str
    groups: tuple[Group, ...]

    @property
    def events(self) -> tuple[Event, ...]:
        return tuple([event for group in self.groups for event in group.events])

    @property
    def verdict(self) -> Verdict:
        """The verdict that matters most among its groups'."""
        return min([group.verdict for group in self.groups], key=_URGENCY.index)

    def side(self, side: Side) -> tuple[Event, ...]:
        """The events of one side that were not lost."""
        return tuple([event for group in self.groups for event in group.side(side) if not event.outcome.lost])


class Conversion(Struct, frozen=True, gc=False):
    """What a shopper did once, with each platform's share of it, in the order of the platforms' names.

    `id` is that of its first group; `step` the neutral word for the step of the funnel, or the name itself; `naming`
    how much the name tells. `missing` are platforms that ought to have been told too, `findings` those on what it is at
    all its platforms together.
    """

    id: str
    step: str
    name: str
    naming: Naming
    shares: tuple[Share, ...]
    missing: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def title(self) -> str:
        """What the shopper did, in words that are no platform's: "Page view"; the site's own name where it has one."""
        return self.step.replace("_", " ").capitalize() if self.naming is Naming.STANDARD else self.name

    @property
    def platforms(self) -> frozenset[str]:
        return frozenset([share.platform for share in self.shares])

    @property
    def groups(self) -> tuple[Group, ...]:
        return tuple([group for share in self.shares for group in share.groups])

    @property
    def first_ms(self) -> int:
        """When the first of its events was, in ms since 1970 UTC."""
        return min([group.first_ms for group in self.groups])

    @property
    def page(self) -> str | None:
        """The page it happened on, as the first event to name one says."""
        return next((event.page for group in self.groups for event in group.events if event.page), None)

    @property
    def order_id(self) -> str | None:
        """The order, as the first event to name one writes it."""
        return next((event.order_id for group in self.groups for event in group.events if event.order_id), None)


class _Piece:
    """Groups that are known to be one conversion so far. Merging moves the smaller into the other."""

    __slots__ = ("clock_ms", "groups", "lead", "naming", "orders", "platforms", "step", "trace")

    def __init__(self, group: Group, lead: Event) -> None:
        self.groups = [group]
        self.lead = lead
        self.trace: Features = trace(lead)
        self.step = self.trace.step
        self.naming = naming(group.platform, group.name)
        self.platforms = {group.platform}
        self.orders = {order for event in group.events if (order := trace(event).order)} if lead.order_id else set()
        self.clock_ms = lead.received_ms if lead.received_ms is not None else lead.at_ms


def conversions(groups: Iterable[Group], rules: Rules) -> tuple[Conversion, ...]:
    """The conversions of a session by the time they were first seen; none where only one platform was told of any.

    Tests of ours, failed sends and what a platform's script fires by itself are no conversions.
    """
    pieces = [piece for piece in map(_piece, sorted(groups, key=_in_time)) if piece is not None]
    if len({name for piece in pieces for name in piece.platforms}) < 2:
        return ()
    return tuple(_finished(piece) for piece in _Joining(pieces, rules).pieces())


def _in_time(group: Group) -> tuple[int, str]:
    return group.first_ms, group.id


def _piece(group: Group) -> _Piece | None:
    for events in (group.browser, group.server):
        lead = first_send(tuple([event for event in events if not event.provenance.ours]))
        if lead is not None and any(event.kind is Kind.EVENT for event in events):
            return _Piece(group, lead)
    return None


class _Joining:
    """Brings the pieces of a session together, the strongest evidence first."""

    def __init__(self, pieces: Sequence[_Piece], rules: Rules) -> None:
        self._all = pieces
        self._rules = rules
        self._into: dict[int, _Piece] = {}
        self._by_ties()
        self._by(lambda piece: [*piece.orders], within_ms=None)
        self._by(_event_ids, within_ms=rules.suggest_ms)
        self._by(_moment, within_ms=rules.beside_ms, others_only=True)
        self._by(_customer, within_ms=rules.suggest_ms, others_only=True)

    def pieces(self) -> list[_Piece]:
        """What is left: a piece for each conversion, in order of time."""
        return [piece for piece in self._all if id(piece) not in self._into]

    def _home(self, piece: _Piece) -> _Piece:
        while (other := self._into.get(id(piece))) is not None:
            piece = other
        return piece

    def _merge(self, one: _Piece, other: _Piece) -> None:
        """`other`, the later, becomes part of `one`."""
        self._into[id(other)] = one
        one.groups += other.groups
        one.platforms |= other.platforms
        one.orders |= other.orders
        if other.naming.rank < one.naming.rank:
            one.step, one.naming = other.step, other.naming

    def _by_ties(self) -> None:
        """What is tied inside a platform is one conversion, and so is what it was told for two accounts."""
        by_group = {piece.groups[0].id: piece for piece in self._all}
        for piece in self._all:
            for link in piece.groups[0].links:
                other = by_group.get(link.group)
                if other is not None and (ends := self._apart(piece, other)):
                    self._merge(*ends)

    def _apart(self, one: _Piece, other: _Piece) -> tuple[_Piece, _Piece] | None:
        """The homes of two pieces, the earlier first; None where it is one home already."""
        first, second = self._home(one), self._home(other)
        if first is second:
            return None
        return (first, second) if _in_time(first.groups[0]) <= _in_time(second.groups[0]) else (second, first)

    def _by(
        self, keys_of: Callable[[_Piece], Iterable[object]], *, within_ms: int | None, others_only: bool = False
    ) -> None:
        """Merge pieces that share a key.

        They are no further apart than `within_ms`, from one to the next; `others_only`: each platform is in a
        conversion once, so that the second fire at one is the second conversion of all.
        """
        blocks: dict[object, dict[int, _Piece]] = {}
        for piece in self.pieces():
            for key in keys_of(piece):
                blocks.setdefault(key, {})[id(piece)] = piece
        for block in blocks.values():
            if len(block) > 1:
                for run in _runs(block.values(), within_ms):
                    self._join(run, within_ms, others_only=others_only)

    def _join(self, run: Sequence[_Piece], within_ms: int | None, *, others_only: bool) -> None:
        """Put each piece of a run to the first that it fits; those whose names tell least come last."""
        kept: list[_Piece] = []  # by time
        for piece in sorted(run, key=lambda each: each.naming.rank):
            near = map(self._home, _near(kept, piece, within_ms))
            fitting = [each for each in dict.fromkeys(near) if _fit(each, piece, others_only=others_only)]
            if piece.naming is not Naming.STANDARD and len({each.step for each in fitting}) > 1:
                fitting = [each for each in fitting if each.step == _PURCHASE]  # its name may stand for any of them
            if not fitting:
                insort(kept, piece, key=_clock)
            elif ends := self._apart(fitting[0], piece):
                self._merge(*ends)


def _near(kept: Sequence[_Piece], piece: _Piece, within_ms: int | None) -> Sequence[_Piece]:
    if within_ms is None:
        return kept
    first = bisect_left(kept, piece.clock_ms - within_ms, key=_clock)
    return kept[first : bisect_right(kept, piece.clock_ms + within_ms, key=_clock)]


def _fit(one: _Piece, other: _Piece, *, others_only: bool) -> bool:
    """Whether two pieces may be one conversion; with `others_only` less speaks for it than a key they share."""
    if one.orders and other.orders and one.orders.isdisjoint(other.orders):
        return False
    apart = one.platforms.isdisjoint(other.platforms)
    if one.step != other.step:
        vague = (Naming.CODE,) if others_only else (Naming.CODE, Naming.OWN)
        if not apart or (one.naming not in vague and other.naming not in vague):
            return False
    return (apart or not others_only) and not _two_visitors(one.trace, other.trace)


def _two_visitors(one: Features, other: Features) -> bool:
    """Whether both say from which machine they are, and it is not one."""
    return bool(one.ip and other.ip and one.ip != other.ip and one.user_agent != other.user_agent)


def _runs(pieces: Iterable[_Piece], within_ms: int | None) -> Iterator[list[_Piece]]:
    """The pieces of a block in order of time, cut where nothing comes for longer than `within_ms`."""
    run: list[_Piece] = []
    for piece in sorted(pieces, key=_clock):
        if run and within_ms is not None and piece.clock_ms - run[-1].clock_ms > within_ms:
            yield run
            run = []
        run.append(piece)
    yield run


def _event_ids(piece: _Piece) -> Iterator[object]:
    """The event IDs that say something: one of the site's own is often handed to every platform."""
    seen = piece.trace.event_id
    if seen and piece.trace.core:
        yield seen


def _moment(piece: _Piece) -> Iterator[object]:
    """The page, where a browser was seen."""
    if piece.lead.side is Side.BROWSER and piece.trace.page:
        yield piece.trace.page


def _customer(piece: _Piece) -> Iterator[object]:
    """Who, and for how much, where the conversion has no order to go by."""
    if piece.trace.amount is not None and not piece.orders:
        for person in piece.trace.people:
            yield person, piece.trace.amount, piece.trace.currency


def _finished(piece: _Piece) -> Conversion:
    groups = sorted(piece.groups, key=_in_time)
    by_platform: dict[str, list[Group]] = {}
    for group in groups:
        by_platform.setdefault(group.platform, []).append(group)
    named = min(groups, key=lambda group: naming(group.platform, group.name).rank)
    shares = tuple(Share(name, tuple(by_platform[name])) for name in sorted(by_platform))
    return Conversion(groups[0].id, piece.step, named.name, piece.naming, shares)
