"""From what was recorded to a draft, and from a draft to the request as it is shown. Nothing here sends."""

from __future__ import annotations

import time
from dataclasses import replace

from app.model import Event, Exchange, Request, Side
from app.outgoing import Draft, Outgoing
from app.platforms import server_of
from app.platforms.server_api import Terms
from app.sending.auth import shown_with


def draft_again(event: Event, exchange: Exchange, terms: Terms) -> Draft:
    """A recorded server event again, or a browser event's twin with its user agent. Raises `ComposeError`."""
    api = server_of(event.platform)
    if event.side is not Side.BROWSER:
        return api.replay(event, exchange, terms)
    return api.compose(event, replace(terms, user_agent=exchange.request.header("user-agent")))


def outgoing(draft: Draft, base_url: str) -> Outgoing:
    """The request that carries a draft to a base URL, without its token. Raises `ComposeError`."""
    return server_of(draft.platform).outgoing(draft, base_url)


def shown(ready: Outgoing) -> Request:
    """A request as it would go over the wire, with dots for its token."""
    return shown_with(ready.request, ready.auth)


def now_ms() -> int:
    """This machine's clock, UTC."""
    return time.time_ns() // 1_000_000
