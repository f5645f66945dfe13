"""What a platform is: data plus pure functions. Bytes in, events out; values in, request out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from app.model import Customer, Draft, Event, Exchange, Outgoing, Request, Standing


@dataclass(frozen=True, slots=True)
class DedupRule:
    """How a platform merges the two sides. `window_ms` is counted from the first event of a group.

    `same_side` says whether it also merges repeats of one key on one side. `survivor` is a sentence for the reader.
    `secondary` names what it may merge events by that lack an ID, the browser's coming first: match IDs and customer
    keys.
    """

    window_ms: int
    same_side: bool
    survivor: str
    source: str
    standing: Standing
    secondary: tuple[str, ...] = ()


class Claim(Protocol):
    """Whether a request is this platform's. `endpoints` are first-party places the user named ("shop.example/tr")."""

    def __call__(self, request: Request, endpoints: tuple[str, ...] = ()) -> bool: ...


class Decode(Protocol):
    """The events in an exchange; empty when it holds none. Bad traffic becomes events with flaws."""

    def __call__(self, exchange: Exchange, endpoints: tuple[str, ...] = ()) -> tuple[Event, ...]: ...


class Compose(Protocol):
    """The server event that a backend should have sent beside a browser event."""

    def __call__(
        self,
        browser: Event,
        customer: Customer | None = None,
        *,
        now_ms: int,
        user_agent: str = "",
        client_ip: str = "",
        keep_time: bool = False,
        test_code: str | None = None,
        api_version: str | None = None,
    ) -> Draft: ...


@dataclass(frozen=True, slots=True)
class Platform:
    """One ad platform. `hosts` are domain suffixes whose TLS is opened; `server_host` is the Conversions API's."""

    name: str
    title: str
    account_word: str
    hosts: tuple[str, ...]
    server_host: str
    rule: DedupRule
    standard_events: frozenset[str]
    claims: Claim
    decode: Decode
    compose: Compose
    outgoing: Callable[[Draft, str], Outgoing]
    """Draft and base URL ("https://graph.facebook.com") to the request that carries it, token left out."""
