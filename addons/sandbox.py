"""Answers the ad platforms' hosts on this machine: in sandbox mode nothing is sent to them.

The browser gets what the platform's servers would give it, as far as a page can tell; server events get the
documented answer of the Graph API. With mitmproxy's lazy connection strategy no connection is opened, no name looked
up.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from typing import NamedTuple

from mitmproxy import http
from mitmproxy.proxy import server_hooks
from msgspec.structs import replace

from addons.capture import BODY_LIMIT
from addons.exchange import SANDBOX_HOST, Door, as_request, concerns, door, server_side
from addons.watch import Watch
from app.model import Request, Response

GRAPH_HOST = "graph.facebook.com"

# The 43 bytes of a transparent GIF of one pixel: what a pixel's endpoint answers.
GIF = bytes.fromhex("47494638396101000100800000ffffff00000021f90401000000002c00000000010001000002024401003b")
SCRIPT = b"/* Pixelpair's sandbox stands in for this file; nothing was loaded from the platform. */\n"

_PIXEL = re.compile(r"^(/tr/?|/privacy_sandbox/.*)$")
_SCRIPT = re.compile(r"^/(.*/)?fbevents\.js$|^/signals/(config|plugins)/|\.js$")


class Reaction(NamedTuple):
    """What the endpoint does with a request: `answer` is None when it breaks the connection instead."""

    answer: Response | None
    delay_s: float = 0


Endpoint = Callable[[Request, int], Reaction]
"""A server endpoint: a request and the time now (ms) to what it does."""


class Sandbox:
    """Answers instead of the platforms, and always for the sandbox listener. `graph` is the server side's contract."""

    def __init__(self, watch: Watch, graph: Endpoint, *, everywhere: bool) -> None:
        self._watch = watch
        self._graph = graph
        self._everywhere = everywhere  # False: live; only the sandbox listener is answered here

    async def request(self, flow: http.HTTPFlow) -> None:
        if flow.response is not None or not self._ours(flow):
            return
        # mitmproxy relays a request whose hook has failed; this one is answered before anything can.
        flow.response = http.Response.make(500, b"The sandbox tripped over this request; it was not relayed.\n")
        reaction = self._react(flow)
        if reaction.delay_s:
            await asyncio.sleep(reaction.delay_s)
        if reaction.answer is None:
            flow.response = None
            flow.kill()
        else:
            flow.response = _rendered(reaction.answer, flow.request)

    def server_connect(self, data: server_hooks.ServerConnectionHookData) -> None:
        """The last gate: what is no HTTP inside an opened connection would else be passed on as it stands."""
        host = (data.server.address or ("",))[0]
        if host == SANDBOX_HOST or (self._everywhere and self._watch.is_platform(host)):
            data.server.error = "The sandbox sends nothing to the platforms."

    def _ours(self, flow: http.HTTPFlow) -> bool:
        match door(flow):
            case Door.SANDBOX:
                return True
            case Door.FORWARDING:
                return self._everywhere
        return self._everywhere and concerns(self._watch, flow)

    def _react(self, flow: http.HTTPFlow) -> Reaction:
        request = flow.request
        if request.method == "OPTIONS":
            return Reaction(Response(204))
        if self._is_graph(flow):
            asked = as_request(flow, BODY_LIMIT)
            asked = replace(asked, url=asked.url.replace(f"http://{SANDBOX_HOST}", f"https://{GRAPH_HOST}", 1))
            return self._graph(asked, round(time.time() * 1000))
        return Reaction(browser_answer(request.path.partition("?")[0], request.headers.get("sec-fetch-dest", "")))

    @staticmethod
    def _is_graph(flow: http.HTTPFlow) -> bool:
        return (
            door(flow) is not Door.FORWARD
            or GRAPH_HOST in (flow.request.host.lower(), flow.request.pretty_host.lower())
            or server_side(flow.request.method, flow.request.url)
        )


def browser_answer(path: str, destination: str) -> Response:
    """What a page gets for a path; `destination` is the request's Sec-Fetch-Dest, "" when it has none."""
    if _PIXEL.match(path) or destination == "image":
        return Response(200, (("content-type", "image/gif"), ("cache-control", "no-store")), GIF)
    if _SCRIPT.search(path) or destination == "script":
        return Response(200, (("content-type", "application/javascript"), ("cache-control", "no-store")), SCRIPT)
    return Response(204, (("cache-control", "no-store"),))


def _rendered(answer: Response, request: http.Request) -> http.Response:
    shared = () if answer.header("access-control-allow-origin") else _cors(request)
    pairs = [(name.encode(), value.encode()) for name, value in (*answer.headers, *shared)]
    made = http.Response.make(answer.status, answer.body, http.Headers(pairs))
    if "date" not in made.headers:
        made.headers["date"] = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime())
    return made


def _cors(request: http.Request) -> tuple[tuple[str, str], ...]:
    """Without these the browser keeps the answer from the page and, after a preflight, never sends the event."""
    origin = request.headers.get("origin")
    if origin is None:
        return ()
    asked = request.headers.get("access-control-request-headers", "")
    return (
        ("access-control-allow-origin", origin),
        ("access-control-allow-credentials", "true"),
        ("access-control-allow-methods", "GET, POST, OPTIONS"),
        *((("access-control-allow-headers", asked),) if asked else ()),
        ("vary", "Origin"),
    )
