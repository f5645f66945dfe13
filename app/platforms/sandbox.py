"""What stands in for a platform on this machine: its documented answers, and the faults they can have."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from app.model import Request, Response


class Fault(StrEnum):
    """A way for a server endpoint to misbehave, whatever it is asked; each platform answers in its own words."""

    UNKNOWN_ERROR = "unknown-error"  # the platform's own trouble, worth another try
    UNAVAILABLE = "unavailable"  # it is overloaded or down
    RATE_LIMITED = "rate-limited"  # too many requests
    HTML = "html"  # 502 and a page, as a gateway in trouble gives
    RESET = "reset"  # the connection breaks; whoever owns the connection has to do it
    TIMEOUT = "timeout"  # no answer comes; whoever owns the connection has to keep silent
    TOKEN_INVALID = "token-invalid"  # noqa: S105 - a fault's name
    TOKEN_EXPIRED = "token-expired"  # noqa: S105 - a fault's name
    NO_PERMISSION = "no-permission"  # the token is good, for something else
    PARTIAL = "partial"  # all but the first event is taken


SILENT = frozenset({Fault.RESET, Fault.TIMEOUT})
"""Faults without an answer."""


@dataclass(frozen=True, slots=True)
class Faults:
    """How an endpoint is to misbehave. `delay_ms` and the faults in `SILENT` are for whoever owns the connection."""

    fault: Fault | None = None
    delay_ms: int = 0


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A platform's stand-in. None of its functions raises; junk gets the refusal it would get there.

    `server(request, now_ms, faults)` answers a call to the server API by its documented contract. `browser(request)`
    answers a page: a picture for a pixel, a stand-in for a script.
    """

    server: Callable[[Request, int, Faults], Response]
    browser: Callable[[Request], Response]


# The 43 bytes of a transparent GIF of one pixel: what a pixel's endpoint answers.
GIF = bytes.fromhex("47494638396101000100800000ffffff00000021f90401000000002c00000000010001000002024401003b")
SCRIPT = b"/* Pixelpair's sandbox stands in for this file; nothing was loaded from the platform. */\n"
PAGE = (
    b"<!DOCTYPE html><html><head><title>Error</title></head><body><h1>Sorry, something went wrong.</h1></body></html>"
)

_NO_STORE = ("cache-control", "no-store")
_NOTHING = re.compile(r"(?!)")
_SCRIPT = re.compile(r"\.js$")


def picture() -> Response:
    """What a pixel's endpoint gives."""
    return Response(200, (("content-type", "image/gif"), _NO_STORE), GIF)


def page_answer(request: Request, pixel: re.Pattern[str] = _NOTHING, script: re.Pattern[str] = _SCRIPT) -> Response:
    """What a page gets, as far as it can tell: `pixel` and `script` are looked for in the path.

    Browsers also say what they want it for (Sec-Fetch-Dest), which decides where the path does not.
    """
    path, wanted = path_of(request), request.header("sec-fetch-dest")
    if pixel.search(path) or wanted == "image":
        return picture()
    if script.search(path) or wanted == "script":
        return Response(200, (("content-type", "application/javascript"), _NO_STORE), SCRIPT)
    return Response(204, (_NO_STORE,))


def html_error() -> Response:
    """What a gateway in trouble gives instead of the API's answer."""
    return Response(502, (("Content-Type", "text/html; charset=utf-8"),), PAGE)


def path_of(request: Request) -> str:
    """The path of a request's URL; empty when it is no URL."""
    try:
        return urlsplit(request.url).path
    except ValueError:
        return ""
