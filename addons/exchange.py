"""From mitmproxy's flow to our exchange: pure functions, no hook."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum

from mitmproxy import http
from mitmproxy.proxy.mode_specs import ReverseMode

from addons.bodies import Beginning, decoded
from addons.streams import Kept, client_left
from app.model import Exchange, Headers, Provenance, Request, Response
from app.platforms import platform_of
from app.platforms.reading import method_of
from app.platforms.stand_in import is_server_call

SANDBOX_HOST = "sandbox.pixelpair.invalid"  # never resolves, by RFC 2606: the sandbox listener's make-believe target

_OWN_AUTHORITY = ". If your network has a certificate authority of its own, name its file in the settings."
_RESET = re.compile(r"stream reset by client \((\w+)\)")  # mitmproxy says "client" of either end


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


def hosts_of(flow: http.HTTPFlow) -> Iterator[str]:
    """The names that a request at the forward listener has for where it goes, the cheapest to get first.

    Where the client connected, its TLS name and its Host header are the client's to choose, and may differ.
    """
    yield flow.request.host
    if flow.client_conn.sni:
        yield flow.client_conn.sni
    yield flow.request.pretty_host


def address(flow: http.HTTPFlow) -> str:
    """Where a request goes by the client's connection; its Host header, by which it is recorded, may say another."""
    return _ascii(flow.request.url)


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


def exchange(flow: http.HTTPFlow, limit: int, asked: Request | None = None) -> Exchange:
    """One finished flow as the record wants it; bodies are decoded and cut at `limit` bytes.

    `asked` is its request where that is known already.
    """
    request, response, error = flow.request, flow.response, flow.error
    asked = asked or as_request(flow, limit)
    marks = {name.lower(): value for name, value in asked.headers}
    finished = (response and response.timestamp_end) or (error and error.timestamp)
    host, port, *_ = flow.client_conn.sockname
    return Exchange(
        provenance=provenance(door(flow), asked.method, asked.url, marks),
        request=asked,
        response=_response(flow, response, limit) if response else None,
        error=_cause(flow),
        started_ms=_ms(request.timestamp_start),
        finished_ms=_ms(finished) if finished else None,
        source=f"{host}:{port}",
    )


def as_request(flow: http.HTTPFlow, limit: int) -> Request:
    """The request alone."""
    request, kept = flow.request, Kept.of(flow)
    body, truncated = _body(request, kept.request if kept else None, limit)
    return Request(method_of(request.method), _ascii(request.pretty_url), _headers(request), body, truncated)


def _response(flow: http.HTTPFlow, response: http.Response, limit: int) -> Response:
    kept = Kept.of(flow)
    body, truncated = _body(response, kept.response if kept else None, limit)
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


def _body(message: http.Message, beginning: Beginning | None, limit: int) -> tuple[bytes, bool]:
    raw, whole = message.raw_content, True
    if raw is None:  # it was too large to hold and streamed past us, or it never came to its end
        raw, whole = (bytes(beginning.kept), beginning.whole) if beginning else (b"", False)
    body, cut = decoded(raw, message.headers.get("content-encoding", ""), limit)
    return body, cut or not whole


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


def _cause(flow: http.HTTPFlow) -> str | None:
    """What went wrong, or None.

    A client that leaves before the answer is no failure: the request was sent, as beacons are when a page closes; no
    answer was seen, that is all.
    """
    if flow.error is None:
        return None
    if client_left(flow) and flow.request.timestamp_end:
        return None
    if reset := _RESET.fullmatch(flow.error.msg):
        return f"The platform reset the stream ({reset[1]})."
    return flow.error.msg + (_OWN_AUTHORITY if "ertificate verify failed" in flow.error.msg else "")
