"""The conversions that a one-sided group stands for: one, unless a junk or hard-coded ID has swallowed many."""

from __future__ import annotations

from app.model import Event, Group, Side
from app.pairing.features import amount, core
from app.pairing.grouping import first_send
from app.platforms import identifier
from app.platforms.base import Role

_Mark = tuple[object, ...]


def halves_of(group: Group, side: Side, again_ms: int) -> tuple[Event, ...]:
    """One send for each conversion of the side that got through, the first of all first.

    Sends under one ID are other conversions where they say so: by order, or by sum, articles or browser. An ID that
    says nothing (`undefined`) ties nothing: what names no order is a conversion of its own once `again_ms` have passed.
    """
    first = first_send(group.side(side))
    assert first is not None, "the side got through"
    sends = group.side(side)
    if len(sends) < 2 or not group.event_id:
        return (first,)
    junk = not core(group.event_id)
    own = _mark(first)
    last_ms = {own: first.at_ms}
    found = [first]
    for event in sends:
        if event is first or event.outcome.lost or event.provenance.ours:
            continue
        mark = _mark(event)
        seen_ms = last_ms.get(mark)
        if seen_ms is None:
            is_new = _contradict(own, mark)
        else:
            is_new = junk and not mark[0] and event.at_ms - seen_ms > again_ms
        last_ms[mark] = event.at_ms
        if is_new:
            found.append(event)
    return tuple(found)


def _mark(event: Event) -> _Mark:
    """What tells a conversion from another: the order, else the sum, the articles and the browser; unknown is empty."""
    sum_ = amount(event.value)
    contents = frozenset(content.id for content in event.contents if content.id)
    order = core(event.order_id) if event.order_id else ""
    return order, "" if sum_ is None else sum_, contents or "", identifier(event, Role.BROWSER)[1]


def _contradict(one: _Mark, other: _Mark) -> bool:
    """Whether two sends can not be one conversion, as far as both say anything of it."""
    if one[0] and other[0]:
        return one[0] != other[0]
    return any(mine != theirs for mine, theirs in zip(one, other, strict=True) if mine != "" and theirs != "")
