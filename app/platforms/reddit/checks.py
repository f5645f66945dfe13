"""Finding codes of Reddit's own, and the documents its rules rest on."""

from __future__ import annotations

from collections.abc import Mapping

from app.model import Severity, Standing
from app.platforms.check import Check, Topic
from app.platforms.reddit.dedup import SOURCE

CHECKS = (
    Check(
        "conversion-id-hashed-twice",
        Severity.ERROR,
        "Conversion ID hashed twice",
        "One side hashed a conversion ID that was a hash already. The pixel hashes what it is given, and Reddit "
        "compares one hash with the plain ID, never the hash of a hash.",
        "Give the pixel the plain ID; send the API the plain ID, or its SHA-256 once.",
        Standing.OBSERVED,
        "measured: the pixel of 2024; public code of Segment, RudderStack and Stape",
        "event-id-differs",
        "hashed",
    ),
    Check(
        "test-code-in-production",
        Severity.WARNING,
        "Test event left in",
        "A call of your own traffic is marked as a test (test_id in v3, test_mode in v2), which shows it under Event "
        "Testing only.",
        "Remove test_id, or test_mode, from the production set-up.",
        Standing.DOCUMENTED,
        "Reddit, Conversions API v3, Event Testing, read in a public copy",
    ),
    Check(
        "event-id-kept-apart",
        Severity.ERROR,
        "Same conversion ID, kept apart all the same",
        "Name and conversion ID are the same, but not the event type, the action source, or every letter of the custom "
        "event name: Reddit merges events of one type and name only, and the pixel's with those of the website alone.",
        "Send the same type and, letter by letter, the same custom event name on both sides, and WEBSITE as the action "
        "source of what happened on the site.",
        Standing.DOCUMENTED,
        SOURCE,
        "event-name-differs",
        "kept-apart",
    ),
)

SOURCES: Mapping[str, str] = {
    Topic.DEDUP: SOURCE,
    Topic.SERVER_EVENT: "Reddit, Conversions API v3, Direct Integration, read in a public copy",
    Topic.CUSTOMER: "Reddit, Conversions API v3, match keys, read in a public copy",
    Topic.REFUSALS: "Reddit, Conversions API v3, error handling, read in a public copy",
}
