"""What mitmproxy calls: every finished request to an ad platform becomes an `Exchange` and is handed to a sink.

The hooks run on the proxy's only thread, so they copy and hand over, nothing more; masking and decoding are done by
whoever owns the sink.
"""

from __future__ import annotations

from collections.abc import Callable

from mitmproxy import http, tls

from addons.exchange import Door, door, exchange
from addons.watch import Watch
from app.model import Exchange

BODY_LIMIT = 8 << 20  # bytes; a full batch of 1000 server events is about 2 MB


def _ignore(_: str) -> None:
    """Nobody wants to hear it."""


class Capture:
    """Records the flows that concern us and lets all others stream past.

    `on_distrust` is called with the host when a client refuses our certificate for it.
    """

    def __init__(
        self,
        watch: Watch,
        sink: Callable[[Exchange], None],
        on_distrust: Callable[[str], None] = _ignore,
        body_limit: int = BODY_LIMIT,
    ) -> None:
        self.watch = watch
        self._sink = sink
        self._on_distrust = on_distrust
        self._limit = body_limit
        self._open: dict[str, http.HTTPFlow] = {}  # asked, not yet answered

    def concerns(self, flow: http.HTTPFlow) -> bool:
        """Whether a flow is to be recorded: whatever a backend sends to the forwarding listener is."""
        match door(flow):
            case Door.FORWARDING:
                return True
            case Door.SANDBOX:
                return False
        request = flow.request
        return self.watch.covers(request.pretty_host, request.port, request.path)

    def requestheaders(self, flow: http.HTTPFlow) -> None:
        if door(flow) is Door.FORWARD and not self.concerns(flow):
            flow.request.stream = True

    def request(self, flow: http.HTTPFlow) -> None:
        if self.concerns(flow):
            self._open[flow.id] = flow

    def responseheaders(self, flow: http.HTTPFlow) -> None:
        length = flow.response.headers.get("content-length", "") if flow.response else ""
        if flow.response and (not self.concerns(flow) or (length.isdigit() and int(length) > self._limit)):
            flow.response.stream = True

    def response(self, flow: http.HTTPFlow) -> None:
        self._finish(flow)

    def error(self, flow: http.HTTPFlow) -> None:
        self._finish(flow)

    def done(self) -> None:
        """Requests still under way when the proxy stops were sent; their answers were not seen."""
        for flow in list(self._open.values()):
            self._finish(flow)

    def tls_failed_client(self, data: tls.TlsData) -> None:
        host = data.conn.sni or ""
        # A handshake broken off without a word is mostly a browser's connection made on speculation.
        spoken = "alert" in (data.conn.error or "") or "trust" in (data.conn.error or "")
        if host and spoken and self.watch.names(host):
            self._on_distrust(host)

    def _finish(self, flow: http.HTTPFlow) -> None:
        known = self._open.pop(flow.id, None)
        if known is not None or (flow.request.method != "CONNECT" and self.concerns(flow)):
            self._sink(exchange(flow, self._limit))
