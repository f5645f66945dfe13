"""Reddit's vocabulary: event names, and a label and a group for every parameter that is known.

Sources: Reddit Ads Help, "Supported conversion events", and the Conversions API's v2 to v3 migration guide, both read
in public copies; the rest from captures of the pixel (rdt_5afed25b of 2024, rdt_bdf78704 of 2026).
"""

from __future__ import annotations

from functools import lru_cache

from app.platforms.reading.fields import described
from app.platforms.vocabulary import folded

STEPS = {
    "PageVisit": "page_view",
    "ViewContent": "view_content",
    "Search": "search",
    "AddToCart": "add_to_cart",
    "AddToWishlist": "add_to_wishlist",
    "Purchase": "purchase",
    "Lead": "lead",
    "SignUp": "lead",
    "Custom": "custom",
}
"""Each standard event and the step of the funnel it stands for. A custom event has its own name beside `Custom`."""
VALUED = frozenset({"Purchase"})
CUSTOM_NAME = "Custom"
TRACKING_TYPES = {
    "PageVisit": "PAGE_VISIT",
    "ViewContent": "VIEW_CONTENT",
    "Search": "SEARCH",
    "AddToCart": "ADD_TO_CART",
    "AddToWishlist": "ADD_TO_WISHLIST",
    "Purchase": "PURCHASE",
    "Lead": "LEAD",
    "SignUp": "SIGN_UP",
    "Custom": "CUSTOM",
}
"""The same names as v3 of the server API writes them."""
_BY_FOLDED = {folded(name): name for name in STEPS}

SOURCES = ("WEBSITE", "APP", "PHYSICAL_STORE", "OTHER")
"""Where an event of the server API may have happened."""
WEB = SOURCES[0]


@lru_cache(maxsize=4096)
def canonical(name: str) -> str:
    """A name as the pixel writes it: `PURCHASE` is `Purchase`. One that is no standard event stays as it is."""
    return _BY_FOLDED.get(folded(name), name)


CUSTOMER_KEYS = {"email": "em", "phone_number": "ph", "external_id": "external_id"}
"""Customer keys of the server API."""
PIXEL_CUSTOMER_KEYS = {"em": "em", "pn": "ph", "external_id": "external_id"}
FOUND_BY_LIBRARY = {"auto_em": "em", "auto_pn": "ph"}
"""What the pixel found in the page by itself: hashes in a list, a phone's with a weight before it."""

EVENT, CUSTOM, CUSTOMER, CLICK, PAGE = "event", "custom data", "customer", "click IDs", "page"
BROWSER, LIBRARY, CONSENT = "browser", "library", "consent"

_PIXEL_LABELS = {
    "id": ("Pixel ID", EVENT),
    "event": ("Event name", EVENT),
    "ts": ("Event time (ms)", EVENT),
    "m.customEventName": ("Custom event name", EVENT),
    "m.conversionId": ("Conversion ID (SHA-256 of the site's)", EVENT),
    "m.transactionId": ("Order ID (SHA-256 of the site's)", CUSTOM),
    "m.value": ("Value, older form", CUSTOM),
    "m.valueDecimal": ("Value", CUSTOM),
    "m.currency": ("Currency", CUSTOM),
    "m.itemCount": ("Number of items", CUSTOM),
    "m.products": ("Products", CUSTOM),
    "em": ("Email", CUSTOMER),
    "pn": ("Phone", CUSTOMER),
    "external_id": ("External ID", CUSTOMER),
    "auto_em": ("Emails the library found", CUSTOMER),
    "auto_pn": ("Phones the library found", CUSTOMER),
    "click_id": ("Click ID (rdt_cid)", CLICK),
    "rdt_cid": ("Click ID (rdt_cid)", CLICK),
    "uuid": ("Browser ID (_rdt_uuid)", CLICK),
    "aaid": ("Android advertising ID", BROWSER),
    "idfa": ("Apple advertising ID", BROWSER),
    "esurl": ("Page", PAGE),
    "sh": ("Screen size, first number", BROWSER),
    "sw": ("Screen size, second number", BROWSER),
    "opt_out": ("Opted out", CONSENT),
    "dpm": ("Data processing modes", CONSENT),
    "dpcc": ("Data processing country", CONSENT),
    "dprc": ("Data processing region", CONSENT),
    "integration": ("Integration", LIBRARY),
    "partner": ("Partner", LIBRARY),
    "partner_version": ("Partner's version", LIBRARY),
    "v": ("Library version", LIBRARY),
    "db": ("Library diagnosis", LIBRARY),
}
_DATA_LABELS = {
    "conversion_id": ("Conversion ID", EVENT),
    "currency": ("Currency", CUSTOM),
    "item_count": ("Number of items", CUSTOM),
    "products": ("Products", CUSTOM),
    "value": ("Value", CUSTOM),
    "value_decimal": ("Value", CUSTOM),
}
_LABELS = {
    "event_at": ("Event time", EVENT),
    "event_at_ms": ("Event time (ms)", EVENT),
    "action_source": ("Action source", EVENT),
    "event_source_url": ("Page", PAGE),
    "type.tracking_type": ("Event name", EVENT),
    "event_type.tracking_type": ("Event name", EVENT),
    "type.custom_event_name": ("Custom event name", EVENT),
    "event_type.custom_event_name": ("Custom event name", EVENT),
    "test_id": ("Test ID", EVENT),
    "test_mode": ("Test mode", EVENT),
    "partner": ("Partner", LIBRARY),
    "click_id": ("Click ID (rdt_cid)", CLICK),
    "user.email": ("Email", CUSTOMER),
    "user.phone_number": ("Phone", CUSTOMER),
    "user.external_id": ("External ID", CUSTOMER),
    "user.uuid": ("Browser ID (_rdt_uuid)", CLICK),
    "user.ip_address": ("Client IP address", BROWSER),
    "user.user_agent": ("Client user agent", BROWSER),
    "user.idfa": ("Apple advertising ID", BROWSER),
    "user.aaid": ("Android advertising ID", BROWSER),
    "user.opt_out": ("Opted out", CONSENT),
    **{f"{start}.{key}": label for key, label in _DATA_LABELS.items() for start in ("metadata", "event_metadata")},
}
_GROUPS = {
    "user.data_processing_options": CONSENT,
    "user.screen_dimensions": BROWSER,
    "user": CUSTOMER,
    "metadata": CUSTOM,
    "event_metadata": CUSTOM,
    "type": EVENT,
    "event_type": EVENT,
}
describe = described(_LABELS, _GROUPS)
describe_pixel = described(_PIXEL_LABELS, {"m": CUSTOM})
