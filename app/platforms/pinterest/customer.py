"""Pinterest's customer values: all hashed, the e-mail without any space, the phone in digits without its plus.

Sources: Pinterest API v5, operation events/create, `user_data`; senders' own rules as their public code has them
(Segment's destination, Stape's tag, RudderStack's transformer). The tag takes SHA-256, SHA-1 and MD5, and tells them by
their length; the API asks for SHA-256.
"""

from __future__ import annotations

import re

from app.hashing.phones import documented_phone
from app.hashing.places import country_code, letters_of, us_states
from app.hashing.rules import Convention, CustomerRules
from app.hashing.shapes import cleaned, date_of, gender_of
from app.model import Form, Side

_NON_BINARY = frozenset({"n", "nonbinary", "non-binary", "non binary", "divers", "diverse", "x"})


def documented(key: str, text: str, region: str | None = None) -> str | None:
    """A customer value as Pinterest wants it before hashing; None when it can not be brought there."""
    text = cleaned(text)
    match key:
        case "em":
            return re.sub(r"\s", "", text.lower()) or None
        case "ph":
            return documented_phone(text, region)
        case "ct":
            return letters_of(text) or None
        case "st":
            letters = letters_of(text)
            return (us_states().get(letters, letters) if region in (None, "US") else letters) or None
        case "zp":
            return re.sub(r"[^0-9]", "", text) or None
        case "country":
            return country_code(text)
        case "ge":
            return "n" if text.lower() in _NON_BINARY else gender_of(text)
        case "db":
            return date_of(text.lower())
        case "external_id" | "maid":
            return text or None
        case _:
            return text.lower() or None


def _tag(key: str, text: str) -> str | None:
    """The tag: lower case, no spaces; of what else it hashes by itself nothing is known."""
    return re.sub(r"\s", "", text.lower()) or None if key == "em" else None


def _segment(key: str, text: str) -> str | None:
    """Segment's destination: no spaces, lower case; the phone's digits, leading zeros and all."""
    lowered = re.sub(r"\s", "", text).lower()
    match key:
        case "ph":
            return re.sub(r"\D", "", text) or None
        case "ge":
            return {"male": "m", "female": "f", "non-binary": "n"}.get(lowered, lowered) or None
        case _:
            return lowered or None


def _stape(key: str, text: str) -> str | None:
    """Stape's tag: trimmed, lower case; the phone without its marks, the city without spaces."""
    lowered = text.strip().lower()
    match key:
        case "ph":
            return re.sub(r"[ ()+-]", "", lowered) or None
        case "ct":
            return lowered.replace(" ", "") or None
        case _:
            return lowered or None


def _rudderstack(key: str, text: str) -> str | None:
    """RudderStack's transformer: trimmed, lower case; phone and postcode in digits; dates and IDs as they stand."""
    match key:
        case "ph":
            return re.sub(r"\D", "", text).lstrip("0") or None
        case "zp":
            return re.sub(r"\D", "", text) or None
        case "db" | "external_id" | "maid":
            return text or None
        case _:
            return text.strip().lower() or None


_CONVENTIONS = (
    Convention("pinterest-tag", "the tag", Side.BROWSER, _tag),
    Convention("segment", "Segment", Side.SERVER, _segment),
    Convention("stape", "Stape's tag", Side.SERVER, _stape),
    Convention("rudderstack", "RudderStack", Side.SERVER, _rudderstack),
)
_DUE = {
    "ph": "the number in digits with its country code, without plus and leading zeros",
    "ge": "“f”, “m” or “n”",
    "db": "the date as YYYYMMDD",
    "st": "the state's two-letter code",
    "zp": "the postcode's digits",
    "country": "the country's two-letter code",
}

BROWSER_CUSTOMER = CustomerRules(
    documented=documented,
    conventions=_CONVENTIONS,
    digests=frozenset({Form.SHA256, Form.SHA1, Form.MD5}),
    due=_DUE,
)
SERVER_CUSTOMER = CustomerRules(documented=documented, conventions=_CONVENTIONS, due=_DUE)
