"""From what was recorded to a draft, and from a draft to the request as it is shown. Nothing here sends."""

from __future__ import annotations

import time

from app.model import Customer, Draft, Event, Exchange, Outgoing, Request, Side
from app.platforms import server_of
from app.sending.auth import shown_with


def draft_again(
    event: Event,
    exchange: Exchange,
    customer: Customer,
    *,
    keep_time: bool,
    test_code: str | None = None,
    api_version: str | None = None,
) -> Draft:
    """A recorded server event as it was, or a browser event's server twin. Raises `ComposeError`."""
    api, at_ms = server_of(event.platform), now_ms()
    if event.side is not Side.BROWSER:
        return api.replay(
            event, exchange, now_ms=at_ms, keep_time=keep_time, test_code=test_code, api_version=api_version
        )
    return api.compose(
        event,
        customer,
        now_ms=at_ms,
        user_agent=exchange.request.header("user-agent"),
        keep_time=keep_time,
        test_code=test_code,
        api_version=api_version,
    )


def outgoing(draft: Draft, base_url: str) -> Outgoing:
    """The request that carries a draft to a base URL, without its token. Raises `ComposeError`."""
    return server_of(draft.platform).outgoing(draft, base_url)


def shown(ready: Outgoing) -> Request:
    """A request as it would go over the wire, with dots for its token."""
    return shown_with(ready.request, ready.auth)


def now_ms() -> int:
    """This machine's clock, UTC."""
    return time.time_ns() // 1_000_000
