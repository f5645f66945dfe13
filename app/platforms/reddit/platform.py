"""What Reddit is, and which reader a request belongs to; the readers stand beside this file."""

from __future__ import annotations

from app.model import Event, Exchange, Request
from app.platforms.base import Oldest, Platform, Secrets, Vocabulary
from app.platforms.reading.address import Address, address_of, names
from app.platforms.reading.scripts import script_event
from app.platforms.reddit import browser, server
from app.platforms.reddit.answer import explain
from app.platforms.reddit.checks import CHECKS, SOURCES
from app.platforms.reddit.customer import CUSTOMER
from app.platforms.reddit.dedup import DEDUP
from app.platforms.reddit.identifiers import IDENTIFIERS
from app.platforms.reddit.logged import LOGGED
from app.platforms.reddit.meaning import meaning
from app.platforms.reddit.place import HOSTS, PIXEL_HOST, WATCHED, Place, account_in, place_of
from app.platforms.reddit.requirements import TOO_OLD_MS
from app.platforms.reddit.server_api import SANDBOX, SERVER
from app.platforms.reddit.words import STEPS, VALUED


def claims(request: Request, endpoints: tuple[str, ...] = ()) -> bool:
    """Whether a request carries, or may carry, something of Reddit's."""
    address = address_of(request.url)
    match place_of(address):
        case Place.NOTHING:
            return False
        case Place.ELSEWHERE:
            return names(endpoints, address) and browser.shaped(request, address)
        case Place.EVENT:
            return _at_home(address) or browser.shaped(request, address)
    return True


def decode(exchange: Exchange, endpoints: tuple[str, ...] = ()) -> tuple[Event, ...]:
    """The events in an exchange; empty when it is not Reddit's or carries none."""
    address = address_of(exchange.request.url)
    match place_of(address):
        case Place.V3 | Place.V2:
            return server.decode(exchange, address)
        case Place.EVENT as place if _at_home(address) or browser.shaped(exchange.request, address):
            return browser.decode(exchange, address, place)
        case Place.COLLECTOR as place:
            return browser.decode(exchange, address, place)
        case Place.LIBRARY:
            return script_event(exchange, browser.NAME, "pixel.js", account_in(address.path))
        case Place.CONFIGURATION:
            return script_event(exchange, browser.NAME, "configuration", account_in(address.path))
        case Place.ELSEWHERE as place if names(endpoints, address) and browser.shaped(exchange.request, address):
            return browser.decode(exchange, address, place)
    return ()


def _at_home(address: Address) -> bool:
    return address.host == PIXEL_HOST


REDDIT = Platform(
    name=browser.NAME,
    title="Reddit",
    account_word="Pixel",
    hosts=HOSTS,
    watched=WATCHED,
    dedup=DEDUP,
    vocabulary=Vocabulary(steps=STEPS, valued=VALUED),
    meaning=meaning,
    customer=CUSTOMER,
    identifiers=IDENTIFIERS,
    checks=CHECKS,
    sources=SOURCES,
    claims=claims,
    decode=decode,
    explain=explain,
    # Conversion tokens are JSON web tokens, known on sight as everybody's; older ones begin with the account's number.
    secrets=Secrets(
        names=("conversion_token", "access_token"),
        mixed=(r"[0-9]{8,20}-[A-Za-z0-9_-]{25,}",),
        cookies=("_rdt_uuid", "_rdt_cid", "rdt_cid"),
    ),
    # An event that carries no match key at all is refused.
    too_little=(frozenset(),),
    oldest=Oldest(TOO_OLD_MS),
    logged=LOGGED,
    server=SERVER,
    sandbox=SANDBOX,
)
