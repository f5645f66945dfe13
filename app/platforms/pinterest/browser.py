"""Decodes what Pinterest's tag sends from a page.

    GET https://ct.pinterest.com/v3/?event=checkout&tid=2613999999999&cb=1795169730123&dep=2,PAGE_LOAD
        &ed={"value":59.9,"currency":"EUR","order_id":"SO-1","event_id":"evt-7","line_items":[{"product_id":"MUG-01"}]}
        &pd={"em":"<sha256>","epik":"dj0y…"}&ad={"loc":"https://shop.example/thanks","ref":"…","is_eu":true}

`event=init` says that the library has started, `/user/` asks who the visitor is, with the same data before each event:
both are shown and never counted. Where the site gives no `event_id`, the tag makes a UUID itself and puts it in the
same place, so that a UUID on the wire is no proof that the site set one (library of 2024, core 97c41ef3).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from app.model import Content, Event, Exchange, Field, Flaw, Kind, Provenance, Request, Side
from app.platforms.pinterest.facts import NAME, TAG, consent_of, keys_of, variant
from app.platforms.pinterest.parameters import OBJECTS, Parameters, parameters_of
from app.platforms.pinterest.place import Place
from app.platforms.pinterest.words import CUSTOMER_KEYS, describe, folded, standard
from app.platforms.reading import Json
from app.platforms.reading.address import Address
from app.platforms.reading.answers import browser_result
from app.platforms.reading.facts import (
    contents_of,
    cookies_of,
    event_id_of,
    fingerprint,
    referred_page,
    telling_headers,
)
from app.platforms.reading.fields import fields_of, pair_fields, text_at, user_values

_LINE = ("product_id", "product_quantity", "product_price")
_START = "init"
_COOKIES = {"_epik": "epik", "_pin_unauth": "pin_unauth", "_derived_epik": "derived_epik"}


def decode(exchange: Exchange, address: Address, place: Place) -> tuple[Event, ...]:
    """The event of one request, or what stands for it; a preflight has none."""
    if exchange.request.method == "OPTIONS":
        return ()
    return (_event(exchange, address, place, parameters_of(exchange.request, address)),)


def shaped(request: Request, address: Address) -> bool:
    """Whether a request to a place that the user named carries the tag's parameters."""
    found = parameters_of(request, address)
    return "tid" in found.plain and "event" in found.plain and bool(found.objects)


def _event(exchange: Exchange, address: Address, place: Place, seen: Parameters) -> Event:
    request = exchange.request
    data, user, page = (seen.object(name) for name in OBJECTS)
    raw = seen.plain.get("event", "")
    kind = _kind(place, request.method, raw)
    account, name, own_ms = seen.plain.get("tid", ""), standard(raw), _time(seen.plain.get("cb", ""))
    event_id, flaw = event_id_of(data.get("event_id"), "ed.event_id")
    contents, broken = _contents(data)
    flaws = [*seen.flaws, *_observed(exchange, address)]
    if kind is Kind.EVENT:
        if not account:
            flaws.append(Flaw("required-parameter-missing", "tid", "required", "The event names no tag."))
        flaws += [item for item in (flaw, broken, variant(raw, name, "event")) if item]
    keys = keys_of(account, name, event_id) if kind is Kind.EVENT else ()
    outcome, answer = browser_result(exchange)
    fields = _fields(exchange, seen)
    return Event(
        id=f"e{exchange.number}.0",
        exchange=exchange.number,
        platform=NAME,
        side=Side.BROWSER,
        provenance=exchange.provenance,
        kind=kind,
        account=account,
        account_kind=TAG,
        name=name or ("" if place is Place.EVENT else "user"),
        event_id=event_id or None,
        own_ms=own_ms,
        received_ms=exchange.started_ms,
        keys=keys,
        page=text_at(page, "loc") or referred_page(request),
        referrer=text_at(page, "ref"),
        value=text_at(data, "value"),
        currency=text_at(data, "currency"),
        order_id=text_at(data, "order_id"),
        contents=contents,
        user=user_values(user, CUSTOMER_KEYS, "pd"),
        match_ids=_match_ids(request, user),
        consent=consent_of(None, data),
        action_source="web",
        transport=_transport(request, seen, place),
        emitter=text_at(user, "np") or "",
        outcome=outcome,
        answer=answer,
        send=exchange.send,
        fingerprint="" if keys or own_ms is None else fingerprint(fields),
        flaws=tuple(flaws),
        fields=fields,
    )


def _kind(place: Place, method: str, name: str) -> Kind:
    counted = place is Place.EVENT and method != "HEAD" and name and folded(name) != _START
    return Kind.EVENT if counted else Kind.OTHER


def _transport(request: Request, seen: Parameters, place: Place) -> str:
    road = "noscript" if seen.plain.get("noscript") == "1" else "" if place is Place.EVENT else place.value
    return f"{request.method}, {road}" if road else request.method


def _time(text: str) -> int | None:
    """`cb` in milliseconds. It is there against caches, and a hand-made picture may have any number in it."""
    return int(text) if len(text) == 13 and text.isascii() and text.isdigit() else None


def _contents(data: Mapping[str, Json]) -> tuple[tuple[Content, ...], Flaw | None]:
    """The goods, from `line_items` or from `product_id(s)`."""
    ids = data.get("product_ids")
    return contents_of(data.get("line_items"), data.get("product_id") if ids is None else ids, "ed.line_items", _LINE)


def _match_ids(request: Request, user: Mapping[str, Json]) -> tuple[tuple[str, str], ...]:
    """What names the click and the browser; at a first-party place cookies may tell, too."""
    cookies = cookies_of(request)
    told = [(key, text_at(user, key) or cookies.get(name)) for name, key in _COOKIES.items()]
    told.append(("user_agent", request.header("user-agent")))
    return tuple([(key, value) for key, value in told if value])


def _observed(exchange: Exchange, address: Address) -> Iterator[Flaw]:
    if address.plain_http:
        yield Flaw("insecure-transport", None, None, address.host)
    if exchange.provenance is Provenance.PAGE and exchange.request.header("authorization"):
        yield Flaw("token-exposed", "Authorization", "pixel")


def _fields(exchange: Exchange, seen: Parameters) -> tuple[Field, ...]:
    origin = "body" if exchange.request.body else "query"
    fields = list(pair_fields(list(seen.plain.items()), describe, origin))
    for name in OBJECTS:
        if seen.object(name):
            fields += [replace(each, origin=origin) for each in fields_of(seen.object(name), describe, under=name)]
    answered = exchange.response.header("ppce") if exchange.response else ""
    if answered:
        fields.append(Field("ppce", answered[:200], *describe("ppce"), "header"))
    return (*fields, *telling_headers(exchange.request.headers))
