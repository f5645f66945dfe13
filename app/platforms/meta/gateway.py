"""Decodes the copy of a browser event that a page sends to a Conversions API Gateway.

    POST https://capig.shop.example/events?cee=no     text/plain;charset=UTF-8
    {"event_name":"Purchase","event_id":"gw-1","fb.pixel_id":"1111111111111112",
     "conversion_value":{"value":10,"currency":"USD"},
     "fb.dynamic_product_ads":{"content_ids":["1"],"contents":[{"id":"1","quantity":1,"item_price":10}]},
     "custom_data":{},"fb.advanced_matching":{"em":"8c87b489…"},"fb.fbp":"fb.1.…","fb.clickID":"fb.1.…",
     "website_context":{"location":"https://shop.example/thanks","referrer":"","isInIFrame":false}}

It carries neither time nor token, and its event ID is its twin's: it is a mirror of the request to `/tr/`, never an
event of its own. Gateways live on any host, so the body tells, not the host.
"""

from __future__ import annotations

from collections.abc import Mapping

from app.hashing import form_of
from app.model import Event, Exchange, Field, Flaw, Kind, Side, UserValue
from app.platforms.meta.door import Place
from app.platforms.meta.facts import consent_of, dedup_keys
from app.platforms.meta.words import (
    CUSTOM,
    CUSTOM_LABELS,
    CUSTOMER,
    CUSTOMER_ALIASES,
    CUSTOMER_LABELS,
    GATEWAY_LABELS,
    OTHER,
    SECRETS,
)
from app.platforms.reading import Json, as_list, is_numbered, parsed, plain_body, text_of
from app.platforms.reading.answers import browser_result
from app.platforms.reading.facts import contents_of, event_id_of

MARK = b'"fb.pixel_id"'

_OPTIONS = (
    ("data_processing_options", "options", "dpo"),
    ("data_processing_options_country", "country", "dpoco"),
    ("data_processing_options_state", "state", "dpost"),
)
_RENAMED = {"InputData": "SubscribedButtonClick"}  # what the gateway calls it, and what the pixel does


def decode(exchange: Exchange, place: Place) -> tuple[Event, ...]:
    """The one event of a gateway copy; empty when the body is none."""
    request = exchange.request
    read = parsed(plain_body(request))
    if not isinstance(read.value, dict):
        trouble = "body-incomplete" if request.truncated else read.trouble or "not-an-object"
        return (_event(exchange, place, {}, Flaw("malformed-request", None, trouble)),)
    return (_event(exchange, place, read.value, None),)


def _event(exchange: Exchange, place: Place, body: Mapping[str, Json], flaw: Flaw | None) -> Event:
    fields = _fields(body)
    account = _text(body.get("fb.pixel_id")) or ""
    sent_name = _text(body.get("event_name")) or ""
    name = _RENAMED.get(sent_name, sent_name)
    event_id, id_flaw = event_id_of(body.get("event_id"), "event_id")
    products, custom = _inner(body, "fb.dynamic_product_ads"), _inner(body, "custom_data")
    money, page = _inner(body, "conversion_value"), _inner(body, "website_context")
    user = tuple(_user(_inner(body, "fb.advanced_matching")))
    contents, contents_flaw = contents_of(
        _either("contents", products, custom),
        _either("content_ids", products, custom),
        "fb.dynamic_product_ads.contents",
    )
    insecure = Flaw("insecure-transport", None, None, place.host) if place.insecure else None
    fbp = _text(body.get("fb.fbp"))
    outcome, answer = browser_result(exchange)
    return Event(
        id=f"e{exchange.number}.0",
        exchange=exchange.number,
        platform="meta",
        side=Side.BROWSER,
        provenance=exchange.provenance,
        kind=Kind.MIRROR,
        account=account,
        name=name,
        event_id=event_id,
        own_ms=None,
        received_ms=exchange.started_ms,
        keys=tuple(dedup_keys(account, name, event_id, fbp, user)),
        page=_text(page.get("location")),
        referrer=_text(page.get("referrer")) or None,
        value=_text(_either("value", money, custom)),
        currency=_text(_either("currency", money, custom)),
        order_id=_text(body.get("fb.order_id")) or _text(custom.get("order_id")),
        content_type=_text(_either("content_type", products, custom)),
        contents=contents,
        user=user,
        match_ids=_match_ids(body, exchange.request.header("user-agent")),
        consent=_consent(body.get("fb.data_processing_options")),
        action_source="website",
        transport="POST JSON, gateway",
        emitter="Conversions API Gateway",
        outcome=outcome,
        answer=answer,
        send=exchange.send,
        flaws=tuple(item for item in (flaw, id_flaw, contents_flaw, insecure) if item),
        fields=tuple(fields),
    )


def _fields(body: Mapping[str, Json]) -> list[Field]:
    fields = []
    for key, value in body.items():
        if isinstance(value, dict):
            fields += [_field(f"{key}.{inner}", key, inner, item) for inner, item in value.items() if item is not None]
        elif value is not None:
            fields.append(_field(key, "", key, value))
    return fields


def _field(wire: str, family: str, inner: str, value: Json) -> Field:
    label, group = GATEWAY_LABELS.get(wire, (inner, OTHER))
    if family in ("custom_data", "fb.dynamic_product_ads"):
        label, group = CUSTOM_LABELS.get(inner, inner), CUSTOM
    elif family in ("fb.advanced_matching", "user_data"):
        label, group = CUSTOMER_LABELS.get(CUSTOMER_ALIASES.get(inner, inner), inner), CUSTOMER
    return Field(wire, "(hidden)" if inner in SECRETS else text_of(value), label, group, "body")


def _user(values: Mapping[str, Json]) -> list[UserValue]:
    found = []
    for key, value in values.items():
        neutral = CUSTOMER_ALIASES.get(key, key)
        listed = as_list(value)
        for item in listed if isinstance(listed, list) else [listed]:
            if item is not None:
                text = text_of(item)
                found.append(UserValue(neutral, text, form_of(text), f"fb.advanced_matching.{key}"))
    return found


def _match_ids(body: Mapping[str, Json], user_agent: str) -> tuple[tuple[str, str], ...]:
    found = (("fbp", _text(body.get("fb.fbp"))), ("fbc", _text(body.get("fb.clickID"))), ("user_agent", user_agent))
    return tuple((name, value) for name, value in found if value)


def _consent(options: Json) -> str | None:
    """The options alone, or an object that holds options, country and state under the server's or the pixel's names."""
    if not isinstance(options, dict) or is_numbered(options):
        return consent_of(options, None, None)
    found = (next((options[name] for name in names if name in options), None) for names in _OPTIONS)
    named, country, state = found
    return consent_of([] if named is None else named, _text(country), _text(state))


def _inner(body: Mapping[str, Json], key: str) -> Mapping[str, Json]:
    found = body.get(key)
    return found if isinstance(found, dict) else {}


def _either(key: str, first: Mapping[str, Json], second: Mapping[str, Json]) -> Json:
    found = first.get(key)
    return second.get(key) if found is None else found


def _text(value: Json) -> str | None:
    return None if value is None else text_of(value)
