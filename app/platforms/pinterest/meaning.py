"""What Pinterest's parameters mean, under one name for both sides: that of the API for Conversions."""

from __future__ import annotations

from app.platforms.base import Meaning, Sense
from app.platforms.meanings import remembered
from app.platforms.pinterest.words import CUSTOMER_KEYS

_SAME = {
    "tid": "ad_account_id",
    "advertiser_id": "ad_account_id",
    "event": "event_name",
    "ed.event_id": "event_id",
    "cb": "event_time",
    "ad.loc": "event_source_url",
    "ad.ref": "referrer",
    "ed.value": "custom_data.value",
    "ed.currency": "custom_data.currency",
    "ed.order_id": "custom_data.order_id",
    "ed.order_quantity": "custom_data.num_items",
    "ed.line_items": "custom_data.contents",
    "ed.product_id": "custom_data.content_ids",
    "ed.product_ids": "custom_data.content_ids",
    "ed.product_name": "custom_data.content_name",
    "ed.product_category": "custom_data.content_category",
    "ed.product_brand": "custom_data.content_brand",
    "ed.search_query": "custom_data.search_string",
    "ed.opt_out_type": "custom_data.opt_out_type",
    "pd.np": "custom_data.np",
    "pd.epik": "user_data.click_id",
    "pd.client_ip_address": "user_data.client_ip_address",
}
_SENSES = {
    "ad_account_id": Sense.ACCOUNT,
    "event_name": Sense.NAME,
    "event_id": Sense.EVENT_ID,
    "event_time": Sense.TIME,
    "event_source_url": Sense.PAGE,
    "referrer": Sense.PAGE,
    "custom_data.value": Sense.AMOUNT,
    "custom_data.currency": Sense.CURRENCY,
    "user_data.click_id": Sense.IDENTIFIER,
    "pd.pin_unauth": Sense.IDENTIFIER,
    "user_data.client_ip_address": Sense.IP,
    "user_data.client_user_agent": Sense.USER_AGENT,
    "opt_out": Sense.CONSENT,
    "custom_data.opt_out_type": Sense.CONSENT,
}


@remembered
def meaning(key: str) -> Meaning:
    """What a wire key means."""
    name = _SAME.get(key, key)
    if name in _SENSES:
        return Meaning(name, _SENSES[name])
    start, _, last = name.partition(".")
    if start in ("pd", "user_data") and last in CUSTOMER_KEYS:
        return Meaning(f"user_data.{last}", Sense.CUSTOMER, CUSTOMER_KEYS[last])
    return Meaning(name)
