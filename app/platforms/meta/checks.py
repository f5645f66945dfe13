"""Finding codes on Meta's own cookies, and the catalogue's texts where Meta's words say more."""

from __future__ import annotations

from collections.abc import Mapping

from app.model import Severity, Standing
from app.platforms.check import Check, Topic

_COOKIES = "Meta, Conversions API, fbp and fbc parameters"
_DEDUP = "Meta, Conversions API, handling duplicate pixel and Conversions API events"
_CUSTOMER = "Meta, Conversions API, customer information parameters"

_OWN = (
    Check(
        "fbp-differs",
        Severity.WARNING,
        "The sides differ in the browser ID (fbp)",
        "Browser and server send different values for the browser ID (fbp) of one conversion.",
        "Read the _fbp cookie of the request and pass it on as it is.",
        Standing.DOCUMENTED,
        _DEDUP,
        "browser-id-differs",
    ),
    Check(
        "fbc-differs",
        Severity.WARNING,
        "The sides differ in the click ID (fbc)",
        "Browser and server send different values for the click ID (fbc) of one conversion.",
        "Read the _fbc cookie of the request and pass it on as it is.",
        Standing.DOCUMENTED,
        _DEDUP,
        "click-id-differs",
    ),
    Check(
        "fbp-malformed",
        Severity.ERROR,
        "Browser ID (fbp) is malformed",
        "The value is not of the form fb.<index>.<milliseconds>.<digits>.",
        "Pass the _fbp cookie on as it is.",
        Standing.DOCUMENTED,
        _COOKIES,
        "browser-id-malformed",
    ),
    Check(
        "fbc-malformed",
        Severity.ERROR,
        "Click ID (fbc) is malformed or outdated",
        "The value is not of the form fb.<index>.<milliseconds>.<fbclid>, or its time can not be that of the click.",
        "Pass the _fbc cookie on as it is, or make it from the fbclid of the landing page; leave an expired one out.",
        Standing.DOCUMENTED,
        _COOKIES,
        "click-id-malformed",
    ),
    Check(
        "fbc-modified",
        Severity.ERROR,
        "Click ID was changed",
        "The click ID in fbc is not the fbclid of the page's address, letter for letter.",
        "Do not lower-case, cut or decode the fbclid again.",
        Standing.DOCUMENTED,
        _COOKIES,
        "click-id-modified",
    ),
)

_WORDING = (
    Check(
        "event-id-missing-browser",
        Severity.ERROR,
        "Browser event has no event ID",
        "The server sent an event ID, but the browser's event for the same conversion carries none.",
        "Pass the same ID to the pixel as eventID in the fourth argument of fbq.",
        Standing.DOCUMENTED,
        _DEDUP,
    ),
    Check(
        "event-id-misplaced",
        Severity.ERROR,
        "Event ID in the wrong place",
        "The ID is sent where the platform does not look for it, so the event counts as having none.",
        "Browser: eventID in the fourth argument of fbq. Server: event_id at the top of the event, beside event_name.",
        Standing.OBSERVED,
        "seen on the wire and in public senders' code",
    ),
    Check(
        "hard-to-attribute",
        Severity.WARNING,
        "Hard to attribute",
        "The server's event carries no customer key by which a person could be found; some such events are refused.",
        "Add a hashed e-mail or phone, an external ID, fbp or fbc.",
        Standing.DOCUMENTED,
        _CUSTOMER,
    ),
)

CHECKS = _OWN + _WORDING

SOURCES: Mapping[str, str] = {
    Topic.DEDUP: _DEDUP,
    Topic.SERVER_EVENT: "Meta, Conversions API, server event parameters",
    Topic.CUSTOMER: _CUSTOMER,
    Topic.CUSTOM_DATA: "Meta, Conversions API, standard and custom data parameters",
    Topic.STANDARD_EVENTS: "Meta Pixel reference, standard events",
    Topic.IDENTIFIERS: _COOKIES,
    Topic.REFUSALS: "Graph API, error handling",
    Topic.TOKENS: "Meta, Conversions API, access tokens",
    Topic.TRANSPORT: "Graph API, secure connections",
    Topic.COVERAGE: "Meta, Dataset Quality API, event coverage",
}
