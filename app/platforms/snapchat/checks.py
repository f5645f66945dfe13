"""Snapchat's own finding codes, the catalogue's texts where Snap's words say more, and the documents rules rest on."""

from __future__ import annotations

from collections.abc import Mapping

from app.model import Severity, Standing
from app.platforms.check import Check, Topic
from app.platforms.snapchat.dedup import SOURCE

_PIXEL = "Snap, Pixel, client_dedup_id; the “@-” seen in captures of scevent 3.54"

CHECKS = (
    Check(
        "snap-id-made-by-script",
        Severity.INFO,
        "No client_dedup_id: Snap's script made one",
        "The ID begins with “@-”: Snap's own script made it, because the site gave no client_dedup_id. No server can "
        "know it, so only a purchase with an order ID can be merged with the server's event.",
        "Pass client_dedup_id in the snaptr('track', …) call, the same text that the server sends as event_id.",
        Standing.OBSERVED,
        _PIXEL,
        "event-id-made-by-script",
    ),
    Check(
        "event-id-missing-browser",
        Severity.ERROR,
        "Browser event has no event ID",
        "The server sent an event ID, but the browser's event for the same conversion carries none.",
        "Pass the same ID to the pixel as client_dedup_id in the snaptr('track', …) call.",
        Standing.DOCUMENTED,
        SOURCE,
    ),
    Check(
        "test-code-in-production",
        Severity.WARNING,
        "Test call left in",
        "A call of your own traffic is a test: at …/events/validate Snapchat checks each event and counts none, so the "
        "browser's alone is counted, whatever the pair's verdict would be.",
        "Send to …/events, and without test_event_code, in the production set-up.",
        Standing.DOCUMENTED,
        "Snap, Conversions API, verify set-up",
    ),
)

SOURCES: Mapping[str, str] = {
    Topic.DEDUP: SOURCE,
    Topic.SERVER_EVENT: "Snap, Conversions API, parameters",
    Topic.CUSTOMER: "Snap, Conversions API, best practices",
    Topic.CUSTOM_DATA: "Snap, Conversions API, parameters",
    Topic.STANDARD_EVENTS: "Snap, Conversions API, supported events",
    Topic.REFUSALS: "Snap, Conversions API, verify set-up",
    Topic.TOKENS: "Snap, Conversions API, get started",
}
