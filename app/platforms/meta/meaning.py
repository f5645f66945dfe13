"""What Meta's parameters mean, under one name for both sides: the server's spelling."""

from __future__ import annotations

import re
from functools import lru_cache

from app.platforms.base import Meaning, Sense

_NAMES = {
    "id": "account",
    "fb.pixel_id": "account",
    "ev": "event_name",
    "eid": "event_id",
    "ts": "event_time",
    "dl": "event_source_url",
    "website_context.location": "event_source_url",
    "rl": "referrer_url",
    "website_context.referrer": "referrer_url",
    "fbp": "user_data.fbp",
    "fb.fbp": "user_data.fbp",
    "fbc": "user_data.fbc",
    "fb.clickID": "user_data.fbc",
    "User-Agent": "user_data.client_user_agent",
    "user-agent": "user_data.client_user_agent",
    "dpo": "data_processing_options",
    "fb.data_processing_options": "data_processing_options",
    "dpoco": "data_processing_options_country",
    "dpost": "data_processing_options_state",
    "conversion_value.value": "custom_data.value",
    "conversion_value.currency": "custom_data.currency",
    "fb.order_id": "custom_data.order_id",
    "contents": "custom_data.contents",
}
"""Wire keys that mean what a server event spells otherwise; the server's spelling is the meaning's name."""

_ALIASES = {"email": "em", "phone": "ph", "zip": "zp", "firstname": "fn", "lastname": "ln", "gender": "ge"} | {
    "first_name": "fn",
    "last_name": "ln",
    "city": "ct",
    "state": "st",
    "cn": "country",
    "dob": "db",
}
_CUSTOMER = re.compile(
    r"(?:ud|aud|udff|audff)\[([^\]]+)\]|fb\.advanced_matching\.(\w+)|user_data\.(\w+?)(?:\[\d*\])?\Z"
)
_CUSTOM = re.compile(r"cd\[([^\]]+)\]|fb\.dynamic_product_ads\.(\w+)|custom_data\.(\w+)")
_LISTED = re.compile(r"\[\d*\]|\.\d+(?=\.|\Z)")


_SENSES = {
    "account": Sense.ACCOUNT,
    "event_name": Sense.NAME,
    "event_id": Sense.EVENT_ID,
    "event_time": Sense.TIME,
    "event_source_url": Sense.PAGE,
    "referrer_url": Sense.PAGE,
    "custom_data.value": Sense.AMOUNT,
    "custom_data.currency": Sense.CURRENCY,
    "user_data.fbp": Sense.IDENTIFIER,
    "user_data.fbc": Sense.IDENTIFIER,
    "user_data.client_ip_address": Sense.IP,
    "user_data.client_user_agent": Sense.USER_AGENT,
    "data_processing_options": Sense.CONSENT,
}


def meaning(key: str) -> Meaning:
    """What a wire key means."""
    return _cached(key) if len(key) <= 200 else Meaning(key)  # a table of giants would be a memory leak


@lru_cache(maxsize=4096)
def _cached(key: str) -> Meaning:
    name = _name(key)
    sense = _SENSES.get(name)
    if sense is None and name.startswith("user_data."):
        return Meaning(name, Sense.CUSTOMER, name.removeprefix("user_data."))
    return Meaning(name, sense or Sense.OTHER)


def _name(key: str) -> str:
    if key in _NAMES:
        return _NAMES[key]
    customer = _CUSTOMER.match(key)
    if customer:
        name = next(part for part in customer.groups() if part)
        return f"user_data.{_ALIASES.get(name, name)}"
    custom = _CUSTOM.match(key)
    if custom:
        return f"custom_data.{next(part for part in custom.groups() if part)}"
    return _LISTED.sub("", key)
