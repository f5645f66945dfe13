"""Decodes server calls to Pinterest's API for Conversions, v5 and v3.

    POST https://api.pinterest.com/v5/ad_accounts/549755000001/events?test=true          Authorization: Bearer pina_…
    {"data":[{"event_name":"checkout","action_source":"web","event_time":1795169730,"event_id":"evt-7",
      "event_source_url":"https://shop.example/thanks","opt_out":false,"partner_name":"ss-example",
      "user_data":{"em":["<sha256>"],"client_ip_address":"…","client_user_agent":"…","click_id":"dj0y…"},
      "custom_data":{"currency":"EUR","value":"59.90","order_id":"SO-1","num_items":3,
       "contents":[{"id":"MUG-01","item_price":"14.95","quantity":2}]}}]}

The older v3 took the same list at `ct.pinterest.com/events/v3`, with `advertiser_id` in each event. Events that
happened offline are never deduplicated.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from app.model import Event, Exchange, Field, Flaw, Kind, Side
from app.platforms.pinterest.answer import server_results
from app.platforms.pinterest.call import APPS, OFFLINE, OLDER_ACCOUNT, SOURCE, source_of
from app.platforms.pinterest.facts import AD_ACCOUNT, NAME, consent_of, keys_of, variant
from app.platforms.pinterest.place import Place, ad_account_in
from app.platforms.pinterest.words import CUSTOMER_KEYS, api_name, describe, standard
from app.platforms.reading import Json, pairs_of, parsed, plain_body
from app.platforms.reading.address import Address
from app.platforms.reading.answers import Result
from app.platforms.reading.calls import body_flaws, exposed, listed_at, unread
from app.platforms.reading.facts import contents_of, event_id_of, fingerprint, name_of, telling_headers, time_ms
from app.platforms.reading.fields import fields_of, object_at, text_at, user_values

MAX_EVENTS = 5_000  # read of one call; Pinterest takes 1,000
TEST = "test=true"
"""What stands for the switch of a test request."""
_LINE = ("id", "quantity", "item_price")
_MATCH_IDS = {
    "click_id": "epik",
    "partner_id": "partner_id",
    "client_ip_address": "ip",
    "client_user_agent": "user_agent",
}


class _Call(Struct, frozen=True, gc=False):
    """What the events of one call have in common."""

    exchange: Exchange
    place: Place
    account: str
    test: bool
    beside: tuple[Field, ...]
    flaws: tuple[Flaw, ...]


def decode(exchange: Exchange, address: Address, place: Place) -> tuple[Event, ...]:
    """The events of one call, each with what the answer says of it; one that can not be read stands for the call."""
    request = exchange.request
    if request.method != "POST":
        return ()
    read = parsed(plain_body(request))
    body = object_at(read.value)
    secret = bool(request.header("authorization"))
    flaws = list(exposed(exchange, address, secret=secret, wire="Authorization"))
    flaws += body_flaws(request, read)
    listed = listed_at(body, "data", MAX_EVENTS, flaws)
    account = ad_account_in(address.path)
    query = pairs_of(address.query)
    test = any(key == "test" and value.lower() == "true" for key, value in query)
    call = _Call(exchange, place, account, test, tuple(_beside(query, account, body)), tuple(flaws))
    results = server_results(exchange, max(1, len(listed)))
    if not listed:
        return (_bare(call, results[0], 0, call.flaws),) if flaws else ()
    return tuple(
        _event(call, element, result, index)
        for index, (element, result) in enumerate(zip(listed[:MAX_EVENTS], results, strict=False))
    )


def _beside(query: list[tuple[str, str]], account: str, body: Mapping[str, Json]) -> Iterator[Field]:
    """What a call says beside its events: the account in its path, its query, and members that no call has."""
    if account:
        yield Field("ad_account_id", account, *describe("ad_account_id"), "path")
    yield from (Field(key, value[:500], *describe(key), "query") for key, value in query[:50])
    yield from fields_of({key: value for key, value in body.items() if key != "data"}, describe)


def _bare(call: _Call, result: Result, index: int, flaws: tuple[Flaw, ...]) -> Event:
    return unread(
        call.exchange,
        result,
        index,
        platform=NAME,
        account=call.account,
        transport=call.place.value,
        flaws=flaws,
        account_kind=AD_ACCOUNT,
        test_code=TEST if call.test else None,
        fields=call.beside,
    )


def _event(call: _Call, element: Json, result: Result, index: int) -> Event:
    flaws = list(call.flaws) if index == 0 else []  # what concerns the call is said once
    if not isinstance(element, dict):
        flaws.append(Flaw("malformed-request", f"[{index}]", "not-an-event"))
        return _bare(call, result, index, tuple(flaws))
    exchange, (outcome, answer) = call.exchange, result
    user, data = object_at(element, "user_data"), object_at(element, "custom_data")
    account = call.account or text_at(element, OLDER_ACCOUNT) or ""
    raw, nameless = name_of(element.get("event_name"), "event_name")
    source = source_of(text_at(element, SOURCE))
    name, offline, app = standard(raw), source == OFFLINE, source in APPS
    event_id, flaw = event_id_of(element.get("event_id"), "event_id")
    own_ms, wrong = time_ms(text_at(element, "event_time") or "", "event_time", "s")
    contents, broken = contents_of(data.get("contents"), data.get("content_ids"), "custom_data.contents", _LINE)
    flaws += [item for item in (nameless, flaw, wrong, broken, variant(raw, api_name(raw), "event_name")) if item]
    if not raw and not nameless:
        flaws.append(Flaw("required-parameter-missing", "event_name"))
    if offline:
        flaws.append(Flaw("offline-never-deduplicated", SOURCE))
    heads = telling_headers(exchange.request.headers) if index == 0 else ()
    fields = fields_of(element, describe)
    keys = () if app or offline else keys_of(account, name, event_id)
    return Event(
        id=f"e{exchange.number}.{index}",
        exchange=exchange.number,
        platform=NAME,
        side=Side.SERVER,
        provenance=exchange.provenance,
        kind=Kind.OTHER if app else Kind.EVENT,
        account=account,
        account_kind=AD_ACCOUNT,
        name=name,
        event_id=event_id or None,
        own_ms=own_ms,
        received_ms=exchange.started_ms,
        keys=keys,
        page=text_at(element, "event_source_url"),
        value=text_at(data, "value"),
        currency=text_at(data, "currency"),
        order_id=text_at(data, "order_id"),
        contents=contents,
        user=user_values(user, CUSTOMER_KEYS, "user_data"),
        match_ids=tuple((key, text) for wire, key in _MATCH_IDS.items() if (text := text_at(user, wire))),
        consent=consent_of(text_at(element, "opt_out"), data),
        action_source=source,
        off_page=offline or app,
        test_code=TEST if call.test else None,
        transport=call.place.value,
        emitter=_emitter(exchange, element, data),
        outcome=outcome,
        answer=answer,
        send=exchange.send,
        fingerprint="" if keys or own_ms is None else fingerprint(fields),
        flaws=tuple(flaws),
        fields=(*call.beside, *fields, *heads),
    )


def _emitter(exchange: Exchange, element: Mapping[str, Json], data: Mapping[str, Json]) -> str:
    partner = text_at(element, "partner_name") or text_at(data, "np")
    return ", ".join(filter(None, (partner, exchange.request.header("user-agent"))))
