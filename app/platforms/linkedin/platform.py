"""What LinkedIn is, and which reader a request belongs to; the readers stand beside this file."""

from __future__ import annotations

from app.model import Event, Exchange, Request, Side
from app.platforms.base import Platform, Secrets, Vocabulary
from app.platforms.check import Topic
from app.platforms.linkedin import activity, browser, server
from app.platforms.linkedin.answer import explain
from app.platforms.linkedin.checks import CHECKS
from app.platforms.linkedin.customer import CUSTOMER
from app.platforms.linkedin.dedup import DEDUP, SOURCE, TOO_OLD_MS
from app.platforms.linkedin.identifiers import IDENTIFIERS
from app.platforms.linkedin.logged import LOGGED
from app.platforms.linkedin.meaning import meaning
from app.platforms.linkedin.place import HOSTS, WATCHED, Place, partner_in, place_of
from app.platforms.linkedin.server_api import SANDBOX, SERVER
from app.platforms.linkedin.words import NAME, STEPS
from app.platforms.reading.address import address_of, names
from app.platforms.reading.scripts import script_event


def claims(request: Request, endpoints: tuple[str, ...] = ()) -> bool:
    """Whether a request carries, or may carry, something of LinkedIn's."""
    address = address_of(request.url)
    place = place_of(address)
    if place is Place.ELSEWHERE:
        return bool(endpoints) and browser.carries(address) and names(endpoints, address)
    return place is not Place.NOTHING


def decode(exchange: Exchange, endpoints: tuple[str, ...] = ()) -> tuple[Event, ...]:
    """The events in an exchange; empty when it is not LinkedIn's or carries none."""
    address = address_of(exchange.request.url)
    place = place_of(address)
    match place:
        case Place.ELSEWHERE:
            if endpoints and browser.carries(address) and names(endpoints, address):
                return browser.decode(exchange, address, place)
            return ()
        case Place.EVENT | Place.TWIN | Place.ATTRIBUTION | Place.SYNC:
            return browser.decode(exchange, address, place)
        case Place.ACTIVITY:
            return activity.decode(exchange)
        case Place.API:
            return server.decode(exchange, address)
        case Place.LIBRARY:
            return script_event(exchange, NAME, "insight.min.js")
        case Place.CONFIGURATION:
            return script_event(exchange, NAME, "configuration", partner_in(address.path))
    return ()


LINKEDIN = Platform(
    name=NAME,
    title="LinkedIn",
    account_word="Partner ID",
    hosts=HOSTS,
    watched=WATCHED,
    dedup=DEDUP,
    vocabulary=Vocabulary(steps=STEPS, bare=frozenset({Side.BROWSER})),
    meaning=meaning,
    customer={Side.BROWSER: CUSTOMER, Side.SERVER: CUSTOMER},
    identifiers=IDENTIFIERS,
    checks=CHECKS,
    sources={
        Topic.DEDUP: SOURCE,
        Topic.SERVER_EVENT: "LinkedIn Marketing API, Conversion API schema",
        Topic.CUSTOMER: "LinkedIn Marketing API, Conversion API schema",
        Topic.REFUSALS: "LinkedIn Marketing API, error handling",
        Topic.TOKENS: "LinkedIn, OAuth 2.0 access tokens",
    },
    claims=claims,
    decode=decode,
    explain=explain,
    secrets=Secrets(names=("access_token",), mixed=(r"AQ[A-Z][A-Za-z0-9_-]{20,}",), cookies=("li_fat_id",)),
    too_little=(frozenset({"country", "external_id"}),),
    too_old_ms=TOO_OLD_MS,
    logged=LOGGED,
    server=SERVER,
    sandbox=SANDBOX,
)
