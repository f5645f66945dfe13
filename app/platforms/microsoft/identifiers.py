"""Microsoft's cookies and its click ID."""

from __future__ import annotations

import re

from app.platforms.base import Identifier, IdentifierForm, Role
from app.platforms.microsoft.facts import bare_click

# Sixteen bytes in hex, with or without the dashes of a UUID (Microsoft, click measurement: 32 characters).
_CLICK = IdentifierForm(
    pattern=re.compile(r"[0-9A-Fa-f]{32}|[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"),
    words="32 hexadecimal digits",
)


def _cookie_spelling(value: str) -> str:
    return f"_uet{value}"


# 32 hex digits in the cookie; a server may give any ID of the shop's own that the identity sync ties to it.
_VISITOR = IdentifierForm(pattern=re.compile(r"\S{1,200}"), words="one word")

IDENTIFIERS = (
    Identifier(key="vid", role=Role.BROWSER, title="visitor ID (_uetvid)", cookie="_uetvid", form=_VISITOR),
    Identifier(
        key="msclkid",
        role=Role.CLICK,
        title="click ID (msclkid)",
        cookie="_uetmsclkid",
        parameter="msclkid",
        bare=bare_click,
        spelling=_cookie_spelling,
        longest=200,
        form=_CLICK,
    ),
    Identifier(key="sid", role=Role.OTHER, title="session ID (_uetsid)", cookie="_uetsid"),
)
