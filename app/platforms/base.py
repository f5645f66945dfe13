"""What a platform is: data plus pure functions. Bytes in, events out; values in, request out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

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


class ClickId(NamedTuple):
    """Where a click's ID stands: in the address it landed on (`fbclid`), and among an event's match IDs (`fbc`).

    `unwrap` takes it out of the match ID's value, which may be a cookie around it.
    """

    parameter: str
    match_id: str
    unwrap: Callable[[str], str]


class Explanation(NamedTuple):
    """What a refusal means and what to do. `source` says what we know it from."""

    code: str
    subcode: str
    title: str
    cause: str
    fix: str
    source: str


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
    explain: Callable[[str | None, str | None], Explanation | None]
    """An answer's code and subcode to what the refusal means; None for one that nobody has written about."""
    valued_events: frozenset[str]
    """Standard events that must say a value and its currency."""
    token_start: str
    """The letters that every access token begins with."""
    click_id: ClickId | None = None
    too_little: tuple[frozenset[str], ...] = ()
    """Sets of customer keys and match IDs; a server event known by nothing outside one of them is refused."""
