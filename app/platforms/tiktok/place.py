"""Where a request of TikTok's goes. Only host and path are looked at.

https://analytics.tiktok.com/api/v2/pixel                                 an event
https://analytics.tiktok.com/api/v2/pixel/act                             what the library noticed by itself
https://analytics.tiktok.com/api/v2/performance_interaction               the library's own measurements
https://analytics.tiktok.com/i18n/pixel/events.js?sdkid=CQ7…&lib=ttq      the library
https://business-api.tiktok.com/open_api/v1.3/event/track/                Events API 2.0
https://business-api.tiktok.com/open_api/v1.3/pixel/track/ (…/batch/)     the older form, still the SDK's
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache

from app.platforms.base import Watched
from app.platforms.reading.address import Address

PIXEL_HOST = "analytics.tiktok.com"
API_HOST = "business-api.tiktok.com"
TOKEN_HEADER = "Access-Token"  # noqa: S105 - a header's name
HOSTS = (PIXEL_HOST, API_HOST)
WATCHED = (
    Watched(PIXEL_HOST, below=True, paths=("/api", "/i18n/pixel")),
    Watched(API_HOST, paths=("/open_api",)),
)


class Place(StrEnum):
    """What is sent to an address."""

    EVENT = "event"
    ACTIVITY = "automatic activity"
    MEASUREMENT = "measurement"
    LIBRARY = "library"
    CONFIGURATION = "configuration"
    EVENTS_API = "Events API 2.0"
    TRACK = "Events API, one event"
    BATCH = "Events API, batch"
    NOTHING = "nothing"  # TikTok's, but no event's
    ELSEWHERE = "elsewhere"  # anybody's host


_EVENT = re.compile(r"/api/v\d{1,2}/(?:pixel|shopify_pixel|track)(?:/track)?/?")
_ACTIVITY = re.compile(r"/api/v\d{1,2}/(?:pixel|shopify_pixel)/act/?")
_MEASUREMENT = re.compile(
    r"/api/v\d{1,2}/(?:(?:pixel|shopify_pixel)/(?:inter|perf|monitor|enrich_ipv6)|performance\w*)/?.*"
)
_LIBRARY = re.compile(r"/i18n/pixel/(?:events|sdk)\.js")
_CONFIGURATION = re.compile(r"/i18n/pixel/config(?:\.js)?/?")
_API = re.compile(r"/open_api/v?[\d.]{1,8}/(event|pixel|offline|app)/(track|batch)/?$")


def place_of(address: Address) -> Place:
    """What is sent to an address; a first-party one is `EVENT` by its path alone, for its content to confirm."""
    path = address.path
    return _cached(address.under(PIXEL_HOST), address.under(API_HOST), path if len(path) < 300 else "")


def is_call(path: str) -> bool:
    """Whether a path is one of the server API's, on whatever host."""
    return len(path) < 300 and _API.search(path) is not None


def source_of(path: str) -> str:
    """Where an older call's events happened, by its path."""
    found = _API.search(path) if len(path) < 300 else None
    return found[1] if found and found[1] in ("offline", "app") else "web"


@lru_cache(maxsize=1024)
def _cached(pixel: bool, api: bool, path: str) -> Place:
    if api:
        found = _API.fullmatch(path)
        if not found:
            return Place.NOTHING
        if found[1] == "event":
            return Place.EVENTS_API
        return Place.BATCH if found[2] == "batch" else Place.TRACK
    if _EVENT.fullmatch(path):
        return Place.EVENT
    if not pixel:
        return Place.ELSEWHERE
    for pattern, place in (
        (_ACTIVITY, Place.ACTIVITY),
        (_MEASUREMENT, Place.MEASUREMENT),
        (_LIBRARY, Place.LIBRARY),
        (_CONFIGURATION, Place.CONFIGURATION),
    ):
        if pattern.fullmatch(path):
            return place
    return Place.NOTHING
