"""Finding codes of Reddit's own, and the documents its rules rest on."""

from __future__ import annotations

from collections.abc import Mapping

from app.platforms.check import Check, Topic
from app.platforms.reddit.dedup import SOURCE

CHECKS: tuple[Check, ...] = ()

SOURCES: Mapping[str, str] = {
    Topic.DEDUP: SOURCE,
    Topic.SERVER_EVENT: "Reddit, Conversions API v3, Direct Integration, read in a public copy",
    Topic.CUSTOMER: "Reddit, Conversions API v3, match keys, read in a public copy",
    Topic.REFUSALS: "Reddit, Conversions API v3, error handling, read in a public copy",
}
