"""What the send dialog works with: the rooms it needs, handed over as functions."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field

from app.checks import Context, check_group
from app.gui.composing.fault_verdict import FaultVerdict
from app.gui.composing.forecast import Forecast, forecast
from app.gui.composing.sheet import Maker
from app.model import Customer, Event, Exchange, Finding, Group, Verdict
from app.outgoing import Draft, Outgoing
from app.platforms import decode
from app.platforms.base import NO_WINDOWS, Windows
from app.sending.drafts import now_ms
from app.sending.job import Endpoint


def where_to(place: Endpoint | None) -> str:
    """The end of the Send button's words."""
    if place is not None and place.live:
        return "LIVE"
    return "to your own endpoint" if place is not None and place.own else "to the sandbox"


@dataclass(frozen=True, slots=True)
class SendDesk:
    """The functions behind the dialog.

    `send` gets whether the user confirmed that the event counts; its future may come from any thread. It may raise
    `SenderError`, whose text is shown. `forecast` says what pairing will make of a request, `decode` reads the answer
    and `check` explains it. `now_ms` is UTC. `endpoints` are the places that a draft's platform can be reached at.
    `maker` makes further drafts. `own_ms` is the recorded time of the event that the first draft was made from.
    `verdict` tells what came of a send with a deliberate fault. `start_sandbox` has `endpoints` offer
    the sandbox from then on; it may raise `DeskError`.
    """

    forecast: Callable[[Outgoing], Forecast]
    send: Callable[[Outgoing, bool], Future[Exchange]]
    decode: Callable[[Exchange], tuple[Event, ...]]
    check: Callable[[Event], tuple[Finding, ...]]
    now_ms: Callable[[], int]
    endpoints: Callable[[Draft], tuple[Endpoint, ...]]
    maker: Maker = field(default_factory=lambda: Maker(Customer(), now_ms))
    own_ms: int | None = None
    verdict: Callable[[Exchange], Future[FaultVerdict]] | None = None
    start_sandbox: Callable[[], None] | None = None


def plain_desk(
    browser: Event | None,
    endpoints: tuple[Endpoint, ...],
    send: Callable[[Outgoing, bool], Future[Exchange]],
    clock: Callable[[], int] = now_ms,
    windows: Windows = NO_WINDOWS,
) -> SendDesk:
    """A desk that sends to these endpoints. `browser` is the event that the one sent is to be paired with, if any."""
    context = Context()
    return SendDesk(
        forecast=lambda ready: forecast(browser, ready, clock(), windows),
        send=send,
        decode=decode,
        check=lambda event: check_group(_alone(event), {}, context),
        now_ms=clock,
        endpoints=lambda draft: endpoints,
    )


def _alone(event: Event) -> Group:
    """A group of this one event: what the checks say of its answer needs no other."""
    return Group("sent", event.platform, event.account, event.name, event.event_id, (), (event,), Verdict.SERVER_ONLY)
