"""Two parts of mitmproxy 12.2.3 that our own process replaces, because no hook does what they do here.

`BoundedStream` holds a body up to a limit. What is longer and relayed is streamed from there on, with its beginning
kept; what is longer and answered on this machine is cut, since there is nobody to pass it on to. It also notes which
end broke a request off: mitmproxy's own text for a reset stream says "by client" whoever did it.

`PatientClient` reads past informational answers (103 Early Hints), as HTTP/2 does in mitmproxy: it would take the first
for the answer, and drop the real one.

A guest in somebody else's mitmproxy installs neither.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from h2.errors import ErrorCodes
from mitmproxy import http
from mitmproxy.proxy import events, layer
from mitmproxy.proxy.layers import http as layers
from mitmproxy.proxy.layers.http._events import RequestProtocolError, ResponseProtocolError
from mitmproxy.proxy.layers.http._http1 import Http1Client
from mitmproxy.proxy.utils import ReceiveBuffer

from addons.bodies import Beginning
from app.model import Request

BODY_LIMIT = 8 << 20  # bytes; a full batch of 1000 server events is about 2 MB

_HERE = "pixelpair.here"  # keys in a flow's metadata
_KEPT = "pixelpair.kept"
_LEFT = "pixelpair.left"

_INFORMATIONAL = re.compile(rb"HTTP/1\.\d 1(?!01)\d\d")


@dataclass(slots=True, eq=False)
class Kept:
    """What a flow under way has of ours: the beginnings of its bodies, should they stream, and what becomes of it."""

    request: Beginning
    response: Beginning
    asked: Request | None = None  # once it is whole
    wanted: bool | None = None  # whether it is to be recorded; None until that is known
    done: bool = False

    @classmethod
    def of(cls, flow: http.HTTPFlow) -> Kept | None:
        """A flow's own, when it has one."""
        found = flow.metadata.get(_KEPT)
        return found if isinstance(found, cls) else None

    def attach(self, flow: http.HTTPFlow) -> None:
        """Give it to a flow."""
        flow.metadata[_KEPT] = self


def answer_here(flow: http.HTTPFlow) -> None:
    """Say, before its body has come, that a request goes nowhere: then its body need not be whole."""
    flow.metadata[_HERE] = True
    flow.request.stream = False


def is_answered_here(flow: http.HTTPFlow) -> bool:
    """Whether a request goes nowhere."""
    return bool(flow.metadata.get(_HERE))


def client_left(flow: http.HTTPFlow) -> bool:
    """Whether it was the client that broke a request off, and not the server or the way there."""
    if _LEFT in flow.metadata or not flow.error:
        return bool(flow.metadata.get(_LEFT))
    # A guest only has mitmproxy's text, which is the same for both ends of HTTP/2; servers do not cancel.
    return not flow.client_conn.connected or f"by client ({ErrorCodes.CANCEL.name})" in flow.error.msg


class _Full(ReceiveBuffer):
    """Takes no more than it was made with."""

    def __init__(self, data: bytes) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # mitmproxy leaves it untyped
        super().__iadd__(data)

    def __iadd__(self, _: bytes) -> _Full:
        return self


class BoundedStream(layers.HttpStream):
    """One request and its answer."""

    def check_body_size(self, request: bool) -> layer.CommandGenerator[bool]:
        """Called when a body's length becomes known, and again with each piece that is held."""
        if request and is_answered_here(self.flow):
            held = self.request_body_buf
            if len(held) > BODY_LIMIT and not isinstance(held, _Full):
                self.request_body_buf = _Full(bytes(held)[: BODY_LIMIT + 1])
            return False
        return (yield from super().check_body_size(request))

    def start_request_stream(self) -> layer.CommandGenerator[None]:
        """Pass the request's body on as it comes."""
        kept = Kept.of(self.flow)
        self.flow.request.stream = kept.request if kept else True
        yield from super().start_request_stream()

    def start_response_stream(self) -> layer.CommandGenerator[None]:
        """Pass the answer's body on as it comes."""
        kept = Kept.of(self.flow)
        assert self.flow.response
        self.flow.response.stream = kept.response if kept and kept.wanted else True
        yield from super().start_response_stream()

    def check_killed(self, emit_error_hook: bool) -> layer.CommandGenerator[bool]:
        """Called after each hook: the client may have left meanwhile."""
        if any(isinstance(event, RequestProtocolError) for event in self._paused_event_queue):
            self.flow.metadata[_LEFT] = True
        return (yield from super().check_killed(emit_error_hook))

    def handle_protocol_error(
        self, event: RequestProtocolError | ResponseProtocolError
    ) -> layer.CommandGenerator[None]:
        """Called with what came from the client (a request's error) or from the server (a response's)."""
        self.flow.metadata.setdefault(_LEFT, isinstance(event, RequestProtocolError))
        yield from super().handle_protocol_error(event)


class PatientClient(Http1Client):
    """Our end of a connection to a server that speaks HTTP/1."""

    def read_headers(self, event: events.ConnectionEvent) -> layer.CommandGenerator[None]:
        """Wait for the head of the answer itself."""
        if isinstance(event, events.DataReceived) and self.request:
            while _INFORMATIONAL.match(bytes(self.buf)[:13]):
                if self.buf.maybe_extract_lines() is None:
                    return
        yield from super().read_headers(event)


def install() -> None:
    """Have mitmproxy make these, in this process."""
    vars(layers).update(HttpStream=BoundedStream, Http1Client=PatientClient)
