"""What Snapchat's parameters mean, under one name for both sides: that of the Conversions API v3."""

from __future__ import annotations

from app.platforms.base import Meaning, Sense
from app.platforms.meanings import remembered
from app.platforms.snapchat.words import PIXEL_CUSTOMER, V2_CUSTOMER, V3_CUSTOMER

_SAME = {
    "ev": "event_name",
    "cdid": "event_id",
    "ts": "event_time",
    "pl": "event_source_url",
    "ctx.url": "event_source_url",
    "e_pr": "custom_data.value",
    "e_cur": "custom_data.currency",
    "e_tid": "custom_data.order_id",
    "e_iids": "custom_data.content_ids",
    "e_ni": "custom_data.num_items",
    "e_ic": "custom_data.content_category",
    "e_ss": "custom_data.search_string",
    "e_sm": "custom_data.sign_up_method",
    "e_bds": "custom_data.brands",
    "u_c1": "user_data.sc_cookie1",
    "ctx.c1": "user_data.sc_cookie1",
    "ctx.ua": "user_data.client_user_agent",
    "du": "data_processing_options",
    "intg": "integration",
    "pid": "pixel_id",
    "event_type": "event_name",
    "client_dedup_id": "event_id",
    "timestamp": "event_time",
    "event_conversion_type": "action_source",
    "page_url": "event_source_url",
    "price": "custom_data.value",
    "currency": "custom_data.currency",
    "transaction_id": "custom_data.order_id",
    "item_ids": "custom_data.content_ids",
    "number_items": "custom_data.num_items",
    "item_category": "custom_data.content_category",
    "search_string": "custom_data.search_string",
    "sign_up_method": "custom_data.sign_up_method",
    "uuid_c1": "user_data.sc_cookie1",
    "click_id": "user_data.sc_click_id",
    "user_agent": "user_data.client_user_agent",
    "data_use": "data_processing_options",
}
_SENSES = {
    "pixel_id": Sense.ACCOUNT,
    "event_name": Sense.NAME,
    "event_id": Sense.EVENT_ID,
    "event_time": Sense.TIME,
    "event_source_url": Sense.PAGE,
    "custom_data.value": Sense.AMOUNT,
    "custom_data.currency": Sense.CURRENCY,
    "custom_data.content_ids": Sense.IDS,
    "user_data.sc_cookie1": Sense.IDENTIFIER,
    "user_data.sc_click_id": Sense.IDENTIFIER,
    "user_data.client_ip_address": Sense.IP,
    "user_data.client_user_agent": Sense.USER_AGENT,
    "data_processing_options": Sense.CONSENT,
}
_CUSTOMER = PIXEL_CUSTOMER | V2_CUSTOMER | {f"user_data.{key}": neutral for key, neutral in V3_CUSTOMER.items()}


@remembered
def meaning(key: str) -> Meaning:
    """What a wire key means."""
    name = _SAME.get(key, key)
    if name in _SENSES:
        return Meaning(name, _SENSES[name])
    if name in _CUSTOMER:
        return Meaning(f"user_data.{_CUSTOMER[name]}", Sense.CUSTOMER, _CUSTOMER[name])
    return Meaning(name)
