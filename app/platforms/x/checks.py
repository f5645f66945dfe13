"""Finding codes on X's event tags, and the catalogue's texts where X's words say more."""

from __future__ import annotations

from app.model import Severity, Standing
from app.platforms.check import Check
from app.platforms.x.dedup import GUIDE

_REFERENCE = "X, API reference, POST measurement/conversions, event_id"

_OWN = (
    Check(
        "event-tag-malformed",
        Severity.ERROR,
        "event_id is no event tag",
        "In X's server API event_id names the event of Events Manager (tw-o9z1d-ol7lz, or ol7lz). This is something "
        "else, an event's name or the ID for the deduplication as a rule, and the call is refused.",
        "Put the event's tag from Events Manager into event_id, and the ID that both sides share into conversion_id.",
        Standing.DOCUMENTED,
        _REFERENCE,
    ),
    Check(
        "event-tag-of-another-pixel",
        Severity.ERROR,
        "The event tag is another pixel's",
        "event_id names a tag of another pixel than the one the call is addressed to.",
        "Send the event to its own pixel, or take the tag that Events Manager shows under this one.",
        Standing.OBSERVED,
        "the form of X's event tags (tw-<pixel>-<event>)",
    ),
)

_WORDING = (
    Check(
        "event-id-missing-server",
        Severity.ERROR,
        "Server event has no conversion ID",
        "The browser sent a conversion ID, but the server's event for the same conversion carries none.",
        "Hand the browser's conversion_id to the backend and send it as conversion_id; event_id is the event's tag.",
        Standing.DOCUMENTED,
        GUIDE,
    ),
    Check(
        "event-id-missing-browser",
        Severity.ERROR,
        "Browser event has no conversion ID",
        "The server sent a conversion ID, but the browser's event for the same conversion carries none. The event_id "
        "in the pixel's request is a random number of that request and merges nothing.",
        "Pass the same ID as conversion_id in twq('event', …).",
        Standing.DOCUMENTED,
        GUIDE,
    ),
    Check(
        "event-id-missing-both",
        Severity.ERROR,
        "Neither side has a conversion ID",
        "Both sides report the conversion and neither gives it an ID, so X can not tell that it is one.",
        "Make one ID per conversion, the order's say, and send it as conversion_id from both sides.",
        Standing.DOCUMENTED,
        GUIDE,
    ),
    Check(
        "event-id-misplaced",
        Severity.ERROR,
        "Conversion ID in the wrong place",
        "The ID is sent where X does not look for it, so the event counts as having none.",
        "Browser: conversion_id in the options of twq('event', …). Server: conversion_id beside event_id.",
        Standing.OBSERVED,
        "seen on the wire and in public senders' code",
    ),
    Check(
        "currency-missing",
        Severity.ERROR,
        "Value without a currency",
        "There is a value and no currency; X then takes the value for US dollars.",
        "Send the currency as a three-letter ISO 4217 code: currency from the browser, price_currency from the server.",
        Standing.DOCUMENTED,
        "X, API reference, POST measurement/conversions, price_currency",
    ),
)

CHECKS = _OWN + _WORDING
