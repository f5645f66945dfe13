"""Meta: the Pixel at `www.facebook.com/tr/` and the Conversions API at `graph.facebook.com`.

This file holds what Meta is, and which reader a request belongs to; the readers stand beside it.
"""

from __future__ import annotations

from collections.abc import Callable

from app.model import Event, Exchange, Request, Side
from app.platforms.base import Oldest, Platform, Secrets, Vocabulary
from app.platforms.meta import app_events, browser, config, gateway, server, shape
from app.platforms.meta.answer import explain
from app.platforms.meta.checks import CHECKS, SOURCES
from app.platforms.meta.cookies import IDENTIFIERS, PLAIN
from app.platforms.meta.customer import CUSTOMER
from app.platforms.meta.dedup import DEDUP
from app.platforms.meta.door import HOSTS, WATCHED, Door, Place, at_graph, divided, named, place_of
from app.platforms.meta.identifiers import TOO_LITTLE
from app.platforms.meta.logged import LOGGED
from app.platforms.meta.meaning import meaning
from app.platforms.meta.requirements import TOO_OLD_MS, TOO_OLD_STORE_MS
from app.platforms.meta.server_api import SANDBOX, SERVER
from app.platforms.meta.words import MATCH_NAMES, STEPS
from app.platforms.reading import plain_body

type _Reader = Callable[[Exchange, Place], tuple[Event, ...]]


def claims(request: Request, endpoints: tuple[str, ...] = ()) -> bool:
    """Whether a request carries, or may carry, something of Meta's."""
    return _reader(request, place_of(divided(request.url)[0]), endpoints) is not None


def decode(exchange: Exchange, endpoints: tuple[str, ...] = ()) -> tuple[Event, ...]:
    """The events in an exchange; empty when it is not Meta's or carries none."""
    place = place_of(divided(exchange.request.url)[0])
    reader = _reader(exchange.request, place, endpoints)
    return reader(exchange, place) if reader else ()


def _reader(request: Request, place: Place, endpoints: tuple[str, ...]) -> _Reader | None:
    match place.door:
        case Door.PIXEL | Door.MIRROR:
            return browser.decode
        case Door.SERVER:
            return server.decode
        case Door.BATCH:
            return server.decode_batch
        case Door.CONFIGURATION:
            return config.decode
        case Door.LIBRARY:
            return config.decode_library
        case Door.APP:
            return app_events.decode if at_graph(place) or app_events.told(request) else None
        case Door.GATEWAY | Door.ELSEWHERE:
            return _by_content(request, place, endpoints)
        case _:
            return None


def _by_content(request: Request, place: Place, endpoints: tuple[str, ...]) -> _Reader | None:
    """Whose request this is when the host is anybody's: a gateway, a relay, or a first-party endpoint."""
    if request.body and request.method == "POST":
        body = plain_body(request)
        if gateway.MARK in body:
            return gateway.decode
        if shape.server_call(body, request, place):
            return server.decode
        if shape.server_batch(body):
            return server.decode_batch
    if shape.pixel_shaped(request, place) or (named(place, endpoints) and shape.has_event(request)):
        return browser.decode
    return None


META = Platform(
    name="meta",
    title="Meta",
    account_word="Pixel",
    hosts=HOSTS,
    watched=WATCHED,
    dedup=DEDUP,
    vocabulary=Vocabulary(steps=STEPS, valued=frozenset({"Purchase"})),
    claims=claims,
    decode=decode,
    explain=explain,
    token_start="EAA",  # noqa: S106 - what all of them have in common
    meaning=meaning,
    customer={Side.BROWSER: CUSTOMER, Side.SERVER: CUSTOMER},
    identifiers=IDENTIFIERS,
    plain=PLAIN,
    checks=CHECKS,
    sources=SOURCES,
    secrets=Secrets(
        names=("access_token", "appsecret_proof", "app_secret", "access_key", "input_token", "fb_exchange_token"),
        # A user's, page's or system user's token; an app's, which is its ID and a secret.
        shapes=("EAA[A-Za-z0-9_]{17,}", r"[0-9]{12,19}\|[A-Za-z0-9_-]{16,}"),
        cookies=("_fb[pc]",),
        marks=(r"fb\.\d",),
    ),
    too_little=tuple(frozenset(MATCH_NAMES.get(key, key) for key in keys) for keys in TOO_LITTLE),
    server=SERVER,
    sandbox=SANDBOX,
    overlap_asked="Events Manager",
    oldest=Oldest(TOO_OLD_MS, store_ms=TOO_OLD_STORE_MS),
    logged=LOGGED,
)
