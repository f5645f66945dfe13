"""What Meta asks of the customer's identifiers in `user_data`: which are hashed, which never, and which are too few."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from app.model import Standing
from app.platforms.meta.scalars import object_at, text_of
from app.platforms.server_api import Violation, Weight

HASHED_KEYS = ("em", "ph", "fn", "ln", "db", "ge", "ct", "st", "zp", "country")
PLAIN_KEYS = (
    "external_id",
    "client_ip_address",
    "client_user_agent",
    "fbc",
    "fbp",
    "subscription_id",
    "fb_login_id",
    "lead_id",
    "anon_id",
    "madid",
    "page_id",
    "page_scoped_user_id",
    "ctwa_clid",
    "whatsapp_business_account_id",
    "ig_account_id",
    "ig_sid",
)
_SDK_KEYS = ("f5first", "f5last", "fi", "dobd", "dobm", "doby")
USER_KEYS = frozenset((*HASHED_KEYS, *PLAIN_KEYS, *_SDK_KEYS))

# An event known by nothing more than one of these sets is refused (Conversions API, best practices).
TOO_LITTLE = (
    frozenset({"ct", "country", "st", "zp", "ge", "client_user_agent"}),
    frozenset({"db", "client_user_agent"}),
    frozenset({"fn", "ge"}),
    frozenset({"ln", "ge"}),
)

# A hash, or a hash with the parameter builder's appendix: its legacy two characters or its eight.
_HASH = re.compile(r"[0-9a-fA-F]{64}(\.([A-Za-z0-9_-]{2}|[A-Za-z0-9_-]{8}))?|[0-9a-fA-F]{32}")
_LEAD = re.compile(r"\d{15,16}", re.ASCII)
_HEX64 = re.compile(r"[0-9a-fA-F]{64}")


def identifiers(event: Mapping[str, object]) -> Iterator[Violation]:
    """What is wrong with the customer identifiers of an event."""
    if not isinstance(event.get("user_data"), Mapping):
        return
    user = object_at(event, "user_data")
    for key in (*HASHED_KEYS, *_SDK_KEYS):
        if any(not _HASH.fullmatch(text) for text in _texts(user.get(key))):
            yield Violation(
                f"user_data.{key}",
                f"{key} must be normalised and hashed with SHA-256 before it is sent.",
                title="User Parameter Not Hashed",
                subcode=2804016,
            )
    for key in PLAIN_KEYS[1:]:  # external_id may be either
        if any(_HEX64.fullmatch(text) for text in _texts(user.get(key))):
            yield Violation(f"user_data.{key}", f"{key} must be sent as it is, not hashed.", Weight.ADVICE)
    known = {key for key, value in user.items() if _texts(value)}
    if any(known <= weak for weak in TOO_LITTLE):
        yield Violation(
            "user_data",
            "Too little is known of the customer. Add an e-mail, a phone number, fbp, fbc or an external ID.",
            title="Not Enough Customer Information",
            subcode=2804050,
        )


def lead_id(user: Mapping[str, object]) -> Iterator[Violation]:
    """Whether a lead's ID looks like one of Meta's."""
    lead = text_of(user.get("lead_id"))
    if lead and not _LEAD.fullmatch(lead):
        yield Violation(
            "user_data.lead_id",
            "lead_id must have 15 or 16 digits.",
            title="Invalid Lead ID",
            subcode=2804036,
            standing=Standing.OBSERVED,
            reason="lead-id",
        )


def _texts(value: object) -> list[str]:
    """The filled-in values of a customer key, which may be one or a list."""
    values = value if isinstance(value, list) else [value]
    return [text for item in values if (text := text_of(item))]
