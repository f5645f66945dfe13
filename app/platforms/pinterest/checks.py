"""Finding codes of Pinterest's own, and the catalogue's texts where Pinterest's words say more."""

from __future__ import annotations

from app.model import Severity, Standing
from app.platforms.check import Check

_API = "Pinterest API v5, operation events/create"

CHECKS = (
    Check(
        "event-id-differs",
        Severity.ERROR,
        "Two IDs for one conversion",
        "Both sides report the conversion under different IDs. Where the page gives the tag none, the tag makes a UUID "
        "of its own, which looks like the site's and is never the server's.",
        "Make the ID once and hand the very same text to both sides, to the tag as event_id in the call's data.",
        Standing.DOCUMENTED,
        _API,
    ),
    Check(
        "test-code-in-production",
        Severity.WARNING,
        "Test request left in",
        "A call of your own traffic is marked as a test: Pinterest answers it like any other and records nothing.",
        "Remove test=true from the address in the production set-up.",
        Standing.DOCUMENTED,
        _API,
    ),
    Check(
        "event-name-variant",
        Severity.INFO,
        "Standard event in another spelling",
        "A standard event's name is not spelled as is due on its side (addtocart in the tag, add_to_cart in the API); "
        "the two sides are compared without case, spaces and underscores.",
        "Write the name as Pinterest's documentation has it, so that reports and other tools know it.",
        Standing.OBSERVED,
        "captures of the tag, and how public decoders fold its names",
    ),
    Check(
        "offline-never-deduplicated",
        Severity.INFO,
        "Offline events are never deduplicated",
        "The event's action_source is offline, and Pinterest never merges such an event with another, whatever its ID.",
        "Send each conversion either as an offline event or from the site, never as both.",
        Standing.DOCUMENTED,
        _API,
    ),
)
