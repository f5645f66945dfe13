"""Keeps web pages away from the listeners that are for backends.

Any page in any browser on this machine can send to a port on loopback. Nothing it could read there is a secret, but
what it sent would be recorded, and pass for the server's half of a conversion. A browser cannot leave out the two
headers that give a page away, and a page cannot change them. A page whose own name was pointed at this machine (DNS
rebinding) gets by with neither; the Host header then holds that name.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from mitmproxy import http
from mitmproxy.net.http.url import hostport, parse_authority
from mitmproxy.proxy.mode_specs import ReverseMode

from addons.exchange import Door, door
from addons.streams import answer_here
from addons.upstream import is_loopback

UNNAMED = "a web page"

_REFUSED = "pixelpair.refused"  # in a flow's metadata
_ORIGIN = re.compile(r"https?://[\w.:\[\]-]{1,120}")
_NAME = re.compile(r"[\w.:\[\]-]{1,120}")
_PAGE = (
    "This listener is for backends; a web page may not use it. If a backend sent this with the headers of its visitor, "
    "let it leave out Origin and Sec-Fetch-Site.\n"
)
_MISNAMED = (
    "This listener answers to 127.0.0.1, localhost and names that end in .localhost or .internal "
    "(host.docker.internal), since any other name may be a web page's. Address it by one of them.\n"
)


def page_behind(flow: http.HTTPFlow) -> str | None:
    """The web page that had a browser make a request to a backends' listener, by its origin; None when none did."""
    if door(flow) is Door.FORWARD:
        return None
    headers = flow.request.headers
    origin = headers.get("origin")
    if origin is None and headers.get("sec-fetch-site", "none") == "none":  # "none" is an address typed by the user
        return None
    return origin if origin and _ORIGIN.fullmatch(origin) else UNNAMED


def misnamed(flow: http.HTTPFlow) -> str | None:
    """The name by which a backends' listener was addressed, when it is none of this machine's; else None.

    `.internal` is nobody's on the internet (ICANN, 2024), and what containers call their host. HTTP/1.0 needs no name,
    and browsers always send one. The port may be any: tunnels have their own.
    """
    given = flow.request.host_header
    if door(flow) is Door.FORWARD or given is None or _is_ours(given):
        return None
    return given if _NAME.fullmatch(given) else "no name at all"


@lru_cache(maxsize=256)
def _is_ours(authority: str) -> bool:
    try:
        host = parse_authority(authority, check=True)[0].lower().rstrip(".")
    except ValueError:
        return False
    return is_loopback(host) or host.endswith(".internal")


def is_refused(flow: http.HTTPFlow) -> bool:
    """Whether a request was turned away."""
    return bool(flow.metadata.get(_REFUSED))


def refuse(flow: http.HTTPFlow, answer: http.Response) -> None:
    """Turn a request away with an answer of ours: it goes nowhere, and is nobody's event."""
    flow.metadata[_REFUSED] = True
    answer_here(flow)
    flow.response = answer


class Gate:
    """Answers pages with 403, before anything else is done.

    `on_page` gets the page's origin, `on_name` the wrong name. What is let in goes on to the platform by its own name;
    mitmproxy would put that in before the gate could see the one that was sent (`keep_host_header` stops it).
    """

    def __init__(self, on_page: Callable[[str], None], on_name: Callable[[str], None]) -> None:
        self._on_page = on_page
        self._on_name = on_name

    def requestheaders(self, flow: http.HTTPFlow) -> None:
        mode = flow.client_conn.proxy_mode
        if not isinstance(mode, ReverseMode):
            return
        page, name = page_behind(flow), misnamed(flow)
        flow.request.host_header = hostport(mode.scheme, *mode.address)
        if page is not None:
            refuse(flow, _answer(_PAGE))
            self._on_page(page)
        elif name is not None:
            refuse(flow, _answer(_MISNAMED))
            self._on_name(name)


def _answer(text: str) -> http.Response:
    return http.Response.make(403, text, {"content-type": "text/plain; charset=utf-8"})
