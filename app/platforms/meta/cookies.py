"""Meta's cookies and click IDs, and what else of a server event's identifiers is never hashed.

The appendix, a suffix of two or eight characters, is what Meta's parameter builder hangs on the values it hands on.
"""

from __future__ import annotations

import re

from app.hashing import without_appendix
from app.platforms.base import DAY_MS, Identifier, IdentifierForm, Role

_WORDS = "of the form fb.1.<milliseconds>.<value>"


def click_of_cookie(value: str) -> str:
    """The click ID in `fb.1.<milliseconds>.<fbclid>`; what has another form is taken for the click ID itself."""
    parts = value.split(".", 3)
    return parts[3] if len(parts) == 4 else value


def _as_in_the_cookie(click: str) -> str:
    """The pixel library writes a dot of the fbclid as a word, since dots part the cookie's values."""
    return click.replace(".", "__DOT__")


IDENTIFIERS = (
    Identifier(
        key="fbp",
        role=Role.BROWSER,
        title="browser ID (fbp)",
        cookie="_fbp",
        bare=without_appendix,
        form=IdentifierForm(pattern=re.compile(r"fb\.[0-9]\.(?P<ms>[0-9]{13})\.[0-9]{1,25}"), words=_WORDS),
        stem="fbp",
    ),
    # The pixel library decodes the fbclid once and ignores one of more than 500 characters; the cookie lives 90 days
    # (Meta, Conversions API, fbp and fbc parameters). The part from `_aem_` on is for iOS alone.
    Identifier(
        key="fbc",
        role=Role.CLICK,
        title="click ID (fbc)",
        cookie="_fbc",
        parameter="fbclid",
        unwrap=click_of_cookie,
        bare=without_appendix,
        spelling=_as_in_the_cookie,
        tail="_aem_",
        longest=500,
        candidates="fbcs",
        form=IdentifierForm(
            pattern=re.compile(r"fb\.[0-9]\.(?P<ms>[0-9]{13})\.\S+"), words=_WORDS, max_age_ms=90 * DAY_MS
        ),
        stem="fbc",
    ),
)

# Meta, customer information parameters: never hashed. The pixel hashes the first two by itself.
PLAIN = {
    "ctwa_clid": "click ID",
    "subscription_id": "login or subscription ID",
    "fb_login_id": "login or subscription ID",
    "lead_id": "lead ID",
    "anon_id": "install ID",
    "page_id": "page ID",
    "page_scoped_user_id": "page-scoped user ID",
    "ig_account_id": "Instagram account ID",
    "ig_sid": "Instagram click ID",
}
