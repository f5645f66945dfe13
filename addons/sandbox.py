"""Answers the ad platforms' hosts on this machine: in sandbox mode nothing is sent to them.

The browser gets what the platform's servers would give it, as far as a page can tell; server events get the
documented answer of its server API. With mitmproxy's lazy connection strategy no connection is opened, no name looked
up.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import NamedTuple

from mitmproxy import http
from mitmproxy.proxy import server_hooks
from msgspec.structs import replace

from addons.exchange import SANDBOX_HOST, Door, as_request, door, hosts_of
from addons.streams import BODY_LIMIT, answer_here, is_answered_here
from addons.watch import Watch
from app.model import Request, Response
from app.platforms import Platform, platform_of
from app.platforms.local_address import UnservedError
from app.platforms.stand_in import browser_answer, is_server_call, server_request, unserved


class Reaction(NamedTuple):
    """What the endpoint does with a request: `answer` is None when it breaks the connection instead."""

    answer: Response | None
    delay_s: float = 0


Endpoint = Callable[[Request, int], Reaction]
"""The server APIs: a request with a platform's own address and the time now (ms) to what is done."""


class Sandbox:
    """Answers instead of the platforms, and always for the sandbox listener. `servers` answers for the server APIs."""

    def __init__(self, watch: Watch, servers: Endpoint, *, everywhere: bool) -> None:
        self._watch = watch
        self._servers = servers
        self._everywhere = everywhere  # False: live; only the sandbox listener is answered here

    def requestheaders(self, flow: http.HTTPFlow) -> None:
        if self._ours(flow):
            answer_here(flow)

    async def request(self, flow: http.HTTPFlow) -> None:
        if flow.response is not None or not is_answered_here(flow):
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
        request = flow.request
        return self._everywhere and any(
            self._watch.answers(host, request.port, request.path) for host in hosts_of(flow)
        )

    def _react(self, flow: http.HTTPFlow) -> Reaction:
        if flow.request.method == "OPTIONS":
            return Reaction(Response(204))
        now_ms = round(time.time() * 1000)
        asked = as_request(flow, BODY_LIMIT)
        match door(flow):
            case Door.SANDBOX:
                try:
                    return self._servers(server_request(asked, flow.request.path), now_ms)
                except UnservedError as error:
                    return Reaction(unserved(error))
            case Door.FORWARDING:
                return self._servers(asked, now_ms)
        asked, owner = self._owned(asked, flow.request.url)
        return self._servers(asked, now_ms) if is_server_call(asked, owner) else Reaction(browser_answer(asked, owner))

    def _owned(self, asked: Request, connected: str) -> tuple[Request, Platform | None]:
        """A request and whose it is; by its Host header, else by where the client connected."""
        tries = (asked, replace(asked, url=connected))
        named = ((each, platform_of(each, self._watch.places)) for each in tries)
        return next((found for found in named if found[1] is not None), (asked, None))


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
