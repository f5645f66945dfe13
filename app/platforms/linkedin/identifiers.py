"""LinkedIn's click ID and the library's own ID of a browser."""

from __future__ import annotations

import re

from app.platforms.base import Identifier, IdentifierForm, Role

# How long one is good is told in three ways (7, 30 and 90 days), so none is judged by its age.
_UUID = IdentifierForm(
    pattern=re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"),
    words="a UUID: 32 hexadecimal digits in five groups",
)

IDENTIFIERS = (
    Identifier(
        key="li_fat_id",
        role=Role.CLICK,
        title="click ID (li_fat_id)",
        cookie="li_fat_id",
        parameter="li_fat_id",
        longest=200,
        form=_UUID,
    ),
    Identifier(key="li_adsId", role=Role.BROWSER, title="browser ID (li_adsId)", form=_UUID),
)
