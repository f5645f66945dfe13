"""Reads the pixel's own configuration, a script of calls, as facts in words.

    GET https://connect.facebook.net/signals/config/1111111111111111?v=2.9.252&r=stable&domain=shop.example
    fbq.registerPlugin("1111111111111111", {__fbEventsPlugin: 1, plugin: function(fbq, instance, config) {
      config.set("1111111111111111", "automaticMatching", {"selectedMatchKeys":["em","ph"]});
      config.set("1111111111111111", "unwantedData", {"blacklisted_keys":{"Purchase":{"cd":["email"],"url":[]}}});
      instance.optIn("1111111111111111", "InferredEvents", true);
    …

Only what is written as plain JSON is read; nothing of the script is ever run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.model import Event, Exchange, Field, Flaw, Kind, Response, Side
from app.platforms.meta.door import Place
from app.platforms.meta.words import LIBRARY
from app.platforms.reading import Json, json_text, plain_body, read_at, text_of
from app.platforms.reading.answers import browser_result

MAX_FACTS = 500
MAX_NAMES = 2_000  # characters of a list of names that a flaw carries: the checks look for an event's name in it

_CALL = re.compile(
    r"config\.set\(\s{0,9}[\"'](?P<pixel>\d{1,20})[\"']\s{0,9},\s{0,9}[\"'](?P<name>\w{1,60})[\"']\s{0,9},\s{0,9}"
    r"|\.opt(?P<way>In|Out)\(\s{0,9}[\"'](?P<opted>\d{1,20})[\"']\s{0,9},\s{0,9}[\"'](?P<feature>\w{1,60})[\"']"
)

_FACTS = {
    "automaticMatching.selectedMatchKeys": "Form fields that the pixel matches automatically",
    "automaticMatching": "Automatic matching of form fields",
    "inferredEvents": "Clicks that the pixel turns into events by itself",
    "unwantedData.blacklisted_keys": "Parameters that the pixel removes before sending (marked unwanted)",
    "unwantedData.sensitive_keys": "Hashed parameter names that the pixel removes before sending (marked sensitive)",
    "unwantedData": "Parameters that the pixel removes before sending",
    "eventValidation.unverifiedEventNames": "Events that the pixel does not send: not verified",
    "eventValidation.restrictedEventNames": "Events that the pixel does not send: restricted",
    "eventValidation.enableEventSuppression": "Whether such events are held back",
    "unwantedEventNames": "Events that the pixel does not send: marked unwanted",
    "restrictedEventNames": "Events that the pixel does not send: restricted",
    "prohibitedPixels": "Pixels that may not send from this page",
    "prohibitedSources": "Pages that this pixel may not send from",
    "protectedDataMode": "Protected data mode: addresses and parameters are shortened before sending",
    "openbridge.endpoints": "Conversions API Gateways that get a copy of each event",
    "openbridge.eventsFilter": "Which events the gateway gets",
    "openbridge.additionalUserData": "Whether the gateway gets customer data of its own",
    "openbridge": "Conversions API Gateway",
    "dataProcessingOptions": "Limited Data Use set in the pixel's configuration",
    "cookie": "First-party cookies",
    "clientHint": "Browser hints that are sent",
    "botblocking": "Bots are not counted",
    "microdata": "Page markup that is read",
    "IWLParameters": "Parameters taken from the page by rules set in Events Manager",
}
_STOPPING = ("unwantedEventNames", "restrictedEventNames", "eventValidation.", "prohibited")


def decode(exchange: Exchange, place: Place) -> tuple[Event, ...]:
    """The configuration as one event of facts, or as a lost one when it was blocked; empty when it never came."""
    if exchange.request.method not in ("GET", "POST"):
        return ()
    response = exchange.response
    body = plain_body(response) if response else b""
    fields = tuple(_facts(body.decode("utf-8", "replace"), place.account))
    event = _event(exchange, place, Kind.CONFIGURATION, "configuration", fields)
    return (event,) if fields or event.outcome.lost or _came(response) else ()


def decode_library(exchange: Exchange, place: Place) -> tuple[Event, ...]:
    """The library itself: blocked or refused it is the reason why a page sends nothing, loaded it ought to send."""
    if exchange.request.method != "GET":
        return ()
    if _came(exchange.response):
        return (_event(exchange, place, Kind.CONFIGURATION, "fbevents.js", ()),)
    event = _event(exchange, place, Kind.OTHER, "fbevents.js", ())
    return (event,) if event.outcome.lost else ()


def _came(response: Response | None) -> bool:
    return response is not None and (200 <= response.status < 300 or response.status == 304)


def _event(exchange: Exchange, place: Place, kind: Kind, name: str, fields: tuple[Field, ...]) -> Event:
    outcome, answer = browser_result(exchange)
    return Event(
        id=f"e{exchange.number}.0",
        exchange=exchange.number,
        platform="meta",
        side=Side.BROWSER,
        provenance=exchange.provenance,
        kind=kind,
        account=place.account,
        name=name,
        event_id=None,
        own_ms=None,
        received_ms=exchange.started_ms,
        page=exchange.request.header("referer") or None,
        transport=exchange.request.method,
        emitter=place.host,
        outcome=outcome,
        answer=answer,
        flaws=tuple(_flaws(fields)),
        fields=fields,
    )


def _facts(script: str, account: str) -> Iterator[Field]:
    for count, found in enumerate(_CALL.finditer(script)):
        if count >= MAX_FACTS:
            return
        if (found["pixel"] or found["opted"]) != account:
            continue
        if found["name"]:
            yield from _setting(found["name"], read_at(script, found.end()))
        else:
            yield Field(
                f"opt{found['way']}.{found['feature']}", "true", f"Opted {found['way'].lower()}", LIBRARY, "body"
            )


def _setting(name: str, value: Json) -> Iterator[Field]:
    if not isinstance(value, dict):
        text = "(not plain data)" if value is None else text_of(value)
        yield Field(name, text, _FACTS.get(name, name), LIBRARY, "body")
        return
    for inner, item in value.items():
        key = f"{name}.{inner}"
        label = _FACTS.get(key) or _FACTS.get(name) or key
        yield Field(key, text_of(item) if isinstance(item, str) else json_text(item), label, LIBRARY, "body")
    if not value:
        yield Field(name, "{}", _FACTS.get(name, name), LIBRARY, "body")


def _flaws(fields: tuple[Field, ...]) -> Iterator[Flaw]:
    """What the configuration keeps from being sent; empty lists keep nothing."""
    for field in fields:
        if field.key.startswith(_STOPPING) and '"' in field.value:
            yield Flaw("config-blocks-event", field.key, "events-stopped", field.value[:MAX_NAMES])
        elif field.key.startswith("unwantedData.") and re.search(r'\["', field.value):
            yield Flaw("config-blocks-event", field.key, "parameters-removed", field.value[:MAX_NAMES])
