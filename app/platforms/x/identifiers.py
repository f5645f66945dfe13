"""X's click ID."""

from __future__ import annotations

import re

from app.platforms.base import DAY_MS, Identifier, IdentifierForm, Role

COOKIE_LIFE_MS = 90 * DAY_MS  # as Stape's tag sets it

# The form is not written down; seen are "23opevjt88psuo13lu8d020qkn" (X's own example) and "2-4kexample".
IDENTIFIERS = (
    Identifier(
        key="twclid",
        role=Role.CLICK,
        title="click ID (twclid)",
        cookie="_twclid",
        parameter="twclid",
        form=IdentifierForm(
            pattern=re.compile(r"[A-Za-z0-9_-]{4,500}"), words="one word of letters, digits and dashes"
        ),
    ),
)
