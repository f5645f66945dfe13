"""What X is, and which reader a request belongs to; the readers stand beside this file."""

from __future__ import annotations

from app.model import Event, Exchange, Request, Side
from app.platforms.base import Oldest, Platform, Secrets, Vocabulary
from app.platforms.check import Topic
from app.platforms.reading.address import Address, address_of, names
from app.platforms.reading.scripts import script_event
from app.platforms.x import browser, server
from app.platforms.x.answer import explain
from app.platforms.x.checks import CHECKS
from app.platforms.x.customer import CUSTOMER
from app.platforms.x.dedup import DEDUP, GUIDE
from app.platforms.x.facts import NAME
from app.platforms.x.identifiers import IDENTIFIERS
from app.platforms.x.logged import LOGGED
from app.platforms.x.meaning import meaning
from app.platforms.x.place import HOSTS, WATCHED, Place, at_home, place_of
from app.platforms.x.requirements import TOO_OLD_MS
from app.platforms.x.server_api import SANDBOX, SERVER
from app.platforms.x.words import STEPS


def claims(request: Request, endpoints: tuple[str, ...] = ()) -> bool:
    """Whether a request carries, or may carry, something of X's."""
    address = address_of(request.url)
    return _place(request, address, endpoints) is not Place.NOTHING


def decode(exchange: Exchange, endpoints: tuple[str, ...] = ()) -> tuple[Event, ...]:
    """The events in an exchange; empty when it is not X's or carries none."""
    address = address_of(exchange.request.url)
    place = _place(exchange.request, address, endpoints)
    match place:
        case Place.EVENT | Place.TWIN | Place.ELSEWHERE:
            return browser.decode(exchange, address, place)
        case Place.API | Place.PROXY:
            return server.decode(exchange, address, place)
        case Place.LIBRARY:
            return script_event(exchange, NAME, address.path.rpartition("/")[2])
        case _:
            return ()


def _place(request: Request, address: Address, endpoints: tuple[str, ...]) -> Place:
    """What a request is; on anybody's host its content has to confirm what its path says."""
    place = place_of(address)
    if at_home(address):
        return place
    match place:
        case Place.EVENT if browser.shaped(request, address):
            return Place.ELSEWHERE
        case Place.ELSEWHERE if names(endpoints, address) and browser.shaped(request, address):
            return Place.ELSEWHERE
        case Place.API | Place.PROXY if b'"conversions"' in request.body:
            return place
        case _:
            return Place.NOTHING


X = Platform(
    name=NAME,
    title="X",
    account_word="Pixel",
    hosts=HOSTS,
    watched=WATCHED,
    dedup=DEDUP,
    vocabulary=Vocabulary(steps=STEPS, coded=True),
    meaning=meaning,
    customer={Side.BROWSER: CUSTOMER, Side.SERVER: CUSTOMER},
    identifiers=IDENTIFIERS,
    checks=CHECKS,
    sources={
        Topic.DEDUP: DEDUP.keys[0].source,
        Topic.SERVER_EVENT: GUIDE,
        Topic.CUSTOMER: f"{GUIDE}, preparing identifiers",
        Topic.CUSTOM_DATA: GUIDE,
        Topic.REFUSALS: f"{GUIDE}, error handling; Ads API, error codes and responses",
        Topic.TOKENS: f"{GUIDE}, access tokens",
    },
    claims=claims,
    decode=decode,
    explain=explain,
    secrets=Secrets(
        names=(
            *("x_pixel_token", "consumer_key", "consumer_secret", "oauth_consumer_key", "oauth_token"),
            *("oauth_signature", "oauth_token_secret", "access_token_secret", "api_key_secret", "twitter_token"),
        ),
        # A bearer token; the key of a container of Stape's, in the path of its proxy.
        shapes=("A{20,}[A-Za-z0-9%_-]{20,}", "stape-api/[A-Za-z0-9_-]{6,}"),
        mixed=("[0-9]{5,20}-[A-Za-z0-9]{25,}",),
        cookies=("_twclid", "twclid"),
    ),
    too_little=(frozenset({"ip", "user_agent"}),),
    oldest=Oldest(TOO_OLD_MS),
    logged=LOGGED,
    server=SERVER,
    sandbox=SANDBOX,
)
