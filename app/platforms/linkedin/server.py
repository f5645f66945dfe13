"""Decodes server calls to LinkedIn's Conversions API.

    POST https://api.linkedin.com/rest/conversionEvents     Authorization: Bearer …     LinkedIn-Version: 202608
    {"conversion":"urn:lla:llaPartnerConversion:20529388","conversionHappenedAt":1795169730123,"eventId":"evt-7",
     "conversionValue":{"currencyCode":"EUR","amount":"59.90"},"user":{"userIds":[{"idType":"SHA256_EMAIL",
      "idValue":"<sha256>"}],"userInfo":{"firstName":"Jane","lastName":"Doe","countryCode":"DE"},"externalIds":["c-1"]}}

A batch has such events under `elements` and the header `X-RestLi-Method: BATCH_CREATE`; one event alone may come with
`CREATE` or with none. No account stands in a call: the conversion rule is somebody's, and only the user knows whose.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from msgspec import Struct

from app.hashing import form_of
from app.model import Event, Exchange, Field, Flaw, Kind, Side, UserValue
from app.platforms.linkedin.answer import server_results
from app.platforms.linkedin.dedup import RULE, keys_of
from app.platforms.linkedin.words import CLICK_ID, CONVERSION, EMAIL, ID_TYPES, INFO_KEYS, IP, NAME, describe
from app.platforms.reading import Json, parsed, plain_body, text_of
from app.platforms.reading.address import Address
from app.platforms.reading.answers import Result
from app.platforms.reading.calls import body_flaws, exposed, listed_at, unread
from app.platforms.reading.facts import event_id_of, fingerprint, telling_headers, time_ms
from app.platforms.reading.fields import fields_of, object_at, text_at

MAX_EVENTS = 5_000  # of one call, which is also what LinkedIn takes
_TRANSPORT = "Conversions API"
_URN = re.compile(r"urn:lla:llaPartnerConversion:\d{1,20}")
_MATCH = (("li_fat_id", CLICK_ID), ("ip", IP), ("google_aid", "GOOGLE_AID"))


class _Call(Struct, frozen=True, gc=False):
    """What the events of one call have in common."""

    exchange: Exchange
    body: Mapping[str, Json]
    batch: bool
    flaws: tuple[Flaw, ...]


def decode(exchange: Exchange, address: Address) -> tuple[Event, ...]:
    """The events of one call, each with what the answer says of it; one that can not be read stands for the call."""
    request = exchange.request
    if request.method != "POST":
        return ()
    read = parsed(plain_body(request))
    body = object_at(read.value)
    flaws = list(_observed(exchange, address))
    flaws += body_flaws(request, read)
    batch = "elements" in body or "batch" in request.header("x-restli-method").lower()
    listed = _elements(body, flaws, batch=batch)
    call = _Call(exchange, body, batch, tuple(flaws))
    results = server_results(exchange, max(1, len(listed)))
    if not listed:
        return (_bare(call, results[0], 0, call.flaws),) if flaws else ()
    return tuple(
        _event(call, element, result, index)
        for index, (element, result) in enumerate(zip(listed[:MAX_EVENTS], results, strict=False))
    )


def rule_in(urn: str | None) -> str:
    """The number of a conversion rule: the end of its URN, or what is sent in place of one."""
    return (urn or "").rpartition(":")[2].strip()


def _elements(body: Mapping[str, Json], flaws: list[Flaw], *, batch: bool) -> list[Json]:
    """The events of a call as they stand; what is no list where one is due is said."""
    if not batch:
        return [dict(body)] if body else []
    return listed_at(body, "elements", MAX_EVENTS, flaws)


def _observed(exchange: Exchange, address: Address) -> Iterator[Flaw]:
    request = exchange.request
    yield from exposed(exchange, address, secret=bool(request.header("authorization")))
    if address.path.startswith("/rest") and request.headers and not request.header("linkedin-version"):
        text = "The call has no header LinkedIn-Version, so LinkedIn can not tell which version is meant."
        yield Flaw("required-parameter-missing", "LinkedIn-Version", "required", text)


def _bare(call: _Call, result: Result, index: int, flaws: tuple[Flaw, ...]) -> Event:
    """What can not be read: shown and flagged, never counted."""
    return unread(
        call.exchange,
        result,
        index,
        platform=NAME,
        account="",
        transport=_TRANSPORT,
        flaws=flaws,
        account_kind=RULE,
    )


def _event(call: _Call, element: Json, result: Result, index: int) -> Event:
    flaws = list(call.flaws) if index == 0 else []  # what concerns the call is said once
    if not isinstance(element, dict):
        flaws.append(Flaw("malformed-request", f"[{index}]", "not-an-event"))
        return _bare(call, result, index, tuple(flaws))
    exchange, (outcome, answer) = call.exchange, result
    urn = text_at(element, "conversion")
    event_id, flaw = event_id_of(element.get("eventId"), "eventId")
    own_ms, wrong = time_ms(text_at(element, "conversionHappenedAt") or "", "conversionHappenedAt", "ms")
    flaws += [item for item in (flaw, wrong, *_of_rule(urn)) if item]
    value, user = object_at(element, "conversionValue"), object_at(element, "user")
    ids = ids_of(user.get("userIds"))
    rule = rule_in(urn)
    heads = telling_headers(exchange.request.headers) if index == 0 else ()
    fields = fields_of(_shown(element, ids), describe)
    return Event(
        id=f"e{exchange.number}.{index}",
        exchange=exchange.number,
        platform=NAME,
        side=Side.SERVER,
        provenance=exchange.provenance,
        kind=Kind.EVENT,
        account="",
        name=CONVERSION,
        event_id=event_id or None,
        own_ms=own_ms,
        received_ms=exchange.started_ms,
        keys=keys_of(rule, event_id),
        account_kind=RULE,
        rule=rule,
        value=text_at(value, "amount"),
        currency=text_at(value, "currencyCode"),
        user=_user(user, ids),
        match_ids=tuple((name, found) for name, kind in _MATCH for found in ids.get(kind, ())[:1]),
        transport=f"{_TRANSPORT}, batch" if call.batch else _TRANSPORT,
        emitter=exchange.request.header("user-agent"),
        outcome=outcome,
        answer=answer,
        send=exchange.send,
        fingerprint="" if event_id or own_ms is None else fingerprint(fields),
        flaws=tuple(flaws),
        fields=(*fields, *(_heads(exchange) if index == 0 else ()), *heads),
    )


def _of_rule(urn: str | None) -> Iterator[Flaw]:
    if not urn:
        text = "The event names no conversion rule (conversion), and the rule is what is counted."
        yield Flaw("required-parameter-missing", "conversion", "required", text)
    elif not _URN.fullmatch(urn):
        yield Flaw("linkedin-rule-malformed", "conversion", None, urn[:100])


def ids_of(value: Json) -> dict[str, tuple[str, ...]]:
    """The values of `userIds` by their type, in the order in which they stand."""
    found: dict[str, tuple[str, ...]] = {}
    for item in value[:MAX_EVENTS] if isinstance(value, list) else ():
        known = object_at(item)
        kind, text = text_at(known, "idType"), text_at(known, "idValue")
        if kind and text:
            found[kind] = (*found.get(kind, ()), text)
    return found


def _shown(element: dict[str, Json], ids: Mapping[str, tuple[str, ...]]) -> dict[str, Json]:
    """An event with its user IDs under their types, where each type stands but once and is a known one."""
    listed = object_at(element, "user").get("userIds")
    told = isinstance(listed, list) and len(ids) == len(listed) and ID_TYPES.keys() >= ids.keys()
    if not told or any(len(texts) > 1 for texts in ids.values()):
        return element
    user = dict(object_at(element, "user"))
    return element | {"user": user | {"userIds": {kind: texts[0] for kind, texts in ids.items()}}}


def _user(user: Mapping[str, Json], ids: Mapping[str, tuple[str, ...]]) -> tuple[UserValue, ...]:
    found = [UserValue("em", text, form_of(text), f"user.userIds.{EMAIL}") for text in ids.get(EMAIL, ())]
    info = object_at(user, "userInfo")
    named = [(key, text_at(info, wire), f"user.userInfo.{wire}") for wire, key in INFO_KEYS.items()]
    listed = user.get("externalIds")
    named += [
        ("external_id", None if item is None else text_of(item), "user.externalIds")
        for item in (listed[:10] if isinstance(listed, list) else [listed])
    ]
    return (*found, *(UserValue(key, text, form_of(text), wire) for key, text, wire in named if text))


def _heads(exchange: Exchange) -> tuple[Field, ...]:
    """Which version and which method of Rest.li was called."""
    names = ("LinkedIn-Version", "X-RestLi-Method")
    said = ((name, exchange.request.header(name)) for name in names)
    return tuple(Field(name, value, name, "library", "header") for name, value in said if value)
