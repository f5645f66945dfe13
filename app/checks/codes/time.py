"""Clocks, windows, delays."""

from __future__ import annotations

from app.checks.codes.basis import ADVICE, ERROR, INFO, WARNING, WIRE, D, F, O
from app.platforms.check import Check, Topic

CODES = (
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
        WIRE,
    ),
    Check(
        "clock-skew",
        WARNING,
        "A clock is wrong",
        "The client's time is more than five minutes away from the time of receipt.",
        "Trust the server's time, and send event_time from there.",
        O,
        WIRE,
    ),
    Check(
        "slow-server",
        WARNING,
        "The server comes late",
        "The server's event arrived more than five seconds after the browser's.",
        "Send the server event when the conversion happens rather than from a slow queue.",
        F,
        ADVICE,
    ),
    Check(
        "server-first",
        INFO,
        "The server was first",
        "The server's event arrived before the browser's; which of the two counts is the platform's rule.",
        "Nothing to do.",
        O,
        WIRE,
    ),
    Check(
        "slow-answer",
        INFO,
        "The platform answers slowly",
        "The platform took more than 200 ms to answer.",
        "Send from a queue, so that no shopper waits for the platform.",
        F,
        ADVICE,
    ),
)
