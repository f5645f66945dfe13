"""What Microsoft Advertising is, and which reader a request belongs to; the readers stand beside this file."""

from __future__ import annotations

from app.model import Event, Exchange, Request, Side
from app.platforms.base import Platform, Secrets, Vocabulary
from app.platforms.microsoft import browser, server
from app.platforms.microsoft.answer import explain
from app.platforms.microsoft.checks import CHECKS, SOURCES
from app.platforms.microsoft.customer import API_CUSTOMER, TAG_CUSTOMER
from app.platforms.microsoft.dedup import DEDUP
from app.platforms.microsoft.identifiers import IDENTIFIERS
from app.platforms.microsoft.logged import LOGGED
from app.platforms.microsoft.meaning import meaning
from app.platforms.microsoft.place import HOSTS, WATCHED, Place, place_of, tag_of
from app.platforms.microsoft.server_api import SANDBOX, SERVER
from app.platforms.microsoft.words import STEPS, VALUED
from app.platforms.reading.address import Address, address_of, names
from app.platforms.reading.scripts import script_event


def claims(request: Request, endpoints: tuple[str, ...] = ()) -> bool:
    """Whether a request carries, or may carry, something of Microsoft Advertising's."""
    address = address_of(request.url)
    match place_of(address):
        case Place.OWN_DOMAIN:
            return _carries(request, address)
        case Place.ELSEWHERE:
            return bool(endpoints) and names(endpoints, address) and _carries(request, address)
        case Place.SYNC:
            return "Red3=BACID" in address.query
        case place:
            return place is not Place.NOTHING


def decode(exchange: Exchange, endpoints: tuple[str, ...] = ()) -> tuple[Event, ...]:
    """The events in an exchange; empty when it is not Microsoft Advertising's or carries none."""
    address = address_of(exchange.request.url)
    place = place_of(address)
    match place:
        case Place.HIT:
            return browser.decode(exchange, address, place)
        case Place.API:
            return server.decode(exchange, address)
        case Place.LIBRARY:
            return script_event(exchange, browser.NAME, "bat.js")
        case Place.CONFIGURATION:
            return script_event(exchange, browser.NAME, "configuration", tag_of(address.path))
        case Place.SYNC:
            return browser.sync(exchange, address)
        case Place.OWN_DOMAIN if _carries(exchange.request, address):
            return browser.decode(exchange, address, place)
        case Place.ELSEWHERE if endpoints and names(endpoints, address) and _carries(exchange.request, address):
            return browser.decode(exchange, address, place)
        case _:
            return ()


def _carries(request: Request, address: Address) -> bool:
    """Whether a request to anybody's host carries a hit; the cheap look comes first."""
    told = "evt=" in address.query or b"evt=" in request.body or b'"evt"' in request.body
    return told and browser.shaped(request, address)


MICROSOFT = Platform(
    name=browser.NAME,
    title="Microsoft Advertising",
    account_word="UET tag",
    hosts=HOSTS,
    watched=WATCHED,
    dedup=DEDUP,
    vocabulary=Vocabulary(steps=STEPS, valued=VALUED),
    meaning=meaning,
    customer={Side.BROWSER: TAG_CUSTOMER, Side.SERVER: API_CUSTOMER},
    identifiers=IDENTIFIERS,
    plain={"idfa": "Apple advertising ID", "gaid": "Google advertising ID"},
    checks=CHECKS,
    sources=SOURCES,
    claims=claims,
    decode=decode,
    explain=explain,
    # The token's form is not published. An access token of a Microsoft account begins like the shape that is named.
    secrets=Secrets(names=("capi_token", "developer_token"), mixed=("Ew[A-C][A-Za-z0-9_-]{60,}",), cookies=("_uet.*",)),
    too_little=(frozenset({"ip", "user_agent"}),),
    logged=LOGGED,
    server=SERVER,
    sandbox=SANDBOX,
)
