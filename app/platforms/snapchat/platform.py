"""What Snapchat is, and which reader a request belongs to; the readers stand beside this file."""

from __future__ import annotations

from app.model import Event, Exchange, Request, Side
from app.platforms.base import Oldest, Platform, Secrets, Vocabulary
from app.platforms.reading.address import Address, address_of, names
from app.platforms.reading.scripts import script_event
from app.platforms.snapchat import browser, server
from app.platforms.snapchat.answer import explain
from app.platforms.snapchat.checks import CHECKS, SOURCES
from app.platforms.snapchat.customer import CUSTOMER
from app.platforms.snapchat.dedup import DEDUP
from app.platforms.snapchat.identifiers import IDENTIFIERS, PLAIN
from app.platforms.snapchat.logged import LOGGED
from app.platforms.snapchat.meaning import meaning
from app.platforms.snapchat.place import CALLS, HOSTS, WATCHED, Place, account_of, place_of
from app.platforms.snapchat.requirements import OLDEST_MS
from app.platforms.snapchat.server_api import SANDBOX, SERVER
from app.platforms.snapchat.words import STEPS, VALUED


def claims(request: Request, endpoints: tuple[str, ...] = ()) -> bool:
    """Whether a request carries, or may carry, something of Snapchat's."""
    address = address_of(request.url)
    match place_of(address):
        case Place.NOTHING:
            return False
        case Place.GATEWAY:
            return _carries(request, address)
        case Place.ELSEWHERE:
            return names(endpoints, address) and _carries(request, address)
        case _:
            return True


def decode(exchange: Exchange, endpoints: tuple[str, ...] = ()) -> tuple[Event, ...]:
    """The events in an exchange; empty when it is not Snapchat's or carries none."""
    request = exchange.request
    address = address_of(request.url)
    place = place_of(address)
    if place in CALLS:
        return server.decode(exchange, address, place)
    match place:
        case Place.EVENT | Place.MIRROR:
            return browser.decode(exchange, address, place)
        case Place.GATEWAY if _carries(request, address):
            return browser.decode(exchange, address, place)
        case Place.ELSEWHERE if names(endpoints, address) and _carries(request, address):
            return browser.decode(exchange, address, Place.GATEWAY)
        case Place.SYNC | Place.SHADOW if request.method != "OPTIONS":
            return (browser.own_event(exchange, place.value),)
        case Place.LIBRARY:
            return script_event(exchange, browser.NAME, "scevent.min.js")
        case Place.CONFIGURATION:
            return script_event(exchange, browser.NAME, "configuration", account_of(address))
        case _:
            return ()


def _carries(request: Request, address: Address) -> bool:
    """Whether a request to anybody's host carries the pixel's payload; the cheap look comes first."""
    told = b"pid" in request.body or "pid" in address.query
    return told and browser.shaped(request, address)


_WHO_NOT = frozenset({"fn", "ln", "ge", "db", "ct", "st", "zp", "country"})

SNAPCHAT = Platform(
    name=browser.NAME,
    title="Snapchat",
    account_word="Pixel ID",
    hosts=HOSTS,
    watched=WATCHED,
    dedup=DEDUP,
    vocabulary=Vocabulary(steps=STEPS, valued=VALUED),
    meaning=meaning,
    customer={Side.BROWSER: CUSTOMER, Side.SERVER: CUSTOMER},
    identifiers=IDENTIFIERS,
    plain=PLAIN,
    checks=CHECKS,
    sources=SOURCES,
    claims=claims,
    decode=decode,
    explain=explain,
    oldest=Oldest(OLDEST_MS, refused=False),
    server=SERVER,
    sandbox=SANDBOX,
    logged=LOGGED,
    secrets=Secrets(names=("access_token", "capi_token", "conversion_token"), cookies=("_sc.*id",)),
    too_little=(_WHO_NOT | {"ip"}, _WHO_NOT | {"user_agent"}),
)
