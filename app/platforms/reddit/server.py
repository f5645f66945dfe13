"""Decodes server calls to Reddit's Conversions API, v3 and v2.

    POST https://ads-api.reddit.com/api/v3/pixels/a2_exampleacct1/conversion_events      Authorization: Bearer …
    {"data":{"test_id":"t2_test","partner":"EXAMPLE","events":[{"event_at":1795169730123,"action_source":"WEBSITE",
      "event_source_url":"https://shop.example/thanks","click_id":"0123","type":{"tracking_type":"PURCHASE"},
      "metadata":{"conversion_id":"evt-7","currency":"EUR","value":59.9,"item_count":3,"products":[{"id":"MUG-01"}]},
      "user":{"email":"<sha256>","phone_number":"<sha256>","external_id":"…","ip_address":"…","uuid":"…"}}]}}

    POST https://ads-api.reddit.com/api/v2.0/conversions/events/a2_exampleacct1
    {"test_mode":true,"events":[{"event_at":"2026-11-20T10:15:30.123Z","event_type":{"tracking_type":"Purchase"},
      "event_metadata":{"conversion_id":"evt-7","value_decimal":59.9,"currency":"EUR"},"user":{…}}]}

Senders mix the two, so each is read under either's names. `value` of v2 counts the currency's smallest unit.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from msgspec import Struct

from app.hashing import form_of
from app.model import Event, Exchange, Field, Flaw, Form, Kind, Side
from app.platforms.reading import Json, parsed, plain_body, text_of
from app.platforms.reading.address import Address
from app.platforms.reading.answers import Result
from app.platforms.reading.calls import body_flaws, exposed, listed_at, unread
from app.platforms.reading.facts import event_id_of, fingerprint, iso_ms, name_of, telling_headers, time_ms
from app.platforms.reading.fields import fields_of, object_at, text_at, user_values
from app.platforms.reddit.answer import server_results
from app.platforms.reddit.browser import NAME
from app.platforms.reddit.facts import basket_of, consent_of, keys_of, misplaced_id, shown_name, unnamed
from app.platforms.reddit.identifiers import BROWSER_ID, CLICK_ID
from app.platforms.reddit.place import Call, Place, call_of
from app.platforms.reddit.words import CUSTOMER_KEYS, WEB, canonical, describe
from app.platforms.vocabulary import folded

MAX_EVENTS = 5_000  # read of one call; Reddit takes 1,000


_ASTRAY = {
    "conversion_id": "spelling",
    "event_id": "spelling",
    "metadata.event_id": "spelling",
    "metadata.conversionId": "spelling",
    "event_metadata.event_id": "spelling",
    "event_metadata.conversionId": "spelling",
    "user.conversion_id": "user-data",
    "user.event_id": "user-data",
}
"""Where senders put a conversion ID that belongs into the metadata."""


class _Call(Struct, frozen=True, gc=False):
    """What the events of one call have in common."""

    exchange: Exchange
    at: Call
    test: str | None
    emitter: str
    beside: tuple[Field, ...]
    flaws: tuple[Flaw, ...]


def decode(exchange: Exchange, address: Address) -> tuple[Event, ...]:
    """The events of one call, each with what the answer says of it; one that can not be read stands for the call."""
    request, at = exchange.request, call_of(address.path)
    if request.method != "POST" or at is None:
        return ()
    read = parsed(plain_body(request))
    flaws = list(exposed(exchange, address, secret=bool(request.header("authorization"))))
    flaws += body_flaws(request, read)
    root = object_at(read.value)
    inner = object_at(root, "data") or root
    listed = listed_at(inner, "events", MAX_EVENTS, flaws)
    emitter = ", ".join(filter(None, (text_at(inner, "partner"), request.header("user-agent"))))
    call = _Call(exchange, at, _test(root, inner), emitter, _beside(inner), tuple(flaws))
    results = server_results(exchange, listed)
    if not listed:
        return (_bare(call, results[0], 0, call.flaws),) if flaws else ()
    return tuple(
        _event(call, element, result, index)
        for index, (element, result) in enumerate(zip(listed[:MAX_EVENTS], results, strict=False))
    )


def _test(root: Mapping[str, Json], inner: Mapping[str, Json]) -> str | None:
    """v3's test ID, or the name of v2's switch where it is on."""
    for values in (inner, root):
        if test_id := text_at(values, "test_id"):
            return test_id
        if (text_at(values, "test_mode") or "").lower() in ("true", "1"):
            return "test_mode"
    return None


def _beside(body: Mapping[str, Json]) -> tuple[Field, ...]:
    """What a call says beside its events."""
    return fields_of({key: value for key, value in body.items() if key != "events"}, describe)


def _bare(call: _Call, result: Result, index: int, flaws: tuple[Flaw, ...]) -> Event:
    """A call, or an event in it, that can not be read: shown and flagged, never counted."""
    return unread(
        call.exchange,
        result,
        index,
        platform=NAME,
        account=call.at.account,
        transport=call.at.place.value,
        flaws=flaws,
        test_code=call.test,
        emitter=call.emitter,
    )


def _event(call: _Call, element: Json, result: Result, index: int) -> Event:
    flaws = list(call.flaws) if index == 0 else []  # what concerns the call is said once
    if not isinstance(element, dict):
        flaws.append(Flaw("malformed-request", f"events[{index}]", "not-an-event"))
        return _bare(call, result, index, tuple(flaws))
    exchange, (outcome, answer) = call.exchange, result
    type_key, data_key = _either(element, "type", "event_type"), _either(element, "metadata", "event_metadata")
    kind, data, user = object_at(element, type_key), object_at(element, data_key), object_at(element, "user")
    raw, nameless = name_of(kind.get("tracking_type"), f"{type_key}.tracking_type")
    name, custom = canonical(raw), text_at(kind, "custom_event_name") or ""
    event_id, flaw = event_id_of(data.get("conversion_id"), f"{data_key}.conversion_id")
    own_ms, wrong = _time(element, call.at.place)
    contents, broken = basket_of(data.get("products"), f"{data_key}.products")
    astray = None if event_id or flaw else misplaced_id(element, _ASTRAY)
    bare = unnamed(name, custom, f"{type_key}.custom_event_name")
    flaws += [item for item in (nameless, flaw, astray, wrong, broken, bare) if item]
    if not name and not nameless:
        flaws.append(Flaw("required-parameter-missing", f"{type_key}.tracking_type"))
    source = text_at(element, "action_source")
    heads = telling_headers(exchange.request.headers) if index == 0 else ()
    fields = fields_of(element, describe)
    return Event(
        id=f"e{exchange.number}.{index}",
        exchange=exchange.number,
        platform=NAME,
        side=Side.SERVER,
        provenance=exchange.provenance,
        kind=Kind.EVENT,
        account=call.at.account,
        name=shown_name(name, custom),
        event_id=event_id or None,
        own_ms=own_ms,
        received_ms=exchange.started_ms,
        keys=keys_of(call.at.account, name, custom, event_id, source),
        page=text_at(element, "event_source_url"),
        value=_value(data, call.at.place),
        currency=text_at(data, "currency"),
        contents=contents,
        user=user_values(user, CUSTOMER_KEYS, "user"),
        match_ids=_match_ids(element, user),
        consent=_consent(user),
        action_source=source,
        off_page=source is not None and folded(source) not in (folded(WEB), "web"),
        test_code=call.test,
        transport=call.at.place.value,
        emitter=call.emitter,
        outcome=outcome,
        answer=answer,
        send=exchange.send,
        fingerprint="" if event_id or own_ms is None else fingerprint(fields),
        flaws=tuple(flaws),
        fields=(*fields, *call.beside, *heads),
    )


def _either(element: Mapping[str, Json], name: str, older: str) -> str:
    """Which of v3's and v2's names of one thing an event has."""
    return older if older in element and not isinstance(element.get(name), dict) else name


def _time(element: Mapping[str, Json], place: Place) -> tuple[int | None, Flaw | None]:
    """`event_at`, in milliseconds in v3 and in ISO form in v2, or v2's `event_at_ms`."""
    at = text_at(element, "event_at")
    if at is None:
        return time_ms(text_at(element, "event_at_ms") or "", "event_at_ms", "ms")
    return iso_ms(at, "event_at") if place is Place.V2 else time_ms(at, "event_at", "ms")


def _value(data: Mapping[str, Json], place: Place) -> str | None:
    """The amount: `value` of v3, `value_decimal` of v2, else v2's whole number of the smallest unit, of a hundred."""
    decimal = text_at(data, "value_decimal")
    value = text_at(data, "value")
    if place is Place.V2 and decimal is None and value and value.isascii() and value.isdigit() and len(value) < 18:
        return str(Decimal(value) / 100)
    return (decimal or value) if place is Place.V2 else (value or decimal)


def _consent(user: Mapping[str, Json]) -> str | None:
    modes = object_at(user, "data_processing_options").get("modes")
    listed = modes if isinstance(modes, list) else [modes] if modes is not None else []
    return consent_of(text_at(user, "opt_out"), map(text_of, listed))


def _match_ids(element: Mapping[str, Json], user: Mapping[str, Json]) -> tuple[tuple[str, str], ...]:
    ip = text_at(user, "ip_address")
    found = (
        (BROWSER_ID, text_at(user, "uuid")),
        (CLICK_ID, text_at(element, "click_id")),
        # Reddit takes the address hashed as well, and Segment sends it so.
        ("hashed_ip" if ip and form_of(ip) is Form.SHA256 else "ip", ip),
        ("user_agent", text_at(user, "user_agent")),
        ("aaid", text_at(user, "aaid")),
        ("idfa", text_at(user, "idfa")),
    )
    return tuple([(key, value) for key, value in found if value])
