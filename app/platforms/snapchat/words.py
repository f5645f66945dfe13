"""Snapchat's vocabulary: event names, and a label and a group for every parameter that is known.

Sources: Snap, Pixel and Conversions API, supported events; the rest from captures of scevent 3.4 and 3.54 and from the
models of Snap's own SDKs.
"""

from __future__ import annotations

from app.platforms.reading.fields import described

STEPS = {
    "PAGE_VIEW": "page_view",
    "VIEW_CONTENT": "view_content",
    "SEARCH": "search",
    "LIST_VIEW": "view_category",
    "ADD_CART": "add_to_cart",
    "ADD_TO_WISHLIST": "add_to_wishlist",
    "START_CHECKOUT": "begin_checkout",
    "ADD_BILLING": "add_payment_info",
    "PURCHASE": "purchase",
    "SIGN_UP": "lead",
    "SUBSCRIBE": "subscribe",
    "START_TRIAL": "start_trial",
    "SAVE": "save",
    "LOGIN": "login",
    "RESERVE": "reserve",
    "AD_CLICK": "ad_click",
    "AD_VIEW": "ad_view",
    "COMPLETE_TUTORIAL": "complete_tutorial",
    "LEVEL_COMPLETE": "level_complete",
    "INVITE": "invite",
    "SHARE": "share",
    "ACHIEVEMENT_UNLOCKED": "achievement_unlocked",
    "SPENT_CREDITS": "spent_credits",
    "RATE": "rate",
    "APP_OPEN": "app_open",
    "APP_INSTALL": "app_install",
    **{f"CUSTOM_EVENT_{number}": f"custom_event_{number}" for number in range(1, 6)},
}
"""Each standard event and the step of the funnel it stands for."""
PURCHASE = "PURCHASE"
VALUED = frozenset({PURCHASE})

PIXEL_CUSTOMER = {
    "u_hem": "em",
    "u_hpn": "ph",
    "u_fn": "fn",
    "u_ln": "ln",
    "l_city": "ct",
    "l_gr": "st",
    "l_gpc": "zp",
    "l_gc": "country",
}
V3_CUSTOMER = {key: key for key in ("em", "ph", "fn", "ln", "ge", "db", "ct", "st", "zp", "country", "external_id")}
V2_CUSTOMER = {
    "hashed_email": "em",
    "hashed_phone_number": "ph",
    "hashed_first_name_sha": "fn",
    "hashed_last_name_sha": "ln",
    "hashed_city_sha": "ct",
    "hashed_state_sha": "st",
    "hashed_zip": "zp",
}
"""Customer keys of the pixel and of both forms of the server API, each with its neutral key."""

EVENT, CUSTOM, CUSTOMER, CLICK, PAGE = "event", "custom data", "customer", "click IDs", "page"
BROWSER, LIBRARY, CONSENT = "browser", "library", "consent"

CUSTOMER_LABELS = {
    "em": "Email",
    "ph": "Phone",
    "fn": "First name",
    "ln": "Last name",
    "ge": "Gender",
    "db": "Date of birth",
    "ct": "City",
    "st": "State",
    "zp": "Postal code",
    "country": "Country",
    "external_id": "External ID",
}
_PIXEL_LABELS = {
    "pid": ("Pixel ID", EVENT),
    "pids": ("Pixel IDs", EVENT),
    "ev": ("Event name", EVENT),
    "cdid": ("Event ID (client_dedup_id)", EVENT),
    "ts": ("Event time (ms)", EVENT),
    "et": ("Event tag", EVENT),
    "pl": ("Page", PAGE),
    "rf": ("Referrer", PAGE),
    "ctx.url": ("Page", PAGE),
    "ctx.ts": ("Time of sending (ms)", EVENT),
    "ctx.v": ("Library version", LIBRARY),
    "ctx.ua": ("User agent", BROWSER),
    "ctx.c1": ("Browser ID (_scid)", CLICK),
    "v": ("Library version", LIBRARY),
    "intg": ("Integration", LIBRARY),
    "e_pr": ("Value", CUSTOM),
    "e_cur": ("Currency", CUSTOM),
    "e_tid": ("Order ID (transaction_id)", CUSTOM),
    "e_iids": ("Content IDs", CUSTOM),
    "e_ni": ("Number of items", CUSTOM),
    "e_ic": ("Content category", CUSTOM),
    "e_bds": ("Brands", CUSTOM),
    "e_desc": ("Description", CUSTOM),
    "e_ss": ("Search text", CUSTOM),
    "e_pia": ("Payment info available", CUSTOM),
    "e_sm": ("Sign-up method", CUSTOM),
    "e_su": ("Success", CUSTOM),
    "e_lv": ("Level", CUSTOM),
    "e_cs": ("Customer status", CUSTOM),
    "e_dm": ("Delivery method", CUSTOM),
    "br_id": ("Brand", CUSTOM),
    "u_hed": ("Composite of e-mail and more", CUSTOMER),
    "u_age": ("Age", CUSTOMER),
    "u_c1": ("Browser ID (_scid)", CLICK),
    "u_sclid": ("Storage ID (u_sclid)", CLICK),
    "u_scsid": ("Session ID (u_scsid)", CLICK),
    "gac": ("Click ID cookie there", CLICK),
    "du": ("Data use", CONSENT),
    **{key: (CUSTOMER_LABELS[neutral], CUSTOMER) for key, neutral in PIXEL_CUSTOMER.items()},
}
_CUSTOM_LABELS = {
    "value": "Value",
    "currency": "Currency",
    "order_id": "Order ID",
    "contents": "Contents",
    "content_ids": "Content IDs",
    "content_category": "Content category",
    "num_items": "Number of items",
    "brands": "Brands",
    "search_string": "Search text",
    "sign_up_method": "Sign-up method",
    "predicted_ltv": "Predicted lifetime value",
}
_V3_LABELS = {
    "event_name": ("Event name", EVENT),
    "event_time": ("Event time", EVENT),
    "event_id": ("Event ID", EVENT),
    "action_source": ("Action source", EVENT),
    "event_source_url": ("Page", PAGE),
    "integration": ("Integration", LIBRARY),
    "data_processing_options": ("Data processing options", CONSENT),
    "test_event_code": ("Test event code", EVENT),
    "user_data.client_ip_address": ("Client IP address", BROWSER),
    "user_data.client_user_agent": ("Client user agent", BROWSER),
    "user_data.sc_click_id": ("Click ID (ScCid)", CLICK),
    "user_data.sc_cookie1": ("Browser ID (_scid)", CLICK),
    **{f"user_data.{key}": (label, CUSTOMER) for key, label in CUSTOMER_LABELS.items()},
    **{f"custom_data.{key}": (label, CUSTOM) for key, label in _CUSTOM_LABELS.items()},
}
_V2_LABELS = {
    "pixel_id": ("Pixel ID", EVENT),
    "snap_app_id": ("Snap app ID", EVENT),
    "event_type": ("Event name", EVENT),
    "event_conversion_type": ("Action source", EVENT),
    "event_tag": ("Event tag", EVENT),
    "timestamp": ("Event time (ms)", EVENT),
    "client_dedup_id": ("Event ID (client_dedup_id)", EVENT),
    "page_url": ("Page", PAGE),
    "price": ("Value", CUSTOM),
    "currency": ("Currency", CUSTOM),
    "transaction_id": ("Order ID (transaction_id)", CUSTOM),
    "item_ids": ("Content IDs", CUSTOM),
    "number_items": ("Number of items", CUSTOM),
    "item_category": ("Content category", CUSTOM),
    "user_agent": ("Client user agent", BROWSER),
    "uuid_c1": ("Browser ID (_scid)", CLICK),
    "click_id": ("Click ID (ScCid)", CLICK),
    "data_use": ("Data use", CONSENT),
    **{key: (CUSTOMER_LABELS[neutral], CUSTOMER) for key, neutral in V2_CUSTOMER.items()},
}
describe_pixel = described(_PIXEL_LABELS, {"ctx": LIBRARY})
describe_v3 = described(_V3_LABELS, {"user_data": CUSTOMER, "custom_data": CUSTOM, "app_data": BROWSER})
describe_v2 = described(_V2_LABELS, {})
