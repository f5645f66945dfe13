"""Decodes server calls to TikTok's Events API, in all of its forms.

    POST https://business-api.tiktok.com/open_api/v1.3/event/track/          Access-Token: …
    {"event_source":"web","event_source_id":"CQ7EXAMPLE0PIXELCODE","test_event_code":"TEST12345",
     "data":[{"event":"CompletePayment","event_time":1795169730,"event_id":"evt-7",
       "user":{"email":"<sha256>","phone":"<sha256 of +49…>","ttclid":"…","ttp":"…","ip":"…","user_agent":"…"},
       "page":{"url":"https://shop.example/thanks"},"properties":{"value":59.9,"currency":"EUR","order_id":"SO-1"}}]}

The older forms, which the official SDK still sends: `/pixel/track/` with one event (`pixel_code`, `timestamp` in ISO
form, `context.user`, `context.ad.callback`) and `/pixel/batch/` with such events under `batch`.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from app.model import Event, Exchange, Field, Flaw, Kind, Side
from app.platforms.reading import Json, parsed, plain_body
from app.platforms.reading.address import Address
from app.platforms.reading.answers import Result
from app.platforms.reading.calls import body_flaws, exposed, listed_at, unread
from app.platforms.reading.facts import event_id_of, fingerprint, iso_ms, telling_headers, time_ms
from app.platforms.reading.fields import fields_of, object_at, text_at, user_values
from app.platforms.tiktok.answer import server_results
from app.platforms.tiktok.browser import NAME
from app.platforms.tiktok.facts import basket_of, consent_of, keys_of
from app.platforms.tiktok.place import TOKEN_HEADER, Place, source_of
from app.platforms.tiktok.words import CUSTOMER_KEYS, describe

MAX_EVENTS = 5_000  # read of one call; TikTok takes 1,000
ACCOUNTS = ("event_source_id", "pixel_code", "event_set_id", "tiktok_app_id", "app_id")


class _Call(Struct, frozen=True, gc=False):
    """What the events of one call have in common."""

    exchange: Exchange
    place: Place
    body: Mapping[str, Json]
    account: str
    source: str | None
    flaws: tuple[Flaw, ...]


def decode(exchange: Exchange, address: Address, place: Place) -> tuple[Event, ...]:
    """The events of one call, each with what the answer says of it; one that can not be read stands for the call."""
    request = exchange.request
    if request.method != "POST":
        return ()
    read = parsed(plain_body(request))
    body = object_at(read.value)
    flaws = list(exposed(exchange, address, secret=bool(request.header(TOKEN_HEADER))))
    flaws += body_flaws(request, read)
    account = next((text for key in ACCOUNTS if (text := text_at(body, key))), "")
    source = text_at(body, "event_source") or source_of(address.path)
    listed = _elements(body, place, flaws)
    call = _Call(exchange, place, body, account, source, tuple(flaws))
    results = server_results(exchange, max(1, len(listed)))
    if not listed:
        return (_bare(call, results[0], 0, call.flaws),) if flaws else ()
    return tuple(
        _event(call, element, result, index)
        for index, (element, result) in enumerate(zip(listed[:MAX_EVENTS], results, strict=False))
    )


def _elements(body: Mapping[str, Json], place: Place, flaws: list[Flaw]) -> list[Json]:
    """The events of a call as they stand; what is no list where one is due is said."""
    if place is Place.TRACK:
        return [dict(body)] if body else []
    return listed_at(body, "data" if place is Place.EVENTS_API else "batch", MAX_EVENTS, flaws)


def _bare(call: _Call, result: Result, index: int, flaws: tuple[Flaw, ...]) -> Event:
    exchange = call.exchange
    return unread(
        exchange,
        result,
        index,
        platform=NAME,
        account=call.account,
        transport=call.place.value,
        flaws=flaws,
        test_code=text_at(call.body, "test_event_code"),
        emitter=_emitter(exchange, call.body),
    )


def _event(call: _Call, element: Json, result: Result, index: int) -> Event:
    flaws = list(call.flaws) if index == 0 else []  # what concerns the call is said once
    if not isinstance(element, dict):
        flaws.append(Flaw("malformed-request", f"[{index}]", "not-an-event"))
        return _bare(call, result, index, tuple(flaws))
    exchange, (outcome, answer) = call.exchange, result
    context, properties = object_at(element, "context"), object_at(element, "properties")
    user = object_at(element, "user") or object_at(context, "user")
    page = object_at(element, "page") or object_at(context, "page")
    account = call.account or next((text for key in ACCOUNTS if (text := text_at(element, key))), "")
    name = text_at(element, "event") or ""
    event_id, flaw = event_id_of(element.get("event_id"), "event_id")
    own_ms, wrong = _time(element)
    contents, broken = basket_of(properties)
    flaws += [item for item in (flaw, wrong, broken) if item]
    if not name:
        flaws.append(Flaw("required-parameter-missing", "event"))
    heads = telling_headers(exchange.request.headers) if index == 0 else ()
    fields = fields_of(element, describe)
    beside = () if call.place is Place.TRACK else _beside(call.body)
    app = call.source == "app"
    return Event(
        id=f"e{exchange.number}.{index}",
        exchange=exchange.number,
        platform=NAME,
        side=Side.SERVER,
        provenance=exchange.provenance,
        kind=Kind.OTHER if app else Kind.EVENT,
        account=account,
        name=name,
        event_id=event_id or None,
        own_ms=own_ms,
        received_ms=exchange.started_ms,
        keys=() if app else keys_of(account, name, event_id),
        page=text_at(page, "url"),
        referrer=text_at(page, "referrer"),
        value=text_at(properties, "value"),
        currency=text_at(properties, "currency"),
        order_id=text_at(properties, "order_id"),
        content_type=text_at(properties, "content_type"),
        contents=contents,
        user=user_values(user, CUSTOMER_KEYS, "user" if "user" in element else "context.user"),
        match_ids=_match_ids(element, context, user),
        consent=consent_of(element),
        action_source=call.source,
        off_page=call.source not in (None, "web"),
        test_code=text_at(call.body, "test_event_code"),
        transport=call.place.value,
        emitter=_emitter(exchange, call.body),
        outcome=outcome,
        answer=answer,
        send=exchange.send,
        fingerprint="" if event_id or own_ms is None else fingerprint(fields),
        flaws=tuple(flaws),
        fields=(*fields, *beside, *heads),
    )


def _beside(body: Mapping[str, Json]) -> tuple[Field, ...]:
    """What a call says beside its events."""
    return fields_of({key: value for key, value in body.items() if key not in ("data", "batch")}, describe)


def _time(element: Mapping[str, Json]) -> tuple[int | None, Flaw | None]:
    """`event_time` in seconds, or the older `timestamp` in ISO form."""
    if element.get("event_time") is not None:
        return time_ms(text_at(element, "event_time") or "", "event_time", "s")
    return iso_ms(text_at(element, "timestamp") or "", "timestamp")


def _match_ids(
    element: Mapping[str, Json], context: Mapping[str, Json], user: Mapping[str, Json]
) -> tuple[tuple[str, str], ...]:
    callback = text_at(object_at(element, "ad"), "callback") or text_at(object_at(context, "ad"), "callback")
    found = (
        ("ttclid", text_at(user, "ttclid") or callback),
        ("ttp", text_at(user, "ttp")),
        ("ip", text_at(user, "ip") or text_at(context, "ip")),
        ("user_agent", text_at(user, "user_agent") or text_at(context, "user_agent")),
    )
    return tuple((key, value) for key, value in found if value)


def _emitter(exchange: Exchange, body: Mapping[str, Json]) -> str:
    return ", ".join(filter(None, (text_at(body, "partner_name"), exchange.request.header("user-agent"))))
