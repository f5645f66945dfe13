"""Which of Meta's doors a URL knocks at. Only scheme, host and path are looked at: a query may hold any text.

https://www.facebook.com/tr/?id=…                                   pixel
https://www.facebook.com/privacy_sandbox/pixel/register/trigger/?…  the same event once more
https://connect.facebook.net/en_US/fbevents.js                      the library
https://connect.facebook.net/signals/config/<pixel>?…               the pixel's own configuration
https://graph.facebook.com/v26.0/<pixel>/events                     Conversions API
https://graph.facebook.com/v26.0/                                   Graph batch
https://gateway.example/capi/<pixel>/events                         Conversions API Gateway, server's path
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from app.platforms.base import Watched

GRAPH_HOST = "graph.facebook.com"

_PIXEL_HOSTS = ("www.facebook.com", "facebook.com", "web.facebook.com", "m.facebook.com")
_PIXEL_PATHS = ("/tr", "/privacy_sandbox/pixel/register/trigger")

HOSTS = ("facebook.com", "connect.facebook.net", "instagram.com", "conversionsapigateway.com")
WATCHED = (
    # Logins and profiles live on these hosts too: opened they must be, for TLS hides paths, but not recorded.
    *(Watched(host, paths=_PIXEL_PATHS) for host in _PIXEL_HOSTS),
    Watched("connect.facebook.net"),
    Watched(GRAPH_HOST),
    Watched("conversionsapigateway.com", below=True),
)
"""What carries events, configuration and the library. The library also names www.instagram.com, and never uses it."""


class Door(StrEnum):
    """What a URL says about a request, before its content is looked at."""

    PIXEL = "pixel"
    MIRROR = "privacy sandbox"
    LIBRARY = "library"
    CONFIGURATION = "configuration"
    SERVER = "server"
    BATCH = "batch"
    GATEWAY = "gateway"
    APP = "app events"
    NOTHING = "nothing"  # Meta's, but no event's
    ELSEWHERE = "elsewhere"  # anybody's host: only the content can tell


class Place(NamedTuple):
    """Where a URL leads: the door, the account its path names, and whether plain http carried it over a network."""

    door: Door
    account: str = ""
    insecure: bool = False
    host: str = ""
    path: str = ""


_BASE = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?:[^/?#@]*@)?(?P<host>\[[^\]]*\]|[^/:?#]*)(?::\d*)?", re.IGNORECASE
)
_EVENTS = re.compile(r"/+(?:v\d+\.\d+/+)?(\d+)/+events/*", re.IGNORECASE)
_ACTIVITIES = re.compile(r"/+(?:v\d+\.\d+/+)?(\d+)/+activities/*", re.IGNORECASE)
_ROOT = re.compile(r"/*(?:v\d+\.\d+/*)?", re.IGNORECASE)
_CAPI = re.compile(r"(?:/[^/]+)*?/+capi/+([^/]+)/+events/*")
_LIBRARY = re.compile(r"/[a-z]{2}_[A-Z]{2}/fbevents\.js\Z")
_CONFIG = re.compile(r"/signals/config/(\d+)/?")
LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]", "::1", ""})


def divided(url: str) -> tuple[str, str]:
    """A URL's part before the query, and its query; a fragment, which never travels, is dropped."""
    base, _, query = url.partition("?")
    if "#" in base:
        return base.partition("#")[0], ""
    return base, query.partition("#")[0] if "#" in query else query


def place_of(base: str) -> Place:
    """Read the part of a URL before its query."""
    return _cached_place(base) if len(base) < 300 else _place(base)


def _place(base: str) -> Place:
    found = _BASE.match(base)
    if not found:
        return Place(Door.ELSEWHERE)
    host, path = found["host"].lower().rstrip("."), base[found.end() :]
    insecure = found["scheme"].lower() == "http" and host not in LOOPBACK
    return Place(*_door(host, path), insecure, host, path)


_cached_place = lru_cache(maxsize=2048)(_place)


def _door(host: str, path: str) -> tuple[Door, str]:
    if _under(host, GRAPH_HOST):
        return _graph(path)
    if _under(host, "connect.facebook.net"):
        if path.endswith("/fbevents.js"):
            return Door.LIBRARY, ""
        found = _CONFIG.fullmatch(path)
        return (Door.CONFIGURATION, found[1]) if found else (Door.NOTHING, "")
    if _under(host, "facebook.com") or _under(host, "instagram.com"):
        clean = path.strip("/")
        if clean == "tr":
            return Door.PIXEL, ""
        if clean == "privacy_sandbox/pixel/register/trigger":
            return Door.MIRROR, ""
        # Graph answers on other names of facebook.com too (graph-video, beta tiers).
        return _graph(path) if host.startswith("graph") else (Door.NOTHING, "")
    found = _CAPI.fullmatch(path)
    if found:
        return Door.GATEWAY, found[1]
    # A server container may hand out the library and the configuration itself.
    if _LIBRARY.search(path):
        return Door.LIBRARY, ""
    found = _CONFIG.search(path)
    if found:
        return Door.CONFIGURATION, found[1]
    found = _ACTIVITIES.fullmatch(path)
    if found:
        return Door.APP, found[1]
    found = _EVENTS.fullmatch(path)
    return Door.ELSEWHERE, found[1] if found else ""


def _graph(path: str) -> tuple[Door, str]:
    found = _EVENTS.fullmatch(path)
    if found:
        return Door.SERVER, found[1]
    found = _ACTIVITIES.fullmatch(path)
    if found:
        return Door.APP, found[1]
    return (Door.BATCH, "") if _ROOT.fullmatch(path) else (Door.NOTHING, "")


def _under(host: str, domain: str) -> bool:
    return host == domain or host.endswith("." + domain)


def at_graph(place: Place) -> bool:
    """Whether a host is one that Graph answers on."""
    return _under(place.host, "facebook.com") and place.host.startswith("graph")


def named(place: Place, endpoints: tuple[str, ...]) -> bool:
    """Whether the user listed this place as one that takes pixel traffic: "shop.example" or "shop.example/fp/tr"."""
    for endpoint in endpoints:
        host, _, path = endpoint.rpartition("://")[2].strip().partition("/")
        path = path.strip("/")
        here = place.path.strip("/")
        if place.host == host.partition(":")[0].lower() and (not path or here == path or here.startswith(path + "/")):
            return True
    return False
