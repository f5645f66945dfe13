"""Finding codes that are Microsoft Advertising's own, and its wording of the catalogue's."""

from __future__ import annotations

from collections.abc import Mapping

from app.model import Severity, Standing
from app.platforms.check import Check, Topic
from app.platforms.microsoft.browser import DROPPED, FROM_SERVER
from app.platforms.microsoft.dedup import DEDUP, GUIDE

_SEEN = "measured: bat.js of 2024 in a browser"

CHECKS = (
    Check(
        DROPPED,
        Severity.INFO,
        "No event ID from the UET tag",
        "The hit has no event ID. The UET library of 2024 drops the option event_id, so the page may have set one. "
        "Then only the transaction ID can tie the hit to the server's event.",
        "Push transaction_id with the event, and send the same as customData.transactionId from the server.",
        Standing.OBSERVED,
        _SEEN,
    ),
    Check(
        FROM_SERVER,
        Severity.INFO,
        "A UET hit built by a server",
        "A server sent this hit to the tag's address. Microsoft can not tell it from the page's own hit, so both count "
        "unless they share an event ID or a transaction ID.",
        "Let the server send it to the Conversions API, or take the tag off the page.",
        Standing.OBSERVED,
        "a server container's template in public code",
    ),
    Check(
        "browser-id-differs",
        Severity.WARNING,
        "The sides differ in the visitor ID (_uetvid, anonymousId)",
        "Browser and server name the visitor differently. That is right only where an identity sync ties the server's "
        "ID to Microsoft's cookie.",
        "Send the value of the _uetvid cookie as anonymousId, or add the identity sync to the pages.",
        Standing.OBSERVED,
        "public senders' code and their documentation",
    ),
    Check(
        "event-id-missing-browser",
        Severity.ERROR,
        "Browser event has no event ID",
        "The server sent an event ID, but the browser's event for the same conversion carries none.",
        "Pass event_id in the options of uetq.push('event', …). Where the tag drops it, push transaction_id besides.",
        Standing.DOCUMENTED,
        GUIDE,
    ),
)

SOURCES: Mapping[str, str] = {
    Topic.DEDUP: DEDUP.keys[0].source,
    Topic.SERVER_EVENT: GUIDE,
    Topic.CUSTOMER: GUIDE,
    Topic.CUSTOM_DATA: GUIDE,
    Topic.STANDARD_EVENTS: "bat.js of 2018, the library's own table of standard events",
    Topic.IDENTIFIERS: "bat.js of 2018, published with comments",
    Topic.REFUSALS: GUIDE,
    Topic.TOKENS: GUIDE,
}
