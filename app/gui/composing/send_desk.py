"""What the send dialog works with: the rooms it needs, handed over as functions."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field

from app.checks import Context, check_group
from app.gui.composing.fault_verdict import FaultVerdict
from app.gui.composing.forecast import Forecast, forecast
from app.gui.composing.sheet import Maker
from app.model import Customer, Draft, Event, Exchange, Finding, Group, Outgoing, Verdict
from app.platforms import decode
from app.platforms.meta.compose import outgoing, validate
from app.platforms.meta.requirements import Violation


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A place to send to. `unavailable` says why it can not be chosen now ("no token"); empty when it can.

    `own` is one of the user's, of which we do not know what it does. `startable` is our sandbox while it is not
    running.
    """

    title: str
    base_url: str
    live: bool = False
    unavailable: str = ""
    own: bool = False
    startable: bool = False


def where_to(place: Endpoint | None) -> str:
    """The end of the Send button's words."""
    if place is not None and place.live:
        return "LIVE"
    return "to your own endpoint" if place is not None and place.own else "to the sandbox"


@dataclass(frozen=True, slots=True)
class SendDesk:
    """The functions behind the dialog.

    `send` gets whether the user confirmed that the event counts; its future may come from any thread. `outgoing` may
    raise `ComposeError` and `send` `SenderError`: their texts are shown. `forecast` says what pairing will make of a
    request, `decode` reads the answer and `check` explains it. `now_ms` is UTC. `maker` makes further drafts. `own_ms`
    is the recorded time of the event that the first draft was made from. `verdict` tells what came of a send with a
    deliberate fault. `start_sandbox` starts it and gives the endpoints there are then; it may raise `DeskError`.
    """

    validate: Callable[[Draft], tuple[Violation, ...]]
    outgoing: Callable[[Draft, str], Outgoing]
    forecast: Callable[[Outgoing], Forecast]
    send: Callable[[Outgoing, bool], Future[Exchange]]
    decode: Callable[[Exchange], tuple[Event, ...]]
    check: Callable[[Event], tuple[Finding, ...]]
    now_ms: Callable[[], int]
    endpoints: tuple[Endpoint, ...]
    maker: Maker = field(default_factory=lambda: Maker(Customer(), now_ms))
    own_ms: int | None = None
    verdict: Callable[[Exchange], Future[FaultVerdict]] | None = None
    start_sandbox: Callable[[], tuple[Endpoint, ...]] | None = None


def now_ms() -> int:
    """This machine's clock."""
    return time.time_ns() // 1_000_000


def meta_desk(
    browser: Event | None,
    endpoints: tuple[Endpoint, ...],
    send: Callable[[Outgoing, bool], Future[Exchange]],
    clock: Callable[[], int] = now_ms,
) -> SendDesk:
    """A desk for events of Meta's. `browser` is the event that the one to be sent is to be paired with, if any."""
    context = Context()
    return SendDesk(
        validate=lambda draft: validate(draft, clock()),
        outgoing=outgoing,
        forecast=lambda ready: forecast(browser, ready, clock()),
        send=send,
        decode=decode,
        check=lambda event: check_group(_alone(event), {}, context),
        now_ms=clock,
        endpoints=endpoints,
    )


def _alone(event: Event) -> Group:
    """A group of this one event: what the checks say of its answer needs no other."""
    return Group("sent", event.platform, event.account, event.name, event.event_id, (), (event,), Verdict.SERVER_ONLY)
