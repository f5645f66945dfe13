"""X's vocabulary: event names, and a label and a group for every parameter that is known.

An event has no name of its own: it is a tag that somebody made in Events Manager (`tw-o9z1d-ol7lz`), and what it stands
for is told there alone. Only the older library sent names (`events=[["pageview",{}]]`).
Sources: X, "Web conversions"; the rest from captures of uwt.js 2.3.
"""

from __future__ import annotations

from app.platforms.reading.fields import described

PAGE_VIEW = "page_view"
"""What a base tag's own event is called here; it has no name on the wire."""
STEPS = {PAGE_VIEW: "page_view"}
OLDER_NAMES = (
    *("ViewContent", "Search", "AddToCart", "AddToWishlist", "InitiateCheckout", "AddPaymentInfo", "Purchase"),
    *("CompleteRegistration", "Signup", "Download"),
)
"""The older library's names, which other platforms share; as a tag none of them is known to X."""

EVENT, CUSTOM, CUSTOMER, CLICK, PAGE = "event", "custom data", "customer", "click IDs", "page"
BROWSER, LIBRARY, OTHER = "browser", "library", "other"

CUSTOMER_KEYS = {
    "email_address": "em",
    "phone_number": "ph",
    "hashed_email": "em",
    "hashed_phone_number": "ph",
}
"""Customer keys of both sides."""

_DATA = {
    "value": ("Value", CUSTOM),
    "currency": ("Currency", CUSTOM),
    "price_currency": ("Currency", CUSTOM),
    "contents": ("Contents", CUSTOM),
    "num_items": ("Number of items", CUSTOM),
    "number_items": ("Number of items", CUSTOM),
    "description": ("Description", CUSTOM),
    "search_string": ("Search text", CUSTOM),
    "status": ("Status", CUSTOM),
    "conversion_id": ("Conversion ID (event ID)", EVENT),
    "email_address": ("Email", CUSTOMER),
    "phone_number": ("Phone", CUSTOMER),
    "twclid": ("Click ID (twclid)", CLICK),
}
_LABELS = {
    **_DATA,
    **{f"event.{key}": label for key, label in _DATA.items()},
    "txn_id": ("Pixel or event tag", EVENT),
    "event": ("Event data", EVENT),
    "events": ("Events of the older library", EVENT),
    "event_id": ("Request ID (no event ID)", LIBRARY),
    "tw_document_href": ("Page", PAGE),
    "tw_document_referrer": ("Referrer", PAGE),
    "event_source_url": ("Page", PAGE),
    "pt": ("Page title", PAGE),
    "tw_iframe_status": ("Inside an iframe", PAGE),
    "tw_sale_amount": ("Value, older library", CUSTOM),
    "tw_order_quantity": ("Number of items, older library", CUSTOM),
    "pl_id": ("Page load ID", LIBRARY),
    "p_id": ("Partner", LIBRARY),
    "p_user_id": ("Partner's user ID", LIBRARY),
    "eci": ("Event counter", LIBRARY),
    "bci": ("Browser counter", LIBRARY),
    "dv": ("Device", BROWSER),
    "integration": ("Integration", LIBRARY),
    "type": ("Type", LIBRARY),
    "version": ("Library version", LIBRARY),
    "tw_acc_response": ("Account settings were read", LIBRARY),
    "tw_clid_src": ("Where the click ID is from", CLICK),
    "conversion_time": ("Event time", EVENT),
    "conversion_timestamp": ("Event time (ms)", EVENT),
    "identifiers.twclid": ("Click ID (twclid)", CLICK),
    "identifiers.hashed_email": ("Email", CUSTOMER),
    "identifiers.hashed_phone_number": ("Phone", CUSTOMER),
    "identifiers.ip_address": ("Client IP address", BROWSER),
    "identifiers.user_agent": ("Client user agent", BROWSER),
    "pixel_id": ("Pixel", EVENT),
}
_SERVER = {"event_id": ("Event tag", EVENT)}
_GROUPS = {"event": CUSTOM, "identifiers": CUSTOMER, "custom_data": CUSTOM}

describe = described(_LABELS, _GROUPS)
describe_call = described(_LABELS | _SERVER, _GROUPS)
"""The same for the API, where `event_id` is the event's tag."""
