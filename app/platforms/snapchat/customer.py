"""Snapchat's customer values: all of them hashed, the phone in digits with its country code and without its plus.

Sources: Snap, Conversions API, parameters, and best practices (normalising and hashing), where nothing is said of the
postal code's spaces; senders' own rules as their public code has
them (Segment's destination, Stape's tag, RudderStack's transformer); scevent 3.4 and 3.54 as measured; Snap's Python
SDK 1.0.0, whose phone rule takes the digits before the first space or hyphen for the country code, and without any
puts a 1 in front.
"""

from __future__ import annotations

import re

from app.hashing.phones import documented_phone
from app.hashing.places import country_code, letters_of, us_states
from app.hashing.rules import Convention, CustomerRules
from app.hashing.shapes import cleaned, gender_of
from app.model import Side

_SDK_PHONE = re.compile(r"(?:(?:\+|00)([0-9]{1,15})[\s-])?0?(.+)")


def documented(key: str, text: str, region: str | None = None) -> str | None:
    """A customer value as Snapchat wants it before hashing; None when it can not be brought there."""
    text = cleaned(text)
    match key:
        case "ph":
            return documented_phone(text, region)
        case "fn" | "ln":
            return letters_of(text) or None
        case "ge":
            return gender_of(text)
        case "st":
            code = us_states().get(letters_of(text)) if region in (None, "US") else None
            return code or text.lower() or None
        case "country":
            return country_code(text)
        case _:
            return text.lower() or None


def _pixel(key: str, text: str) -> str | None:
    """scevent: trimmed and lower-cased, spaces inside kept; the phone's digits, whatever they are."""
    if key == "ph":
        return re.sub(r"[^0-9]", "", text) or None
    return text.strip().lower() or None


def _segment(key: str, text: str) -> str | None:
    """Segment's destination: all white space out; of a phone, the digits without leading zeros."""
    match key:
        case "ph":
            return re.sub(r"[^0-9]", "", text).lstrip("0") or None
        case "ge":
            return gender_of(text)
        case _:
            return re.sub(r"\s", "", text.lower()) or None


def _stape(key: str, text: str) -> str | None:
    """Stape's tag: trimmed and lower-cased; of a phone, what is left without spaces, brackets, hyphens and plus."""
    if key == "ph":
        return re.sub(r"[\s()+-]", "", text) or None
    return text.strip().lower() or None


def _rudderstack(key: str, text: str) -> str | None:
    """RudderStack's transformer: trimmed and lower-cased, the phone like everything else."""
    return text.strip().lower() or None


def _python_sdk(key: str, text: str) -> str | None:
    """`snap-business-sdk` 1.0.0."""
    if key != "ph":
        return text.strip().lower() or None
    found = _SDK_PHONE.match(text.strip())
    number = re.sub(r"[^0-9.]", "", found[2]) if found else ""
    return f"{(found[1] if found else None) or '1'}{number}" if number else None


CUSTOMER = CustomerRules(
    documented=documented,
    conventions=(
        Convention("snap-pixel", "the pixel", Side.BROWSER, _pixel),
        Convention("snap-python-sdk", "Snap's Python SDK", Side.SERVER, _python_sdk),
        Convention("segment", "Segment", Side.SERVER, _segment),
        Convention("stape", "Stape's tag", Side.SERVER, _stape),
        Convention("rudderstack", "RudderStack", Side.SERVER, _rudderstack),
    ),
    due={
        "ph": "the number in digits with its country code, without plus and leading zeros",
        "ge": "“f” or “m”",
        "st": "the state's two-letter code",
        "country": "the country's two-letter code",
    },
)
