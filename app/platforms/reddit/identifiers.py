"""Reddit's cookies and its click ID."""

from __future__ import annotations

import re

from app.platforms.base import Identifier, IdentifierForm, Role

# The cookie holds `<ms>.<UUID>`; the pixel, and Stape's tag, send the UUID alone as well as the whole.
_UUID_FORM = IdentifierForm(
    pattern=re.compile(r"(?:(?P<ms>\d{13})\.)?[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"),
    words="a UUID, with milliseconds and a dot before it or without",
)
# Its form is written down nowhere; those seen are numbers of some 19 digits.
_CLICK_FORM = IdentifierForm(pattern=re.compile(r"[A-Za-z0-9_-]{1,200}"), words="one word of letters and digits")

BROWSER_ID, CLICK_ID = "rdt_uuid", "rdt_cid"


def uuid_alone(value: str) -> str:
    """A browser ID without the time before it."""
    return value.rpartition(".")[2]


IDENTIFIERS = (
    Identifier(
        key=BROWSER_ID,
        role=Role.BROWSER,
        title="browser ID (_rdt_uuid)",
        cookie="_rdt_uuid",
        bare=uuid_alone,
        form=_UUID_FORM,
    ),
    Identifier(
        key=CLICK_ID,
        role=Role.CLICK,
        title="click ID (rdt_cid)",
        cookie="_rdt_cid",
        parameter="rdt_cid",
        form=_CLICK_FORM,
    ),
)
