"""Single events for tests, with everything that a test does not name left plain."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from app.model import Event, Kind, Provenance, Side
from app.platforms.base import EVENT_ID, event_key

START_MS = 1_795_000_000_000
HOUR_MS = 3_600_000


def browser(number: int, event_id: str | None = None, at_ms: int = 0, **changes: Any) -> Event:
    """A Purchase from an imported page, `at_ms` after the start."""
    return _event(Side.BROWSER, number, event_id, at_ms, changes)


def server(number: int, event_id: str | None = None, at_ms: int = 0, **changes: Any) -> Event:
    """A Purchase from an imported backend, `at_ms` after the start."""
    return _event(Side.SERVER, number, event_id, at_ms, changes)


def live(event: Event, received_ms: int | None = None) -> Event:
    """The same event as we would have seen it happen."""
    provenance = Provenance.CAPTURED if event.side is Side.BROWSER else Provenance.FORWARDED
    received = event.at_ms if received_ms is None else START_MS + received_ms
    return replace(event, provenance=provenance, received_ms=received)


def _event(side: Side, number: int, event_id: str | None, at_ms: int, changes: dict[str, Any]) -> Event:
    plain: dict[str, Any] = {
        "id": f"e{number}.0",
        "exchange": number,
        "platform": "meta",
        "side": side,
        "provenance": Provenance.IMPORTED,
        "kind": Kind.EVENT,
        "account": "1111111111111111",
        "name": "Purchase",
        "event_id": event_id,
        "own_ms": START_MS + at_ms,
        "received_ms": START_MS + at_ms,
        "fingerprint": f"payload-{number}",
    }
    event = Event(**plain | changes)
    key = (event_key(EVENT_ID, event.account, event.name, event.event_id),) if event.event_id else ()
    return replace(event, keys=key)
