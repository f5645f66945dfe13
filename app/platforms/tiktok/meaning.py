"""What TikTok's parameters mean, under one name for both sides: that of Events API 2.0."""

from __future__ import annotations

from app.platforms.base import Meaning, Sense
from app.platforms.meanings import remembered
from app.platforms.tiktok.words import CUSTOMER_KEYS

_SAME = {
    "context.pixel.code": "event_source_id",
    "pixel_code": "event_source_id",
    "timestamp": "event_time",
    "context.page.url": "page.url",
    "context.page.referrer": "page.referrer",
    "context.ad.callback": "user.ttclid",
    "ad.callback": "user.ttclid",
    "context.user.ttp": "user.ttp",
    "context.ip": "user.ip",
    "context.userAgent": "user.user_agent",
    "context.user_agent": "user.user_agent",
}
_SENSES = {
    "event_source_id": Sense.ACCOUNT,
    "event": Sense.NAME,
    "event_id": Sense.EVENT_ID,
    "event_time": Sense.TIME,
    "page.url": Sense.PAGE,
    "page.referrer": Sense.PAGE,
    "properties.value": Sense.AMOUNT,
    "properties.currency": Sense.CURRENCY,
    "user.ttclid": Sense.IDENTIFIER,
    "user.ttp": Sense.IDENTIFIER,
    "user.ip": Sense.IP,
    "user.user_agent": Sense.USER_AGENT,
    "limited_data_use": Sense.CONSENT,
}


@remembered
def meaning(key: str) -> Meaning:
    """What a wire key means."""
    name = _SAME.get(key, key)
    if name in _SENSES:
        return Meaning(name, _SENSES[name])
    start, _, last = name.rpartition(".")
    if start in ("user", "context.user") and last in CUSTOMER_KEYS:
        return Meaning(f"user.{CUSTOMER_KEYS[last]}", Sense.CUSTOMER, CUSTOMER_KEYS[last])
    return Meaning(name)
