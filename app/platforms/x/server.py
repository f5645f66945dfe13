"""Decodes server calls to X's Conversion API, version 11 and 12, and those that Stape's proxy signs.

    POST https://ads-api.x.com/12/measurement/conversions/o9z1d     Authorization: OAuth … | X-Pixel-Token: …
    {"conversions":[{"conversion_time":"2026-11-20T10:15:30.123Z","event_id":"tw-o9z1d-ol7lz","conversion_id":"SO-1",
      "identifiers":[{"twclid":"2-4k…"},{"hashed_email":"<sha256>"},{"hashed_phone_number":"<sha256 of +49…>"},
      {"ip_address":"203.0.113.24","user_agent":"Mozilla/…"}],"value":"59.90","price_currency":"EUR","number_items":3,
      "contents":[{"content_id":"MUG-01","num_items":2,"content_price":14.95}]}]}

Here `event_id` is the event's tag, whole or bare (`ol7lz`); the event ID is `conversion_id`. Stape's proxy gets the
same with `pixel_id` and the four OAuth secrets, in `auth`, in the body.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from app.model import Event, Exchange, Field, Flaw, Kind, Side, UserValue
from app.platforms.reading import Json, parsed, plain_body
from app.platforms.reading.address import Address
from app.platforms.reading.answers import Result
from app.platforms.reading.calls import body_flaws, exposed, listed_at, unread
from app.platforms.reading.facts import event_id_of, fingerprint, iso_ms, telling_headers, time_ms
from app.platforms.reading.fields import fields_of, object_at, text_at, user_values
from app.platforms.x.answer import server_results
from app.platforms.x.facts import NAME, basket_of, is_tag, keys_of, parts_of_tag, whole_tag
from app.platforms.x.place import Place, pixel_of
from app.platforms.x.words import CUSTOMER_KEYS, describe_call

MAX_EVENTS = 5_000  # read of one call; X takes 500
SECRET_HEADERS = ("x-pixel-token", "authorization")
_STRAY_IDS = ("conversionId", "eventID", "eventId", "transaction_id", "order_id", "deduplication_id")
_UNDER = "identifiers"
_NO_TIME = Flaw(
    "required-parameter-missing",
    "conversion_time",
    "required",
    "Every server event must say when it happened (conversion_time).",
)


class _Call(Struct, frozen=True, gc=False):
    """What the events of one call have in common."""

    exchange: Exchange
    place: Place
    account: str
    flaws: tuple[Flaw, ...]


def decode(exchange: Exchange, address: Address, place: Place) -> tuple[Event, ...]:
    """The events of one call, each with what the answer says of it; one that can not be read stands for the call."""
    request = exchange.request
    if request.method != "POST":
        return ()
    read = parsed(plain_body(request))
    body = object_at(read.value)
    flaws = list(exposed(exchange, address, secret=any(map(request.header, SECRET_HEADERS))))
    flaws += body_flaws(request, read)
    account = pixel_of(address.path) or text_at(body, "pixel_id") or ""
    listed = listed_at(body, "conversions", MAX_EVENTS, flaws)
    call = _Call(exchange, place, account, tuple(flaws))
    results = server_results(exchange, max(1, len(listed)))
    if not listed:
        return (_bare(call, results[0], 0, call.flaws),)
    return tuple(
        _event(call, element, result, index)
        for index, (element, result) in enumerate(zip(listed[:MAX_EVENTS], results, strict=False))
    )


def _bare(call: _Call, result: Result, index: int, flaws: tuple[Flaw, ...]) -> Event:
    """What can not be read: shown and flagged, never counted."""
    return unread(
        call.exchange,
        result,
        index,
        platform=NAME,
        account=call.account,
        transport=call.place.value,
        flaws=flaws,
    )


def _event(call: _Call, element: Json, result: Result, index: int) -> Event:
    flaws = list(call.flaws) if index == 0 else []  # what concerns the call is said once
    if not isinstance(element, dict):
        flaws.append(Flaw("malformed-request", f"[{index}]", "not-an-event"))
        return _bare(call, result, index, tuple(flaws))
    exchange, (outcome, answer) = call.exchange, result
    tag = text_at(element, "event_id") or ""
    name = whole_tag(call.account, tag)
    event_id, flaw = event_id_of(element.get("conversion_id"), "conversion_id")
    own_ms, wrong = _time(element)
    contents, broken = basket_of(element, "contents")
    flaws += [item for item in (flaw, wrong, broken) if item]
    flaws += _of_tag(call.account, tag)
    stray = None if event_id else next((key for key in _STRAY_IDS if text_at(element, key)), None)
    if stray:
        flaws.append(Flaw("event-id-misplaced", stray, "spelling", (text_at(element, stray) or "")[:200]))
    persons = _identifiers(element)
    heads = telling_headers(exchange.request.headers) if index == 0 else ()
    fields = _fields(element, persons)
    return Event(
        id=f"e{exchange.number}.{index}",
        exchange=exchange.number,
        platform=NAME,
        side=Side.SERVER,
        provenance=exchange.provenance,
        kind=Kind.EVENT,
        account=call.account,
        name=name,
        event_id=event_id,
        own_ms=own_ms,
        received_ms=exchange.started_ms,
        keys=keys_of(call.account, name, event_id),
        page=text_at(element, "event_source_url"),
        value=text_at(element, "value"),
        currency=text_at(element, "price_currency"),
        contents=contents,
        user=tuple(_user(persons)),
        match_ids=_match_ids(persons),
        action_source="web",
        transport=call.place.value,
        emitter=exchange.request.header("user-agent"),
        outcome=outcome,
        answer=answer,
        send=exchange.send,
        fingerprint="" if event_id or own_ms is None else fingerprint(fields),
        flaws=tuple(flaws),
        fields=(*fields, *heads),
    )


def _time(element: Mapping[str, Json]) -> tuple[int | None, Flaw | None]:
    """`conversion_time` in ISO form, or `conversion_timestamp` in milliseconds."""
    text = text_at(element, "conversion_time")
    stamp = text_at(element, "conversion_timestamp")
    if text is None and stamp is None:
        return None, _NO_TIME
    return iso_ms(text, "conversion_time") if text is not None else time_ms(stamp or "", "conversion_timestamp", "ms")


def _of_tag(account: str, tag: str) -> Iterator[Flaw]:
    """What is wrong with the event's tag."""
    if not tag:
        yield Flaw("required-parameter-missing", "event_id")
    elif not is_tag(tag):
        yield Flaw("event-tag-malformed", "event_id", None, tag[:200])
    elif account and parts_of_tag(tag)[0] not in ("", account):
        yield Flaw("event-tag-of-another-pixel", "event_id", None, tag[:200])


def _identifiers(element: Mapping[str, Json]) -> list[Mapping[str, Json]]:
    """The objects under `identifiers`; one object where a list is due is read all the same."""
    found = element.get(_UNDER)
    return [item for item in (found if isinstance(found, list) else [found]) if isinstance(item, dict)]


def _user(persons: list[Mapping[str, Json]]) -> Iterator[UserValue]:
    for person in persons:
        yield from user_values(person, CUSTOMER_KEYS, _UNDER)


def _match_ids(persons: list[Mapping[str, Json]]) -> tuple[tuple[str, str], ...]:
    named = (("twclid", "twclid"), ("ip", "ip_address"), ("user_agent", "user_agent"))
    found = ((key, next((text for each in persons if (text := text_at(each, wire))), None)) for key, wire in named)
    return tuple((key, value) for key, value in found if value)


def _fields(element: Mapping[str, Json], persons: list[Mapping[str, Json]]) -> tuple[Field, ...]:
    """Every leaf; the identifiers one by one, however they are spread over their list."""
    told = bool(persons)
    plain: dict[str, Json] = {key: value for key, value in element.items() if key != _UNDER or not told}
    inner = (fields_of(dict(person), describe_call, under=_UNDER) for person in persons)
    return (*fields_of(plain, describe_call), *(field for each in inner for field in each))
