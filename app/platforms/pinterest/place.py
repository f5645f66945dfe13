"""Where a request of Pinterest's goes. Only host and path are looked at.

https://ct.pinterest.com/v3/?event=checkout&tid=2613…                     an event
https://ct.pinterest.com/user/?event=checkout&tid=2613…                   who the visitor is; never an event
https://trk.pinterest.com/…                                               the same for other sites' tags
https://s.pinimg.com/ct/core.js, https://s.pinimg.com/ct/lib/main.97c41ef3.js     the library
https://api.pinterest.com/v5/ad_accounts/549755000001/events              API for Conversions
https://ct.pinterest.com/events/v3                                        the older API, at the tag's host
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache

from app.platforms.base import Watched
from app.platforms.reading.address import Address

TAG_HOST = "ct.pinterest.com"
SYNC_HOST = "trk.pinterest.com"
API_HOST = "api.pinterest.com"
LIBRARY_HOST = "s.pinimg.com"
HOSTS = (TAG_HOST, SYNC_HOST, API_HOST, LIBRARY_HOST)
WATCHED = (
    Watched(TAG_HOST, paths=("/v3", "/user", "/events")),
    Watched(SYNC_HOST),
    Watched(API_HOST, paths=("/v5/ad_accounts",)),
    Watched(LIBRARY_HOST, paths=("/ct",)),
)


class Place(StrEnum):
    """What is sent to an address."""

    EVENT = "event"
    SYNC = "identity sync"
    LIBRARY = "library"
    API = "API for Conversions v5"
    OLDER_API = "API for Conversions v3"
    NOTHING = "nothing"  # Pinterest's, but no event's
    ELSEWHERE = "elsewhere"  # anybody's host


_AT_TAG = {"/v3": Place.EVENT, "/user": Place.SYNC, "/events/v3": Place.OLDER_API}
_LIBRARY = re.compile(r"/ct/(?:core|lib/main\.[\w.-]{1,80})\.js", re.ASCII)
_API = re.compile(r"/v\d{1,2}/ad_accounts/([^/]{1,40})/events/?$", re.ASCII)


def place_of(address: Address) -> Place:
    """What is sent to an address."""
    path = address.path
    return _cached(address.host, path if len(path) < 300 else "")


def is_call(path: str) -> bool:
    """Whether a path is one of the server API's, on whatever host."""
    return ad_account_in(path) != ""


def ad_account_in(path: str) -> str:
    """The ad account in a path of the server API's; empty when it names none."""
    found = _API.search(path) if len(path) < 300 else None
    return found[1] if found else ""


@lru_cache(maxsize=1024)
def _cached(host: str, path: str) -> Place:
    match host:
        case "ct.pinterest.com":
            return _AT_TAG.get(path.rstrip("/"), Place.NOTHING)
        case "trk.pinterest.com":
            return Place.SYNC
        case "api.pinterest.com":
            return Place.API if _API.fullmatch(path) else Place.NOTHING
        case "s.pinimg.com":
            return Place.LIBRARY if _LIBRARY.fullmatch(path) else Place.NOTHING
    return Place.ELSEWHERE
