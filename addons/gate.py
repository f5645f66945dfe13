"""Keeps web pages away from the listeners that are for backends.

Any page in any browser on this machine can post to a port on loopback. Nothing it could read there is a secret, but
what it sent would be recorded, and pass for the server's half of a conversion. A browser cannot leave out the two
headers that give a page away, and a page cannot change them; a name that an attacker points at this machine gives
itself away by `Origin` as soon as it posts.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from mitmproxy import http

from addons.exchange import Door, door

UNNAMED = "a web page"

_ORIGIN = re.compile(r"https?://[\w.:\[\]-]{1,120}")
_REFUSAL = (
    "This listener is for backends; a web page may not use it. If a backend sent this with the headers of its visitor, "
    "let it leave out Origin and Sec-Fetch-Site.\n"
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


class Gate:
    """Answers pages with 403, before anything else is done; `on_refusal` gets the page's origin."""

    def __init__(self, on_refusal: Callable[[str], None]) -> None:
        self._on_refusal = on_refusal

    def requestheaders(self, flow: http.HTTPFlow) -> None:
        page = page_behind(flow)
        if page is not None:
            flow.response = http.Response.make(403, _REFUSAL, {"content-type": "text/plain; charset=utf-8"})
            self._on_refusal(page)
