"""From mitmproxy's flow to our exchange: pure functions, no hook."""

from __future__ import annotations

import re
from enum import StrEnum

from mitmproxy import http
from mitmproxy.proxy.mode_specs import ReverseMode

from addons.bodies import decoded
from addons.watch import Watch
from app.model import Exchange, Headers, Provenance, Request, Response
from app.platforms import platform_of
from app.platforms.reading import method_of
from app.platforms.stand_in import is_server_call

SANDBOX_HOST = "sandbox.pixelpair.invalid"  # never resolves, by RFC 2606: the sandbox listener's make-believe target

_OWN_AUTHORITY = ". If your network has a certificate authority of its own, name its file in the settings."


class Door(StrEnum):
    """Which of our listeners a request came in by."""

    FORWARD = "forward"  # the proxy: browsers, and backends with HTTPS_PROXY
    FORWARDING = "forwarding"  # stands in for the platforms' server APIs
    SANDBOX = "sandbox"  # our own sender's practice ground


def door(flow: http.HTTPFlow) -> Door:
    """Told from the listener's mode, so that it also holds in somebody's own mitmdump."""
    mode = flow.client_conn.proxy_mode
    if not isinstance(mode, ReverseMode):
        return Door.FORWARD
    return Door.SANDBOX if mode.address[0] == SANDBOX_HOST else Door.FORWARDING


def concerns(watch: Watch, flow: http.HTTPFlow) -> bool:
    """Whether a request at the forward listener goes to a watched place by any of the names it has for it.

    Where the client connected, its TLS name and its Host header are the client's to choose, and may differ.
    """
    request = flow.request
    named = {request.host, request.pretty_host, flow.client_conn.sni or request.host}
    return any(watch.covers(host, request.port, request.path) for host in named)


def provenance(entered: Door, method: str, url: str, header: dict[str, str]) -> Provenance:
    """How an exchange reached us; `header` has lower-case names."""
    if entered is not Door.FORWARD:
        return Provenance.FORWARDED
    if not from_browser(url, header):
        return Provenance.PROXIED
    return Provenance.PAGE if server_side(method, url) else Provenance.CAPTURED


def from_browser(url: str, header: dict[str, str]) -> bool:
    """Whether a browser made the request.

    Browsers mark every request to a secure address with Sec-Fetch-Site and -Dest. Sec-Fetch-Mode alone proves nothing,
    because Node's fetch sends it, and a relay may copy its visitor's User-Agent; that only counts over plain HTTP,
    where browsers leave the marks out.
    """
    if header.keys() & {"sec-fetch-site", "sec-fetch-dest", "origin"}:
        return True
    return url.startswith("http:") and header.get("user-agent", "").startswith("Mozilla/")


def server_side(method: str, url: str) -> bool:
    """Whether the address is one that backends call: a platform's server API, or a gateway's."""
    request = Request(method, url)
    return method == "POST" and is_server_call(request, platform_of(request))


def exchange(flow: http.HTTPFlow, limit: int) -> Exchange:
    """One finished flow as the record wants it; bodies are decoded and cut at `limit` bytes."""
    request, response, error = flow.request, flow.response, flow.error
    asked = as_request(flow, limit)
    marks = {name.lower(): value for name, value in asked.headers}
    finished = (response and response.timestamp_end) or (error and error.timestamp)
    host, port, *_ = flow.client_conn.sockname
    return Exchange(
        provenance=provenance(door(flow), asked.method, asked.url, marks),
        request=asked,
        response=_response(response, limit) if response else None,
        error=_cause(flow),
        started_ms=_ms(request.timestamp_start),
        finished_ms=_ms(finished) if finished else None,
        source=f"{host}:{port}",
    )


def as_request(flow: http.HTTPFlow, limit: int) -> Request:
    """The request alone."""
    request = flow.request
    body, truncated = _body(request, limit)
    return Request(method_of(request.method), _ascii(request.pretty_url), _headers(request), body, truncated)


def _response(response: http.Response, limit: int) -> Response:
    body, truncated = _body(response, limit)
    return Response(response.status_code, _headers(response), body, truncated)


def _headers(message: http.Message) -> Headers:
    return tuple((_text(name), _text(value)) for name, value in message.headers.fields)


def _text(wire: bytes) -> str:
    try:
        return wire.decode("utf-8")
    except UnicodeDecodeError:
        return wire.decode("latin-1")


def _ascii(url: str) -> str:
    """Bytes that are no UTF-8 come as lone surrogates, which no database takes; percent-encoded they mean the same."""
    return re.sub("[\udc80-\udcff]", lambda lone: f"%{ord(lone[0]) - 0xDC00:02X}", url)


def _body(message: http.Message, limit: int) -> tuple[bytes, bool]:
    raw = message.raw_content
    if raw is None:  # it was too large to hold and streamed past us
        return b"", True
    return decoded(raw, message.headers.get("content-encoding", ""), limit)


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


def _cause(flow: http.HTTPFlow) -> str | None:
    """What went wrong, or None.

    A client that leaves before the answer is no failure: the request was sent, as beacons are when a page closes; no
    answer was seen, that is all.
    """
    if flow.error is None:
        return None
    left = not flow.client_conn.connected or "by client" in flow.error.msg
    if left and flow.request.timestamp_end:
        return None
    return flow.error.msg + (_OWN_AUTHORITY if "ertificate verify failed" in flow.error.msg else "")
