"""LinkedIn's customer values: only the e-mail is hashed; names, company and country are due in plain text.

Sources: LinkedIn Marketing API, Conversion API schema; senders' own rules as their public code has them (Segment's
destination, Stape's tag); insight.min.js as measured (`setUserData`, which keeps the hash for the next page).
"""

from __future__ import annotations

import re

from app.hashing.rules import Convention, CustomerRules
from app.hashing.shapes import cleaned
from app.model import Side

PLAIN = frozenset({"fn", "ln", "country"})


def documented(key: str, text: str, region: str | None = None) -> str | None:
    """A customer value as LinkedIn wants it: an e-mail in small letters, without any white space."""
    text = cleaned(text)
    if key == "em":
        return re.sub(r"\s", "", text.lower()) or None
    return (text.upper() if key == "country" else text) or None


def _segment(key: str, text: str) -> str | None:
    """Segment's destination: in small letters, its spaces as they are typed."""
    return text.lower() if key == "em" and text.strip() else None


def _stape(key: str, text: str) -> str | None:
    """Stape's tag: trimmed and in small letters."""
    return text.strip().lower() or None if key == "em" else None


def _tag(key: str, text: str) -> str | None:
    """insight.min.js: in small letters."""
    return text.lower() or None if key == "em" else None


_OURS = frozenset({"external_id", *PLAIN})

CUSTOMER = CustomerRules(
    documented=documented,
    conventions=(
        Convention("linkedin-tag", "the Insight Tag", Side.BROWSER, _tag),
        Convention("segment", "Segment", Side.SERVER, _segment, verbatim=_OURS),
        Convention("stape", "Stape's tag", Side.SERVER, _stape, verbatim=_OURS),
    ),
    plain=PLAIN,
)
