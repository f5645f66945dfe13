"""How events are sent, and what becomes of them."""

from __future__ import annotations

from app.checks.codes.basis import CRITICAL, ERROR, WARNING, WIRE, D, O
from app.platforms.check import Check, Topic

CODES = (
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
        WIRE,
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
        WIRE,
    ),
    Check(
        "blocked",
        WARNING,
        "The pixel was blocked",
        "The pixel's request or its script did not get through, or the script loaded and then stayed silent.",
        "In an automated run set an ordinary user agent, for the pixel sends nothing from HeadlessChrome; else look "
        "for an ad blocker, a content security policy or a missing consent.",
        O,
        WIRE,
    ),
    Check(
        "unexpected-domain",
        WARNING,
        "Event from an unexpected domain",
        "The event's page is not on the list of domains that may send events.",
        "Add the domain to the list, or remove the pixel from the page.",
        O,
        WIRE,
    ),
    Check(
        "config-blocks-event",
        WARNING,
        "The pixel's configuration holds something back",
        "The pixel's own configuration drops this event, or strips some of its parameters.",
        "Look at the pixel's settings at the platform: traffic permissions, blocked data, event set-up.",
        O,
        WIRE,
    ),
    Check(
        "platform-diagnosis",
        WARNING,
        "The platform's own script complains",
        "The platform's library looked at the data it was given and called a part of it invalid.",
        "Correct the value that is named where the site hands it to the library.",
        O,
        WIRE,
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
