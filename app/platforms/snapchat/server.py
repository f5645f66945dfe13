"""Decodes server calls to Snapchat's Conversions API, v3 and v2.

    POST https://tr.snapchat.com/v3/8a6f1c2e-…/events?access_token=…
    {"data":[{"event_name":"PURCHASE","event_time":1795169730,"event_id":"evt-7","action_source":"WEB",
              "event_source_url":"https://shop.example/thanks","integration":"shop",
              "user_data":{"em":["<sha256>"],"ph":["<sha256 of 49…>"],"client_ip_address":"…","client_user_agent":"…",
                           "sc_click_id":"…","sc_cookie1":"…"},
              "custom_data":{"currency":"EUR","value":"59.90","order_id":"SO-1","content_ids":["MUG-01"]}}]}

    POST https://tr.snapchat.com/v2/conversion            Authorization: Bearer …
    [{"pixel_id":"8a6f1c2e-…","event_type":"PURCHASE","event_conversion_type":"WEB","timestamp":"1795169730123",
      "hashed_email":"<sha256>","uuid_c1":"…","price":"59.90","currency":"EUR","transaction_id":"SO-1",
      "client_dedup_id":"evt-7","page_url":"https://shop.example/thanks"}]

`event_time` may be in seconds or milliseconds. `…/validate` takes the same, and counts nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from app.model import Content, Event, Exchange, Field, Flaw, Kind, Side, UserValue
from app.platforms.reading import Json, parsed, plain_body
from app.platforms.reading.address import Address
from app.platforms.reading.answers import Result
from app.platforms.reading.calls import body_flaws, exposed, unread
from app.platforms.reading.facts import contents_of, event_id_of, fingerprint, part_of, telling_headers
from app.platforms.reading.fields import Describe, fields_of, object_at, text_at, user_values
from app.platforms.snapchat.answer import server_results
from app.platforms.snapchat.browser import NAME
from app.platforms.snapchat.dedup import keys_of, made_by_script
from app.platforms.snapchat.facts import consent_of, goods_of, moment_of, order_key_of
from app.platforms.snapchat.place import TESTS, Place, account_of
from app.platforms.snapchat.words import V2_CUSTOMER, V3_CUSTOMER, describe_v2, describe_v3

MAX_EVENTS = 5_000  # read of one call; Snap takes 2,000
WEB = "WEB"
ACCOUNTS = ("pixel_id", "snap_app_id", "app_id")
VALIDATED = "validate"
"""What stands for a test code: the path says that it is a test."""


class _Call(Struct, frozen=True, gc=False):
    """What the events of one call have in common."""

    exchange: Exchange
    place: Place
    account: str
    beside: tuple[Field, ...]
    test: str | None
    flaws: tuple[Flaw, ...]


class _Parts(Struct, frozen=True, gc=False):
    """One event's facts, whichever form it has; `flaws` is what was wrong with them."""

    account: str
    name: str
    named: str
    id_at: str
    event_id: Json
    time: str | None
    time_at: str
    page: str | None
    value: str | None
    currency: str | None
    order: Json
    contents: tuple[Content, ...]
    user: tuple[UserValue, ...]
    match_ids: tuple[tuple[str, str | None], ...]
    consent: str | None
    source: str | None
    integration: str | None
    flaw: Flaw | None
    describe: Describe


def decode(exchange: Exchange, address: Address, place: Place) -> tuple[Event, ...]:
    """The events of one call, each with what the answer says of it; one that can not be read stands for the call."""
    request = exchange.request
    if request.method != "POST":
        return ()
    read = parsed(plain_body(request))
    secret = "access_token=" in address.query or bool(request.header("authorization"))
    flaws = list(exposed(exchange, address, secret=secret))
    flaws += body_flaws(request, read, bare_list=True)
    body = object_at(read.value)
    older = place in (Place.V2, Place.V2_TEST)
    listed = _elements(read.value, flaws, older=older) if not read.trouble else []
    test = text_at(body, "test_event_code") or (VALIDATED if place in TESTS else None)
    beside = {} if older else {key: value for key, value in body.items() if key not in ("data", "access_token")}
    call = _Call(exchange, place, account_of(address), fields_of(beside, describe_v3), test, tuple(flaws))
    results = server_results(exchange, max(1, len(listed)))
    if not listed:
        return (_bare(call, results[0], 0, flaws=call.flaws),) if flaws else ()
    return tuple(
        _event(call, element, result, index)
        for index, (element, result) in enumerate(zip(listed[:MAX_EVENTS], results, strict=False))
    )


def _elements(value: Json, flaws: list[Flaw], *, older: bool) -> list[Json]:
    """The events of a call as they stand; what is no list where one is due is said."""
    inner = value.get("data") if isinstance(value, dict) else None
    if older:
        listed = inner if isinstance(inner, list) else value
        listed = [listed] if isinstance(listed, dict) and listed else listed
    elif isinstance(value, dict):
        listed = inner
        if isinstance(listed, dict):
            flaws.append(Flaw("malformed-request", "data", "not-a-list"))
            listed = [listed]
    else:
        listed = value if isinstance(value, list) else None
        flaws.append(Flaw("malformed-request", None, "not-an-object"))
    if not isinstance(listed, list):
        flaws.append(Flaw("malformed-request", "data", "data-missing" if listed is None or older else "not-a-list"))
        return []
    if not listed:
        flaws.append(Flaw("malformed-request", "data", "empty"))
    if len(listed) > MAX_EVENTS:
        flaws.append(Flaw("malformed-request", "data", "too-many-events", str(len(listed))))
    return listed


def _bare(call: _Call, result: Result, index: int, *, flaws: tuple[Flaw, ...]) -> Event:
    """A call, or a place in it, that holds no event: shown and flagged, never counted."""
    return unread(
        call.exchange,
        result,
        index,
        platform=NAME,
        account=call.account,
        transport=call.place.value,
        flaws=flaws,
        test_code=call.test,
    )


def _event(call: _Call, element: Json, result: Result, index: int) -> Event:
    flaws = list(call.flaws) if index == 0 else []  # what concerns the call is said once
    if not isinstance(element, dict):
        return _bare(call, result, index, flaws=(*flaws, Flaw("malformed-request", f"[{index}]", "not-an-event")))
    exchange, (outcome, answer) = call.exchange, result
    parts = _of_v2(element) if _is_older(element) else _of_v3(element)
    account = call.account or parts.account
    event_id, wrong = event_id_of(parts.event_id, parts.id_at)
    own_ms, late = moment_of(parts.time, parts.time_at)
    flaws += [item for item in (wrong, late, parts.flaw) if item]
    if not parts.name:
        flaws.append(Flaw("required-parameter-missing", parts.named))
    source = parts.source.upper() if parts.source else None
    heads = telling_headers(exchange.request.headers) if index == 0 else ()
    fields = fields_of(_shown(element), parts.describe)
    return Event(
        id=f"e{exchange.number}.{index}",
        exchange=exchange.number,
        platform=NAME,
        side=Side.SERVER,
        provenance=exchange.provenance,
        kind=Kind.EVENT,
        account=account,
        name=parts.name,
        event_id=event_id or None,
        id_by_script=made_by_script(event_id),
        own_ms=own_ms,
        received_ms=exchange.started_ms,
        keys=keys_of(account, parts.name, event_id, order_key_of(parts.order)),
        page=parts.page,
        value=parts.value,
        currency=parts.currency,
        order_id=part_of(parts.order) or None,
        contents=parts.contents,
        user=parts.user,
        match_ids=tuple([(key, value) for key, value in parts.match_ids if value]),
        consent=parts.consent,
        action_source=source.lower() if source else None,
        off_page=source not in (None, WEB, "WEBSITE"),
        test_code=call.test or text_at(element, "test_event_code"),
        transport=call.place.value,
        emitter=", ".join(filter(None, (parts.integration, exchange.request.header("user-agent")))),
        outcome=outcome,
        answer=answer,
        send=exchange.send,
        fingerprint="" if event_id or own_ms is None else fingerprint(fields),
        flaws=tuple(flaws),
        fields=(*fields, *call.beside, *heads),
    )


def _shown(element: Mapping[str, Json]) -> dict[str, Json]:
    """An event to show: a customer value that is a list of one stands as that one, as the browser's does."""
    user = element.get("user_data")
    if not isinstance(user, dict):
        return dict(element)
    bare = {key: value[0] if isinstance(value, list) and len(value) == 1 else value for key, value in user.items()}
    return {**element, "user_data": bare}


def _is_older(element: Mapping[str, Json]) -> bool:
    """Whether an event has the form of v2: flat, with names of its own."""
    return "event_name" not in element and not {"event_type", "event_conversion_type", "timestamp"}.isdisjoint(element)


def _of_v3(element: Mapping[str, Json]) -> _Parts:
    user, custom = object_at(element, "user_data"), object_at(element, "custom_data")
    contents, flaw = contents_of(
        custom.get("contents"), custom.get("content_ids"), "custom_data.contents", ("id", "quantity", "item_price")
    )
    match_ids = (
        ("sc_click_id", text_at(user, "sc_click_id")),
        ("scid", text_at(user, "sc_cookie1")),
        ("ip", text_at(user, "client_ip_address")),
        ("user_agent", text_at(user, "client_user_agent")),
        ("madid", text_at(user, "madid") or text_at(user, "mobile_ad_id")),
        *((key, text_at(user, key)) for key in ("idfv", "lead_id", "subscription_id")),
    )
    return _Parts(
        account=text_at(element, "pixel_id") or text_at(object_at(element, "app_data"), "app_id") or "",
        name=text_at(element, "event_name") or "",
        named="event_name",
        id_at="event_id",
        event_id=element.get("event_id"),
        time=text_at(element, "event_time"),
        time_at="event_time",
        page=text_at(element, "event_source_url"),
        value=text_at(custom, "value"),
        currency=text_at(custom, "currency"),
        order=custom.get("order_id"),
        contents=contents,
        user=user_values(user, V3_CUSTOMER, "user_data"),
        match_ids=match_ids,
        consent=consent_of(element.get("data_processing_options")),
        source=text_at(element, "action_source"),
        integration=text_at(element, "integration"),
        flaw=flaw,
        describe=describe_v3,
    )


def _of_v2(element: Mapping[str, Json]) -> _Parts:
    contents, flaw = goods_of(element.get("item_ids"), "item_ids")
    match_ids = (
        ("sc_click_id", text_at(element, "click_id")),
        ("scid", text_at(element, "uuid_c1")),
        ("user_agent", text_at(element, "user_agent")),
        ("hashed_ip_address", text_at(element, "hashed_ip_address")),
        ("madid", text_at(element, "hashed_mobile_ad_id")),
    )
    return _Parts(
        account=next((text for key in ACCOUNTS if (text := text_at(element, key))), ""),
        name=text_at(element, "event_type") or "",
        named="event_type",
        id_at="client_dedup_id",
        event_id=element.get("client_dedup_id"),
        time=text_at(element, "timestamp"),
        time_at="timestamp",
        page=text_at(element, "page_url"),
        value=text_at(element, "price"),
        currency=text_at(element, "currency"),
        order=element.get("transaction_id"),
        contents=contents,
        user=user_values(element, V2_CUSTOMER, ""),
        match_ids=match_ids,
        consent=consent_of(element.get("data_use")),
        source=text_at(element, "event_conversion_type"),
        integration=text_at(element, "integration"),
        flaw=flaw,
        describe=describe_v2,
    )
