"""Decodes the hits of the UET tag, whoever sent them.

    GET https://bat.bing.com/action/0?ti=97654321&Ver=2&mid=7dfdef29-…&sid=bd2a69f0…&vid=bd2a7b90…
        &msclkid=0f1e2d3c…-1&evt=custom&ea=purchase&en=Y&gv=59.90&gc=EUR&transaction_id=SO-1&event_id=evt-7
        &prodid=MUG-01%2CTEE-XL&items=id%3DMUG-01%26quantity%3D2%26price%3D14.95&pid=em%3D<sha256>%26ph%3D<sha256>
        &p=https%3A%2F%2Fshop.example%2Fthanks&r=…&asc=G&cdb=AQET&rn=399090

What is too long for an address goes to `/actionp/0` as a form, or as a beacon with its parameters in the address. `mid`
is a page load's number and `rn` a random one: never keys. The library of 2024 drops the option `event_id`; it came
through in others under its own name. `evt=pid`, `consent` and `pageHide` tell the library's server something and are
no event. A picture written by hand has no `evt` and stands for a page load.

A server may build the very same hit (a template of a server container does): then its sender is no browser.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from app.hashing import form_of
from app.model import Content, Event, Exchange, Field, Flaw, Kind, Provenance, Request, Side, UserValue
from app.platforms.microsoft.facts import click_id, consent_of, keys_of
from app.platforms.microsoft.place import COMMERCE_HOST, Place
from app.platforms.microsoft.words import CUSTOM_EVENT, CUSTOMER_KEYS, PAGE, PAGE_LOAD, describe
from app.platforms.reading import MAX_PAIRS, Pairs, pairs_of, parsed, pieces_of, plain_body, text_of
from app.platforms.reading.address import Address
from app.platforms.reading.answers import browser_result
from app.platforms.reading.facts import MAX_CONTENTS, cookies_of, referred_page, telling_headers
from app.platforms.reading.fields import pair_fields

NAME = "microsoft"
DROPPED, FROM_SERVER = "microsoft-event-id-dropped", "microsoft-hit-from-server"
ID_NAMES = ("event_id", "eventId")
_COUNTED = frozenset({"", PAGE_LOAD, PAGE, "page_view", CUSTOM_EVENT})
_BACKENDS = (Provenance.FORWARDED, Provenance.PROXIED)
_MOST_NESTED = 50  # parameters read of `pid`; it has four
_TAG = re.compile(r"[0-9]{1,20}")
_LINE = re.compile(r"items\.(\d{1,4})\.(id|quantity|price)")


def decode(exchange: Exchange, address: Address, place: Place) -> tuple[Event, ...]:
    """The event of one hit; a preflight has none."""
    request = exchange.request
    if request.method == "OPTIONS":
        return ()
    pairs, trouble = _pairs(request, address)
    if not pairs and not trouble:
        return ()
    return (_event(exchange, address, place, pairs, trouble),)


def shaped(request: Request, address: Address) -> bool:
    """Whether a request to anybody's host carries a hit: a tag of digits, and what kind of event it is."""
    found = dict(_pairs(request, address)[0])
    return _TAG.fullmatch(found.get("ti", "")) is not None and bool(found.get("evt"))


def sync(exchange: Exchange, address: Address) -> tuple[Event, ...]:
    """An identity sync, which ties the shop's own visitor ID to Microsoft's cookie: shown, never counted."""
    pairs = pairs_of(address.query)
    given = dict(pairs)
    if not given.get("Red3", "").startswith("BACID_"):
        return ()
    return (_other(exchange, "identity sync", given, pairs, ()),)


def _pairs(request: Request, address: Address) -> tuple[Pairs, str]:
    """The parameters of a hit, those of the address first, and one word on what could not be read."""
    found = pairs_of(address.query) if address.query else []
    trouble = "too-many-parameters" if len(found) >= MAX_PAIRS and pieces_of(address.query)[1] else ""
    body = plain_body(request).strip() if request.body else b""
    if body[:1] == b"{":
        read = parsed(body)
        if isinstance(read.value, dict):
            found += [(key, text_of(value)) for key, value in read.value.items() if value is not None]
        trouble = trouble or read.trouble
    elif b"=" in body:
        text = body.decode("utf-8", "replace")
        trouble = trouble or pieces_of(text)[1]
        found += pairs_of(text)
    if request.truncated:
        trouble = "body-incomplete"
    return found, trouble


def _from_server(exchange: Exchange) -> bool:
    """Whether a server built the hit: it came through a backend's listener, or its sender is no browser."""
    agent = exchange.request.header("user-agent")
    return exchange.provenance in _BACKENDS or (bool(agent) and not agent.startswith(("Mozilla/", "Opera/")))


def _event(exchange: Exchange, address: Address, place: Place, pairs: Pairs, trouble: str) -> Event:
    given = dict(reversed(pairs))  # of what is there twice, the first counts
    get, request = given.get, exchange.request
    pid = pairs_of(given["pid"]) if "pid" in given else []
    what = get("evt", "")
    flaws = [Flaw("malformed-request", None, trouble)] if trouble else []
    if what not in _COUNTED or request.method == "HEAD" or not get("ti"):
        return _other(exchange, _own_name(what, get("src")), given, pairs, tuple(flaws))
    by_server = _from_server(exchange)
    name = get("ea") or get("event_action") or what or PAGE_LOAD
    event_id = next((text for key in ID_NAMES if (text := given.get(key))), None)
    if event_id is not None and not event_id.strip():
        flaws.append(Flaw("event-id-not-a-value", "event_id", "blank", event_id[:100]))
        event_id = ""
    order_id = get("transaction_id") or None
    contents, broken = _basket(given, pairs)
    flaws += [broken] if broken else []
    if address.plain_http:
        flaws.append(Flaw("insecure-transport", None, None, address.host))
    if by_server:
        flaws.append(Flaw(FROM_SERVER, None, None, request.header("user-agent")[:100]))
    elif what == CUSTOM_EVENT and event_id is None and get("mid"):
        flaws.append(Flaw(DROPPED, "event_id", None if order_id else "no-transaction-id"))
    fields = _fields(pairs, pid, "body" if request.body and not address.query else "query")
    outcome, answer = browser_result(exchange)
    heads = telling_headers(request.headers)
    return Event(
        id=f"e{exchange.number}.0",
        exchange=exchange.number,
        platform=NAME,
        side=Side.SERVER if by_server else Side.BROWSER,
        provenance=exchange.provenance,
        kind=Kind.EVENT,
        account=get("ti", ""),
        name=name,
        event_id=event_id,
        own_ms=None,
        received_ms=exchange.started_ms,
        keys=keys_of(get("ti", ""), name, event_id, order_id),
        page=get("p") or referred_page(request),
        referrer=get("r") or None,
        value=get("gv") or get("revenue_value") or get("ecomm_totalvalue") or None,
        currency=get("gc") or get("currency") or None,
        order_id=order_id,
        content_type=get("pagetype") or get("ecomm_pagetype") or None,
        contents=contents,
        user=_user(pid),
        match_ids=_match_ids(given, request),
        consent=consent_of(get("asc")),
        action_source="web",
        transport=_transport(request, address, place, by_server=by_server),
        emitter=_emitter(given),
        outcome=outcome,
        answer=answer,
        send=exchange.send,
        flaws=tuple(flaws),
        fields=(*fields, *heads) if heads else fields,
    )


def _own_name(what: str, source: str | None) -> str:
    """What the library tells its server for itself: "consent update", "pid", "pageHide"."""
    return f"{what} {source}" if what == "consent" and source else what


def _other(exchange: Exchange, name: str, given: Mapping[str, str], pairs: Pairs, flaws: tuple[Flaw, ...]) -> Event:
    """What is no event: shown, never counted."""
    outcome, answer = browser_result(exchange)
    pid = pairs_of(given.get("pid", ""))
    return Event(
        id=f"e{exchange.number}.0",
        exchange=exchange.number,
        platform=NAME,
        side=Side.BROWSER,
        provenance=exchange.provenance,
        kind=Kind.OTHER,
        account=given.get("ti", ""),
        name=name,
        event_id=None,
        own_ms=None,
        received_ms=exchange.started_ms,
        page=given.get("p") or referred_page(exchange.request),
        user=_user(pid),
        match_ids=_match_ids(given, exchange.request),
        consent=consent_of(given.get("asc")),
        transport=exchange.request.method,
        emitter=_emitter(given),
        outcome=outcome,
        answer=answer,
        send=exchange.send,
        flaws=flaws,
        fields=_fields(pairs, pid, "query"),
    )


def _transport(request: Request, address: Address, place: Place, *, by_server: bool) -> str:
    road = ", first-party endpoint" if place is not Place.HIT else ""
    shop = ", commerce" if address.host == COMMERCE_HOST else ""
    return f"{request.method}{road}{shop}{', from a server' if by_server else ''}"


def _emitter(given: Mapping[str, str]) -> str:
    """Who made the hit: the library, with the tag manager that loaded it, or a picture written by hand."""
    library = "bat.js" if given.get("mid") else "image without script" if not given.get("evt") else "no library"
    return f"{library}, {manager}" if (manager := given.get("tm")) else library


def _fields(pairs: Pairs, pid: Pairs, origin: str) -> tuple[Field, ...]:
    """Every parameter once; those of the nested `pid` each for itself."""
    nested = any([name in CUSTOMER_KEYS for name, _ in pid])  # noqa: C419 - a list costs less than a generator
    if not nested:
        return pair_fields(pairs, describe, origin)
    shown = [pair for pair in pairs if pair[0] != "pid"]
    inner = [(f"pid.{name}", text) for name, text in pid[:_MOST_NESTED]]
    return pair_fields(shown, describe, origin) + pair_fields(inner, describe, origin)


def _user(pid: Pairs) -> tuple[UserValue, ...]:
    """The customer's values in `pid`, a query inside the query."""
    return tuple(
        [
            UserValue(CUSTOMER_KEYS[name], value, form_of(value), f"pid.{name}")
            for name, value in pid[:_MOST_NESTED]
            if name in CUSTOMER_KEYS and value
        ]
    )


def _match_ids(given: Mapping[str, str], request: Request) -> tuple[tuple[str, str], ...]:
    click = (
        click_id(given.get("msclkid"))
        or click_id(given.get("uet_msclkid"))
        or click_id(cookies_of(request).get("_uetmsclkid"))
    )
    found = (
        ("msclkid", click),
        ("vid", given.get("vid")),
        ("sid", given.get("sid")),
        ("user_agent", request.header("user-agent")),
    )
    return tuple([(key, value) for key, value in found if value and value != "N"])


def _basket(given: Mapping[str, str], pairs: Pairs) -> tuple[tuple[Content, ...], Flaw | None]:
    """The goods: `items` as queries between commas, or as JSON, or as `items.0.id`; else the IDs in `prodid`."""
    items = given.get("items")
    lines = _lines(items) if items else _numbered(pairs) if any(key.startswith("items.") for key in given) else []
    if lines:
        wrong = None if all([line.id for line in lines]) else "no-id"  # noqa: C419 - a list costs less
        return tuple(lines), Flaw("contents-malformed", "items", wrong) if wrong else None
    flaw = Flaw("contents-malformed", "items", "not-a-list") if items else None
    listed = given.get("prodid") or given.get("ecomm_prodid") or ""
    ids = (part.strip() for part in listed.split(",", MAX_CONTENTS)[:MAX_CONTENTS])
    return tuple([Content(part) for part in ids if part]), flaw


def _lines(items: str) -> list[Content]:
    """`id=MUG-01&quantity=2&price=14.95,id=TEE-XL&quantity=1`; a comma inside a value stands encoded."""
    if items[:1] == "[":
        listed = parsed(items).value
        rows = [row for row in listed if isinstance(row, dict)] if isinstance(listed, list) else []
        named = ({key: text_of(value) for key, value in row.items()} for row in rows[:MAX_CONTENTS])
    else:
        named = (dict(pairs_of(part)) for part in items.split(",", MAX_CONTENTS)[:MAX_CONTENTS] if "=" in part)
    return [Content(row.get("id", ""), row.get("quantity", ""), row.get("price", "")) for row in named]


def _numbered(pairs: Pairs) -> list[Content]:
    """The form of the older library's posts: `items.0.id=MUG-01&items.0.price=14.95`."""
    begun: dict[str, dict[str, str]] = {}
    for key, value in pairs:
        found = _LINE.fullmatch(key)
        if found:
            begun.setdefault(found[1], {})[found[2]] = value
    rows = list(begun.values())[:MAX_CONTENTS]
    return [Content(row.get("id", ""), row.get("quantity", ""), row.get("price", "")) for row in rows]
