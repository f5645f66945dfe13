"""Decodes what TikTok's pixel sends from a page.

    POST https://analytics.tiktok.com/api/v2/pixel      content-type: text/plain;charset=UTF-8
    {"event":"CompletePayment","event_id":"evt-7","message_id":"messageId-1795169730123-4711-CQ7EXAMPLE0PIXELCODE",
     "timestamp":"2026-11-20T10:15:30.123Z","context":{"pixel":{"code":"CQ7…","codes":"CQ7…|CR8…"},
      "page":{"url":"https://shop.example/thanks","referrer":"…"},"ad":{"callback":"<ttclid>"},
      "user":{"email":"<sha256>","phone_number":"<sha256 of +49…>","external_id":"user-77"},"userAgent":"Mozilla/…"},
     "properties":{"value":59.9,"currency":"EUR","order_id":"SO-1","contents":[{"content_id":"MUG-01","quantity":2}]},
     "signal_diagnostic_labels":{"raw_email":{"label":"valid","abnormal_types":["letter_case"]}}}

The same may come as `?analytics_message=<base64 of the JSON>`, as a list, or under `batch`, `data` or `events`. Several
pixel codes joined by `|` make one event for each. An empty `event_id` is none; `message_id` is a request's number and
never a key. `/act`, `performance_interaction` and `EnrichAM` are the library's own: shown, never counted.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping

from app.model import Event, Exchange, Field, Flaw, Kind, Request, Side
from app.platforms.reading import Json, pairs_of, parsed, plain_body, text_of
from app.platforms.reading.address import Address
from app.platforms.reading.answers import browser_result
from app.platforms.reading.facts import cookies_of, event_id_of, fingerprint, iso_ms, referred_page, telling_headers
from app.platforms.reading.fields import fields_of, object_at, text_at, user_values
from app.platforms.tiktok.facts import basket_of, consent_of, keys_of
from app.platforms.tiktok.place import Place
from app.platforms.tiktok.words import CUSTOMER_KEYS, describe

NAME = "tiktok"
_OWN = frozenset({"EnrichAM"})  # what the library tells its server under an event's name
_LISTS = ("batch", "data", "events")
MAX_EVENTS = 1_000


def decode(exchange: Exchange, address: Address, place: Place) -> tuple[Event, ...]:
    """The events of one request, one for each pixel code; a preflight has none."""
    if exchange.request.method == "OPTIONS":
        return ()
    payloads, transport, flaw = _payloads(exchange.request, address)
    if not payloads:
        return (_unread(exchange, address, place, transport, flaw),)
    events: list[Event] = []
    for payload in payloads[:MAX_EVENTS]:
        for account in _accounts(payload):
            events.append(_event(exchange, place, payload, account, transport, len(events)))
    return tuple(events)


def shaped(request: Request, address: Address) -> bool:
    """Whether a request to anybody's host carries a payload of this pixel's."""
    payloads, _, _ = _payloads(request, address)
    return any(object_at(payload, "context", "pixel") for payload in payloads)


def _payloads(request: Request, address: Address) -> tuple[list[Mapping[str, Json]], str, Flaw | None]:
    """The JSON objects of a request, how they travelled, and what could not be read."""
    body = plain_body(request).strip()
    message = _message(address.query) if address.query else ""
    transport = request.method
    if not message and body and body[:1] not in (b"{", b"["):
        text = body.decode("utf-8", "replace")
        message = _message(text) or text
    if message:
        body, transport = _from_base64(message), f"{request.method}, base64"
    if not body:
        return [], transport, None
    read = parsed(body)
    if read.trouble:
        reason = "body-incomplete" if request.truncated else read.trouble
        return [], transport, Flaw("malformed-request", None, reason)
    return list(_objects(read.value)), transport, None


def _message(text: str) -> str:
    """The payload that a query or a form holds; empty when it holds none."""
    return next((value for key, value in pairs_of(text) if key == "analytics_message"), "")


def _from_base64(text: str) -> bytes:
    bare = text.strip().replace("-", "+").replace("_", "/").replace(" ", "+").rstrip("=")
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True).strip()
    except (binascii.Error, ValueError):
        return text.encode("utf-8", "replace")


def _objects(value: Json) -> Iterator[Mapping[str, Json]]:
    if isinstance(value, list):
        yield from (item for item in value if isinstance(item, dict))
    elif isinstance(value, dict):
        inner = next((value[key] for key in _LISTS if isinstance(value.get(key), list)), None)
        if inner is not None and "event" not in value:
            yield from _objects(inner)
        else:
            yield value


def _accounts(payload: Mapping[str, Json]) -> tuple[str, ...]:
    """The pixel codes a payload is for, each once."""
    pixel = object_at(payload, "context", "pixel")
    code, codes = text_at(pixel, "code") or "", pixel.get("codes")
    if code and code == codes and "|" not in code:
        return (code.strip(),)
    listed = (
        [text_of(item) for item in codes] if isinstance(codes, list) else (text_at(pixel, "codes") or "").split("|")
    )
    return tuple(dict.fromkeys([text.strip() for text in (code, *listed) if text.strip()])) or ("",)


def _kind(place: Place, method: str, name: str) -> Kind:
    return Kind.EVENT if place is Place.EVENT and name and name not in _OWN and method != "HEAD" else Kind.OTHER


def _event(
    exchange: Exchange, place: Place, payload: Mapping[str, Json], account: str, transport: str, index: int
) -> Event:
    context, properties = object_at(payload, "context"), object_at(payload, "properties")
    page, user = object_at(context, "page"), object_at(context, "user")
    name = text_at(payload, "event") or text_at(payload, "action") or _own_name(exchange, place)
    kind = _kind(place, exchange.request.method, name)
    flaws = list(_diagnoses(payload)) if kind is Kind.EVENT else []
    event_id, flaw = event_id_of(payload.get("event_id"), "event_id")
    own_ms, late = iso_ms(text_at(payload, "timestamp") or "", "timestamp")
    contents, broken = basket_of(properties)
    flaws += [item for item in (flaw, late, broken) if item]
    outcome, answer = browser_result(exchange)
    fields = fields_of(payload, describe) + telling_headers(exchange.request.headers)
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
        own_ms=own_ms,
        received_ms=exchange.started_ms,
        keys=keys_of(account, name, event_id) if kind is Kind.EVENT else (),
        page=text_at(page, "url") or referred_page(exchange.request),
        referrer=text_at(page, "referrer"),
        value=text_at(properties, "value"),
        currency=text_at(properties, "currency"),
        order_id=text_at(properties, "order_id"),
        content_type=text_at(properties, "content_type"),
        contents=contents,
        user=user_values(user, CUSTOMER_KEYS, "context.user"),
        match_ids=_match_ids(exchange, context),
        consent=consent_of(payload),
        action_source="web",
        test_code=text_at(payload, "test_event_code"),
        transport=transport + (", first-party endpoint" if place is Place.ELSEWHERE else ""),
        emitter=_emitter(object_at(context, "library")),
        outcome=outcome,
        answer=answer,
        send=exchange.send,
        fingerprint="" if event_id or own_ms is None else fingerprint(fields),
        flaws=tuple(flaws),
        fields=fields,
    )


def _emitter(library: Mapping[str, Json]) -> str:
    return " ".join(filter(None, (text_at(library, "name"), text_at(library, "version"))))


def _own_name(exchange: Exchange, place: Place) -> str:
    """What the library sends for itself is called by the end of its path."""
    return exchange.request.url.partition("?")[0].rstrip("/").rpartition("/")[2] if place is not Place.EVENT else ""


def _match_ids(exchange: Exchange, context: Mapping[str, Json]) -> tuple[tuple[str, str], ...]:
    request = exchange.request
    found = (
        ("ttclid", text_at(object_at(context, "ad"), "callback")),
        ("ttp", text_at(object_at(context, "user"), "ttp") or cookies_of(request).get("_ttp")),
        ("ip", text_at(context, "ip")),
        ("user_agent", text_at(context, "userAgent") or request.header("user-agent")),
    )
    return tuple([(key, value) for key, value in found if value])


def _diagnoses(payload: Mapping[str, Json]) -> Iterator[Flaw]:
    """What the library's own validation says of the customer's data, for free: `invalid` with its reasons."""
    for key, value in object_at(payload, "signal_diagnostic_labels").items():
        found = object_at(value)
        if text_at(found, "label") == "invalid":
            kinds = found.get("abnormal_types")
            said = ", ".join(map(text_of, kinds)) if isinstance(kinds, list) else ""
            yield Flaw("platform-diagnosis", f"signal_diagnostic_labels.{key}", "invalid", said[:200] or "invalid")


def _unread(exchange: Exchange, address: Address, place: Place, transport: str, flaw: Flaw | None) -> Event:
    """A request that says nothing or can not be read: shown, never counted."""
    outcome, answer = browser_result(exchange)
    pairs = pairs_of(address.query)
    return Event(
        id=f"e{exchange.number}.0",
        exchange=exchange.number,
        platform=NAME,
        side=Side.BROWSER,
        provenance=exchange.provenance,
        kind=Kind.OTHER,
        account=next((value for key, value in pairs if key == "sdkid"), ""),
        name=_own_name(exchange, place),
        event_id=None,
        own_ms=None,
        received_ms=exchange.started_ms,
        page=referred_page(exchange.request),
        transport=transport,
        outcome=outcome,
        answer=answer,
        send=exchange.send,
        flaws=(flaw,) if flaw else (),
        fields=tuple(Field(key, value, *describe(key), "query") for key, value in pairs),
    )
