"""What a platform is: data plus pure functions. Bytes in, events out; values in, request out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.model import Draft, Event, Exchange, Outgoing, Request, Standing


@dataclass(frozen=True, slots=True)
class DedupRule:
    """How a platform merges the two sides. `window_ms` is counted from the first event of a group.

    `same_side` says whether it also merges repeats of one key on one side. `survivor` is a sentence for the reader.
    """

    window_ms: int
    same_side: bool
    survivor: str
    source: str
    standing: Standing


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
    claims: Callable[[Request], bool]
    decode: Callable[[Exchange], tuple[Event, ...]]
    compose: Callable[[Event, Event | None], Draft]
    outgoing: Callable[[Draft, str], Outgoing]
    """Draft and base URL ("https://graph.facebook.com") to the request that carries it, token left out."""
