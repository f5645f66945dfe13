"""Pinterest's click ID and its cookies."""

from __future__ import annotations

import re

from app.platforms.base import Identifier, IdentifierForm, Role

# No form is written down. What Pinterest makes is one word of base64 letters: "dj0yJnU9…" reads "v=2&u=…".
_FORM = IdentifierForm(
    pattern=re.compile(r"[A-Za-z0-9._~%+/=-]{1,1000}"), words="one word of letters, digits, dots and dashes"
)

IDENTIFIERS = (
    Identifier(
        key="epik",
        role=Role.CLICK,
        title="click ID (epik)",
        cookie="_epik",
        parameter="epik",
        longest=1000,
        form=_FORM,
    ),
    Identifier(key="pin_unauth", role=Role.BROWSER, title="browser ID (_pin_unauth)", cookie="_pin_unauth", form=_FORM),
    Identifier(key="derived_epik", role=Role.OTHER, title="derived click ID (_derived_epik)", cookie="_derived_epik"),
    Identifier(key="partner_id", role=Role.OTHER, title="partner's ID of the visitor"),
)
