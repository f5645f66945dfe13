"""Where a request of LinkedIn's goes. Only host and path are looked at.

https://px.ads.linkedin.com/collect?v=2&fmt=js&pid=4455667&conversionId=…    a page view or a conversion; a picture too
https://px4.ads.linkedin.com/collect?…                                       the same again, for the other IP version
https://px.ads.linkedin.com/wa/?medium=fetch&fmt=g                           what the tag noticed by itself
https://px.ads.linkedin.com/attribution_trigger?pid=…                        the browser's own attribution
https://www.linkedin.com/px/li_sync?redirect=…                               identity, on the way back to /collect
https://snap.licdn.com/li.lms-analytics/insight.min.js                       the library
https://cdn.linkedin.oribi.io/partner/4455667/domain/shop.example/token      its configuration
https://api.linkedin.com/rest/conversionEvents                               the Conversions API
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache

from app.platforms.base import Watched
from app.platforms.reading.address import Address

API_HOST = "api.linkedin.com"
TAG_HOST = "px.ads.linkedin.com"
_ADS = "ads.linkedin.com"
_SITE = "www.linkedin.com"
_LIBRARY_HOST = "licdn.com"
_CONFIGURATION_HOST = "oribi.io"
HOSTS = ("linkedin.com", _LIBRARY_HOST, _CONFIGURATION_HOST)
# The site itself stays closed: people log in there, and all it has to do with the tag is to say who is who.
WATCHED = (
    Watched(_ADS, below=True, paths=("/collect", "/wa", "/attribution_trigger")),
    Watched("snap.licdn.com", paths=("/li.lms-analytics",)),
    Watched("cdn.linkedin.oribi.io", paths=("/partner",)),
    Watched(API_HOST, paths=("/rest", "/v2/conversionEvents")),
)


class Place(StrEnum):
    """What is sent to an address."""

    EVENT = "event"
    TWIN = "event, repeated"
    ACTIVITY = "automatic activity"
    ATTRIBUTION = "browser's attribution"
    SYNC = "identity sync"
    LIBRARY = "library"
    CONFIGURATION = "configuration"
    API = "Conversions API"
    NOTHING = "nothing"  # LinkedIn's, but no event's
    ELSEWHERE = "elsewhere"  # anybody's host


_COLLECT = re.compile(r"/collect/?")
_ACTIVITY = re.compile(r"/wa/?")
_ATTRIBUTION = re.compile(r"/attribution_trigger/?")
_SYNC = re.compile(r"/px/li_sync/?")
_LIBRARY = re.compile(r"/li\.lms-analytics/insight[\w.-]{0,40}\.js")
_CONFIGURATION = re.compile(r"/partner/(\d{1,20})(?:/.*)?")
_API = re.compile(r"/(?:rest|v2)/conversionEvents/?$")


def place_of(address: Address) -> Place:
    """What is sent to an address."""
    host = address.host
    if not host.endswith(HOSTS):
        return Place.ELSEWHERE
    return _cached(host, address.path if len(address.path) < 300 else "")


def is_call(path: str) -> bool:
    """Whether a path is the server API's, on whatever host."""
    return len(path) < 300 and _API.search(path) is not None


def first_party(address: Address) -> Place:
    """What is sent to a place of somebody's own that passes the tag's requests on, or a backend's calls."""
    if is_call(address.path):
        return Place.API
    if address.path.endswith(("/wa", "/wa/")) and "fmt=" in address.query:
        return Place.ACTIVITY
    # A partner ID, and how the answer is to come: no more tells the tag's request from anybody's.
    return Place.ELSEWHERE if "pid=" in address.query and "fmt=" in address.query else Place.NOTHING


def partner_in(path: str) -> str:
    """The partner ID in a configuration's path; empty when there is none."""
    found = _CONFIGURATION.fullmatch(path) if len(path) < 300 else None
    return found[1] if found else ""


@lru_cache(maxsize=1024)
def _cached(host: str, path: str) -> Place:
    if host == API_HOST:
        return Place.API if _API.fullmatch(path) else Place.NOTHING
    if host.endswith(f".{_ADS}"):
        if _COLLECT.fullmatch(path):
            # px4 asks over IPv4 alone; dc is the address of older pictures, which today's tag repeats.
            return Place.EVENT if host == TAG_HOST else Place.TWIN
        if _ACTIVITY.fullmatch(path):
            return Place.ACTIVITY
        return Place.ATTRIBUTION if _ATTRIBUTION.fullmatch(path) else Place.NOTHING
    if host == _SITE:
        return Place.SYNC if _SYNC.fullmatch(path) else Place.NOTHING
    if host.endswith((f".{_LIBRARY_HOST}", f".{_CONFIGURATION_HOST}")):
        if _LIBRARY.fullmatch(path):
            return Place.LIBRARY
        return Place.CONFIGURATION if _CONFIGURATION.fullmatch(path) else Place.NOTHING
    return Place.NOTHING if host.endswith((".linkedin.com", "linkedin.com")) else Place.ELSEWHERE
