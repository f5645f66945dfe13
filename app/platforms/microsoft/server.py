"""Decodes calls to the UET Conversions API.

    POST https://capi.uet.microsoft.com/v1/97654321/events          Authorization: Bearer …
    {"data":[{"eventType":"custom","eventId":"evt-7","eventName":"purchase","eventTime":1795169730,
       "eventSourceUrl":"https://shop.example/thanks","adStorageConsent":"G","pageLoadId":"7dfdef29-…",
       "userData":{"em":"<sha256>","ph":"<sha256 of +49…>","msclkid":"…","anonymousId":"…","clientIpAddress":"…",
         "clientUserAgent":"…"},
       "customData":{"value":59.9,"currency":"EUR","transactionId":"SO-1","items":[{"id":"MUG-01","quantity":2}]}}],
     "continueOnValidationError":true,"dataProvider":"shop"}

The tag stands in the address. Segment writes the last two members into each event instead.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from app.model import Event, Exchange, Flaw, Kind, Side
from app.platforms.microsoft.answer import server_results
from app.platforms.microsoft.browser import NAME
from app.platforms.microsoft.facts import click_id, consent_of, keys_of
from app.platforms.microsoft.place import tag_of
from app.platforms.microsoft.words import CUSTOMER_KEYS, PAGE_LOAD, describe
from app.platforms.reading import Json, parsed, plain_body, text_of
from app.platforms.reading.address import Address
from app.platforms.reading.answers import Result
from app.platforms.reading.calls import body_flaws, exposed, listed_at, unread
from app.platforms.reading.facts import contents_of, event_id_of, fingerprint, telling_headers, time_ms
from app.platforms.reading.fields import fields_of, object_at, text_at, user_values

MAX_EVENTS = 5_000  # read of one call; Microsoft takes 1,000
_LINE = ("id", "quantity", "price")


_NO_TIME = Flaw(
    "required-parameter-missing", "eventTime", "required", "Every server event must say when it happened (eventTime)."
)


class _Call(Struct, frozen=True, gc=False):
    """What the events of one call have in common."""

    exchange: Exchange
    body: Mapping[str, Json]
    account: str
    flaws: tuple[Flaw, ...]


def decode(exchange: Exchange, address: Address) -> tuple[Event, ...]:
    """The events of one call, each with what the answer says of it; one that can not be read stands for the call."""
    request = exchange.request
    if request.method != "POST":
        return ()
    read = parsed(plain_body(request))
    body = object_at(read.value)
    flaws = list(exposed(exchange, address, secret=bool(request.header("authorization"))))
    flaws += body_flaws(request, read)
    listed = listed_at(body, "data", MAX_EVENTS, flaws)
    call = _Call(exchange, body, tag_of(address.path), tuple(flaws))
    goes_on = text_of(body.get("continueOnValidationError")).lower() == "true"
    results = server_results(exchange, max(1, len(listed)), goes_on=goes_on)
    if not listed:
        return (_bare(call, results[0], 0, call.flaws),) if flaws else ()
    return tuple(
        _event(call, element, result, index)
        for index, (element, result) in enumerate(zip(listed[:MAX_EVENTS], results, strict=False))
    )


def _bare(call: _Call, result: Result, index: int, flaws: tuple[Flaw, ...]) -> Event:
    """What can not be read: shown and flagged, never counted."""
    exchange = call.exchange
    return unread(
        exchange,
        result,
        index,
        platform=NAME,
        account=call.account,
        transport="Conversions API",
        flaws=flaws,
        emitter=_emitter(exchange, call.body, {}),
    )


def _event(call: _Call, element: Json, result: Result, index: int) -> Event:
    flaws = list(call.flaws) if index == 0 else []  # what concerns the call is said once
    if not isinstance(element, dict):
        return _bare(call, result, index, (*flaws, Flaw("malformed-request", f"[{index}]", "not-an-event")))
    exchange, (outcome, answer) = call.exchange, result
    user, custom = object_at(element, "userData"), object_at(element, "customData")
    name = PAGE_LOAD if text_at(element, "eventType") == PAGE_LOAD else text_at(element, "eventName") or ""
    event_id, flaw = event_id_of(element.get("eventId"), "eventId")
    own_ms, wrong = time_ms(text_at(element, "eventTime") or "", "eventTime", "s")
    contents, broken = contents_of(custom.get("items"), custom.get("itemIds"), "customData.items", _LINE)
    flaws += [item for item in (flaw, wrong, broken) if item]
    if not name:
        flaws.append(Flaw("required-parameter-missing", "eventName"))
    if element.get("eventTime") in (None, ""):
        flaws.append(_NO_TIME)
    order_id = text_at(custom, "transactionId")
    fields = fields_of(element, describe)
    beside = fields_of({key: value for key, value in call.body.items() if key != "data"}, describe)
    heads = telling_headers(exchange.request.headers) if index == 0 else ()
    return Event(
        id=f"e{exchange.number}.{index}",
        exchange=exchange.number,
        platform=NAME,
        side=Side.SERVER,
        provenance=exchange.provenance,
        kind=Kind.EVENT,
        account=call.account,
        name=name,
        event_id=event_id or None,
        own_ms=own_ms,
        received_ms=exchange.started_ms,
        keys=keys_of(call.account, name, event_id, order_id),
        page=text_at(element, "eventSourceUrl"),
        referrer=text_at(element, "referrerUrl"),
        value=text_at(custom, "value") or text_at(custom, "ecommTotalValue"),
        currency=text_at(custom, "currency"),
        order_id=order_id,
        content_type=text_at(custom, "pageType"),
        contents=contents,
        user=user_values(user, CUSTOMER_KEYS, "userData"),
        match_ids=_match_ids(user),
        consent=consent_of(text_at(element, "adStorageConsent")),
        action_source="web",
        transport="Conversions API",
        emitter=_emitter(exchange, call.body, element),
        outcome=outcome,
        answer=answer,
        send=exchange.send,
        fingerprint="" if event_id or own_ms is None else fingerprint(fields),
        flaws=tuple(flaws),
        fields=(*fields, *beside, *heads),
    )


def _match_ids(user: Mapping[str, Json]) -> tuple[tuple[str, str], ...]:
    found = (
        ("msclkid", click_id(text_at(user, "msclkid"))),
        ("vid", text_at(user, "anonymousId")),
        ("idfa", text_at(user, "idfa")),
        ("gaid", text_at(user, "gaid")),
        ("ip", text_at(user, "clientIpAddress")),
        ("user_agent", text_at(user, "clientUserAgent")),
    )
    return tuple((key, value) for key, value in found if value)


def _emitter(exchange: Exchange, body: Mapping[str, Json], element: Mapping[str, Json]) -> str:
    """Who sent it: the provider it names, beside its events or in them, and the program."""
    provider = text_at(body, "dataProvider") or text_at(element, "dataProvider")
    return ", ".join(filter(None, (provider, exchange.request.header("user-agent"))))
