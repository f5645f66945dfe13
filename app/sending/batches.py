"""More than one send at a time: a big draft in calls of the allowed size, a refused call taken apart, a session again.

Functions take what sends as an argument, so that they say the same of a dry run, the sandbox and the platform.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import batched, pairwise

from msgspec.structs import replace

from app.model import Event, Exchange, Kind, Side
from app.outgoing import Draft
from app.platforms import server_of

LONGEST_PAUSE_MS = 10_000

Send = Callable[[Draft], Exchange]


@dataclass(frozen=True, slots=True)
class Progress:
    """One call that is over: its draft, what came of it, and whether its events are now settled.

    A refused call of several events is not: its halves follow. `done` and `total` count events.
    """

    draft: Draft
    exchange: Exchange
    settled: bool
    done: int
    total: int


def deliver(
    draft: Draft, send: Send, *, size: int | None = None, stop: threading.Event | None = None
) -> Iterator[Progress]:
    """Send a draft in calls of up to `size` events (what the platform takes), taking a call refused for one apart.

    A refused call took nothing, so sending its halves sends nothing twice; the guilty events are what is left refused
    alone. Trouble that is no event's fault (a token, a limit, the network) is not taken apart. Ends early on `stop`.
    """
    api = server_of(draft.platform)
    size = api.max_events if size is None else size
    calls = [replace(draft, events=events) for events in reversed(list(batched(draft.events, size)))]
    done, total = 0, len(draft.events)
    while calls and not (stop and stop.is_set()):
        call = calls.pop()
        exchange = send(call)
        parts = halves(call) if api.take_apart(exchange) else ()
        calls += reversed(parts)
        done += 0 if parts else len(call.events)
        yield Progress(call, exchange, not parts, done, total)


def halves(draft: Draft) -> tuple[Draft, ...]:
    """A refused draft in two, to find the guilty event; empty when it is down to one. Refused calls took nothing."""
    middle = len(draft.events) // 2
    if middle == 0:
        return ()
    return replace(draft, events=draft.events[:middle]), replace(draft, events=draft.events[middle:])


@dataclass(frozen=True, slots=True)
class Step:
    """One event of a session that is to be sent again, `wait_ms` after the one before it."""

    wait_ms: int
    event: Event


def steps(
    events: Iterable[Event], *, side: Side = Side.SERVER, pace: float = 1.0, longest_ms: int = LONGEST_PAUSE_MS
) -> tuple[Step, ...]:
    """A session's events of one side in the order and pace of the record; what we sent ourselves is left out.

    `pace` 2 is twice as fast, 0 without any pause; no pause is longer than `longest_ms`.
    """
    sent = [event for event in events if event.side is side and event.kind is Kind.EVENT]
    theirs = sorted((event for event in sent if not event.provenance.ours), key=_arrival)
    gaps = (later[0] - earlier[0] for earlier, later in pairwise(map(_arrival, theirs)))
    waits = [0, *(min(int(gap / pace), longest_ms) if pace > 0 else 0 for gap in gaps)]
    return tuple(Step(wait_ms, event) for wait_ms, event in zip(waits, theirs, strict=False))


def walk(plan: Iterable[Step], send: Callable[[Event], Exchange], stop: threading.Event) -> Iterator[Exchange]:
    """Send each step's event in its time. Ends early on `stop`, also in the middle of a pause."""
    for step in plan:
        if stop.wait(step.wait_ms / 1000):
            return
        yield send(step.event)


def _arrival(event: Event) -> tuple[int, int, int]:
    received_ms = event.received_ms if event.received_ms is not None else event.at_ms
    return received_ms, event.exchange, int(event.id.rpartition(".")[2])
