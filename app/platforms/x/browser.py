"""Decodes what X's pixel sends from a page.

    GET https://analytics.twitter.com/1/i/adsct?bci=4&eci=3&event_id=6ead9bd0-…&integration=advertiser&p_id=Twitter
        &pl_id=d17f5ca6-…&tw_document_href=https%3A%2F%2Fshop.example%2Fthanks&txn_id=tw-o9z1d-ol7lz&type=javascript
        &twclid=2-4k…&email_address=<sha256>&phone_number=<sha256 of +49…>&version=2.3.37
        &event={"value":59.9,"currency":"EUR","conversion_id":"SO-1","contents":[{"content_id":"MUG-01","num_items":2}]}

The base tag's page view is `txn_id=o9z1d&event={}`. `event_id` is a random number of the request, equal in its twin at
t.co and never a key: what deduplicates is `conversion_id`. The newer library posts the same as a form to `…/adsctp`.
The older one sends `events=[["pageview",{}]]`, a list of pairs, and a hand-made picture has only `txn_id` and
`tw_sale_amount`. E-mail and phone stand beside `event` (measured) or in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from msgspec import Struct

from app.model import Copy, Event, Exchange, Field, Flaw, Kind, Provenance, Request, Side, UserValue
from app.platforms.reading import Json, parsed, text_of
from app.platforms.reading.address import Address
from app.platforms.reading.answers import browser_result
from app.platforms.reading.facts import event_id_of, referred_page, telling_headers
from app.platforms.reading.fields import text_at, user_values
from app.platforms.x.facts import NAME, basket_of, keys_of, parts_of_tag
from app.platforms.x.parameters import JSON, Parameters, data_fields, parameters_of
from app.platforms.x.place import Place
from app.platforms.x.words import CUSTOMER_KEYS, PAGE_VIEW, describe

MAX_EVENTS = 1_000
_STRAY_IDS = ("event_id", "eventID", "eventId", "conversionId", "transaction_id", "order_id")
_OLD_PAGE_VIEW = "pageview"


class _Payload(Struct, frozen=True, gc=False):
    """One event of a request: its own name where the older library gave it one, and its data."""

    name: str
    data: Mapping[str, Json]
    flaw: Flaw | None = None


def decode(exchange: Exchange, address: Address, place: Place) -> tuple[Event, ...]:
    """The events of one request; a preflight has none."""
    request = exchange.request
    if request.method == "OPTIONS":
        return ()
    found = parameters_of(request, address)
    return tuple(
        [_event(exchange, address, place, found, each, index) for index, each in enumerate(_payloads(found.first))]
    )


def shaped(request: Request, address: Address) -> bool:
    """Whether a request to anybody's host carries the pixel's parameters."""
    names = parameters_of(request, address).first.keys()
    return "txn_id" in names and not names.isdisjoint(("event", "events", "p_id", "tw_document_href"))


def _payloads(first: Mapping[str, str]) -> list[_Payload]:
    """The events' data; a request without any is one event of its tag."""
    if "events" in first and "event" not in first:
        read = parsed(first["events"])
        listed = read.value if isinstance(read.value, list) else []
        pairs = [item for item in listed[:MAX_EVENTS] if isinstance(item, list) and item]
        found = [_Payload(text_of(item[0]), _data(item[1:])) for item in pairs]
        if found:
            return found
        return [_Payload("", {}, Flaw("malformed-request", "events", read.trouble or "not-a-list"))]
    text = first.get("event", "")
    if not text:
        return [_Payload("", {})]
    read = parsed(text)
    if isinstance(read.value, dict):
        return [_Payload("", read.value)]
    return [_Payload("", {}, Flaw("malformed-request", "event", read.trouble or "not-an-object", text[:100]))]


def _data(rest: list[Json]) -> Mapping[str, Json]:
    return rest[0] if rest and isinstance(rest[0], dict) else {}


def _fields(found: Parameters, payload: _Payload, origin: str) -> tuple[Field, ...]:
    """The parameters, the events' JSON as its leaves where it could be read."""
    if payload.flaw:
        raw = ((key, found.first[key]) for key in JSON if key in found.first)
        return (*found.fields, *(Field(key, text, *describe(key), origin) for key, text in raw))
    return (*found.fields, *data_fields(payload.data, origin))


def _event(
    exchange: Exchange, address: Address, place: Place, found: Parameters, payload: _Payload, index: int
) -> Event:
    first = found.first
    get, data, request = first.get, payload.data, exchange.request
    flaws = [payload.flaw] if payload.flaw else []
    value = text_at(data, "value") or _old_value(get("tw_sale_amount"))
    account, name = _whose(get("txn_id", "").strip(), payload, value)
    event_id, flaw = event_id_of(data.get("conversion_id"), "event.conversion_id")
    contents, broken = basket_of(data, "event.contents")
    flaws += [item for item in (flaw, broken) if item]
    if not account:
        flaws.append(Flaw("required-parameter-missing", "txn_id"))
    flaws += _observed(exchange, address, first, payload, event_id)
    kind = Kind.OTHER if request.method == "HEAD" or not account else Kind.EVENT
    if kind is Kind.EVENT and place is Place.TWIN:
        kind = Kind.MIRROR
    outcome, answer = browser_result(exchange)
    copy = None if kind is Kind.OTHER else _copy(first, place, name, index)
    origin = "query" if request.method == "GET" else "body"
    return Event(
        id=f"e{exchange.number}.{index}",
        exchange=exchange.number,
        platform=NAME,
        side=Side.BROWSER,
        provenance=exchange.provenance,
        kind=kind,
        account=account,
        name=name,
        event_id=event_id,
        own_ms=None,  # the pixel says no time
        received_ms=exchange.started_ms,
        keys=keys_of(account, name, event_id),
        page=get("tw_document_href") or referred_page(request),
        referrer=get("tw_document_referrer") or None,
        value=value,
        currency=text_at(data, "currency"),
        contents=contents,
        user=tuple(_user(first, data)),
        match_ids=_match_ids(request, first, data),
        action_source="web",
        transport=request.method + _ROADS.get(place, ""),
        emitter=_emitter(get("version"), get("integration")),
        outcome=outcome,
        answer=answer,
        send=exchange.send,
        copy=copy,
        flaws=tuple(flaws),
        fields=(*_fields(found, payload, origin), *telling_headers(request.headers)),
    )


def _copy(first: Mapping[str, str], place: Place, name: str, index: int) -> Copy | None:
    """Which copy of a firing it is. The library may send a page view in its older form besides the newer."""
    fire = first.get("event_id", "")[:100]
    if not fire:
        return None
    load = first.get("pl_id", "")[:100] if name == PAGE_VIEW else ""
    older = bool(load) and "event" not in first
    return Copy(f"{fire}.{index}", int(place is Place.TWIN), load=load, older=older)


_ROADS = {Place.TWIN: ", twin", Place.ELSEWHERE: ", first-party endpoint"}


def _whose(txn_id: str, payload: _Payload, value: str | None) -> tuple[str, str]:
    """Pixel and event name. A bare ID is a pixel's, whose own event is the page view, or a single event tag's."""
    pixel, _ = parts_of_tag(txn_id)
    if pixel:
        return pixel, txn_id
    if payload.name and payload.name.lower() != _OLD_PAGE_VIEW:
        return txn_id, payload.name
    return txn_id, txn_id if payload.data or value else PAGE_VIEW


def _old_value(text: str | None) -> str | None:
    """The older library's amount; it says 0 where there is none."""
    return text if text and text.strip("0. ") else None


def _observed(
    exchange: Exchange, address: Address, first: Mapping[str, str], payload: _Payload, event_id: str | None
) -> Iterator[Flaw]:
    if address.plain_http:
        yield Flaw("insecure-transport", None, None, address.host)
    if not event_id:
        stray = next((key for key in _STRAY_IDS if text_at(payload.data, key)), None)
        if stray:
            yield Flaw("event-id-misplaced", f"event.{stray}", "spelling", text_of(payload.data[stray])[:200])
        elif first.get("conversion_id"):
            yield Flaw("event-id-misplaced", "conversion_id", "custom-data", first["conversion_id"][:200])
    if exchange.provenance is Provenance.PAGE and exchange.request.header("authorization"):
        yield Flaw("token-exposed", "access_token", "pixel")


def _user(first: Mapping[str, str], data: Mapping[str, Json]) -> Iterator[UserValue]:
    for values, under in ((first, ""), (data, "event")):
        if not CUSTOMER_KEYS.keys().isdisjoint(values):
            yield from user_values(values, CUSTOMER_KEYS, under)


def _match_ids(request: Request, first: Mapping[str, str], data: Mapping[str, Json]) -> tuple[tuple[str, str], ...]:
    found = (
        ("twclid", text_at(data, "twclid") or first.get("twclid")),
        ("user_agent", request.header("user-agent")),
    )
    return tuple((key, value) for key, value in found if value)


@lru_cache(maxsize=256)
def _emitter(version: str | None, integration: str | None) -> str:
    """Who made the request: the library with its version and how it is built in, or a picture written by hand."""
    library = f"uwt.js {version}" if version else "image without script"
    return f"{library}, {integration}" if integration else library
