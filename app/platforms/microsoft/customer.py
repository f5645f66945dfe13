"""Microsoft's customer values: e-mail and phone hashed. The e-mail has two legitimate rules, one for each side.

The tag's rule, as its documentation and captures have it: trimmed and lower-cased. The Conversions API's guide wants
the dots and the `+alias` of the local part left out besides, for every domain. The library of 2024 was seen to follow
the API's rule in the page, too; that one digest was not reproduced, so its convention is no more than observed.
Segment's destination sends the API the tag's form, and the phone without its plus.
"""

from __future__ import annotations

import re

from app.hashing.phones import documented_phone
from app.hashing.rules import Convention, CustomerRules
from app.hashing.shapes import cleaned
from app.model import Side


def without_alias(text: str) -> str | None:
    """An e-mail in lower case, the dots and the `+alias` of its local part left out; None when nothing is left."""
    local, at, domain = text.lower().rpartition("@")
    if not at:
        return text.lower() or None
    local = local.partition("+")[0].replace(".", "")
    return f"{local}@{domain}" if local else None


def _shared(key: str, text: str, region: str | None) -> str | None:
    """What both sides have in common."""
    if key == "ph":
        number = documented_phone(text, region)
        return f"+{number}" if number else None
    return text.lower() or None


def of_the_tag(key: str, text: str, region: str | None = None) -> str | None:
    """A customer value as the tag's documentation wants it before hashing; None when it can not be brought there."""
    return _shared(key, cleaned(text), region)


def of_the_api(key: str, text: str, region: str | None = None) -> str | None:
    """A customer value as the Conversions API's guide wants it before hashing; None when it can not be."""
    text = cleaned(text)
    return without_alias(re.sub(r"\s", "", text)) if key == "em" else _shared(key, text, region)


def _library(key: str, text: str) -> str | None:
    """bat.js of 2024; None for what it does not hash."""
    match key:
        case "em":
            return without_alias(text.strip())
        case "ph":
            digits = re.sub(r"\D", "", text)
            return f"+{digits}" if digits else None
        case _:
            return None


def _segment(key: str, text: str) -> str | None:
    """Segment's destination (ms-bing-capi): e-mail trimmed and lower-cased, the phone's digits alone."""
    return re.sub(r"\D", "", text) or None if key == "ph" else text.strip().lower() or None


_WHY = (
    "the tag hashes the address trimmed and in lower case, the Conversions API wants the dots and the +alias of its "
    "local part left out besides. Microsoft takes both."
)
_DUE = {"ph": "the number in E.164, with its plus and country code"}

TAG_CUSTOMER = CustomerRules(
    documented=of_the_tag,
    conventions=(Convention("uet", "the UET tag of 2024", Side.BROWSER, _library),),
    due=_DUE,
    apart={"em": _WHY},
)
API_CUSTOMER = CustomerRules(
    documented=of_the_api,
    conventions=(
        Convention("uet", "the UET tag of 2024", Side.BROWSER, _library),
        Convention("segment", "Segment", Side.SERVER, _segment, verbatim=frozenset({"external_id"})),
    ),
    due=_DUE,
    apart={"em": _WHY},
)
