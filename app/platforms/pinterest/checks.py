"""Finding codes of Pinterest's own."""

from __future__ import annotations

from app.model import Severity, Standing
from app.platforms.check import Check

_API = "Pinterest API v5, operation events/create"

CHECKS = (
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
