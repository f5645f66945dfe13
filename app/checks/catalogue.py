"""The one table of finding codes, and the only place where a finding is made.

Here are the codes that fit every platform; a platform adds its own and words some of these in its own way.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from app import platforms
from app.model import Event, Finding, Severity, Side, Standing
from app.platforms.base import Platform
from app.platforms.check import Check, Topic

CRITICAL, ERROR, WARNING, INFO = Severity.CRITICAL, Severity.ERROR, Severity.WARNING, Severity.INFO
D, O, F = Standing.DOCUMENTED, Standing.OBSERVED, Standing.FOLKLORE  # noqa: E741 - the catalogue's own letters


_WIRE = "seen on the wire and in public senders' code"
_ADVICE = "integrators' advice, written down by no platform"

_IDENTITY = (
    Check(
        "event-id-missing-server",
        ERROR,
        "Server event has no event ID",
        "The browser sent an event ID, but the server's event for the same conversion carries none.",
        "Hand the browser's event ID to the backend and send it as event_id.",
        D,
        Topic.DEDUP,
    ),
    Check(
        "event-id-missing-browser",
        ERROR,
        "Browser event has no event ID",
        "The server sent an event ID, but the browser's event for the same conversion carries none.",
        "Pass the same ID to the pixel, in the browser's call for the event.",
        D,
        Topic.DEDUP,
    ),
    Check(
        "event-id-missing-both",
        ERROR,
        "Neither side has an event ID",
        "Both sides report the conversion and neither gives it an ID, so the platform can not tell that it is one.",
        "Make one ID per conversion and send it as eventID from the browser and as event_id from the server.",
        D,
        Topic.DEDUP,
    ),
    Check(
        "event-id-differs",
        ERROR,
        "Two IDs for one conversion",
        "Both sides report the conversion under different IDs; platforms compare IDs letter by letter.",
        "Make the ID once and hand the very same text to both sides.",
        D,
        Topic.DEDUP,
    ),
    Check(
        "event-id-misplaced",
        ERROR,
        "Event ID in the wrong place",
        "The ID is sent where the platform does not look for it, so the event counts as having none.",
        "Send the ID where the platform looks for it: in the pixel's call, at the top of the server's event.",
        O,
        _WIRE,
    ),
    Check(
        "event-id-not-a-value",
        ERROR,
        "Event ID is not a value",
        "An unset variable, a template that was never filled in, or a placeholder was sent as the event ID.",
        "Send the event only when the ID is known, and fill it in from the order or a fresh UUID.",
        O,
        _WIRE,
    ),
    Check(
        "event-id-reused",
        ERROR,
        "One ID on different conversions",
        "The same ID stands on events that differ in order, content, value or customer: it is hard-coded or cached.",
        "Make a fresh ID for each conversion, at the time of the conversion and outside of any cache.",
        O,
        _WIRE,
    ),
    Check(
        "event-id-shared-across-names",
        INFO,
        "One ID under several event names",
        "The same ID is used for events of different names. That is allowed: name and ID are compared together.",
        "Nothing to do.",
        O,
        _WIRE,
    ),
    Check(
        "event-id-made-by-script",
        INFO,
        "Event ID made by the platform's script",
        "The platform's own script made this ID for its gateway, so the site did not set one.",
        "Set an ID of your own when a server of yours sends the conversion too.",
        O,
        _WIRE,
    ),
    Check(
        "event-name-case",
        ERROR,
        "Event names differ in case",
        "Platforms compare event names letter by letter; in another case it is another event.",
        "Use the same spelling on both sides, for standard events the platform's own.",
        D,
        Topic.DEDUP,
    ),
    Check(
        "event-name-differs",
        ERROR,
        "Event names differ",
        "Both sides report one conversion under different event names, so it is counted as two.",
        "Use the same event name on both sides.",
        D,
        Topic.DEDUP,
    ),
    Check(
        "event-name-whitespace",
        ERROR,
        "White space around the event name",
        "The event name has white space around it, which makes it another event.",
        "Trim the event name where it is made.",
        D,
        Topic.DEDUP,
    ),
    Check(
        "account-differs",
        ERROR,
        "Two accounts for one conversion",
        "Name and ID are the same, but the sides send to different pixels or datasets; these are never merged.",
        "Send both sides to the same pixel or dataset ID.",
        D,
        Topic.DEDUP,
    ),
    Check(
        "account-unmapped",
        WARNING,
        "Are these two accounts one?",
        "The two sides are sent to accounts of two kinds (a tag and an ad account, say); only you know whether the "
        "platform takes them for one.",
        "Name the two as one account, on the row or in the settings (--same-account A=B in the terminal), or correct "
        "the account on one side.",
        O,
        "the platform's own account structure",
    ),
    Check(
        "never-merged",
        ERROR,
        "Never merged, yet sent by both sides",
        "The platform has no key for events of this name, so each side's copy is counted.",
        "Send this event from one side only.",
        D,
        Topic.DEDUP,
    ),
    Check(
        "copy-dropped",
        INFO,
        "One copy is dropped",
        "The platform counts the pair once and keeps one copy; what only the other says is lost.",
        "Send the same data on both sides, or the second copy sooner.",
        D,
        Topic.DEDUP,
    ),
    Check(
        "double-fire",
        ERROR,
        "One action fires twice",
        "One side sends the same event with the same content twice within two seconds, under different IDs or none.",
        "Look for a second tag, a trigger that fires twice, or a handler bound twice, and remove one.",
        O,
        _WIRE,
    ),
    Check(
        "refired",
        ERROR,
        "An order is reported again",
        "An order seen earlier is reported again, under another ID or long after: a thank-you page opened again, or a "
        "job run twice.",
        "Send the event once per order: make the ID from the order, or remember that it was sent.",
        O,
        _WIRE,
    ),
    Check(
        "no-added-value",
        INFO,
        "The server adds nothing",
        "The server's event holds nothing that the browser's did not, and it is not merged with it.",
        "Either merge the two by a shared event ID, or send what only the server knows.",
        F,
        _ADVICE,
    ),
)

_TIME = (
    Check(
        "outside-window",
        ERROR,
        "Too far apart to be merged",
        "Two sends have the same name and ID, but lie further apart than the platform's window for merging.",
        "Send a conversion once from each side, and the server's event soon after it, with the time when it happened.",
        D,
        Topic.DEDUP,
    ),
    Check(
        "event-time-too-old",
        ERROR,
        "Event time is too old",
        "The event's time lies further back than the platform takes; it is refused, and with it the whole call.",
        "Send events soon after they happen, at the latest within the platform's limit.",
        D,
        Topic.SERVER_EVENT,
    ),
    Check(
        "event-time-in-future",
        ERROR,
        "Event time is in the future",
        "The event's time is ahead of the moment at which it was sent.",
        "Send the time of the conversion in UTC; check the server's clock and its time zone.",
        D,
        Topic.SERVER_EVENT,
    ),
    Check(
        "event-time-unit",
        ERROR,
        "Event time in the wrong unit",
        "The time is in another unit or form than the platform reads.",
        "Server: event_time as whole seconds since 1970. Browser: the library sets milliseconds itself.",
        O,
        _WIRE,
    ),
    Check(
        "clock-skew",
        WARNING,
        "A clock is wrong",
        "The client's time is more than five minutes away from the time of receipt.",
        "Trust the server's time, and send event_time from there.",
        O,
        _WIRE,
    ),
    Check(
        "slow-server",
        WARNING,
        "The server comes late",
        "The server's event arrived more than five seconds after the browser's.",
        "Send the server event when the conversion happens rather than from a slow queue.",
        F,
        _ADVICE,
    ),
    Check(
        "server-first",
        INFO,
        "The server was first",
        "The server's event arrived before the browser's; which of the two counts is the platform's rule.",
        "Nothing to do.",
        O,
        _WIRE,
    ),
    Check(
        "slow-answer",
        INFO,
        "The platform answers slowly",
        "The platform took more than 200 ms to answer.",
        "Send from a queue, so that no shopper waits for the platform.",
        F,
        _ADVICE,
    ),
)


def _differs(code: str, severity: Severity, what: str, fix: str) -> Check:
    title = f"The sides differ in {what}"
    cause = f"Browser and server send different values for {what} of one conversion."
    return Check(code, severity, title, cause, fix, D, Topic.DEDUP)


_SAME_SOURCE = "Take both from the same place: the order."
_PAYLOAD = (
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
        _WIRE,
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
        _WIRE,
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
        _WIRE,
    ),
)

_CUSTOMER_DATA = (
    Check(
        "raw-personal-data",
        CRITICAL,
        "Personal data in plain text",
        "Personal data was sent unhashed, or stands in an address, a header or a custom parameter.",
        "Hash customer data before sending it, and keep it out of addresses and custom parameters.",
        D,
        Topic.CUSTOMER,
    ),
    Check(
        "hash-wrong-form",
        ERROR,
        "Hash in the wrong form",
        "The value is no SHA-256 in 64 lower-case hex characters.",
        "Send the SHA-256 as 64 lower-case hex characters.",
        D,
        Topic.CUSTOMER,
    ),
    Check(
        "hash-of-nothing",
        ERROR,
        "An unset value was hashed",
        "The hash is that of an empty text, of undefined or of another word for nothing.",
        "Leave the key out when the value is not known.",
        O,
        _WIRE,
    ),
    Check(
        "hash-not-normalized",
        ERROR,
        "Hashed in the wrong shape",
        "The hash is the test customer's, but of a wrong form of the value, so the platform can not match it.",
        "Bring the value into the documented shape before hashing it.",
        D,
        Topic.CUSTOMER,
    ),
    Check(
        "hash-verified",
        INFO,
        "Hash verified",
        "The hash was recomputed from the test customer by the documented rule and is equal.",
        "Nothing to do.",
        D,
        Topic.CUSTOMER,
    ),
    Check(
        "hash-convention",
        INFO,
        "Hashed by a library's own rule",
        "The hash is the test customer's by a rule of one library, which is not the documented one for this value.",
        "Use one library's rule on both sides, or send the documented form.",
        O,
        "measured: pixel library, Python SDK and Node parameter builder",
    ),
    Check(
        "hash-different",
        WARNING,
        "Not the test customer's hash",
        "The hash is well formed, but no known form of the test customer's value gives it.",
        "Check that the test customer is the one who was logged in, and how the value is hashed.",
        O,
        _WIRE,
    ),
    Check(
        "hash-unknown",
        INFO,
        "Hash not tested",
        "The hash is well formed; without a test customer nobody can say what was hashed.",
        "Type the test customer in to have every hash recomputed.",
        O,
        _WIRE,
    ),
    Check(
        "hash-differs-between-sides",
        ERROR,
        "The sides hash differently",
        "Both sides send this customer key, with different values.",
        "Hash the same text by the same rule on both sides.",
        D,
        Topic.CUSTOMER,
    ),
    Check(
        "stale-identity",
        ERROR,
        "Another customer's data",
        "The event mixes the test customer's data with somebody else's: a session or a cache kept an older identity.",
        "Clear the customer's data at log-out, and read it afresh for each event.",
        O,
        _WIRE,
    ),
    Check(
        "hashed-must-be-plain",
        ERROR,
        "Hashed, but must be plain",
        "IP address, user agent, browser ID and click ID must never be hashed.",
        "Send the value as it is.",
        D,
        Topic.CUSTOMER,
    ),
    Check(
        "browser-id-malformed",
        ERROR,
        "Browser ID is malformed",
        "The value has not the form in which the platform's library writes its cookie.",
        "Pass the cookie on as it is.",
        O,
        Topic.IDENTIFIERS,
    ),
    Check(
        "click-id-malformed",
        ERROR,
        "Click ID is malformed or outdated",
        "The value has not the form of the platform's click IDs, or its time can not be that of the click.",
        "Pass the click ID on as it came in the landing page's address or the cookie; leave an expired one out.",
        O,
        Topic.IDENTIFIERS,
    ),
    Check(
        "click-id-modified",
        ERROR,
        "Click ID was changed",
        "The click ID is not that of the page's address, letter for letter.",
        "Do not lower-case, cut or decode the click ID again.",
        O,
        Topic.IDENTIFIERS,
    ),
    Check(
        "click-id-lost",
        WARNING,
        "Click ID was lost",
        "The page's address carried a click ID, and the event carries none.",
        "Store the click ID at landing and send it with every event.",
        O,
        _WIRE,
    ),
    Check(
        "hard-to-attribute",
        WARNING,
        "Hard to attribute",
        "The server's event carries no customer key by which a person could be found; some such events are refused.",
        "Add a hashed e-mail or phone, an external ID, the browser ID or the click ID.",
        D,
        Topic.CUSTOMER,
    ),
    Check(
        "ip-private",
        WARNING,
        "IP address is not the shopper's",
        "The client's IP address is private or loopback: that of a machine inside a network, such as a proxy.",
        "Take the shopper's address from X-Forwarded-For at the edge.",
        D,
        Topic.CUSTOMER,
    ),
    Check(
        "ip-malformed",
        ERROR,
        "IP address is none",
        "The client's IP address is empty, a list, or has a port, brackets or something else around it.",
        "Send one address, IPv4 or IPv6, and nothing around it: the first of X-Forwarded-For that is the shopper's.",
        D,
        Topic.CUSTOMER,
    ),
    Check(
        "user-agent-malformed",
        WARNING,
        "User agent is none",
        "The user agent is empty or a single word, which no browser sends.",
        "Pass on the User-Agent header of the shopper's own request, whole.",
        O,
        _WIRE,
    ),
    Check(
        "crawler-traffic",
        INFO,
        "A crawler's event",
        "The user agent is a known crawler's or program's: nobody bought anything.",
        "Send no events for crawlers, or leave them out when counting.",
        O,
        "crawler-user-agents, a public list of crawlers",
    ),
)

_DELIVERY = (
    Check(
        "send-rejected",
        ERROR,
        "The platform refused the event",
        "The platform answered with an error; the event does not count.",
        "Correct what the answer names and send the event again.",
        D,
        Topic.REFUSALS,
    ),
    Check(
        "send-failed",
        ERROR,
        "The event did not arrive",
        "The platform was not reached or answered with a server error.",
        "Send again with the same event ID; the platform merges what arrives twice.",
        O,
        _WIRE,
    ),
    Check(
        "partially-accepted",
        WARNING,
        "Accepted with complaints",
        "The platform took fewer events than were sent, or took them with a warning.",
        "Read the platform's messages and correct what they name.",
        D,
        Topic.SERVER_EVENT,
    ),
    Check(
        "token-exposed",
        CRITICAL,
        "Access token in the browser",
        "An access token is visible in the page's own traffic; with one of the platform's anybody can send events.",
        "Revoke the token, and send server events from a server only.",
        D,
        Topic.TOKENS,
    ),
    Check(
        "insecure-transport",
        ERROR,
        "Sent without encryption",
        "The event was sent over plain http.",
        "Use https.",
        D,
        Topic.TRANSPORT,
    ),
    Check(
        "test-code-in-production",
        WARNING,
        "Test event code left in",
        "A server event from your own traffic carries a test event code, which is meant for testing only.",
        "Remove test_event_code from the production set-up.",
        O,
        _WIRE,
    ),
    Check(
        "blocked",
        WARNING,
        "The pixel was blocked",
        "The pixel's request or its script did not get through, or the script loaded and then stayed silent.",
        "In an automated run set an ordinary user agent, for the pixel sends nothing from HeadlessChrome; else look "
        "for an ad blocker, a content security policy or a missing consent.",
        O,
        _WIRE,
    ),
    Check(
        "unexpected-domain",
        WARNING,
        "Event from an unexpected domain",
        "The event's page is not on the list of domains that may send events.",
        "Add the domain to the list, or remove the pixel from the page.",
        O,
        _WIRE,
    ),
    Check(
        "config-blocks-event",
        WARNING,
        "The pixel's configuration holds something back",
        "The pixel's own configuration drops this event, or strips some of its parameters.",
        "Look at the pixel's settings in Events Manager: traffic permissions, blocked data, event set-up.",
        O,
        _WIRE,
    ),
    Check(
        "platform-diagnosis",
        WARNING,
        "The platform's own script complains",
        "The platform's library looked at the data it was given and called a part of it invalid.",
        "Correct the value that is named where the site hands it to the library.",
        O,
        _WIRE,
    ),
    Check(
        "malformed-request",
        ERROR,
        "Not what the platform takes",
        "The request is not what the platform's endpoint takes.",
        "Compare the request with the platform's documentation.",
        D,
        Topic.SERVER_EVENT,
    ),
)

_SESSION = (
    Check(
        "zero-overlap",
        ERROR,
        "Nothing is shared by the two sides",
        "Both sides send events, and not one pair shares an ID: the ID is not passed between them.",
        "Hand one event ID to both sides.",
        D,
        Topic.DEDUP,
    ),
    Check(
        "low-overlap",
        WARNING,
        "Few conversions are shared",
        "Fewer conversions than the target are reported by both sides and merged.",
        "Look at the rows that are double counted or one-sided.",
        D,
        Topic.COVERAGE,
    ),
    Check(
        "inflated",
        ERROR,
        "The platform will count too much",
        "More conversions will be counted than took place.",
        "Repair the rows that are double counted.",
        D,
        Topic.DEDUP,
    ),
    Check(
        "orders-exceed-events",
        WARNING,
        "Orders without an event",
        "The backend knows orders that no event reports.",
        "Look for consent, ad blockers and pages that are left before the pixel fires.",
        F,
        _ADVICE,
    ),
    Check(
        "events-exceed-orders",
        WARNING,
        "Events without an order",
        "Events report orders that the backend does not know, or report them more than once.",
        "Look for test orders, reloaded thank-you pages and events sent before payment.",
        F,
        _ADVICE,
    ),
    Check(
        "orders-unrelated",
        WARNING,
        "Order numbers of two kinds",
        "The backend's order numbers and those of the events have nothing in common.",
        "Choose the column with the events' numbers (--order-column), or export the orders of the recorded time.",
        O,
        _ADVICE,
    ),
    Check(
        "plan-deviation",
        WARNING,
        "Against the channel plan",
        "The event is seen on a side that the channel plan does not name, or is missing from one that it does.",
        "Correct the tracking, or the plan.",
        O,
        "the project's own channel plan",
    ),
)

_GENERIC = _IDENTITY + _TIME + _PAYLOAD + _CUSTOMER_DATA + _DELIVERY + _SESSION
_NEUTRAL = frozenset(check.code for check in _GENERIC)


def listed(table: tuple[Platform, ...]) -> tuple[Check, ...]:
    """Every code there is: the neutral ones, each followed by the platforms' own of its kind."""
    own = {check.code: check for each in table for check in each.checks if check.code not in _NEUTRAL}
    rows: list[Check] = []
    for neutral in _GENERIC:
        rows += [neutral, *(check for check in own.values() if check.kind == neutral.code)]
    return (*rows, *(check for check in own.values() if check.kind not in _NEUTRAL))


CHECKS: tuple[Check, ...] = listed(platforms.PLATFORMS)
"""Every code there is, in the order of the catalogue."""

BY_CODE = {check.code: check for check in CHECKS}


def check_of(code: str, platform: str = "") -> Check:
    """What a code means, in the platform's own words and by its own documents where it has some.

    Raises `KeyError` for an unknown code.
    """
    known = _worded(platforms.PLATFORMS)
    return known.get((platform, code)) or known["", code]


@lru_cache(maxsize=8)
def _worded(table: tuple[Platform, ...]) -> dict[tuple[str, str], Check]:
    neutral = listed(table)
    found = {("", check.code): check for check in neutral}
    for each in table:
        sourced = (check for check in neutral if check.source in each.sources)
        found |= {(each.name, check.code): replace(check, source=each.sources[check.source]) for check in sourced}
        found |= {(each.name, check.code): check for check in each.checks}
    return found


def code_for(code: str, reason: str, platform: str) -> str:
    """The code for one reason of a neutral code: the platform's own where it has one for it."""
    own = next((each.checks for each in platforms.PLATFORMS if each.name == platform), ())
    return next((check.code for check in own if check.reason == reason and check.kind == code), code)


def finding(
    code: str,
    message: str = "",
    *,
    event: Event | None = None,
    side: Side | None = None,
    field: str | None = None,
    reason: str | None = None,
    detail: str = "",
    severity: Severity | None = None,
    fix: str | None = None,
    standing: Standing | None = None,
    platform: str = "",
) -> Finding:
    """A finding of a known code; severity, fix and standing are the table's unless the case says otherwise.

    The words are those of the event's platform, or of `platform` where no single event is blamed.
    """
    check = check_of(code, event.platform if event else platform)
    return Finding(
        code,
        severity or check.severity,
        message or check.cause,
        fix or check.fix,
        standing or check.standing,
        event.id if event else None,
        event.side if event else side,
        field,
        reason,
        detail,
    )
