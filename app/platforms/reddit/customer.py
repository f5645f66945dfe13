"""Reddit's customer values: two rules for the e-mail, both legitimate, and hashes where plain text is taken as well.

Reddit's API documents the e-mail in lower case with the dots and the “+alias” of its local part removed, for every
domain; the phone in E.164 with its plus. The pixel is documented with trim and lower case alone, though the library
measured (rdt_5afed25b, 2024) does as the API. The API takes every value hashed or not.

Sources: Reddit, Conversions API v3, match keys, read in a public copy; Segment's destination and RudderStack's
transformation, as their public code has them; Stape's tag, which sends what it is given.
"""

from __future__ import annotations

import re

from app.hashing.phones import documented_phone
from app.hashing.rules import Convention, CustomerRules
from app.hashing.shapes import cleaned
from app.model import Side


def plain_mail(text: str) -> str:
    """An e-mail trimmed and in lower case."""
    return text.strip().lower()


def canonical_mail(text: str) -> str:
    """The same without the dots and the “+alias” of its local part, whatever the domain."""
    local, at, domain = plain_mail(text).partition("@")
    return f"{local.split('+')[0].replace('.', '')}{at}{domain}"


def documented(key: str, text: str, region: str | None = None) -> str | None:
    """A customer value as the API wants it before hashing; None when it can not be brought there."""
    return (canonical_mail(cleaned(text)) or None) if key == "em" else pixel_documented(key, text, region)


def pixel_documented(key: str, text: str, region: str | None = None) -> str | None:
    """The same for the pixel."""
    text = cleaned(text)
    match key:
        case "em":
            return plain_mail(text) or None
        case "ph":
            number = documented_phone(text, region)
            return f"+{number}" if number else None
        case _:
            return text or None


def _canonical(key: str, text: str) -> str | None:
    """What the library of 2024 makes of an e-mail; the rest as documented."""
    return canonical_mail(text) or None if key == "em" else _lowered(key, text)


def _lowered(key: str, text: str) -> str | None:
    match key:
        case "em":
            return plain_mail(text) or None
        case "ph":
            return _plus_digits(text)
        case _:
            return text.strip() or None


def _segment(key: str, text: str) -> str | None:
    """Segment's destination: as the API documents; of a phone, what comes before an extension."""
    match key:
        case "em":
            return canonical_mail(text) or None
        case "ph":
            return _plus_digits(re.split(r"ext|x|anexo|#|poste|int", text.strip().lower(), maxsplit=1)[0])
        case _:
            return text.strip() or None


def _rudderstack(key: str, text: str) -> str | None:
    """RudderStack's transformation: the value trimmed and hashed as it stands, where hashing is switched on."""
    return text.strip() or None


def _plus_digits(text: str) -> str | None:
    digits = re.sub(r"\D", "", text)
    return f"+{digits}" if digits else None


_EITHER = frozenset({"em", "ph", "external_id"})
_DUE = {"ph": "the number in E.164, with its plus and country code"}
_APART = {
    "em": "the API's rule takes dots and “+alias” out of the address before hashing, the pixel's may only lower its "
    "case. With the test customer's e-mail typed in, each hash is told by its rule."
}
_PIXEL = Convention("reddit-pixel", "the pixel of 2024", Side.BROWSER, _canonical)
_LOWER = Convention("lower-case", "the plain lower-case rule", Side.SERVER, _lowered)

BROWSER = CustomerRules(
    documented=pixel_documented,
    conventions=(_PIXEL,),
    due=_DUE,
    apart=_APART,
    beside={"auto_": frozenset({_PIXEL.code})},
)
SERVER = CustomerRules(
    documented=documented,
    conventions=(
        _LOWER,
        Convention("segment", "Segment", Side.SERVER, _segment),
        Convention("rudderstack", "RudderStack", Side.SERVER, _rudderstack),
    ),
    either=_EITHER,
    due=_DUE,
    apart=_APART,
)
CUSTOMER = {Side.BROWSER: BROWSER, Side.SERVER: SERVER}
