"""Meta: the Pixel at `www.facebook.com/tr/` and the Conversions API at `graph.facebook.com`.

This file holds what Meta is, and which reader a request belongs to; the readers stand beside it.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from app.model import Event, Exchange, Request, Standing
from app.platforms import meta_browser, meta_config, meta_gateway, meta_server
from app.platforms._base import ClickId, DedupRule, Platform
from app.platforms.meta_answer import explain
from app.platforms.meta_compose import compose, outgoing
from app.platforms.meta_door import GRAPH_HOST, HOSTS, Door, Place, divided, named, place_of
from app.platforms.meta_words import STANDARD_EVENTS

type _Reader = Callable[[Exchange, Place], tuple[Event, ...]]

RULE = DedupRule(
    window_ms=48 * 3600 * 1000,
    same_side=True,
    survivor=(
        "Meta generally keeps the event it received first; "
        "when both arrive within five minutes of each other, it favours the browser's."
    ),
    source='Meta, "Deduplicate Pixel and Server Events"',
    standing=Standing.DOCUMENTED,
    secondary=("fbp", "external_id"),
)


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
            return meta_browser.decode
        case Door.SERVER | Door.BATCH:
            return meta_server.decode
        case Door.CONFIGURATION:
            return meta_config.decode
        case Door.LIBRARY:
            return meta_config.decode_library
        case Door.GATEWAY | Door.ELSEWHERE:
            return _by_content(request, place, endpoints)
        case _:
            return None


def _by_content(request: Request, place: Place, endpoints: tuple[str, ...]) -> _Reader | None:
    """Whose request this is when the host is anybody's: a gateway, a relay, or a first-party endpoint."""
    body = request.body
    if request.method == "POST" and body:
        if meta_gateway.MARK in body:
            return meta_gateway.decode
        if place.account and (place.door is Door.GATEWAY or b"event_name" in body):
            return meta_server.decode
    if _pixel_shaped(request) or (endpoints and named(place, endpoints) and _has_event(request)):
        return meta_browser.decode
    return None


_ID = re.compile(r"(?:^|&)id=\d+(?:&|$)")
_SENT_BY_PIXEL = re.compile(r"&rqm=(?:GET|FGET|formPOST|SB|fetch)(?:&|$)")
_JSON_ID = re.compile(rb'"id"\s{0,4}:\s{0,4}"?\d{5,20}"?\s{0,4}[,}]')
_PART = re.compile(rb'name="(id|ev|rqm|dl)"\r\n\r\n([^\r\n]*)')


def _pixel_shaped(request: Request) -> bool:
    """Whether parameters look like the pixel's own: digits as ID, an event name, and a mark only the library leaves."""
    if request.body and request.method == "POST":
        if b'name="ev"' in request.body:
            parts = dict(_PART.findall(request.body))
            return parts.get(b"id", b"").isdigit() and (b"rqm" in parts or b"dl" in parts)
        if b'"ev"' in request.body:  # a server container may write flat JSON
            return bool(_JSON_ID.search(request.body)) and (b'"rqm"' in request.body or b'"dl"' in request.body)
        if b"ev=" not in request.body[:2000]:
            return False
        text = request.body.decode("utf-8", "replace")
    else:
        text = divided(request.url)[1]
    if "ev=" not in text or not _ID.search(text):
        return False
    by_library = "&dl=" in text and ("&rl=" in text or "&if=" in text or "&fbp=" in text)
    return ("&ev=" in text or text.startswith("ev=")) and bool(by_library or _SENT_BY_PIXEL.search(text))


def _has_event(request: Request) -> bool:
    """Whether a request to a place the user named carries an event at all: such a host also serves other things."""
    query = divided(request.url)[1]
    return "ev=" in query or "events[" in query or any(mark in request.body for mark in (b"ev=", b'"ev"', b"batch=1"))


def _click_of_cookie(value: str) -> str:
    """The click ID in `fb.1.<milliseconds>.<fbclid>`; what has another form is taken for the click ID itself."""
    parts = value.split(".", 3)
    return parts[3] if len(parts) == 4 else value


META = Platform(
    name="meta",
    title="Meta",
    account_word="Pixel",
    hosts=HOSTS,
    server_host=GRAPH_HOST,
    rule=RULE,
    standard_events=STANDARD_EVENTS,
    claims=claims,
    decode=decode,
    compose=compose,
    outgoing=outgoing,
    explain=explain,
    valued_events=frozenset({"Purchase"}),
    token_start="EAA",  # noqa: S106 - what all of them have in common
    click_id=ClickId("fbclid", "fbc", _click_of_cookie),
)
