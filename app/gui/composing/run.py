"""Many sends in the background: a session's events again, one by one in their pace or together in few calls.

The thread of a run composes, sends and remembers; the window asks `take` now and then what has become settled, so
that a thousand answers are shown in a few strokes.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import NamedTuple

from msgspec.structs import replace

from app.model import Event, Exchange, Outcome
from app.outgoing import Draft
from app.platforms import decode, server_of
from app.platforms.server_api import ComposeError
from app.sending.batches import Step, deliver, walk
from app.sending.drafts import now_ms

log = logging.getLogger(__name__)


class RunError(Exception):
    """The run can not go on; the text says why and what to do, and is fit to show."""


class Fate(StrEnum):
    """What became of one event of a run."""

    QUEUED = "queued"
    TAKEN = "taken"
    READY = "ready"  # a dry run found nothing that the platform would refuse
    REFUSED = "refused"
    FAILED = "failed"
    UNFIT = "not sendable"  # no server event can be made of it
    UNSENT = "not sent"  # the run was cancelled, or ended, before its turn


class Settled(NamedTuple):
    """One event that is over: its place in the plan, and in a line what was said to it."""

    place: int
    fate: Fate
    said: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be sent and how.

    `plan` is in recorded order. `draft` makes the call for one event and may raise `ComposeError`. `send` carries a
    draft out and hands back what happened, or raises `RunError`; the event it is given ends its waits between attempts.
    Without `send` the run is dry: it only says what the platform would refuse. `together` sends as few calls as the
    platform allows, without any pause. `fresh` gives every event the time of its sending.
    """

    plan: tuple[Step, ...]
    draft: Callable[[Event], Draft]
    send: Callable[[Draft, threading.Event], Exchange] | None
    together: bool = False
    fresh: bool = True


class Run:
    """One run, started at once. `take`, `cancel` and the properties are for the window's thread."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._news: list[Settled] = []
        self._said = "Preparing…"
        self._failure = ""
        self._thread = threading.Thread(target=self._run, name="run")
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether anything may still be sent."""
        return self._thread.is_alive()

    @property
    def said(self) -> str:
        """What the run does just now, in words."""
        return self._said

    @property
    def failure(self) -> str:
        """Why the run ended before its end; empty when it did not, or was cancelled."""
        return self._failure

    def take(self) -> tuple[Settled, ...]:
        """What has become settled since the last call."""
        with self._lock:
            news, self._news = self._news, []
        return tuple(news)

    def cancel(self) -> None:
        """Send nothing more. A call on the wire is seen through, since it may count."""
        self._stop.set()

    def join(self) -> None:
        """Wait until nothing is sent any more."""
        self._thread.join()

    # -- on the run's own thread --------------------------------------------------------------------------------------

    def _run(self) -> None:
        settled: set[int] = set()
        try:
            for each in self._settle(self._drafts()):
                settled.add(each.place)
                self._tell(each)
        except (RunError, ComposeError) as error:
            self._failure = str(error)
        except Exception as error:
            log.exception("run")
            self._failure = f"Sending ended: {error!r}."
        finally:
            for place in range(len(self._order.plan)):
                if place not in settled:
                    self._tell(Settled(place, Fate.UNSENT))
            self._said = ""

    def _tell(self, each: Settled) -> None:
        with self._lock:
            self._news.append(each)

    def _drafts(self) -> dict[int, Draft | str]:
        """Each event's call by its place, or why there is none. Whatever is wrong shows before anything is sent."""
        found: dict[int, Draft | str] = {}
        for place, step in enumerate(self._order.plan):
            if self._stop.is_set():
                break
            self._said = f"Preparing {place + 1:,} of {len(self._order.plan):,}"
            try:
                found[place] = self._order.draft(step.event)
            except ComposeError as error:
                found[place] = str(error)
        return found

    def _settle(self, drafts: dict[int, Draft | str]) -> Iterator[Settled]:
        for place, draft in drafts.items():
            if isinstance(draft, str):
                yield Settled(place, Fate.UNFIT, draft)
        fit = {place: draft for place, draft in drafts.items() if isinstance(draft, Draft)}
        send = self._order.send
        if send is None:
            yield from (Settled(place, *_foretold(draft)) for place, draft in fit.items())
        else:
            way = self._calls if self._order.together else self._one_by_one
            yield from way(fit, lambda draft: send(self._timed(draft), self._stop))

    def _one_by_one(self, drafts: dict[int, Draft], carry: Callable[[Draft], Exchange]) -> Iterator[Settled]:
        plan = self._order.plan
        places = {plan[place].event.id: place for place in drafts}

        def send(event: Event) -> Exchange:
            place = places[event.id]
            self._said = f"Sending {place + 1:,} of {len(plan):,}"
            return carry(drafts[place])

        steps = [_after_gaps(plan, place, drafts) for place in drafts]
        for place, exchange in zip(drafts, walk(steps, send, self._stop), strict=False):
            yield Settled(place, *told(exchange))

    def _calls(self, drafts: dict[int, Draft], carry: Callable[[Draft], Exchange]) -> Iterator[Settled]:
        for _, places in groupby(drafts, key=lambda place: _address(drafts[place])):
            part = tuple(places)
            whole = replace(drafts[part[0]], events=tuple(text for place in part for text in drafts[place].events))
            at = iter(part)
            for call in deliver(whole, carry, stop=self._stop):
                if not call.settled:
                    self._said = f"A call of {len(call.draft.events):,} was refused for an event in it: sending halves"
                    continue
                self._said = f"Sent {call.done:,} of {call.total:,}"
                fate = told(call.exchange)
                yield from (Settled(next(at), *fate) for _ in call.draft.events)

    def _timed(self, draft: Draft) -> Draft:
        if not self._order.fresh:
            return draft
        form, at_ms = server_of(draft.platform).form, now_ms()
        return replace(draft, events=tuple(form.at_time(text, at_ms) for text in draft.events))


def told(exchange: Exchange) -> tuple[Fate, str]:
    """What became of the events of a call, and the platform's words in a line."""
    event = next(iter(decode(replace(exchange, number=exchange.number or 1))), None)
    if event is None:
        return Fate.FAILED, exchange.error or "no answer that could be read"
    answer = event.answer
    codes = "/".join(part for part in (answer.code, answer.subcode) if part) if answer else ""
    parts = (answer.title, codes, answer.message, answer.blamed, *answer.messages) if answer else ()
    said = " · ".join(part for part in (*parts, exchange.error) if part)
    if event.outcome is Outcome.REJECTED:
        return Fate.REFUSED, said
    if event.outcome is Outcome.ACCEPTED:
        return Fate.TAKEN, said
    return Fate.FAILED, said or "The answer does not say whether the event was taken."


def _foretold(draft: Draft) -> tuple[Fate, str]:
    """What the platform would say, by the rules that the sandbox refuses by."""
    found = server_of(draft.platform).validate(draft, now_ms())
    said = " ".join(item.message for item in found)
    return (Fate.REFUSED, f"would be refused: {said}") if any(item.refused for item in found) else (Fate.READY, said)


def _address(draft: Draft) -> tuple[str, str, str | None, str | None, bool]:
    return draft.platform, draft.account, draft.test_code, draft.api_version, draft.as_test


def _after_gaps(plan: tuple[Step, ...], place: int, drafts: dict[int, Draft]) -> Step:
    """A step that also waits for the steps before it that are not sent, so that the pace stays the record's."""
    wait_ms, at = plan[place].wait_ms, place - 1
    while at >= 0 and at not in drafts:
        wait_ms += plan[at].wait_ms
        at -= 1
    return Step(wait_ms, plan[place].event)
