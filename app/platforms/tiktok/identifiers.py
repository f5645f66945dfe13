"""TikTok's cookie and its click ID."""

from __future__ import annotations

import re

from app.platforms.base import Identifier, IdentifierForm, Role

# Neither form is written down. What the library makes is one word of these letters: "2vExample….tt.1", "E.C.P.Cp…".
_FORM = IdentifierForm(
    pattern=re.compile(r"[A-Za-z0-9._~=-]{1,1000}"), words="one word of letters, digits, dots and dashes"
)

IDENTIFIERS = (
    Identifier(key="ttp", role=Role.BROWSER, title="browser ID (_ttp)", cookie="_ttp", form=_FORM),
    Identifier(
        key="ttclid",
        role=Role.CLICK,
        title="click ID (ttclid)",
        cookie="ttclid",
        parameter="ttclid",
        longest=1000,
        form=_FORM,
    ),
)
