"""What Reddit's parameters mean, under one name for both sides: that of the Conversions API v3."""

from __future__ import annotations

from app.platforms.base import Meaning, Sense
from app.platforms.meanings import remembered
from app.platforms.reddit.words import CUSTOMER_KEYS, FOUND_BY_LIBRARY, PIXEL_CUSTOMER_KEYS

_SAME = {
    "id": "pixel_id",
    "event": "type.tracking_type",
    "event_type.tracking_type": "type.tracking_type",
    "m.customEventName": "type.custom_event_name",
    "event_type.custom_event_name": "type.custom_event_name",
    "m.conversionId": "metadata.conversion_id",
    "ts": "event_at",
    "event_at_ms": "event_at",
    "esurl": "event_source_url",
    "m.valueDecimal": "metadata.value",
    "event_metadata.value_decimal": "metadata.value",
    "m.currency": "metadata.currency",
    "m.itemCount": "metadata.item_count",
    "m.products": "metadata.products",
    "rdt_cid": "click_id",
    "uuid": "user.uuid",
    "aaid": "user.aaid",
    "idfa": "user.idfa",
    **{f"event_metadata.{key}": f"metadata.{key}" for key in ("conversion_id", "currency", "item_count", "products")},
}
_SENSES = {
    "pixel_id": Sense.ACCOUNT,
    "type.tracking_type": Sense.NAME,
    "metadata.conversion_id": Sense.EVENT_ID,
    "event_at": Sense.TIME,
    "event_source_url": Sense.PAGE,
    "metadata.value": Sense.AMOUNT,
    "metadata.currency": Sense.CURRENCY,
    "click_id": Sense.IDENTIFIER,
    "user.uuid": Sense.IDENTIFIER,
    "user.ip_address": Sense.IP,
    "user.user_agent": Sense.USER_AGENT,
}
_CUSTOMER = {f"user.{key}": neutral for key, neutral in CUSTOMER_KEYS.items()} | PIXEL_CUSTOMER_KEYS | FOUND_BY_LIBRARY


@remembered
def meaning(key: str) -> Meaning:
    """What a wire key means."""
    if key in _CUSTOMER:
        return Meaning(f"user.{_CUSTOMER[key]}", Sense.CUSTOMER, _CUSTOMER[key])
    name = _SAME.get(key, key)
    return Meaning(name, _SENSES.get(name, Sense.OTHER))
