"""What LinkedIn's parameters mean, under one name for both sides: that of the Conversions API."""

from __future__ import annotations

from app.platforms.base import Meaning, Sense
from app.platforms.linkedin.words import CLICK_ID, EMAIL, INFO_KEYS, IP
from app.platforms.meanings import remembered

_IDS = "user.userIds"
# Each side has a rule of its own, so these two are no values of one thing.
_MEANINGS = {
    "pid": Meaning("partner ID", Sense.ACCOUNT),
    "pids": Meaning("partner ID", Sense.ACCOUNT),
    "conversionId": Meaning("the browser's conversion rule"),
    "conversion": Meaning("the server's conversion rule"),
    "eventId": Meaning("eventId", Sense.EVENT_ID),
    "event_id": Meaning("eventId", Sense.EVENT_ID),
    "time": Meaning("conversionHappenedAt", Sense.TIME),
    "conversionHappenedAt": Meaning("conversionHappenedAt", Sense.TIME),
    "url": Meaning("page", Sense.PAGE),
    "val": Meaning("conversionValue.amount", Sense.AMOUNT),
    "conversionValue.amount": Meaning("conversionValue.amount", Sense.AMOUNT),
    "conversionValue.currencyCode": Meaning("conversionValue.currencyCode", Sense.CURRENCY),
    "li_fat_id": Meaning("li_fat_id", Sense.IDENTIFIER),
    "liFatId": Meaning("li_fat_id", Sense.IDENTIFIER),
    f"{_IDS}.{CLICK_ID}": Meaning("li_fat_id", Sense.IDENTIFIER),
    "li_adsId": Meaning("li_adsId", Sense.IDENTIFIER),
    f"{_IDS}.{IP}": Meaning("IP address", Sense.IP),
    "hem": Meaning(f"{_IDS}.{EMAIL}", Sense.CUSTOMER, "em"),
    f"{_IDS}.{EMAIL}": Meaning(f"{_IDS}.{EMAIL}", Sense.CUSTOMER, "em"),
    "user.externalIds": Meaning("user.externalIds", Sense.CUSTOMER, "external_id"),
    **{
        f"user.userInfo.{wire}": Meaning(f"user.userInfo.{wire}", Sense.CUSTOMER, key)
        for wire, key in INFO_KEYS.items()
    },
}


@remembered
def meaning(key: str) -> Meaning:
    """What a wire key means."""
    return _MEANINGS.get(key) or Meaning(key)
