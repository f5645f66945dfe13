"""One conversion at all the platforms that were told of it.

Inside one platform its own rule decides; across platforms nothing is merged, so what a shopper did once is recognised:
by what ties the groups of one platform, by the order, by the event ID, by the moment at which the pixels of one page
fire, and, where no browser was seen, by the customer. Stronger evidence comes first, and nothing joins two orders.
The outcome depends on the groups alone and not on the order in which they came.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from operator import attrgetter, itemgetter

from msgspec import Struct

from app.hashing import sha256
from app.model import Event, Finding, Group, Kind, Side, Verdict
from app.pairing.features import Features, core, trace
from app.pairing.grouping import first_send
from app.platforms.vocabulary import Naming, naming
from app.rules import Rules

CROWD = 24
"""So many neighbours in time are compared by likeness; where more meet, nothing is told apart."""
_PURCHASE, _PAGE_VIEW = "purchase", "page_view"
_URGENCY = (
    *(Verdict.DOUBLE_COUNTED, Verdict.DUPLICATE, Verdict.NOT_COUNTED, Verdict.PROBABLE, Verdict.WAITING),
    *(Verdict.NOT_OBSERVED, Verdict.BROWSER_ONLY, Verdict.SERVER_ONLY, Verdict.DEDUPLICATED),
)
_DIGEST = re.compile(r"[0-9a-f]{64}")
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
        """The order, as the first event to name one writes it; hashed only where no platform was told it plain."""
        named = [event.order_id for group in self.groups for event in group.events if event.order_id]
        return next((each for each in named if not _DIGEST.fullmatch(each)), next(iter(named), None))


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
        self.orders = {order for event in group.events if event.order_id for order in _orders(event.order_id)}
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


def _orders(number: str) -> Iterator[str]:
    """An order number in comparable form: as it is, and as a library hashes it that hashes what the site hands it."""
    if known := core(number):
        yield known
        if not _DIGEST.fullmatch(number):
            yield sha256(number.strip())


class _Joining:
    """Brings the pieces of a session together, the strongest evidence first."""

    def __init__(self, pieces: Sequence[_Piece], rules: Rules) -> None:
        self._all = pieces
        self._into: dict[int, _Piece] = {}
        self._by_ties()
        self._by_key(lambda piece: [*piece.orders], within_ms=None)
        self._by_key(_event_ids, within_ms=rules.suggest_ms)
        self._by_likeness(_moment, within_ms=rules.beside_ms)
        self._by_likeness(_customer, within_ms=rules.suggest_ms)

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

    def _blocks(self, keys_of: Callable[[_Piece], Iterable[object]]) -> Iterator[list[_Piece]]:
        """The pieces that share a key, in order of time."""
        blocks: dict[object, dict[int, _Piece]] = {}
        for piece in self.pieces():
            for key in keys_of(piece):
                blocks.setdefault(key, {})[id(piece)] = piece
        return (sorted(block.values(), key=_clock) for block in blocks.values() if len(block) > 1)

    def _by_key(self, keys_of: Callable[[_Piece], Iterable[object]], *, within_ms: int | None) -> None:
        """Merge pieces that share a key and are no further apart than `within_ms`, from one to the next."""
        for block in self._blocks(keys_of):
            for run in _runs(block, within_ms):
                self._join(run)

    def _join(self, run: Sequence[_Piece]) -> None:
        """Put each piece of a run to the first that it fits; those whose names tell least come last."""
        kept: list[_Piece] = []
        for piece in sorted(run, key=lambda each: each.naming.rank):
            homes = dict.fromkeys(map(self._home, kept))
            fitting = [each for each in homes if _fit(each, piece, (Naming.CODE, Naming.OWN))]
            if piece.naming is not Naming.STANDARD and len({each.step for each in fitting}) > 1:
                fitting = [each for each in fitting if each.step == _PURCHASE]  # its name may stand for any of them
            if not fitting:
                kept.append(piece)
            elif ends := self._apart(fitting[0], piece):
                self._merge(*ends)

    def _by_likeness(self, keys_of: Callable[[_Piece], Iterable[object]], *, within_ms: int) -> None:
        """Merge pieces of other platforms that share a key within the time, the most alike first.

        Each platform is in a conversion once, so that the second fire at one is the second conversion of all. What
        differs in value or basket is one only where nothing else comes into question.
        """
        for block in self._blocks(keys_of):
            found = list(_alike(block, within_ms))
            rivals = Counter(id(piece) for _, _, one, other in found for piece in (one, other))
            for likeness, _, one, other in sorted(found, key=itemgetter(0, 1), reverse=True):
                if likeness < 0 and max(rivals[id(one)], rivals[id(other)]) > 1:
                    continue
                ends = self._apart(one, other)
                if ends and ends[0].platforms.isdisjoint(ends[1].platforms) and _fit(*ends, (Naming.CODE,)):
                    self._merge(*ends)


def _alike(block: Sequence[_Piece], within_ms: int) -> Iterator[tuple[int, int, _Piece, _Piece]]:
    """The pieces of two platforms that may be one: how alike, how near in time (less is further), and both."""
    for place, one in enumerate(block):
        for other in block[place + 1 : place + 1 + CROWD]:
            gap_ms = other.clock_ms - one.clock_ms
            if gap_ms > within_ms:
                break
            if one.platforms.isdisjoint(other.platforms) and _fit(one, other, (Naming.CODE,)):
                yield _likeness(one, other), -gap_ms, one, other


def _likeness(one: _Piece, other: _Piece) -> int:
    """How much speaks for one conversion; less than nothing where the goods differ."""
    ours, theirs = one.trace, other.trace
    points = 2 * (not ours.people.isdisjoint(theirs.people)) + (bool(ours.ip) and ours.ip == theirs.ip)
    points += Naming.CODE in (one.naming, other.naming) and _PURCHASE in (one.step, other.step)
    if ours.amount is not None and theirs.amount is not None:
        points += 1 if ours.amount == theirs.amount and ours.currency == theirs.currency else -3
    if ours.contents and theirs.contents:
        points += 1 if ours.contents == theirs.contents else -3
    return points


def _fit(one: _Piece, other: _Piece, vague: Collection[Naming]) -> bool:
    """Whether nothing speaks against one conversion. Names of a `vague` kind may stand for those of other platforms."""
    if one.orders and other.orders and one.orders.isdisjoint(other.orders):
        return False
    if one.step != other.step:
        if not one.platforms.isdisjoint(other.platforms) or _PAGE_VIEW in (one.step, other.step):
            return False
        if one.naming not in vague and other.naming not in vague:
            return False
    return not _two_visitors(one.trace, other.trace)


def _two_visitors(one: Features, other: Features) -> bool:
    """Whether both say from which machine they are, and it is not one."""
    return bool(one.ip and other.ip and one.ip != other.ip and one.user_agent != other.user_agent)


def _runs(block: Sequence[_Piece], within_ms: int | None) -> Iterator[list[_Piece]]:
    """The pieces of a block, cut where nothing comes for longer than `within_ms`."""
    run: list[_Piece] = []
    for piece in block:
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
