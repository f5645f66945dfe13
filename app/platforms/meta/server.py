"""Decodes calls to the Conversions API, directly, by a gateway's server path, or inside a Graph batch.

    POST https://graph.facebook.com/v26.0/1111111111111111/events
    {"data":[{"event_name":"Purchase","event_time":1795318292,"event_id":"order-77","action_source":"website",
              "event_source_url":"https://shop.example/thanks","user_data":{"em":["8c87b489…"],"fbp":"fb.1.…"},
              "custom_data":{"value":142.52,"currency":"USD","contents":[{"id":"SKU-1","quantity":2}]}}],
     "test_event_code":"TEST123","partner_agent":"shop-1.0","access_token":"…"}

Source: Meta, "Conversions API: parameters" and "Using the API".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from app.model import Event, Exchange, Flaw, Kind, Provenance, Side
from app.platforms.meta.answer import batch_results, server_result
from app.platforms.meta.call_batch import inner_calls
from app.platforms.meta.call_body import Call, Element, call_of, loaded_object
from app.platforms.meta.door import Door, Place
from app.platforms.meta.facts import consent_of, dedup_keys
from app.platforms.meta.requirements import OFF_PAGE
from app.platforms.meta.server_fields import read
from app.platforms.meta.shortcomings import shortcomings
from app.platforms.meta.words import CALL_LABELS, SECRETS
from app.platforms.reading import Json, text_of
from app.platforms.reading.answers import Result
from app.platforms.reading.calls import unread
from app.platforms.reading.facts import contents_of, event_id_of, fingerprint, telling_headers, time_ms

_BESIDE_DATA = frozenset(CALL_LABELS)
_ID_NAMES = ("eventID", "eventId", "event_id")


def decode(exchange: Exchange, place: Place) -> tuple[Event, ...]:
    """The events of one call, each with the call's answer; empty when it is none that sends events."""
    if exchange.request.method != "POST":
        return ()
    call = call_of(exchange.request, place.account)
    road = ", gateway" if place.door is Door.GATEWAY else ""
    return tuple(_events(exchange, place, call, server_result(exchange, call.sent), road))


def decode_batch(exchange: Exchange, place: Place) -> tuple[Event, ...]:
    """The events of a Graph batch, each with its own call's answer; empty when it holds no call that sends events."""
    if exchange.request.method != "POST":
        return ()
    calls = inner_calls(exchange.request)
    results = batch_results(exchange, [call.sent if call else 0 for call in calls])
    events: list[Event] = []
    for call, result in zip(calls, results, strict=True):
        if call:
            events += _events(exchange, place, call, result, ", Graph batch", len(events))
    return tuple(events)


class _Sending(Struct, frozen=True, gc=False):
    """What the events of one call have in common."""

    exchange: Exchange
    call: Call
    result: Result
    emitter: str
    transport: str


def _events(exchange: Exchange, place: Place, call: Call, result: Result, road: str, start: int = 0) -> Iterator[Event]:
    sending = _Sending(exchange, call, result, _emitter(exchange, call), call.transport + road)
    # What concerns the whole call is said once, at its first event.
    flaws = _observed(exchange, place, call)
    heads = telling_headers(exchange.request.headers)
    first = replace(sending, call=replace(call, fields=(*call.fields, *heads))) if heads else sending
    stray = _id_in_header(exchange)
    for index, element in enumerate(call.elements, start):
        if element.event is None:
            yield _junk(first, element, flaws, index)
        else:
            if stray and not event_id_of(element.event.get("event_id"), "event_id")[0]:
                flaws, stray = (*flaws, stray), None
            yield _event(first, element, flaws, index)
        flaws, first = (), sending


def _observed(exchange: Exchange, place: Place, call: Call) -> tuple[Flaw, ...]:
    flaws = list(call.flaws)
    if place.insecure:
        flaws.append(Flaw("insecure-transport", None, None, place.host))
    if call.tokens and _from_page(exchange):
        flaws.append(Flaw("token-exposed", "access_token", "server-call"))
    return tuple(flaws)


def _id_in_header(exchange: Exchange) -> Flaw | None:
    """An event ID in a header, where Meta does not look; a flaw of the first event that has none of its own."""
    for name, value in exchange.request.headers:
        if name.lower() in ("x-event-id", "event-id", "x-fb-event-id"):
            return Flaw("event-id-misplaced", name.lower(), "header", value[:200])
    return None


def _from_page(exchange: Exchange) -> bool:
    """Whether a page made this call; only browsers say `Sec-Fetch-Site`, whatever road the exchange came."""
    return exchange.provenance is Provenance.PAGE or bool(exchange.request.header("sec-fetch-site"))


def _emitter(exchange: Exchange, call: Call) -> str:
    program = exchange.request.header("user-agent")
    return f"{call.agent}, {program}" if call.agent and program else call.agent or program


def _junk(sending: _Sending, element: Element, flaws: tuple[Flaw, ...], index: int) -> Event:
    """What stood where an event should have: shown and flagged, never counted."""
    return unread(
        sending.exchange,
        sending.result,
        index,
        platform="meta",
        account=sending.call.account,
        test_code=sending.call.test_code,
        transport=sending.transport,
        emitter=sending.emitter,
        flaws=flaws + ((element.flaw,) if element.flaw else ()),
        fields=sending.call.fields,
    )


def _event(sending: _Sending, element: Element, call_flaws: tuple[Flaw, ...], index: int) -> Event:
    exchange, call, (outcome, answer) = sending.exchange, sending.call, sending.result
    event = element.event or {}
    get = event.get
    flaws = [*call_flaws, element.flaw] if element.flaw else [*call_flaws]
    user_data = loaded_object(get("user_data")) or {}
    custom = loaded_object(get("custom_data")) or {}
    fields, user, match_ids = read(event, user_data, custom, flaws)
    if not _BESIDE_DATA.isdisjoint(event) and not element.flaw:
        flaws += _out_of_place(event)
    name = _text(get("event_name")) or ""
    event_id, flaw = event_id_of(get("event_id"), "event_id")
    if flaw:
        flaws.append(flaw)
    elif not event_id:
        flaws += _stray_ids(event, user_data, custom)
    own_ms, flaw = time_ms(_text(get("event_time")) or "", "event_time", "s")
    if flaw:
        flaws.append(flaw)
    contents, flaw = contents_of(_basket(event, custom), custom.get("content_ids"), "custom_data.contents")
    if flaw:
        flaws.append(flaw)
    if not name:
        flaws.append(Flaw("required-parameter-missing", "event_name"))
    flaws += shortcomings(event, user_data, flaws)
    source = _text(get("action_source"))
    fbp = next((value for key, value in match_ids if key == "fbp"), None)
    return Event(
        id=f"e{exchange.number}.{index}",
        exchange=exchange.number,
        platform="meta",
        side=Side.SERVER,
        provenance=exchange.provenance,
        kind=Kind.EVENT,
        account=call.account,
        name=name,
        event_id=event_id,
        own_ms=own_ms,
        received_ms=exchange.started_ms,
        keys=tuple(dedup_keys(call.account, name, event_id, fbp, user)),
        page=_text(get("event_source_url")),
        referrer=_text(get("referrer_url")),
        value=_text(custom.get("value")),
        currency=_text(custom.get("currency")),
        order_id=_text(custom.get("order_id")),
        content_type=_text(custom.get("content_type")),
        contents=contents,
        user=tuple(user),
        match_ids=tuple(match_ids),
        consent=_consent(event),
        action_source=source,
        off_page=source in OFF_PAGE,
        test_code=call.test_code,
        transport=sending.transport,
        emitter=sending.emitter,
        outcome=outcome,
        answer=answer,
        send=exchange.send,
        fingerprint="" if event_id or own_ms is None else fingerprint(fields),
        flaws=tuple(flaws),
        fields=(*fields, *call.fields),
    )


def _out_of_place(event: Mapping[str, Json]) -> Iterator[Flaw]:
    """What belongs beside `data`, and does nothing inside an event: a test code above all."""
    for name, value in event.items():
        if name not in _BESIDE_DATA or value is None:
            continue
        if name == "test_event_code" or name in SECRETS:  # what it was there for does not happen
            detail = "" if name in SECRETS else text_of(value)[:100]
            yield Flaw("malformed-request", name, "inside-event", detail)
        else:
            yield Flaw("unknown-parameter", name, None, "This does nothing inside an event; it belongs beside data.")


def _stray_ids(event: Mapping[str, Json], user_data: Mapping[str, Json], custom: Mapping[str, Json]) -> Iterator[Flaw]:
    """An event ID in a place where Meta does not look."""
    for name in _ID_NAMES[:2]:
        if event.get(name):
            yield Flaw("event-id-misplaced", name, "spelling", text_of(event[name])[:200])
    for place, values in (("custom_data", custom), ("user_data", user_data)):
        for name in _ID_NAMES:
            if values.get(name):
                yield Flaw(
                    "event-id-misplaced", f"{place}.{name}", place.replace("_", "-"), text_of(values[name])[:200]
                )


def _basket(event: Mapping[str, Json], custom: Mapping[str, Json]) -> Json:
    """The basket; events that are not from the web may carry it beside the custom data."""
    found = custom.get("contents")
    return event.get("contents") if found is None else found


def _consent(event: Mapping[str, Json]) -> str | None:
    options = event.get("data_processing_options")
    if options is None:
        return None
    country, state = (_text(event.get(f"data_processing_options_{place}")) for place in ("country", "state"))
    return consent_of(options, country, state)


def _text(value: Json) -> str | None:
    return value if value is None or type(value) is str else text_of(value)
