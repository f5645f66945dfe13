"""Where a request of X's goes. Only host and path are looked at.

https://analytics.twitter.com/1/i/adsct?…      an event; POST to …/1/i/adsctp since 2025, on analytics.x.com, too
https://t.co/1/i/adsct?…                       the same event again, at the same moment: its twin
https://analytics.twitter.com/i/adsct?…        the older form; also what a hand-made picture asks for
https://static.ads-twitter.com/uwt.js          the library; oct.js before it
https://ads-api.x.com/12/measurement/conversions/o9z1d              the Conversion API; ads-api.twitter.com before
https://<id>.<domain>/stape-api/<key>/v1/twitter/auth-proxy         Stape's proxy, which signs in the sender's place
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache

from app.platforms.base import Watched
from app.platforms.reading.address import Address

PIXEL_HOSTS = ("analytics.twitter.com", "analytics.x.com")
TWIN_HOST = "t.co"
LIBRARY_HOSTS = ("static.ads-twitter.com", "platform.twitter.com")
API_HOST = "ads-api.x.com"
OTHER_API_HOSTS = ("ads-api.twitter.com", "ads-api-sandbox.twitter.com")
HOSTS = (*PIXEL_HOSTS, TWIN_HOST, *LIBRARY_HOSTS, API_HOST, *OTHER_API_HOSTS)

_PIXEL_PATHS = ("/i/adsct", "/1/i/adsct", "/i/adsctp", "/1/i/adsctp")
_LIBRARIES = ("/uwt.js", "/oct.js")
WATCHED = (
    *(Watched(host, paths=_PIXEL_PATHS) for host in (*PIXEL_HOSTS, TWIN_HOST)),
    *(Watched(host, paths=_LIBRARIES) for host in LIBRARY_HOSTS),
    *(Watched(host) for host in (API_HOST, *OTHER_API_HOSTS)),
)


class Place(StrEnum):
    """What is sent to an address."""

    EVENT = "event"
    TWIN = "twin"
    LIBRARY = "library"
    API = "Conversion API"
    PROXY = "Conversion API, by Stape's proxy"
    NOTHING = "nothing"  # X's, but no event's
    ELSEWHERE = "elsewhere"  # anybody's host


_CALL = re.compile(r"/(?:v?\d{1,3}/)?measurement/conversions/([A-Za-z0-9_%-]{1,80})/?$")
_PROXY = "/twitter/auth-proxy"
_LONGEST = 300


def place_of(address: Address) -> Place:
    """What is sent to an address; a first-party one is `EVENT` by its path alone, for its content to confirm."""
    return _cached(address.host, address.path) if len(address.path) < _LONGEST else Place.NOTHING


def at_home(address: Address) -> bool:
    """Whether the host is one of X's own."""
    return address.host in HOSTS


def is_call(path: str) -> bool:
    """Whether a path is the Conversion API's, on whatever host."""
    return len(path) < _LONGEST and (_CALL.search(path) is not None or path.endswith(_PROXY))


def pixel_of(path: str) -> str:
    """The pixel that a call's path names; empty when it names none."""
    found = _CALL.search(path) if len(path) < _LONGEST else None
    return found[1] if found else ""


@lru_cache(maxsize=1024)
def _cached(host: str, path: str) -> Place:
    if host in (API_HOST, *OTHER_API_HOSTS):
        return Place.API if _CALL.search(path) else Place.NOTHING
    if path.endswith(("/i/adsct", "/i/adsctp", "/i/adsct/", "/i/adsctp/")):
        return Place.TWIN if host == TWIN_HOST else Place.EVENT
    if host in LIBRARY_HOSTS:
        return Place.LIBRARY if path.endswith(_LIBRARIES) else Place.NOTHING
    if host in HOSTS:
        return Place.NOTHING
    if path.endswith(_PROXY):
        return Place.PROXY
    return Place.API if _CALL.search(path) else Place.ELSEWHERE
