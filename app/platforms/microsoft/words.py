"""Microsoft Advertising's vocabulary: event names, and a label and a group for every parameter that is known.

Sources: the UET library's own table of standard events and parameters (bat.js of 2018, published with comments); the
Conversions API guide; the rest from captures of the library of 2024.
"""

from __future__ import annotations

from app.platforms.reading.fields import described

PAGE_LOAD, PAGE, CUSTOM_EVENT = "pageLoad", "page", "custom"
STEPS = {
    PAGE_LOAD: "page_view",
    PAGE: "page_view",
    "page_view": "page_view",
    "view_item": "view_content",
    "view_item_list": "view_category",
    "view_search_results": "search",
    "search": "search",
    "add_to_cart": "add_to_cart",
    "remove_from_cart": "remove_from_cart",
    "add_to_wishlist": "add_to_wishlist",
    "begin_checkout": "begin_checkout",
    "checkout_progress": "checkout_progress",
    "set_checkout_option": "set_checkout_option",
    "add_payment_info": "add_payment_info",
    "purchase": "purchase",
    "PRODUCT_PURCHASE": "purchase",
    "refund": "refund",
    "generate_lead": "lead",
    "submit_lead_form": "lead",
    "sign_up": "lead",
    "signup": "lead",
    "subscribe": "subscribe",
    "contact": "contact",
    "login": "login",
    "share": "share",
    "select_content": "select_content",
    "view_promotion": "view_promotion",
    "screen_view": "screen_view",
    "exception": "exception",
}
"""Each standard event and the step of the funnel it stands for. An event may have any other name, too."""
VALUED = frozenset({"purchase", "PRODUCT_PURCHASE"})

CUSTOMER_KEYS = {"em": "em", "ph": "ph", "fn": "fn", "ln": "ln", "externalId": "external_id"}
"""Customer keys of both sides: in the hit's `pid`, in the call's `userData`."""

EVENT, CUSTOM, CUSTOMER, CLICK, PAGE_GROUP = "event", "custom data", "customer", "click IDs", "page"
BROWSER, LIBRARY, CONSENT = "browser", "library", "consent"

_CUSTOMER_LABELS = {
    "em": "Email",
    "ph": "Phone",
    "fn": "First name",
    "ln": "Last name",
    "externalId": "External ID",
}
_HIT_LABELS = {
    "ti": ("Tag ID", EVENT),
    "evt": ("Kind of event", EVENT),
    "ea": ("Event action (name)", EVENT),
    "event_action": ("Event action (name)", EVENT),
    "ec": ("Event category", EVENT),
    "el": ("Event label", EVENT),
    "ev": ("Event value", EVENT),
    "event_id": ("Event ID", EVENT),
    "eventId": ("Event ID", EVENT),
    "en": ("Event pushed by its name", EVENT),
    "transaction_id": ("Transaction ID", CUSTOM),
    "gv": ("Value", CUSTOM),
    "gc": ("Currency", CUSTOM),
    "revenue_value": ("Value", CUSTOM),
    "currency": ("Currency", CUSTOM),
    "prodid": ("Product IDs", CUSTOM),
    "ecomm_prodid": ("Product IDs", CUSTOM),
    "pagetype": ("Page type", CUSTOM),
    "ecomm_pagetype": ("Page type", CUSTOM),
    "ecomm_totalvalue": ("Total value", CUSTOM),
    "ecomm_category": ("Category", CUSTOM),
    "items": ("Items", CUSTOM),
    "search_term": ("Search text", CUSTOM),
    "pid": ("Customer data", CUSTOMER),
    "p": ("Page", PAGE_GROUP),
    "r": ("Referrer", PAGE_GROUP),
    "tl": ("Page title", PAGE_GROUP),
    "kw": ("Page keywords", PAGE_GROUP),
    "page_path": ("Page path", PAGE_GROUP),
    "spa": ("Page of a one-page site", PAGE_GROUP),
    "ifm": ("Inside a frame", PAGE_GROUP),
    "msclkid": ("Click ID (msclkid)", CLICK),
    "uet_msclkid": ("Click ID (msclkid)", CLICK),
    "vid": ("Visitor ID (_uetvid)", CLICK),
    "sid": ("Session ID (_uetsid)", CLICK),
    "vids": ("New visitor", CLICK),
    "mid": ("Page load ID (no event ID)", LIBRARY),
    "rn": ("Random number (no event ID)", LIBRARY),
    "Ver": ("Version", LIBRARY),
    "tm": ("Tag manager", LIBRARY),
    "sv": ("Library version", LIBRARY),
    "bo": ("Beacon number", LIBRARY),
    "src": ("Where the consent was told", CONSENT),
    "asc": ("Consent to ad storage", CONSENT),
    "cdb": ("Consent signals (bits)", CONSENT),
    "sw": ("Screen width", BROWSER),
    "sh": ("Screen height", BROWSER),
    "sc": ("Colour depth", BROWSER),
    "lg": ("Language", BROWSER),
    "lt": ("Load time (ms)", BROWSER),
    "pi": ("Plug-ins (digest)", BROWSER),
    "nwd": ("No web driver", BROWSER),
    "uach": ("Client hints", BROWSER),
}
_CALL_LABELS = {
    "eventType": ("Kind of event", EVENT),
    "eventName": ("Event name", EVENT),
    "eventId": ("Event ID", EVENT),
    "eventTime": ("Event time (s)", EVENT),
    "eventSourceUrl": ("Page", PAGE_GROUP),
    "referrerUrl": ("Referrer", PAGE_GROUP),
    "pageTitle": ("Page title", PAGE_GROUP),
    "keywords": ("Page keywords", PAGE_GROUP),
    "pageLoadId": ("Page load ID (no event ID)", LIBRARY),
    "adStorageConsent": ("Consent to ad storage", CONSENT),
    "continueOnValidationError": ("Take the valid events of a call", LIBRARY),
    "dataProvider": ("Sender", LIBRARY),
    "userData.msclkid": ("Click ID (msclkid)", CLICK),
    "userData.anonymousId": ("Visitor ID", CLICK),
    "userData.clientIpAddress": ("Client IP address", BROWSER),
    "userData.clientUserAgent": ("Client user agent", BROWSER),
    "userData.idfa": ("Apple advertising ID", CLICK),
    "userData.gaid": ("Google advertising ID", CLICK),
    "customData.value": ("Value", CUSTOM),
    "customData.currency": ("Currency", CUSTOM),
    "customData.transactionId": ("Transaction ID", CUSTOM),
    "customData.eventCategory": ("Event category", CUSTOM),
    "customData.eventLabel": ("Event label", CUSTOM),
    "customData.eventValue": ("Event value", CUSTOM),
    "customData.searchTerm": ("Search text", CUSTOM),
    "customData.items": ("Items", CUSTOM),
    "customData.itemIds": ("Product IDs", CUSTOM),
    "customData.pageType": ("Page type", CUSTOM),
    "customData.ecommTotalValue": ("Total value", CUSTOM),
    "customData.ecommCategory": ("Category", CUSTOM),
    "customData.hotelData": ("Hotel data", CUSTOM),
}
_LABELS = {
    **_HIT_LABELS,
    **_CALL_LABELS,
    **{f"{start}.{key}": (label, CUSTOMER) for key, label in _CUSTOMER_LABELS.items() for start in ("pid", "userData")},
}
describe = described(
    _LABELS, {"userData": CUSTOMER, "pid": CUSTOMER, "customData": CUSTOM, "items": CUSTOM, "promotions": CUSTOM}
)
