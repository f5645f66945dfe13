"""A desk for the send dialog on real parts: composer, contract, sender; only the wire between the last two is short."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future

import httpx

from app.gui.composing.send_desk import SendDesk, plain_desk
from app.model import Event, Exchange, Request
from app.outgoing import Outgoing
from app.platforms.meta.contract import answer
from app.sending.job import Endpoint
from app.sending.sender import Patience, Sender

SANDBOX = Endpoint("Sandbox (this machine)", "http://127.0.0.1:8082")
LIVE = Endpoint("Meta, live", "https://graph.facebook.com", live=True)


class Wire:
    """Carries what the sender sends to the contract's stand-in, and keeps it."""

    def __init__(self, now_ms: int) -> None:
        self.requests: list[Request] = []
        self._now_ms = now_ms

    def __call__(self, request: httpx.Request) -> httpx.Response:
        headers = tuple((name.decode(), value.decode()) for name, value in request.headers.raw)
        self.requests.append(Request(request.method, str(request.url), headers, request.content))
        response = answer(self.requests[-1], self._now_ms)
        return httpx.Response(response.status, headers=list(response.headers), content=response.body)


def desk(
    sender: Sender, browser: Event | None, now_ms: int, endpoints: tuple[Endpoint, ...] = (SANDBOX, LIVE)
) -> SendDesk:
    """A desk that sends with `sender`, with a token of the sandbox's."""

    def send(ready: Outgoing, confirmed: bool) -> Future[Exchange]:
        return sender.submit(ready, "sandbox-token", confirmed=confirmed).exchange

    return plain_desk(browser, endpoints, send, lambda: now_ms)


def sender_over(wire: Callable[[httpx.Request], httpx.Response]) -> Sender:
    """The real sender on a short wire, that does not wait between attempts."""
    return Sender(patience=Patience(backoff_s=(0.0,)), transport=httpx.MockTransport(wire))
