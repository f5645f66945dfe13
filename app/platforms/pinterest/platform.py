"""What Pinterest is, and which reader a request belongs to; the readers stand beside this file."""

from __future__ import annotations

from app.model import Event, Exchange, Request, Side
from app.platforms.base import Platform, Secrets, Vocabulary
from app.platforms.check import Topic
from app.platforms.pinterest import browser, server
from app.platforms.pinterest.answer import explain
from app.platforms.pinterest.checks import CHECKS
from app.platforms.pinterest.customer import BROWSER_CUSTOMER, SERVER_CUSTOMER
from app.platforms.pinterest.dedup import DEDUP
from app.platforms.pinterest.facts import NAME
from app.platforms.pinterest.identifiers import IDENTIFIERS
from app.platforms.pinterest.logged import LOGGED
from app.platforms.pinterest.meaning import meaning
from app.platforms.pinterest.place import HOSTS, WATCHED, Place, place_of
from app.platforms.pinterest.server_api import SANDBOX, SERVER
from app.platforms.pinterest.words import CUSTOMER_KEYS, STEPS, VALUED
from app.platforms.reading.address import Address, address_of, names
from app.platforms.reading.scripts import script_event


def claims(request: Request, endpoints: tuple[str, ...] = ()) -> bool:
    """Whether a request carries, or may carry, something of Pinterest's."""
    address = address_of(request.url)
    place = place_of(address)
    if place is Place.ELSEWHERE:
        return _named(request, address, endpoints)
    return place is not Place.NOTHING


def decode(exchange: Exchange, endpoints: tuple[str, ...] = ()) -> tuple[Event, ...]:
    """The events in an exchange; empty when it is not Pinterest's or carries none."""
    address = address_of(exchange.request.url)
    match place_of(address):
        case Place.EVENT | Place.SYNC as place:
            return browser.decode(exchange, address, place)
        case Place.API | Place.OLDER_API as place:
            return server.decode(exchange, address, place)
        case Place.LIBRARY:
            return script_event(exchange, NAME, address.path.rpartition("/")[2])
        case Place.ELSEWHERE if _named(exchange.request, address, endpoints):
            return browser.decode(exchange, address, Place.EVENT)
        case _:
            return ()


def _named(request: Request, address: Address, endpoints: tuple[str, ...]) -> bool:
    """Whether the user named the place, and the tag's parameters are in the request."""
    return bool(endpoints) and names(endpoints, address) and browser.shaped(request, address)


PINTEREST = Platform(
    name=NAME,
    title="Pinterest",
    account_word="Tag or ad account",
    hosts=HOSTS,
    watched=WATCHED,
    dedup=DEDUP,
    vocabulary=Vocabulary(steps=STEPS, valued=VALUED),
    meaning=meaning,
    customer={Side.BROWSER: BROWSER_CUSTOMER, Side.SERVER: SERVER_CUSTOMER},
    identifiers=IDENTIFIERS,
    checks=CHECKS,
    sources={Topic.DEDUP: DEDUP.keys[0].source},
    claims=claims,
    decode=decode,
    explain=explain,
    token_start="pina_",  # noqa: S106 - how tokens begin
    secrets=Secrets(
        names=("conversion_token",),
        shapes=("pin[acr]_[A-Za-z0-9_]{16,}",),
        cookies=("_epik", "_derived_epik", "_pin_unauth"),
    ),
    too_little=(
        frozenset({"user_agent"}),
        frozenset({"ip", *CUSTOMER_KEYS.values(), "epik", "partner_id"} - {"em", "maid"}),
    ),
    logged=LOGGED,
    server=SERVER,
    sandbox=SANDBOX,
)
