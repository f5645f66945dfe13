"""`Capture` for a proxy that keeps a journal: no answer goes out before the exchange it ends is kept.

mitmproxy sends an answer, or its own for an error, once the hook has returned; of one that streams the end is what
waits.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from mitmproxy import http

from addons.capture import Capture


class KeptCapture(Capture):
    """Awaits `kept`, which is set once it is made, after everything that goes to the sink."""

    kept: Callable[[], Awaitable[None]]
    _ended = False

    async def response(self, flow: http.HTTPFlow) -> None:  # type: ignore[override]  # mitmproxy awaits it
        if not self._ended or flow.id in self._open:  # else it went to the sink at the end, without its answer
            super().response(flow)
        await self.kept()

    async def error(self, flow: http.HTTPFlow) -> None:  # type: ignore[override]  # mitmproxy awaits it
        if not self._ended or flow.id in self._open:
            super().error(flow)
        await self.kept()

    def done(self) -> None:
        super().done()
        self._ended = True
