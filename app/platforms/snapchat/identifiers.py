"""Snapchat's cookie and its click ID, and what its library keeps besides."""

from __future__ import annotations

import re

from app.platforms.base import Identifier, IdentifierForm, Role

# Neither form is written down. Seen are a UUID in the cookie, and one word of these letters for a click.
_FORM = IdentifierForm(
    pattern=re.compile(r"[A-Za-z0-9._~=-]{1,1000}"), words="one word of letters, digits, dots and dashes"
)

IDENTIFIERS = (
    Identifier(key="scid", role=Role.BROWSER, title="browser ID (_scid)", cookie="_scid", form=_FORM),
    Identifier(
        key="sc_click_id",
        role=Role.CLICK,
        title="click ID (ScCid)",
        cookie="_scclid",
        parameter="ScCid",
        longest=1000,
        form=_FORM,
    ),
    Identifier(key="sclid", role=Role.OTHER, title="storage ID (u_sclid)"),
    Identifier(key="scsid", role=Role.OTHER, title="session ID (u_scsid)"),
)
PLAIN = {"lead_id": "lead ID", "subscription_id": "subscription ID"}
"""What a server must not hash besides; a device's advertising ID is due hashed."""
