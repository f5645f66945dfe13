"""Sends a request at the forwarding listener to the platform whose server host begins its path.

    POST http://127.0.0.1:8081/<host>/<path>
    POST http://127.0.0.1:8081/v26.0/1111111111111111/events      no host: the listener's own target

Only hosts from the table are relayed to, over TLS on port 443; whatever else a path, an absolute request target or a
Host header names is never connected to.
"""

from __future__ import annotations

from mitmproxy import http

from addons.exchange import Door, door
from addons.gate import refuse
from app.platforms.local_address import UnservedError, divided
from app.platforms.stand_in import unserved


class Forward:
    """Rewrites where a request goes before anything is connected; `hosts` are those that a path may begin with."""

    def __init__(self, hosts: tuple[str, ...]) -> None:
        self._hosts = hosts

    def requestheaders(self, flow: http.HTTPFlow) -> None:
        if flow.response is not None or door(flow) is not Door.FORWARDING:
            return
        request = flow.request
        if not request.is_http2:
            request.authority = ""  # an absolute request target names a host, too, and would be passed on
        try:
            host, path = divided(request.path, self._hosts)
        except UnservedError as error:
            answer = unserved(error)
            refuse(flow, http.Response.make(answer.status, answer.body, dict(answer.headers)))
            return
        if host:
            name, _, port = host.partition(":")
            request.scheme, request.host, request.port = "https", name, int(port or 443)
            request.path = path
