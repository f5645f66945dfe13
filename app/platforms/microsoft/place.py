"""Where a request of Microsoft Advertising's goes. Only host and path are looked at.

https://bat.bing.com/action/0?ti=97654321&evt=custom…            a hit of the UET tag; /actionp/0 takes it as a post
https://bat.bing.net/action/0                                    the same; seen in public lists only, not verified
https://commerce.bing.com/cst/0                                  the same, from tags of Bing's commerce
https://bat.bing.com/bat.js, /p/action/97654321.js               the library, a tag's configuration
https://c.bing.com/c.gif?Red3=BACID_<customer>&vid=…             ties the shop's own ID to Microsoft's cookie
https://capi.uet.microsoft.com/v1/97654321/events                the Conversions API
https://campaign.api.bingads.microsoft.com/CampaignManagement/v13/OfflineConversions/Apply      offline conversions
https://campaign.api.bingads.microsoft.com/Api/Advertiser/CampaignManagement/v13/….svc          the same by SOAP
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache

from app.platforms.base import Watched
from app.platforms.reading.address import Address

TAG_HOST, TAG_HOST_TOO = "bat.bing.com", "bat.bing.net"
COMMERCE_HOST = "commerce.bing.com"
SYNC_HOST = "c.bing.com"
API_HOST = "capi.uet.microsoft.com"
OFFLINE_HOST = "campaign.api.bingads.microsoft.com"
HOSTS = (TAG_HOST, TAG_HOST_TOO, COMMERCE_HOST, SYNC_HOST, API_HOST, OFFLINE_HOST)
_TAG_PATHS = ("/action", "/actionp", "/bat.js", "/p/action")
WATCHED = (
    Watched(TAG_HOST, paths=_TAG_PATHS),
    Watched(TAG_HOST_TOO, paths=_TAG_PATHS),
    Watched(COMMERCE_HOST, paths=("/cst",)),
    Watched(SYNC_HOST, paths=("/c.gif",)),
    Watched(API_HOST),  # nothing but the API is there, whatever its version
    Watched(
        OFFLINE_HOST,
        paths=("/CampaignManagement/v13/OfflineConversions", "/Api/Advertiser/CampaignManagement/v13"),
    ),
)


class Place(StrEnum):
    """What is sent to an address."""

    HIT = "hit"
    LIBRARY = "library"
    CONFIGURATION = "configuration"
    SYNC = "identity sync"
    API = "Conversions API"
    OFFLINE = "offline conversions"
    NOTHING = "nothing"  # Microsoft's, but no event's
    OWN_DOMAIN = "own domain"  # anybody's host, at a path of the tag's
    ELSEWHERE = "elsewhere"  # anybody's host


_HIT = re.compile(r"/actionp?(?:/\d{1,4})?/?")
_COMMERCE = re.compile(r"/cst(?:/\d{1,4})?/?")
_CONFIGURATION = re.compile(r"/p/action/(\d{1,20})(?:\.js)?/?")
_OWN = re.compile(r"/actionp?(?:/\d{1,4})?/?$")
_OFFLINE = re.compile(
    r"/CampaignManagement/v\d{1,2}/OfflineConversions/Apply/?|"
    r"/Api/Advertiser/CampaignManagement/v\d{1,2}/CampaignManagementService\.svc/?"
)
_CALL = re.compile(r"/v\d{1,2}/([^/]{1,60})/events/?", re.IGNORECASE | re.ASCII)


def place_of(address: Address) -> Place:
    """What is sent to an address; one of a shop's own is for its content to confirm."""
    return _cached(address.host, address.path if len(address.path) < 300 else "")


def tag_of(path: str) -> str:
    """The tag that a call or a configuration is for, by its path; empty when it names none."""
    found = _CALL.fullmatch(path) or _CONFIGURATION.fullmatch(path) if len(path) < 300 else None
    return found[1] if found else ""


def is_call(path: str) -> bool:
    """Whether a path is the Conversions API's, on whatever host."""
    return len(path) < 300 and _CALL.fullmatch(path) is not None


@lru_cache(maxsize=1024)
def _cached(host: str, path: str) -> Place:
    match host:
        case "capi.uet.microsoft.com":
            return Place.API if _CALL.fullmatch(path) else Place.NOTHING
        case "campaign.api.bingads.microsoft.com":
            return Place.OFFLINE if _OFFLINE.fullmatch(path) else Place.NOTHING
        case "bat.bing.com" | "bat.bing.net":
            if _HIT.fullmatch(path):
                return Place.HIT
            if path == "/bat.js":
                return Place.LIBRARY
            return Place.CONFIGURATION if _CONFIGURATION.fullmatch(path) else Place.NOTHING
        case "commerce.bing.com":
            return Place.HIT if _COMMERCE.fullmatch(path) else Place.NOTHING
        case "c.bing.com":
            return Place.SYNC if path == "/c.gif" else Place.NOTHING
    return Place.OWN_DOMAIN if _OWN.search(path) else Place.ELSEWHERE
