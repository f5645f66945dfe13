"""TikTok's vocabulary: event names, and a label and a group for every parameter that is known.

Sources: TikTok, "Supported standard events"; the rest from captures of pixel.js 2.2.
"""

from __future__ import annotations

from app.platforms.reading.fields import described

STEPS = {
    "Pageview": "page_view",
    "ViewContent": "view_content",
    "Search": "search",
    "AddToCart": "add_to_cart",
    "AddToWishlist": "add_to_wishlist",
    "InitiateCheckout": "begin_checkout",
    "AddPaymentInfo": "add_payment_info",
    "CompletePayment": "purchase",
    "Purchase": "purchase",
    "PlaceAnOrder": "purchase",
    "CompleteRegistration": "lead",
    "Contact": "contact",
    "Subscribe": "subscribe",
    "SubmitForm": "lead",
    "Lead": "lead",
    "ClickButton": "click_button",
    "Download": "download",
    "CustomizeProduct": "customize_product",
    "FindLocation": "find_location",
    "Schedule": "schedule",
    "ApplicationApproval": "application_approval",
    "SubmitApplication": "lead",
    "StartTrial": "start_trial",
}
"""Each standard event and the step of the funnel it stands for; CompletePayment and SubmitForm are the older names."""
VALUED = frozenset({"CompletePayment", "Purchase", "PlaceAnOrder"})

CUSTOMER_KEYS = {
    "email": "em",
    "phone_number": "ph",
    "phone": "ph",
    "external_id": "external_id",
    "first_name": "fn",
    "last_name": "ln",
    "zip_code": "zp",
    "city": "ct",
    "state": "st",
    "country": "country",
    "auto_email": "em",
    "auto_phone_number": "ph",
    "eb_email": "em",
    "eb_phone_number": "ph",
}
"""Customer keys of both sides; `auto_` and `eb_` are what the library found in the page by itself."""

EVENT, CUSTOM, CUSTOMER, CLICK, PAGE = "event", "custom data", "customer", "click IDs", "page"
BROWSER, LIBRARY, CONSENT = "browser", "library", "consent"

_USER_LABELS = {
    "email": "Email",
    "phone": "Phone",
    "phone_number": "Phone",
    "external_id": "External ID",
    "first_name": "First name",
    "last_name": "Last name",
    "zip_code": "Postal code",
    "city": "City",
    "state": "State",
    "country": "Country",
    "auto_email": "Email the library found",
    "auto_phone_number": "Phone the library found",
    "anonymous_id": "Anonymous ID",
}
_PROPERTY_LABELS = {
    "value": "Value",
    "currency": "Currency",
    "content_type": "Content type",
    "contents": "Contents",
    "content_id": "Content ID",
    "content_ids": "Content IDs",
    "query": "Search text",
    "description": "Description",
    "order_id": "Order ID",
    "shop_id": "Shop ID",
    "num_items": "Number of items",
}
_LABELS = {
    "event": ("Event name", EVENT),
    "event_id": ("Event ID", EVENT),
    "event_time": ("Event time (s)", EVENT),
    "timestamp": ("Event time", EVENT),
    "message_id": ("Request ID (no event ID)", LIBRARY),
    "action": ("Automatic action", EVENT),
    "event_source": ("Event source", EVENT),
    "event_source_id": ("Pixel code", EVENT),
    "pixel_code": ("Pixel code", EVENT),
    "context.pixel.code": ("Pixel code", EVENT),
    "context.pixel.codes": ("Pixel codes", EVENT),
    "test_event_code": ("Test event code", EVENT),
    "partner_name": ("Partner", LIBRARY),
    "limited_data_use": ("Limited data use", CONSENT),
    "context.page.url": ("Page", PAGE),
    "context.page.referrer": ("Referrer", PAGE),
    "page.url": ("Page", PAGE),
    "page.referrer": ("Referrer", PAGE),
    "context.ad.callback": ("Click ID (ttclid)", CLICK),
    "ad.callback": ("Click ID (ttclid)", CLICK),
    "user.ttclid": ("Click ID (ttclid)", CLICK),
    "user.ttp": ("Browser ID (_ttp)", CLICK),
    "context.user.ttp": ("Browser ID (_ttp)", CLICK),
    "user.ip": ("Client IP address", BROWSER),
    "context.ip": ("Client IP address", BROWSER),
    "user.user_agent": ("Client user agent", BROWSER),
    "context.user_agent": ("Client user agent", BROWSER),
    "context.userAgent": ("Client user agent", BROWSER),
    **{
        f"{start}.{key}": (label, CUSTOMER) for key, label in _USER_LABELS.items() for start in ("context.user", "user")
    },
    **{f"properties.{key}": (label, CUSTOM) for key, label in _PROPERTY_LABELS.items()},
}
_GROUPS = {
    "context.user": CUSTOMER,
    "user": CUSTOMER,
    "properties": CUSTOM,
    "context.page": PAGE,
    "page": PAGE,
    "context.ad": CLICK,
    "ad": CLICK,
    "context": LIBRARY,
    "signal_diagnostic_labels": LIBRARY,
    "_inspection": LIBRARY,
    "auto_collected_properties": LIBRARY,
    "app": BROWSER,
    "lead": CUSTOM,
}
describe = described(_LABELS, _GROUPS)
