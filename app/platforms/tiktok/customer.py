"""TikTok's customer values: e-mail and phone hashed, the phone with its plus; city, state and country in plain text.

Sources: TikTok, Events API, user parameters; senders' own rules as their public code has them (Segment's destination,
Stape's tag); the pixel library 2.2.0 as measured (`phone_number` of +49…, `external_id` as it stands).
"""

from __future__ import annotations

import re

from app.hashing.phones import documented_phone
from app.hashing.rules import Convention, CustomerRules
from app.hashing.shapes import cleaned
from app.model import Side


def documented(key: str, text: str, region: str | None = None) -> str | None:
    """A customer value as TikTok wants it before hashing; None when it can not be brought there."""
    text = cleaned(text)
    match key:
        case "ph":
            number = documented_phone(text, region)
            return f"+{number}" if number else None
        case "fn" | "ln":
            return re.sub(r"\s", "", text.lower()) or None
        case "zp":
            return re.sub(r"[\s-]", "", text.lower()) or None
        case _:
            return text.lower() or None


def _segment(key: str, text: str) -> str | None:
    """Segment's destination: a plus before whatever digits there are, at most fifteen."""
    match key:
        case "ph":
            digits = re.sub(r"\D", "", text)[:15]
            return f"+{digits}" if digits else None
        case "external_id":
            return text.strip().lower() or None
        case _:
            return re.sub(r"\s", "", text.lower()) or None


def _stape(key: str, text: str) -> str | None:
    """Stape's tag: trimmed and lower-cased, the phone as it is given."""
    return text.strip().lower() or None


def _pixel(key: str, text: str) -> str | None:
    """pixel.js 2.2.0: None for what it does not hash."""
    match key:
        case "em":
            return text.strip().lower() or None
        case "ph":
            digits = re.sub(r"\D", "", text)
            return f"+{digits}" if digits else None
        case _:
            return None


_PLAIN = frozenset({"ct", "st", "country"})

CUSTOMER = CustomerRules(
    documented=documented,
    conventions=(
        Convention("tiktok-pixel", "the pixel", Side.BROWSER, _pixel, verbatim=frozenset({"external_id"})),
        Convention("segment", "Segment", Side.SERVER, _segment),
        Convention("stape", "Stape's tag", Side.SERVER, _stape),
    ),
    plain=_PLAIN,
    due={"ph": "the number in E.164, with its plus and country code"},
)
