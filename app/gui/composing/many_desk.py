"""What sending many works with: which events, how fast, and the rooms it needs, handed over as functions."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from app.model import Event, Exchange
from app.outgoing import Draft
from app.sending.job import Endpoint


class Pace(NamedTuple):
    """How fast: a factor of the recorded pace, 0 without pauses; `together` in as few calls as the platform allows.

    `words` may have a place for the number of events that one call takes.
    """

    words: str
    factor: float = 0.0
    together: bool = False


PACES = (
    Pace("as recorded, no pause above 10 s", 1.0),
    Pace("ten times as fast", 10.0),
    Pace("one by one, without pauses"),
    Pace("together, up to {:,} in a call", together=True),
)


@dataclass(frozen=True, slots=True)
class Scope:
    """Some of a session's events, under a name the user chooses by."""

    words: str
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class ManyDesk:
    """The functions behind the dialog; `draft` and `send` are called on a thread of the run's.

    `draft(event, keep_time)` makes one event's call and may raise `ComposeError`. `send(draft, base_url, confirmed,
    stop)` blocks until it is over, retries no more once `stop` is set, and may raise `RunError`. `endpoints(platform,
    account)` are the places to send to, `test_code(platform)` the code to begin with. `start_sandbox` is as in
    `SendDesk`.
    """

    draft: Callable[[Event, bool], Draft]
    send: Callable[[Draft, str, bool, threading.Event], Exchange]
    endpoints: Callable[[str, str], tuple[Endpoint, ...]]
    test_code: Callable[[str], str]
    start_sandbox: Callable[[], None] | None = None
