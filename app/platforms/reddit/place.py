"""Where a request of Reddit's goes. Only host and path are looked at.

https://alb.reddit.com/rp.gif?…                                         an event
https://alb.reddit.com/rp?id=a2_…&event=Purchase                        an event, the rest of it in a form (2026)
https://alb.reddit.com/snoo.gif?…    https://events.reddit.com/v2       older pixels
https://www.redditstatic.com/ads/pixel.js    …/ads/a2_…/pixel.js        the library
https://pixel-config.reddit.com/pixels/a2_…/config                      its configuration
https://www.redditstatic.com/ads/conversions-config/v1/pixel/config/…   its configuration, too
https://ads-api.reddit.com/api/v3/pixels/a2_…/conversion_events         Conversions API v3
https://ads-api.reddit.com/api/v2.0/conversions/events/a2_…             Conversions API v2

The rest of Reddit's hosts are its visitors' own business: none of it is watched or read.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from app.platforms.base import Watched
from app.platforms.reading.address import Address

PIXEL_HOST = "alb.reddit.com"
COLLECTOR_HOST = "events.reddit.com"
LIBRARY_HOST = "www.redditstatic.com"
CONFIGURATION_HOST = "pixel-config.reddit.com"
API_HOST = "ads-api.reddit.com"
HOSTS = (PIXEL_HOST, COLLECTOR_HOST, LIBRARY_HOST, CONFIGURATION_HOST, API_HOST)
WATCHED = (
    Watched(PIXEL_HOST, paths=("/rp.gif", "/rp", "/snoo.gif")),
    Watched(COLLECTOR_HOST, paths=("/v2",)),
    Watched(LIBRARY_HOST, paths=("/ads",)),
    Watched(CONFIGURATION_HOST, paths=("/pixels",)),
    Watched(API_HOST, paths=("/api",)),
)


class Place(StrEnum):
    """What is sent to an address."""

    EVENT = "event"
    COLLECTOR = "collector"  # takes Reddit's own measurements as well as an older pixel's events
    LIBRARY = "library"
    CONFIGURATION = "configuration"
    V3 = "Conversions API v3"
    V2 = "Conversions API v2"
    NOTHING = "nothing"  # Reddit's, but no event's
    ELSEWHERE = "elsewhere"  # anybody's host


class Call(NamedTuple):
    """The path of a server call, taken apart."""

    place: Place
    version: str
    account: str


_EVENT = re.compile(r"/(?:rp|rp\.gif|snoo\.gif)/?")
_LIBRARY = re.compile(r"/ads/(?:([^/]{1,80})/)?pixel\.js")
_CONFIGURATION = re.compile(r"/ads/conversions-config/v\d{1,2}/pixel/config/([^/]{1,80})/?")
_OWN_CONFIGURATION = re.compile(r"/pixels/([^/]{1,80})/config/?")
_V3 = re.compile(r"/api/(v[\d.]{1,8})/pixels/([^/]{1,80})/conversion_events/?$")
_V2 = re.compile(r"/api/(v[\d.]{1,8})/conversions/events/([^/]{1,80})/?$")
_OTHERS = (
    (COLLECTOR_HOST, re.compile(r"/v2/?"), Place.COLLECTOR),
    (LIBRARY_HOST, _LIBRARY, Place.LIBRARY),
    (LIBRARY_HOST, _CONFIGURATION, Place.CONFIGURATION),
    (CONFIGURATION_HOST, _OWN_CONFIGURATION, Place.CONFIGURATION),
)
_LONGEST = 300  # characters of a path that can be one of these


def place_of(address: Address) -> Place:
    """What is sent to an address; a first-party one is `EVENT` by its path alone, for its content to confirm."""
    host = next((host for host in HOSTS if address.host == host), "")
    return _cached(host, address.path if len(address.path) < _LONGEST else "")


def call_of(path: str) -> Call | None:
    """A path of the server API's, on whatever host; None for any other."""
    if len(path) >= _LONGEST:
        return None
    for pattern, place in ((_V3, Place.V3), (_V2, Place.V2)):
        if found := pattern.search(path):
            return Call(place, found[1], found[2])
    return None


def account_in(path: str) -> str:
    """The pixel ID in the address of a library or a configuration; empty when it names none."""
    found = next(filter(None, (each.fullmatch(path) for each in (_LIBRARY, _CONFIGURATION, _OWN_CONFIGURATION))), None)
    return ((found[1] or "") if found else "").removesuffix("_telemetry")


@lru_cache(maxsize=1024)
def _cached(host: str, path: str) -> Place:
    if host in ("", PIXEL_HOST) and _EVENT.fullmatch(path):
        return Place.EVENT
    if not host:
        return Place.ELSEWHERE
    if host == API_HOST and (found := call_of(path)):
        return found.place
    for owner, pattern, place in _OTHERS:
        if host == owner and pattern.fullmatch(path):
            return place
    return Place.NOTHING
