"""A platform's script or configuration as an event: loaded, it ought to send; blocked, it is why nothing is sent."""

from __future__ import annotations

from app.model import Event, Exchange, Field, Kind, Side
from app.platforms.reading.answers import browser_result


def script_event(
    exchange: Exchange, platform: str, name: str, account: str = "", fields: tuple[Field, ...] = ()
) -> tuple[Event, ...]:
    """One event of kind configuration when it came, one of kind other when it was lost, none when nothing is known."""
    if exchange.request.method != "GET":
        return ()
    response = exchange.response
    came = response is not None and (200 <= response.status < 300 or response.status == 304)
    outcome, answer = browser_result(exchange)
    if not came and not outcome.lost:
        return ()
    event = Event(
        id=f"e{exchange.number}.0",
        exchange=exchange.number,
        platform=platform,
        side=Side.BROWSER,
        provenance=exchange.provenance,
        kind=Kind.CONFIGURATION if came else Kind.OTHER,
        account=account,
        name=name,
        event_id=None,
        own_ms=None,
        received_ms=exchange.started_ms,
        page=exchange.request.header("referer") or None,
        transport=exchange.request.method,
        outcome=outcome,
        answer=answer,
        fields=fields,
    )
    return (event,)
