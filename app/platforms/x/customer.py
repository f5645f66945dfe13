"""X's customer values: e-mail and phone, hashed; the phone in E.164 with its plus.

Sources: X, "Web conversions" (e-mail without spaces around it, phone in E.164, both SHA-256; that the e-mail is to be
lower-cased every public sender takes for granted); senders' own rules as their public code has them (Stape's tag,
RudderStack, walkerOS); uwt.js 2.3.34 as measured: it hashes the e-mail as it was typed.
"""

from __future__ import annotations

import re

from app.hashing.phones import documented_phone
from app.hashing.rules import Convention, CustomerRules
from app.hashing.shapes import cleaned
from app.model import Side


def documented(key: str, text: str, region: str | None = None) -> str | None:
    """A customer value as X wants it before hashing; None when it can not be brought there."""
    text = cleaned(text)
    if key == "ph":
        number = documented_phone(text, region)
        return f"+{number}" if number else None
    return text.lower() or None


def _pixel(key: str, text: str) -> str | None:
    """uwt.js 2.3.34: the e-mail as it stands. Of the phone only its form with a plus has been seen."""
    if key == "ph":
        digits = re.sub(r"\D", "", text)
        return f"+{digits}" if digits else None
    return text if key == "em" and text.strip() else None


def _lowered(key: str, text: str) -> str | None:
    """Stape's tag: trimmed and lower-cased, the phone as it is given."""
    return text.strip().lower() or None if key in ("em", "ph") else None


def _trimmed(key: str, text: str) -> str | None:
    """RudderStack and walkerOS: the phone trimmed only."""
    return text.strip() or None if key == "ph" else _lowered(key, text)


CUSTOMER = CustomerRules(
    documented=documented,
    conventions=(
        Convention("x-pixel", "the pixel", Side.BROWSER, _pixel),
        Convention("stape", "Stape's tag", Side.SERVER, _lowered),
        Convention("rudderstack", "RudderStack and walkerOS", Side.SERVER, _trimmed),
    ),
    due={"ph": "the number in E.164, with its plus and country code"},
    apart={
        "em": (
            "X's own pixel hashes the e-mail as it was typed (observed), senders of the API in lower case. An e-mail "
            "that was typed in capitals has two right hashes."
        )
    },
)
