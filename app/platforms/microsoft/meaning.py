"""What Microsoft's parameters mean, under one name for both sides: that of the Conversions API."""

from __future__ import annotations

from app.platforms.base import Meaning, Sense
from app.platforms.meanings import remembered
from app.platforms.microsoft.words import CUSTOMER_KEYS

_SAME = {
    "ti": "tagId",
    "ea": "eventName",
    "event_action": "eventName",
    "event_id": "eventId",
    "transaction_id": "customData.transactionId",
    "p": "eventSourceUrl",
    "r": "referrerUrl",
    "tl": "pageTitle",
    "kw": "keywords",
    "mid": "pageLoadId",
    "asc": "adStorageConsent",
    "gv": "customData.value",
    "revenue_value": "customData.value",
    "gc": "customData.currency",
    "currency": "customData.currency",
    "ec": "customData.eventCategory",
    "el": "customData.eventLabel",
    "ev": "customData.eventValue",
    "search_term": "customData.searchTerm",
    "prodid": "customData.itemIds",
    "ecomm_prodid": "customData.itemIds",
    "pagetype": "customData.pageType",
    "ecomm_pagetype": "customData.pageType",
    "ecomm_totalvalue": "customData.ecommTotalValue",
    "ecomm_category": "customData.ecommCategory",
    "items": "customData.items",
    "msclkid": "userData.msclkid",
    "uet_msclkid": "userData.msclkid",
    "vid": "userData.anonymousId",
}
_SENSES = {
    "tagId": Sense.ACCOUNT,
    "eventName": Sense.NAME,
    "eventId": Sense.EVENT_ID,
    "eventTime": Sense.TIME,
    "eventSourceUrl": Sense.PAGE,
    "referrerUrl": Sense.PAGE,
    "adStorageConsent": Sense.CONSENT,
    "customData.value": Sense.AMOUNT,
    "customData.ecommTotalValue": Sense.AMOUNT,
    "customData.currency": Sense.CURRENCY,
    "userData.msclkid": Sense.IDENTIFIER,
    "userData.anonymousId": Sense.IDENTIFIER,
    "sid": Sense.IDENTIFIER,
    "userData.clientIpAddress": Sense.IP,
    "userData.clientUserAgent": Sense.USER_AGENT,
}


@remembered
def meaning(key: str) -> Meaning:
    """What a wire key means."""
    name = _SAME.get(key, key)
    if name in _SENSES:
        return Meaning(name, _SENSES[name])
    start, _, last = name.rpartition(".")
    if start in ("userData", "pid") and last in CUSTOMER_KEYS:
        return Meaning(f"userData.{last}", Sense.CUSTOMER, CUSTOMER_KEYS[last])
    return Meaning(name)
