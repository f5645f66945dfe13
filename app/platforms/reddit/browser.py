"""Decodes what Reddit's pixel sends from a page.

    GET https://alb.reddit.com/rp.gif?ts=1795169730123&id=a2_exampleacct1&event=Purchase&m.itemCount=3
        &m.valueDecimal=59.90&m.currency=EUR&m.transactionId=<sha256>&m.conversionId=<sha256>&m.customEventName=
        &m.products=[{"id":"MUG-01","name":"Mug"}]&click_id=4242&uuid=1795169730123.2c1b…&em=<sha256>&pn=<sha256>
        &external_id=<sha256>&opt_out=0&v=rdt_4c7f42cc&dpm=&dpcc=&dprc=&esurl=https://shop.example/thanks

Newer libraries post to `/rp?id=…&event=…` with the rest in a form; `/snoo.gif` is older. `events.reddit.com/v2` takes
JSON of many kinds: what names a pixel and an event there is read as an event, all else is shown and never counted (its
form is a guess: no capture of a pixel's event there was to be had). The library hashes the conversion ID and the order
ID that the site gives it. It swaps `sh` and `sw`, and sends every parameter it knows, so that an empty one says
nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.hashing import form_of
from app.model import Event, Exchange, Flaw, Kind, Request, Side, UserValue
from app.platforms.reading import (
    Json,
    Pairs,
    multipart_pairs,
    pairs_of,
    parsed,
    pieces_of,
    plain_body,
    still_compressed,
    text_of,
)
from app.platforms.reading.address import Address
from app.platforms.reading.answers import browser_result
from app.platforms.reading.facts import event_id_of, fingerprint, referred_page, telling_headers, time_ms
from app.platforms.reading.fields import pair_fields
from app.platforms.reddit.facts import basket_of, consent_of, keys_of, misplaced_id, shown_name, unnamed
from app.platforms.reddit.identifiers import BROWSER_ID, CLICK_ID
from app.platforms.reddit.place import PIXEL_HOST, Place
from app.platforms.reddit.words import FOUND_BY_LIBRARY, PIXEL_CUSTOMER_KEYS, canonical, describe_pixel

NAME = "reddit"
MAX_EVENTS = 1_000
_MOST_FOUND = 20  # hashes that the library found in one page
_ASTRAY = dict.fromkeys(("conversionId", "conversion_id", "eventId", "event_id"), "spelling")
"""Where a hand-made picture has a conversion ID that belongs into `m.conversionId`."""
_ACCOUNT = re.compile(r"(?:a2|t2)_[0-9A-Za-z]{1,60}")


def decode(exchange: Exchange, address: Address, place: Place) -> tuple[Event, ...]:
    """The events of one request; a preflight has none."""
    request = exchange.request
    if request.method == "OPTIONS":
        return ()
    if place is Place.COLLECTOR:
        listed, flaws = _collected(request)
        return tuple(
            _event(exchange, place, pairs, "body", "json", flaws if index == 0 else (), index)
            for index, pairs in enumerate(listed[:MAX_EVENTS] or [[]])
        )
    query = pairs_of(address.query)
    form, flaws = _form(request)
    transport = "form" if form else request.method
    origin = "body" if len(form) > len(query) else "query"
    if place is Place.ELSEWHERE or address.host != PIXEL_HOST:
        transport += ", first-party endpoint"
    return (_event(exchange, place, [*query, *form], origin, transport, (*flaws, *_seen(address)), 0),)


def shaped(request: Request, address: Address) -> bool:
    """Whether a request to anybody's host carries an event of this pixel's."""
    found = dict(pairs_of(address.query))
    if "event" not in found or "id" not in found:
        found |= dict(_form(request)[0])
    return bool(found.get("event")) and _ACCOUNT.fullmatch(found.get("id", "")) is not None


def _form(request: Request) -> tuple[Pairs, tuple[Flaw, ...]]:
    """The parameters of a form, url-encoded or in parts, and what could not be read."""
    body = plain_body(request)
    if not body:
        return [], ()
    if still_compressed(request):
        return [], (Flaw("malformed-request", None, "still-compressed"),)
    content_type = request.header("content-type")
    if "multipart/" in content_type.lower():
        pairs, trouble = multipart_pairs(body, content_type)
    else:
        text = body.decode("utf-8", "replace")
        pairs, trouble = (pairs_of(text), pieces_of(text)[1]) if "=" in text else ([], "")
    if request.truncated:
        trouble = "body-incomplete"
    return pairs, (Flaw("malformed-request", None, trouble),) if trouble else ()


def _seen(address: Address) -> Iterator[Flaw]:
    """What the address alone shows."""
    if address.plain_http:
        yield Flaw("insecure-transport", None, None, address.host)
    if len(address.query) > 10_000 and (trouble := pieces_of(address.query)[1]):
        yield Flaw("malformed-request", None, trouble)


def _collected(request: Request) -> tuple[list[Pairs], tuple[Flaw, ...]]:
    """The JSON objects of a request to the collector as parameters, and what could not be read."""
    body = plain_body(request).strip()
    if not body:
        return [], ()
    read = parsed(body)
    if read.trouble:
        reason = "body-incomplete" if request.truncated else read.trouble
        return [], (Flaw("malformed-request", None, reason),)
    listed = read.value if isinstance(read.value, list) else [read.value]
    return [[(key, text_of(item)) for key, item in each.items()] for each in listed if isinstance(each, dict)], ()


def _kind(place: Place, method: str, known: dict[str, str]) -> Kind:
    """A request of the pixel's is an event when it names one; at the collector it must name its pixel, too."""
    named = bool(known.get("event")) and method != "HEAD"
    if place is Place.COLLECTOR:
        named = named and _ACCOUNT.fullmatch(known.get("id", "")) is not None
    return Kind.EVENT if named else Kind.OTHER


def _event(
    exchange: Exchange,
    place: Place,
    pairs: Pairs,
    origin: str,
    transport: str,
    flaws: tuple[Flaw, ...],
    index: int,
) -> Event:
    known = {key: value for key, value in reversed(pairs) if value}
    account, name, custom = (known.get(key, "") for key in ("id", "event", "m.customEventName"))
    name = canonical(name)
    kind = _kind(place, exchange.request.method, known)
    event_id, junk = event_id_of(known.get("m.conversionId"), "m.conversionId")
    own_ms, late = time_ms(known.get("ts", ""), "ts", "ms")
    astray = None if event_id or junk else misplaced_id({key: known.get(key) for key in _ASTRAY}, _ASTRAY)
    contents, broken = basket_of(known.get("m.products"), "m.products")
    bare = unnamed(name, custom, "m.customEventName")
    outcome, answer = browser_result(exchange)
    said = [pair for pair in pairs if pair[1]]
    fields = (*pair_fields(said, describe_pixel, origin), *telling_headers(exchange.request.headers))
    counted = kind is Kind.EVENT
    return Event(
        id=f"e{exchange.number}.{index}",
        exchange=exchange.number,
        platform=NAME,
        side=Side.BROWSER,
        provenance=exchange.provenance,
        kind=kind,
        account=account,
        name=shown_name(name, custom),
        event_id=(event_id or None) if counted else None,
        own_ms=own_ms,
        received_ms=exchange.started_ms,
        keys=keys_of(account, name, custom, event_id) if counted else (),
        page=known.get("esurl") or referred_page(exchange.request),
        value=known.get("m.valueDecimal") or known.get("m.value"),
        currency=known.get("m.currency"),
        order_id=known.get("m.transactionId"),
        contents=contents,
        user=_user(known),
        match_ids=_match_ids(exchange, known),
        consent=consent_of(known.get("opt_out"), known.get("dpm", "").split(",")),
        action_source="WEBSITE",
        transport=transport,
        emitter=" ".join(filter(None, map(known.get, ("v", "integration", "partner", "partner_version")))),
        outcome=outcome,
        answer=answer,
        send=exchange.send,
        fingerprint="" if event_id or own_ms is None else fingerprint(fields),
        flaws=(*flaws, *(item for item in (junk, astray, late, broken, bare) if item)),
        fields=fields,
    )


def _user(known: dict[str, str]) -> tuple[UserValue, ...]:
    found = [
        UserValue(key, known[wire], form_of(known[wire]), wire)
        for wire, key in PIXEL_CUSTOMER_KEYS.items()
        if wire in known
    ]
    for wire, key in FOUND_BY_LIBRARY.items():
        found += [UserValue(key, text, form_of(text), wire) for text in dict.fromkeys(_listed(known.get(wire, "")))]
    return tuple(found)


def _listed(value: Json) -> Iterator[str]:
    """The hashes of a list as the library writes one: `h,h`, or `weight~h|weight~h`."""
    text = value if isinstance(value, str) else ""
    for part in re.split(r"[,|]", text, maxsplit=_MOST_FOUND)[:_MOST_FOUND]:
        if bare := part.rpartition("~")[2].strip():
            yield bare


def _match_ids(exchange: Exchange, known: dict[str, str]) -> tuple[tuple[str, str], ...]:
    found = (
        (BROWSER_ID, known.get("uuid")),
        (CLICK_ID, known.get("click_id") or known.get("rdt_cid")),
        ("user_agent", exchange.request.header("user-agent")),
        ("aaid", known.get("aaid")),
        ("idfa", known.get("idfa")),
    )
    return tuple([(key, value) for key, value in found if value])
