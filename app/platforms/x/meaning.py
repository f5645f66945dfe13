"""What X's parameters mean, under one name for both sides: that of the Conversion API."""

from __future__ import annotations

from app.platforms.base import Meaning, Sense
from app.platforms.meanings import remembered

_MEANINGS = {
    "txn_id": Meaning("event_id", Sense.NAME),
    "event_id": Meaning("event_id", Sense.NAME),
    "conversion_id": Meaning("conversion_id", Sense.EVENT_ID),
    "conversion_time": Meaning("conversion_time", Sense.TIME),
    "conversion_timestamp": Meaning("conversion_time", Sense.TIME),
    "tw_document_href": Meaning("event_source_url", Sense.PAGE),
    "event_source_url": Meaning("event_source_url", Sense.PAGE),
    "tw_document_referrer": Meaning("referrer", Sense.PAGE),
    "value": Meaning("value", Sense.AMOUNT),
    "tw_sale_amount": Meaning("value", Sense.AMOUNT),
    "currency": Meaning("price_currency", Sense.CURRENCY),
    "price_currency": Meaning("price_currency", Sense.CURRENCY),
    "num_items": Meaning("number_items"),
    "tw_order_quantity": Meaning("number_items"),
    "twclid": Meaning("twclid", Sense.IDENTIFIER),
    "ip_address": Meaning("ip_address", Sense.IP),
    "user_agent": Meaning("user_agent", Sense.USER_AGENT),
    "email_address": Meaning("hashed_email", Sense.CUSTOMER, "em"),
    "hashed_email": Meaning("hashed_email", Sense.CUSTOMER, "em"),
    "phone_number": Meaning("hashed_phone_number", Sense.CUSTOMER, "ph"),
    "hashed_phone_number": Meaning("hashed_phone_number", Sense.CUSTOMER, "ph"),
    "pixel_id": Meaning("pixel_id", Sense.ACCOUNT),
}


@remembered
def meaning(key: str) -> Meaning:
    """What a wire key means."""
    bare = key.removeprefix("event.").removeprefix("identifiers.")
    return _MEANINGS.get(bare, Meaning(bare))
