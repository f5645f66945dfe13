"""Answers in place of a platform: which stand-in a request belongs to, and what it says.

Whoever owns the connection breaks it, or keeps silent, for the faults in `SILENT`: nothing is to be answered then.
"""

from __future__ import annotations

import json

from msgspec.structs import replace

from app.model import Request, Response
from app.platforms import platform_of, senders, server_hosts
from app.platforms.base import Platform
from app.platforms.local_address import MISDIRECTED, UnservedError, divided
from app.platforms.sandbox import Faults, page_answer


def server_request(request: Request, path: str) -> Request:
    """A request to a listener of ours as the call to a server API that it stands for; `path` has its query.

    Raises `UnservedError` for a host that nothing here stands for.
    """
    hosts = server_hosts()
    host, rest = divided(path, hosts)
    return replace(request, url=f"https://{host or hosts[0]}{rest}")


def unserved(error: UnservedError) -> Response:
    """The refusal of a host that nothing here stands for."""
    return Response(MISDIRECTED, (("content-type", "text/plain; charset=utf-8"),), f"{error}\n".encode())


def server_answer(request: Request, now_ms: int, faults: Faults | None = None) -> Response:
    """What the server API says to a call with the platform's own address."""
    found = _answering(request)
    if found is None or found.sandbox is None:
        title = found.title if found else "This address"
        said = {"error": f"{title} has no stand-in here; nothing was sent to it."}
        return Response(501, (("content-type", "application/json"),), json.dumps(said).encode())
    return found.sandbox.server(request, now_ms, faults or Faults())


def browser_answer(request: Request, owner: Platform | None) -> Response:
    """What a page gets for a request of its own."""
    return owner.sandbox.browser(request) if owner and owner.sandbox else page_answer(request)


def is_server_call(request: Request, owner: Platform | None) -> bool:
    """Whether a request calls its platform's server API."""
    return owner is not None and owner.server is not None and owner.server.serves(request)


def _answering(request: Request) -> Platform | None:
    """The platform whose server API is called: several may share a host, and a gateway has one of its own."""
    start = request.url.partition("://")[2]
    host = start.partition("/")[0].partition("?")[0].lower()
    there = [each for each in senders() if each.server and host in each.server.hosts]
    serving = (each for each in there if each.server and each.server.serves(request))
    return next(serving, there[0] if there else platform_of(request))
