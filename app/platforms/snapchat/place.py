"""Where a request of Snapchat's goes. Both sides share a host, so only host and path together tell.

https://tr.snapchat.com/p                                      events of a page
https://tr6.snapchat.com/p                                     the same once more, over IPv6
https://gateway.shop.example/gateway/p                         the same to a gateway on the site's own domain
https://tr.snapchat.com/cm/i (…/s, …/p)                        identity syncs
https://tr.snapchat.com/config/de/<pixel ID>.js                the pixel's configuration
https://sc-static.net/scevent.min.js                           the library
https://tr.snapchat.com/v3/<pixel or Snap app ID>/events       Conversions API v3
https://tr.snapchat.com/v3/<…>/events/validate                 the same as a test, which counts nowhere
https://tr.snapchat.com/v2/conversion (…/validate)             the older form, still the Python SDK's
https://relay.shop.example/v3/<UUID>/events                    v3 by anybody's relay, known by the pixel's ID
https://tr-shadow.snapchat.com/…                               Snap's own trials: nothing there counts
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache

from app.platforms.base import Watched
from app.platforms.reading.address import Address

HOST = "tr.snapchat.com"
MIRROR_HOST = "tr6.snapchat.com"
SHADOW_HOST = "tr-shadow.snapchat.com"
LIBRARY_HOST = "sc-static.net"
HOSTS = (HOST, MIRROR_HOST, SHADOW_HOST, LIBRARY_HOST)
_PATHS = ("/p", "/cm", "/config")
WATCHED = (
    Watched(HOST, paths=(*_PATHS, "/v2/conversion", "/v3")),
    Watched(MIRROR_HOST, paths=_PATHS),
    Watched(LIBRARY_HOST, paths=("/scevent.min.js",)),
)


class Place(StrEnum):
    """What is sent to an address."""

    EVENT = "event"
    MIRROR = "event, over IPv6"
    GATEWAY = "event, first-party endpoint"
    SYNC = "identity sync"
    SHADOW = "Snap's own trial"
    LIBRARY = "library"
    CONFIGURATION = "configuration"
    V3 = "Conversions API v3"
    V3_TEST = "Conversions API v3, validation only"
    V2 = "Conversions API v2"
    V2_TEST = "Conversions API v2, validation only"
    NOTHING = "nothing"  # Snap's, but no event's
    ELSEWHERE = "elsewhere"  # anybody's host


CALLS = frozenset((Place.V3, Place.V3_TEST, Place.V2, Place.V2_TEST))
TESTS = frozenset((Place.V3_TEST, Place.V2_TEST))

_PIXEL = re.compile(r"/p/?")
_GATEWAY = re.compile(r"(?:/[\w.-]{1,60}){0,3}/gateway/p/?", re.ASCII)
_SYNC = re.compile(r"/cm/[a-z]{1,3}/?")
_CONFIGURATION = re.compile(r"/config/.{1,200}")
_ACCOUNT_IN_CONFIGURATION = re.compile(r"/([0-9a-fA-F-]{16,40})(?:\.js)?/?$")
_V3 = re.compile(r"/v3/([\w.-]{1,100})/events(/validate)?/?", re.ASCII)
_V2 = re.compile(r"/v2/conversion(/validate)?/?")
_V3_OF_ANYBODY = re.compile(
    r"/v3/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})/events(/validate)?/?$", re.IGNORECASE
)
_LONGEST = 300  # characters of a path that is looked at


def place_of(address: Address) -> Place:
    """What is sent to an address; `GATEWAY` by its path alone, for its content to confirm."""
    return _cached(address.host, address.path if len(address.path) < _LONGEST else "")


def account_of(address: Address) -> str:
    """The pixel ID, or the Snap app ID, in the path of a call of v3 or of a configuration; empty elsewhere."""
    path = address.path if len(address.path) < _LONGEST else ""
    found = _V3.fullmatch(path) or _V3_OF_ANYBODY.search(path) or _ACCOUNT_IN_CONFIGURATION.search(path)
    return found[1] if found else ""


def is_call(path: str) -> bool:
    """Whether a path is one of the server API's on whatever host: v3 with a pixel's ID, a UUID, or v2."""
    return len(path) < _LONGEST and (_V3_OF_ANYBODY.search(path) is not None or _V2.fullmatch(path) is not None)


@lru_cache(maxsize=1024)
def _cached(host: str, path: str) -> Place:
    if host == LIBRARY_HOST:
        return Place.LIBRARY if path == "/scevent.min.js" else Place.NOTHING
    if host == SHADOW_HOST:
        return Place.SHADOW
    if host not in (HOST, MIRROR_HOST):
        if found := _V3_OF_ANYBODY.search(path):
            return Place.V3_TEST if found[2] else Place.V3
        return Place.GATEWAY if path.endswith(("/p", "/p/")) and _GATEWAY.fullmatch(path) else Place.ELSEWHERE
    if _PIXEL.fullmatch(path):
        return Place.EVENT if host == HOST else Place.MIRROR
    if _SYNC.fullmatch(path):
        return Place.SYNC
    if _CONFIGURATION.fullmatch(path):
        return Place.CONFIGURATION
    if found := _V3.fullmatch(path):
        return Place.V3_TEST if found[2] else Place.V3
    if found := _V2.fullmatch(path):
        return Place.V2_TEST if found[1] else Place.V2
    return Place.NOTHING
