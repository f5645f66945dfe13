"""Finding codes of LinkedIn's own, and the catalogue's texts where LinkedIn's words say more."""

from __future__ import annotations

from app.model import Severity, Standing
from app.platforms.check import Check
from app.platforms.linkedin.dedup import SAME_RULE, SOURCE

_SCHEMA = "LinkedIn Marketing API, Conversion API schema"

CHECKS = (
    Check(
        SAME_RULE,
        Severity.ERROR,
        "Both sides name one conversion rule",
        "LinkedIn needs a rule for each source: the Insight Tag's is none of the API's, which refuses it.",
        "Make a second rule with the Conversions API as its source, and send its number from the server.",
        Standing.DOCUMENTED,
        SOURCE,
    ),
    Check(
        "linkedin-rule-malformed",
        Severity.ERROR,
        "Conversion rule is no URN",
        "What stands in conversion is not of the form urn:lla:llaPartnerConversion:<number>, so no rule is meant.",
        "Send urn:lla:llaPartnerConversion: and the rule's number.",
        Standing.DOCUMENTED,
        _SCHEMA,
    ),
    Check(
        "copy-dropped",
        Severity.INFO,
        "The server's copy is dropped",
        "LinkedIn counts the Insight Tag's event of such a pair, and what only the server's says is lost: value, "
        "currency, hashed e-mail.",
        "Nothing to do, unless the server's values are to count: then send these conversions from the server alone.",
        Standing.DOCUMENTED,
        SOURCE,
    ),
    Check(
        "account-unmapped",
        Severity.WARNING,
        "Do tag and rule belong to one ad account?",
        "Both sides send one event ID, the tag for a partner ID, the server for a conversion rule; no request says "
        "which ad account either belongs to.",
        "If both are of one ad account, name the partner ID and the rule as one account, on the row or in the settings "
        "(--same-account A=B in the terminal).",
        Standing.DOCUMENTED,
        SOURCE,
    ),
    Check(
        "event-id-missing-browser",
        Severity.ERROR,
        "Browser event has no event ID",
        "The server sent an event ID, but the Insight Tag's event for the same conversion carries none.",
        "Pass event_id in lintrk('track', …), or set _linkedin_event_id before the tag's base code.",
        Standing.DOCUMENTED,
        SOURCE,
    ),
    Check(
        "event-id-missing-server",
        Severity.ERROR,
        "Server event has no event ID",
        "The tag sent an event ID, but the server's event for the same conversion carries none.",
        "Hand the tag's event ID to the backend and send it as eventId.",
        Standing.DOCUMENTED,
        SOURCE,
    ),
)
