"""Decodes what Snapchat's pixel sends from a page, in each of its three forms.

    POST https://tr.snapchat.com/p      content-type: text/plain;charset=UTF-8
    {"ctx":{"url":"https://shop.example/thanks","ts":1795169730123,"v":"3.54.0-2512101929","c1":"0c0ffee0-…"},
     "req":[{"t":{"ev":"PURCHASE","pid":"8a6f1c2e-…","cdid":"evt-7","e_pr":"59.90","e_cur":"EUR","e_tid":"SO-1",
                  "e_iids":"MUG-01,TEE-XL","u_hem":"<sha256>","u_c1":"0c0ffee0-…"},"ts":1795169730123,"del":4},
            {"md":{…}}],"u_scsid":"…"}
    GET  https://tr.snapchat.com/p?ev=PURCHASE&pid=8a6f1c2e-…&cdid=evt-7&pl=https%3A%2F%2Fshop.example%2Fthanks&ts=…
    POST the same pairs as a form

Each entry of `req` with `t.ev` is an event; the others are the library's own measurements. `cdid` is the site's
`client_dedup_id`: scevent 3.54 makes an ID of its own where there is none (`@-<UUID>`), 3.4 sends none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from app.model import Copy, Event, Exchange, Field, Flaw, Kind, Provenance, Request, Side, UserValue
from app.platforms.reading import Json, multipart_pairs, pairs_of, parsed, plain_body, text_of
from app.platforms.reading.address import Address
from app.platforms.reading.answers import browser_result
from app.platforms.reading.facts import event_id_of, fingerprint, ids_of, referred_page, telling_headers
from app.platforms.reading.fields import fields_of, object_at, pair_fields, text_at, user_values
from app.platforms.snapchat.dedup import keys_of, made_by_script
from app.platforms.snapchat.facts import consent_of, goods_of, moment_of, order_key_of
from app.platforms.snapchat.place import Place
from app.platforms.snapchat.words import PIXEL_CUSTOMER, describe_pixel

NAME = "snapchat"
MAX_EVENTS = 1_000
CLICK = "ScCid"
_OLDER = {"price": "e_pr", "currency": "e_cur", "transaction_id": "e_tid", "item_ids": "e_iids"} | {
    "client_dedup_id": "cdid",
    "event": "ev",
}
"""Names of the site's call that some builds put on the wire as they stand."""


class _Hit(Struct, frozen=True, gc=False):
    """One event's parameters, what it shares with the others of its request, and its fields to show."""

    values: Mapping[str, Json]
    context: Mapping[str, Json]
    at: str | None
    shown: tuple[Field, ...]


class _Seen(Struct, frozen=True, gc=False):
    """What a request holds: its events, how they travelled, what else it is about, and what could not be read."""

    hits: tuple[_Hit, ...]
    transport: str
    account: str = ""
    own: str = ""
    flaw: Flaw | None = None


def decode(exchange: Exchange, address: Address, place: Place) -> tuple[Event, ...]:
    """The events of one request, one for each pixel; a preflight has none."""
    if exchange.request.method == "OPTIONS":
        return ()
    seen = _seen(exchange.request, address)
    events: list[Event] = []
    for hit in seen.hits[:MAX_EVENTS]:
        for account in _accounts(hit.values):
            events.append(_event(exchange, address, place, hit, account, seen.transport, len(events)))
    return tuple(events) or (own_event(exchange, seen.own, seen.account, seen.transport, seen.flaw),)


def shaped(request: Request, address: Address) -> bool:
    """Whether a request to anybody's host carries this pixel's events, or its library's measurements."""
    seen = _seen(request, address)
    return any(text_at(hit.values, "pid") or hit.values.get("pids") for hit in seen.hits) or bool(seen.own)


def _seen(request: Request, address: Address) -> _Seen:
    body = plain_body(request)
    start = body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if start in (b"{", b"["):
        return _of_json(request, body)
    pairs, transport = pairs_of(address.query), request.method
    origin = "query"
    if body and request.method != "GET":
        kind = request.header("content-type")
        form = multipart_pairs(body, kind)[0] if "multipart" in kind else pairs_of(body.decode("utf-8", "replace"))
        pairs, transport, origin = pairs + form, f"{request.method}, form", "body"
    values: dict[str, Json] = {}
    for key, value in pairs:
        values.setdefault(key, value)
    values = _named(values)
    if not values.get("ev"):
        return _Seen((), transport, str(values.get("pid", "")))
    shown = pair_fields(pairs, describe_pixel, origin)
    return _Seen((_Hit(values, {}, text_at(values, "ts"), shown),), transport)


def _of_json(request: Request, body: bytes) -> _Seen:
    transport = f"{request.method}, envelope"
    read = parsed(body)
    if read.trouble:
        reason = "body-incomplete" if request.truncated else read.trouble
        return _Seen((), transport, flaw=Flaw("malformed-request", None, reason))
    if not isinstance(read.value, dict):
        return _Seen((), transport, flaw=Flaw("malformed-request", None, "not-an-object"))
    whole = read.value
    context, entries = object_at(whole, "ctx"), whole.get("req")
    if not isinstance(entries, list):
        values = _named(dict(whole))
        if not values.get("ev"):
            flaw = None if entries is None else Flaw("malformed-request", "req", "not-a-list")
            return _Seen((), transport, text_at(values, "pid") or "", flaw=flaw)
        shown = fields_of(dict(values), describe_pixel)
        return _Seen((_Hit(values, {}, text_at(values, "ts"), shown),), f"{request.method}, JSON")
    hits, others, account = [], dict[str, None](), ""
    beside = fields_of(dict(context), describe_pixel, under="ctx") if entries else ()
    session = {"u_scsid": whole["u_scsid"]} if whole.get("u_scsid") else {}
    for entry in entries[: 2 * MAX_EVENTS]:
        told = object_at(entry)
        values = _named(dict(object_at(told, "t")))
        if values.get("ev"):
            values = session | values
            at = text_at(told, "ts") or text_at(context, "ts")
            moment = (Field("ts", at, *describe_pixel("ts"), "body"),) if at else ()
            hits.append(_Hit(values, context, at, (*fields_of(dict(values), describe_pixel), *moment, *beside)))
            continue
        for key, inner in told.items():
            if isinstance(inner, dict):
                others[key] = None
                account = account or next(iter(_accounts(inner)), "")
    flaw = None if entries or not whole else Flaw("malformed-request", "req", "empty")
    return _Seen(tuple(hits), transport, account, ", ".join(others), flaw)


def _named(values: dict[str, Json]) -> dict[str, Json]:
    """Parameters under the library's own names."""
    if _OLDER.keys().isdisjoint(values):
        return values
    return {name: values[key] for key, name in _OLDER.items() if key in values} | {
        key: value for key, value in values.items() if key not in _OLDER
    }


def _accounts(values: Mapping[str, Json]) -> tuple[str, ...]:
    """The pixels an event is for, each once."""
    first, listed = text_at(values, "pid") or "", values.get("pids")
    if not listed:
        return (first,)
    text = text_of(listed)
    several = ids_of(listed)[0] if isinstance(listed, list) or text.startswith("[") else text.split(",")
    return tuple(dict.fromkeys(one.strip() for one in (first, *several) if one.strip())) or ("",)


def _kind(place: Place, method: str) -> Kind:
    if place is Place.MIRROR:
        return Kind.MIRROR
    return Kind.OTHER if method == "HEAD" else Kind.EVENT


def _event(
    exchange: Exchange, address: Address, place: Place, hit: _Hit, account: str, transport: str, index: int
) -> Event:
    values, context, request = hit.values, hit.context, exchange.request
    kind = _kind(place, request.method) if account else Kind.OTHER
    name = text_at(values, "ev") or ""
    event_id, wrong = event_id_of(values.get("cdid"), "cdid")
    own_ms, late = moment_of(hit.at, "ts")
    contents, broken = goods_of(values.get("e_iids"), "e_iids")
    page = text_at(values, "pl") or text_at(context, "url") or referred_page(request)
    order_id, by_script = text_at(values, "e_tid"), made_by_script(event_id)
    nobodys = None if account else Flaw("required-parameter-missing", "pid", "required", _NOBODYS)
    flaws = [item for item in (nobodys, wrong, late, broken) if item]
    flaws += _observed(exchange, address, event_id if by_script else "")
    outcome, answer = browser_result(exchange)
    return Event(
        id=f"e{exchange.number}.{index}",
        exchange=exchange.number,
        platform=NAME,
        side=Side.BROWSER,
        provenance=exchange.provenance,
        kind=kind,
        account=account,
        name=name,
        event_id=event_id or None,
        id_by_script=by_script,
        own_ms=own_ms,
        received_ms=exchange.started_ms,
        keys=keys_of(account, name, event_id, order_key_of(values.get("e_tid"))),
        page=page,
        referrer=text_at(values, "rf"),
        value=text_at(values, "e_pr"),
        currency=text_at(values, "e_cur"),
        order_id=order_id,
        contents=contents,
        user=_user(values),
        match_ids=_match_ids(request, values, context, page),
        consent=consent_of(values.get("du")),
        action_source="web",
        transport=transport + (f", {place.value}" if place in (Place.MIRROR, Place.GATEWAY) else ""),
        emitter=_emitter(values, context),
        outcome=outcome,
        answer=answer,
        send=exchange.send,
        copy=_copy(kind, name, hit.at, event_id or order_id),
        fingerprint="" if (event_id and not by_script) or own_ms is None else fingerprint(hit.shown),
        flaws=tuple(flaws),
        fields=(*hit.shown, *telling_headers(request.headers)) if index == 0 else hit.shown,
    )


_NOBODYS = "The event has no pid: it says nobody's event."


def _copy(kind: Kind, name: str, at: str | None, own: str | None) -> Copy | None:
    """Which copy of a firing it is, at the first host or the second; None where no time tells firings apart."""
    if not at or kind is Kind.OTHER:
        return None
    return Copy(f"{at[:20]}.{name}.{own or ''}", int(kind is Kind.MIRROR), by_moment=True)


def _user(values: Mapping[str, Json]) -> tuple[UserValue, ...]:
    return () if PIXEL_CUSTOMER.keys().isdisjoint(values) else user_values(values, PIXEL_CUSTOMER, "")


def _match_ids(
    request: Request, values: Mapping[str, Json], context: Mapping[str, Json], page: str | None
) -> tuple[tuple[str, str], ...]:
    """`u_sclid` is an ID of the browser's storage; the click's own is in the page's address, where Snap reads it."""
    found = (
        ("sc_click_id", _click_in(page) if page and f"{CLICK}=" in page else None),
        ("scid", text_at(values, "u_c1") or text_at(context, "c1")),
        ("sclid", text_at(values, "u_sclid")),
        ("scsid", text_at(values, "u_scsid")),
        ("user_agent", text_at(context, "ua") or request.header("user-agent") or None),
    )
    return tuple([(key, value) for key, value in found if value])


def _click_in(page: str) -> str | None:
    try:
        query = urlsplit(page).query
    except ValueError:
        return None
    found = (part.partition("=") for part in query.split("&"))
    return next((unquote(value) for key, _, value in found if key == CLICK and 0 < len(value) <= 1000), None)


def _emitter(values: Mapping[str, Json], context: Mapping[str, Json]) -> str:
    version = text_at(context, "v") or text_at(values, "v")
    library = f"scevent {version}" if version else "no library"
    return ", ".join(filter(None, (library, text_at(values, "intg"))))


def _observed(exchange: Exchange, address: Address, script_id: str | None) -> Iterator[Flaw]:
    """What the request itself shows, and an ID that the script made."""
    if script_id:
        yield Flaw("snap-id-made-by-script", "cdid", None, script_id)
    if address.plain_http:
        yield Flaw("insecure-transport", None, None, address.host)
    from_page = exchange.provenance is Provenance.PAGE and exchange.request.header("authorization")
    if from_page or "access_token=" in address.query:
        yield Flaw("token-exposed", "access_token", "pixel")


def own_event(exchange: Exchange, name: str, account: str = "", transport: str = "", flaw: Flaw | None = None) -> Event:
    """What the library sends for itself, or what can not be read: shown, never counted."""
    outcome, answer = browser_result(exchange)
    pairs = pairs_of(exchange.request.url.partition("?")[2].partition("#")[0])
    return Event(
        id=f"e{exchange.number}.0",
        exchange=exchange.number,
        platform=NAME,
        side=Side.BROWSER,
        provenance=exchange.provenance,
        kind=Kind.OTHER,
        account=account or next((value for key, value in pairs if key == "pid"), ""),
        name=name,
        event_id=None,
        own_ms=None,
        received_ms=exchange.started_ms,
        page=referred_page(exchange.request),
        transport=transport or exchange.request.method,
        outcome=outcome,
        answer=answer,
        send=exchange.send,
        flaws=(flaw,) if flaw else (),
        fields=pair_fields(pairs, describe_pixel, "query"),
    )
