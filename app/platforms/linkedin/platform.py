"""What LinkedIn is, and which reader a request belongs to; the readers stand beside this file."""

from __future__ import annotations

from app.model import Event, Exchange, Request, Side
from app.platforms.base import Oldest, Platform, Secrets, Vocabulary
from app.platforms.check import Topic
from app.platforms.linkedin import activity, browser, server
from app.platforms.linkedin.answer import explain
from app.platforms.linkedin.checks import CHECKS
from app.platforms.linkedin.customer import CUSTOMER
from app.platforms.linkedin.dedup import DEDUP, SOURCE, TOO_OLD_MS
from app.platforms.linkedin.identifiers import IDENTIFIERS
from app.platforms.linkedin.logged import LOGGED
from app.platforms.linkedin.meaning import meaning
from app.platforms.linkedin.place import HOSTS, WATCHED, Place, first_party, partner_in, place_of
from app.platforms.linkedin.server_api import SANDBOX, SERVER
from app.platforms.linkedin.words import NAME, STEPS
from app.platforms.reading.address import Address, address_of, names
from app.platforms.reading.scripts import script_event


def claims(request: Request, endpoints: tuple[str, ...] = ()) -> bool:
    """Whether a request carries, or may carry, something of LinkedIn's."""
    address = address_of(request.url)
    return _place(address, endpoints) is not Place.NOTHING


def decode(exchange: Exchange, endpoints: tuple[str, ...] = ()) -> tuple[Event, ...]:
    """The events in an exchange; empty when it is not LinkedIn's or carries none."""
    address = address_of(exchange.request.url)
    place = _place(address, endpoints)
    match place:
        case Place.EVENT | Place.TWIN | Place.ATTRIBUTION | Place.SYNC | Place.ELSEWHERE:
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


def _place(address: Address, endpoints: tuple[str, ...]) -> Place:
    """What is sent to an address; to anybody's host nothing, but where the user says so."""
    place = place_of(address)
    if place is not Place.ELSEWHERE:
        return place
    return first_party(address) if endpoints and names(endpoints, address) else Place.NOTHING


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
    oldest=Oldest(TOO_OLD_MS),
    logged=LOGGED,
    server=SERVER,
    sandbox=SANDBOX,
)
