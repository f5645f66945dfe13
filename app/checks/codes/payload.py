"""What an event says of the conversion, and what its two sides say differently."""

from __future__ import annotations

from app.checks.codes.basis import ERROR, WARNING, WIRE, D, O
from app.model import Severity
from app.platforms.check import Check, Topic


def _differs(code: str, severity: Severity, what: str, fix: str) -> Check:
    title = f"The sides differ in {what}"
    cause = f"Browser and server send different values for {what} of one conversion."
    return Check(code, severity, title, cause, fix, D, Topic.DEDUP)


_SAME_SOURCE = "Take both from the same place: the order."
CODES = (
    _differs("value-differs", ERROR, "the value", _SAME_SOURCE),
    _differs("currency-differs", ERROR, "the currency", _SAME_SOURCE),
    _differs("contents-differ", WARNING, "the contents", "Send the same product IDs and quantities on both sides."),
    _differs("content-type-differs", WARNING, "the content type", "Send the same content_type on both sides."),
    _differs("order-id-differs", ERROR, "the order ID", "Send the same order ID on both sides."),
    _differs("page-differs", WARNING, "the page", "Send the address of the page on which the conversion happened."),
    _differs(
        "browser-id-differs",
        WARNING,
        "the browser ID",
        "Read the platform's cookie of the request and pass it on as it is.",
    ),
    _differs(
        "click-id-differs",
        WARNING,
        "the click ID",
        "Read the platform's cookie of the request and pass it on as it is.",
    ),
    _differs("external-id-differs", WARNING, "the external ID", "Send the same ID in the same form on both sides."),
    _differs(
        "user-agent-differs", WARNING, "the user agent", "Pass on the User-Agent header of the shopper's own request."
    ),
    _differs(
        "ip-differs", WARNING, "the IP address", "Pass on the shopper's own address, not the server's or a proxy's."
    ),
    _differs("consent-differs", ERROR, "consent", "Pass the shopper's choice to the server and send it on both sides."),
    Check(
        "value-missing",
        ERROR,
        "Value is missing",
        "The event needs a value and has none.",
        "Send value as a number together with its currency.",
        D,
        Topic.STANDARD_EVENTS,
    ),
    Check(
        "value-not-a-number",
        ERROR,
        "Value is not a number",
        "The value is not a decimal number with a point.",
        "Send a plain number such as 142.52: no currency sign, no thousands, no comma.",
        D,
        Topic.CUSTOM_DATA,
    ),
    Check(
        "value-minor-units",
        ERROR,
        "Value is in cents",
        "The value is one hundred times the other figure: it is in the currency's minor unit.",
        "Divide by one hundred before sending.",
        O,
        WIRE,
    ),
    Check(
        "currency-missing",
        ERROR,
        "Currency is missing",
        "There is a value, or there must be one, and no currency.",
        "Send currency as a three-letter ISO 4217 code beside the value.",
        D,
        Topic.STANDARD_EVENTS,
    ),
    Check(
        "currency-invalid",
        ERROR,
        "Currency is no ISO code",
        "The currency is no three-letter code of ISO 4217.",
        "Send a code such as USD or EUR.",
        D,
        Topic.CUSTOM_DATA,
    ),
    Check(
        "contents-malformed",
        ERROR,
        "Contents can not be read",
        "The contents are no list of objects with an id, or no JSON.",
        'Send contents as [{"id": "SKU-1", "quantity": 1, "item_price": 9.99}].',
        D,
        Topic.CUSTOM_DATA,
    ),
    Check(
        "contents-empty",
        WARNING,
        "Contents are empty",
        "The contents are there and hold nothing.",
        "Fill the contents from the basket before the event is sent, or leave them out.",
        O,
        WIRE,
    ),
    Check(
        "required-parameter-missing",
        ERROR,
        "A required parameter is missing",
        "The event lacks a parameter that the platform requires of it.",
        "Add the parameter.",
        D,
        Topic.SERVER_EVENT,
    ),
    Check(
        "unknown-parameter",
        WARNING,
        "Unknown parameter",
        "No document of the platform's names this parameter; if it is misspelt, what it says is lost.",
        "Compare the name with the documented ones; parameters of your own belong in custom_data.",
        D,
        Topic.SERVER_EVENT,
    ),
    Check(
        "unknown-event-name",
        WARNING,
        "Event name looks mistyped",
        "The name is no standard event, but close to one; the platform takes it for a custom event.",
        "Use the standard event's own spelling.",
        D,
        Topic.STANDARD_EVENTS,
    ),
    Check(
        "junk-value",
        WARNING,
        "An unset value was sent",
        "A parameter carries undefined, null, NaN or nothing at all.",
        "Leave the parameter out when it is not known.",
        O,
        WIRE,
    ),
)
