"""A conversion in time: a lane for each send, and an axis on which all of them can be told apart."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import log2

from app.gui.drawing.ink import Tone
from app.gui.drawing.moments import full, gap, span
from app.gui.drawing.wire_text import visible
from app.model import Event, Group, Outcome, Side

_OUTCOMES = {
    Outcome.ACCEPTED: ("✓ accepted", Tone.GOOD),
    Outcome.UNKNOWN: ("answered", Tone.INFO),
    Outcome.REJECTED: ("✕ rejected", Tone.BAD),
    Outcome.FAILED: ("✕ failed", Tone.BAD),
}


@dataclass(frozen=True, slots=True)
class Lane:
    """One send: what it is, when the event says it happened, when it came, when it was answered (ms, UTC)."""

    title: str
    outcome: str
    tone: Tone
    side: Side
    own_ms: int | None
    received_ms: int | None
    answered_ms: int | None
    mark: str = ""  # what stands at the end of the lane: the status, or a cross

    @property
    def instants(self) -> tuple[int, ...]:
        return tuple(ms for ms in (self.own_ms, self.received_ms, self.answered_ms) if ms is not None)

    @property
    def words(self) -> str:
        """The lane said in full."""
        parts = [f"{self.title}: {self.outcome}"]
        if self.own_ms is not None:
            parts.append(f"event's own time {full(self.own_ms)}")
        if self.received_ms is not None:
            parts.append(f"sent {full(self.received_ms)}")
        if self.own_ms is not None and self.received_ms is not None:
            parts.append(f"sent {gap(self.received_ms - self.own_ms)} after the event's own time")
        if self.answered_ms is not None and self.received_ms is not None:
            parts.append(f"answered after {span(self.answered_ms - self.received_ms)}")
        return "\n".join(parts)


@dataclass(frozen=True, slots=True)
class Scale:
    """Where each instant stands between 0 and 1. `true` says whether distances are to scale."""

    stops: tuple[tuple[int, float], ...]
    true: bool

    def at(self, ms: int) -> float:
        return dict(self.stops)[ms]


def scale_of(instants: tuple[int, ...]) -> Scale:
    """An axis for these instants: to scale when all can be told apart, long gaps shortened when not."""
    distinct = sorted(set(instants))
    if len(distinct) < 2:
        return Scale(tuple((ms, 0.5) for ms in distinct), true=True)
    gaps = [later - earlier for earlier, later in pairwise(distinct)]
    true = min(gaps) / sum(gaps) >= 0.02
    weights = [float(size) if true else log2(size + 2) + 1.5 for size in gaps]
    places = [0.0]
    for weight in weights:
        places.append(places[-1] + weight / sum(weights))
    return Scale(tuple(zip(distinct, places, strict=True)), true)


def lanes_of(group: Group, linked: Group | None) -> tuple[Lane, ...]:
    """Every send of the group and of its linked one, in order of time."""
    own = [(event, False) for event in group.events]
    other = [(event, True) for event in linked.events] if linked else []
    ordered = sorted([*own, *other], key=lambda item: (_first(item[0]), item[0].side is Side.SERVER))
    return tuple(_lane(event, _attempt(event, group, linked), linked=far) for event, far in ordered)


def _first(event: Event) -> int:
    return event.received_ms if event.received_ms is not None else event.at_ms


def _attempt(event: Event, group: Group, linked: Group | None) -> str:
    """ "attempt 2 of 3" when the event was sent more than once as one send."""
    if event.send is None:
        return ""
    events = (*group.events, *(linked.events if linked else ()))
    tries = sorted((item for item in events if item.send == event.send), key=_first)
    return f"attempt {tries.index(event) + 1} of {len(tries)}" if len(tries) > 1 else ""


def _lane(event: Event, attempt: str, *, linked: bool) -> Lane:
    answer = event.answer
    word, tone = _OUTCOMES[event.outcome]
    if answer is None or answer.status is None:
        word, tone = ("no answer seen", Tone.MUTED) if event.outcome is Outcome.UNKNOWN else (word, tone)
    status = str(answer.status) if answer and answer.status is not None else ""
    latency = answer.latency_ms if answer else None
    took = span(latency) if latency is not None else ""
    title = [f"{event.side.value.capitalize()} · {event.provenance.value}"]
    if linked:
        title.append("linked row")
    answered = event.received_ms + latency if event.received_ms is not None and latency is not None else None
    return Lane(
        visible(" · ".join(title)),
        " · ".join((attempt, word) if attempt else [part for part in (word, status, took) if part]),
        tone,
        event.side,
        event.own_ms,
        event.received_ms,
        answered,
        status or ("✕" if event.outcome.lost else ""),
    )
