"""What TikTok is, and which reader a request belongs to; the readers stand beside this file."""

from __future__ import annotations

from app.model import Event, Exchange, Request, Side
from app.platforms.base import Oldest, Platform, Secrets, Vocabulary
from app.platforms.check import Topic
from app.platforms.reading import pairs_of
from app.platforms.reading.address import Address, address_of, names
from app.platforms.reading.scripts import script_event
from app.platforms.tiktok import browser, server
from app.platforms.tiktok.answer import explain
from app.platforms.tiktok.customer import CUSTOMER
from app.platforms.tiktok.dedup import DEDUP
from app.platforms.tiktok.identifiers import IDENTIFIERS
from app.platforms.tiktok.logged import LOGGED
from app.platforms.tiktok.meaning import meaning
from app.platforms.tiktok.place import HOSTS, PIXEL_HOST, WATCHED, Place, place_of
from app.platforms.tiktok.requirements import TOO_OLD_MS
from app.platforms.tiktok.server_api import SANDBOX, SERVER
from app.platforms.tiktok.words import STEPS, VALUED

_API = (Place.EVENTS_API, Place.TRACK, Place.BATCH)


def claims(request: Request, endpoints: tuple[str, ...] = ()) -> bool:
    """Whether a request carries, or may carry, something of TikTok's."""
    address = address_of(request.url)
    place = place_of(address)
    if place in (Place.NOTHING, Place.ELSEWHERE):
        return place is Place.ELSEWHERE and names(endpoints, address) and _carries(request, address)
    return place is not Place.EVENT or _at_home(address) or _carries(request, address)


def decode(exchange: Exchange, endpoints: tuple[str, ...] = ()) -> tuple[Event, ...]:
    """The events in an exchange; empty when it is not TikTok's or carries none."""
    address = address_of(exchange.request.url)
    place = place_of(address)
    if place in _API:
        return server.decode(exchange, address, place)
    match place:
        case Place.EVENT if _at_home(address) or _carries(exchange.request, address):
            return browser.decode(exchange, address, place)
        case Place.ACTIVITY | Place.MEASUREMENT:
            return browser.decode(exchange, address, place)
        case Place.LIBRARY:
            account = next((value for key, value in pairs_of(address.query) if key == "sdkid"), "")
            return script_event(exchange, browser.NAME, "events.js", account)
        case Place.CONFIGURATION:
            account = next((value for key, value in pairs_of(address.query) if key == "sdkid"), "")
            return script_event(exchange, browser.NAME, "configuration", account)
        case Place.ELSEWHERE if names(endpoints, address) and _carries(exchange.request, address):
            return browser.decode(exchange, address, Place.EVENT)
        case _:
            return ()


def _at_home(address: Address) -> bool:
    return address.under(PIXEL_HOST)


def _carries(request: Request, address: Address) -> bool:
    """Whether a request to anybody's host carries the pixel's payload; the cheap look comes first."""
    told = b'"pixel"' in request.body or b"analytics_message" in request.body or "analytics_message" in address.query
    return told and browser.shaped(request, address)


TIKTOK = Platform(
    name=browser.NAME,
    title="TikTok",
    account_word="Pixel code",
    hosts=HOSTS,
    watched=WATCHED,
    dedup=DEDUP,
    vocabulary=Vocabulary(steps=STEPS, valued=VALUED),
    meaning=meaning,
    customer={Side.BROWSER: CUSTOMER, Side.SERVER: CUSTOMER},
    identifiers=IDENTIFIERS,
    sources={Topic.DEDUP: DEDUP.keys[0].source},
    claims=claims,
    decode=decode,
    explain=explain,
    # 40 hexadecimal digits, which look like a SHA-1 hash, are known by their place only, and everywhere from then on.
    secrets=Secrets(
        names=("access_token",), shapes=(r"(?:act|rft|clt)\.[A-Za-z0-9!_.-]{24,}",), cookies=("_tt.*", "ttclid")
    ),
    too_little=(frozenset({"ip"}), frozenset({"user_agent"}), frozenset({"ct", "st", "country"})),
    oldest=Oldest(TOO_OLD_MS),
    logged=LOGGED,
    server=SERVER,
    sandbox=SANDBOX,
)
