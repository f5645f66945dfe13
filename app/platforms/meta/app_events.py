"""Decodes what an app's SDK reports of itself: shown, and never counted, for no pixel or dataset has it.

    POST https://graph.facebook.com/v26.0/1234567890/activities
    event=CUSTOM_APP_EVENTS&advertiser_id=…&application_tracking_enabled=1&extinfo=["i2","shop.example",…]
        &custom_events=[{"_eventName":"fb_mobile_purchase","_logTime":1795317862,"_valueToSum":142.52,"fb_currency":"USD"}]

Each custom event is one event under its own name; a call without any is one event under the name of the call, such as
MOBILE_APP_INSTALL. Source: Meta, "App Events API".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from app.model import Event, Exchange, Field, Flaw, Kind, Request, Side
from app.platforms.meta.answer import server_result
from app.platforms.meta.call_body import MAX_EVENTS, body_of
from app.platforms.meta.door import Place, divided
from app.platforms.meta.words import CUSTOM, CUSTOMER, EVENT, LIBRARY, OTHER, SECRETS
from app.platforms.reading import Json, as_list, pairs_of, plain_body, text_of, unwrapped
from app.platforms.reading.facts import time_ms

_LABELS = {
    "event": ("Kind of app event", EVENT),
    "advertiser_id": ("Mobile advertiser ID", CUSTOMER),
    "anon_id": ("Install ID", CUSTOMER),
    "app_user_id": ("User ID in the app", CUSTOMER),
    "ud": ("Customer data", CUSTOMER),
    "advertiser_tracking_enabled": ("Tracking allowed by the user", "consent"),
    "application_tracking_enabled": ("Tracking allowed in the app", "consent"),
    "extinfo": ("Device and app", LIBRARY),
    "_eventName": ("Event name", EVENT),
    "_logTime": ("Event time (s)", EVENT),
    "_valueToSum": ("Value", CUSTOM),
    "fb_currency": ("Currency", CUSTOM),
    "fb_order_id": ("Order ID", CUSTOM),
    "fb_content_id": ("Content ID", CUSTOM),
    "fb_content": ("Contents", CUSTOM),
    "fb_content_type": ("Content type", CUSTOM),
}
_TELLING = re.compile(rb"custom_events|advertiser_id|extinfo|MOBILE_APP_INSTALL|CUSTOM_APP_EVENTS")


def told(request: Request) -> bool:
    """Whether a body posted to somebody's `/<digits>/activities` is of app events: others have such paths, too."""
    return bool(_TELLING.search(plain_body(request)) or _TELLING.search(request.url.encode("utf-8", "replace")))


def decode(exchange: Exchange, place: Place) -> tuple[Event, ...]:
    """The app events of one call; empty when it sends none."""
    request = exchange.request
    if request.method != "POST":
        return ()
    body = body_of(request)
    query = divided(request.url)[1]
    values: dict[str, Json] = {**dict(reversed(pairs_of(query))), **body.values} if query else body.values
    flaws: tuple[Flaw, ...] = (body.flaw,) if body.flaw else ()
    if place.insecure:
        flaws += (Flaw("insecure-transport", None, None, place.host),)
    beside = [Field("{app}", place.account, "App ID", EVENT, "path"), *_beside(values)]
    events = []
    for index, (fields, custom) in enumerate(_custom_events(values)):
        events.append(_event(exchange, place, values, custom, (*fields, *beside), () if index else flaws, index))
    return tuple(events)


def _event(
    exchange: Exchange,
    place: Place,
    values: Mapping[str, Json],
    custom: Mapping[str, Json],
    fields: tuple[Field, ...],
    flaws: tuple[Flaw, ...],
    index: int,
) -> Event:
    outcome, answer = server_result(exchange)
    own_ms, flaw = time_ms(_text(custom.get("_logTime")) or "", "_logTime", "s")
    return Event(
        id=f"e{exchange.number}.{index}",
        exchange=exchange.number,
        platform="meta",
        side=Side.SERVER,
        provenance=exchange.provenance,
        kind=Kind.OTHER,
        account=place.account,
        name=_text(custom.get("_eventName")) or _text(values.get("event")) or "App event",
        event_id=None,
        own_ms=own_ms,
        received_ms=exchange.started_ms,
        value=_text(custom.get("_valueToSum")),
        currency=_text(custom.get("fb_currency")),
        order_id=_text(custom.get("fb_order_id")),
        action_source="app",
        off_page=True,
        transport="POST, app events",
        emitter=exchange.request.header("user-agent"),
        outcome=outcome,
        answer=answer,
        send=exchange.send,
        flaws=flaws + ((flaw,) if flaw else ()),
        fields=fields,
    )


def _custom_events(values: Mapping[str, Json]) -> Iterator[tuple[list[Field], Mapping[str, Json]]]:
    """Each custom event with its parameters as fields; one without any stands for a call that holds none."""
    listed = as_list(unwrapped(values.get("custom_events")))
    found = [
        item for item in map(unwrapped, listed if isinstance(listed, list) else [listed]) if isinstance(item, dict)
    ]
    for index, item in enumerate(found[:MAX_EVENTS]):
        wire = f"custom_events[{index}]."
        yield [_field(wire + key, key, value, CUSTOM) for key, value in item.items() if value is not None], item
    if not found:
        yield [], {}


def _beside(values: Mapping[str, Json]) -> Iterator[Field]:
    for key, value in values.items():
        if value is not None and key != "custom_events":
            yield _field(key, key, value, OTHER)


def _field(wire: str, key: str, value: Json, group: str) -> Field:
    label, group = _LABELS.get(key, (key, group))
    return Field(wire, "(hidden)" if key in SECRETS else text_of(value), label, group, "body")


def _text(value: Json) -> str | None:
    return None if value is None else text_of(value)
