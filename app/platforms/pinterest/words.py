"""Pinterest's vocabulary: event names in one spelling, and a label and a group for every parameter that is known.

Sources: Pinterest API v5, operation events/create (names of the server's events); the tag's names and the other words
for them from captures and from what public decoders fold together (Omnibug, Tracking Auditor).
"""

from __future__ import annotations

import re
from functools import lru_cache

from app.platforms.reading.fields import described

STEPS = {
    "pagevisit": "page_view",
    "viewcategory": "view_category",
    "viewcontent": "view_content",
    "search": "search",
    "addtocart": "add_to_cart",
    "addtowishlist": "add_to_wishlist",
    "initiatecheckout": "begin_checkout",
    "addpaymentinfo": "add_payment_info",
    "checkout": "purchase",
    "signup": "lead",
    "lead": "lead",
    "subscribe": "subscribe",
    "starttrial": "start_trial",
    "watchvideo": "watch_video",
    "contact": "contact",
    "customizeproduct": "customize_product",
    "findlocation": "find_location",
    "schedule": "schedule",
    "submitapplication": "lead",
    "appinstall": "app_install",
    "appopen": "app_open",
    "custom": "custom",
}
"""Each standard event, as the tag spells it, and the step of the funnel it stands for."""
VALUED = frozenset({"checkout"})

API_NAMES = {
    "pagevisit": "page_visit",
    "viewcategory": "view_category",
    "viewcontent": "view_content",
    "addtocart": "add_to_cart",
    "addtowishlist": "add_to_wishlist",
    "initiatecheckout": "initiate_checkout",
    "addpaymentinfo": "add_payment_info",
    "starttrial": "start_trial",
    "watchvideo": "watch_video",
    "customizeproduct": "customize_product",
    "findlocation": "find_location",
    "submitapplication": "submit_application",
    "appinstall": "app_install",
    "appopen": "app_open",
}
"""What the API spells in another way than the tag."""
ALIASES = {"purchase": "checkout", "pageview": "pagevisit", "completeregistration": "signup"}
"""Other words that are taken for a standard event's name; public decoders agree on them, Pinterest does not say so."""

_FOLD = re.compile(r"[\W_]+")
_LONGEST = 200  # characters of a name that are still folded; no standard event comes near


@lru_cache(maxsize=4096)
def folded(name: str) -> str:
    """A name as Pinterest compares it: without case, spaces and punctuation, and the standard word for an alias."""
    short = _FOLD.sub("", name[:_LONGEST]).lower()
    return ALIASES.get(short, short) or name


def standard(name: str) -> str:
    """A standard event's name in the tag's spelling; any other name as it stands."""
    short = folded(name)
    return short if short in STEPS else name


def api_name(name: str) -> str:
    """A name in the API's spelling; one that is no standard event's as it stands."""
    short = standard(name)
    return API_NAMES.get(short, short)


CUSTOMER_KEYS = {
    "em": "em",
    "ph": "ph",
    "fn": "fn",
    "ln": "ln",
    "ct": "ct",
    "st": "st",
    "zp": "zp",
    "country": "country",
    "ge": "ge",
    "db": "db",
    "external_id": "external_id",
    "hashed_maids": "maid",
}
"""Customer keys of both sides, and the neutral ones they stand for."""

EVENT, CUSTOM, CUSTOMER, CLICK, PAGE = "event", "custom data", "customer", "click IDs", "page"
BROWSER, LIBRARY, CONSENT = "browser", "library", "consent"

_USER_LABELS = {
    "em": "Email",
    "ph": "Phone",
    "fn": "First name",
    "ln": "Last name",
    "ct": "City",
    "st": "State",
    "zp": "Postal code",
    "country": "Country",
    "ge": "Gender",
    "db": "Date of birth",
    "external_id": "External ID",
    "hashed_maids": "Advertising IDs",
}
_LABELS = {
    "tid": ("Tag ID", EVENT),
    "ad_account_id": ("Ad account", EVENT),
    "advertiser_id": ("Ad account", EVENT),
    "event": ("Event name", EVENT),
    "event_name": ("Event name", EVENT),
    "ed.event_id": ("Event ID", EVENT),
    "event_id": ("Event ID", EVENT),
    "cb": ("Event time (ms)", EVENT),
    "event_time": ("Event time (s)", EVENT),
    "action_source": ("Action source", EVENT),
    "test": ("Test request", EVENT),
    "noscript": ("Without script", LIBRARY),
    "dep": ("What the library waited for", LIBRARY),
    "partner_name": ("Partner", LIBRARY),
    "event_source_url": ("Page", PAGE),
    "ad.loc": ("Page", PAGE),
    "ad.ref": ("Referrer", PAGE),
    "ad.is_eu": ("Visitor in the EU", CONSENT),
    "ad.is_restricted_region": ("Visitor in a restricted region", CONSENT),
    "ppce": ("Consent, as the answer has it", CONSENT),
    "opt_out": ("Opt-out", CONSENT),
    "custom_data.opt_out_type": ("Kind of opt-out", CONSENT),
    "ed.opt_out_type": ("Kind of opt-out", CONSENT),
    "pd.epik": ("Click ID (epik)", CLICK),
    "user_data.click_id": ("Click ID (epik)", CLICK),
    "pd.pin_unauth": ("Browser ID (_pin_unauth)", CLICK),
    "pd.derived_epik": ("Derived click ID", CLICK),
    "user_data.partner_id": ("Partner's ID of the visitor", CLICK),
    "pd.np": ("Partner", LIBRARY),
    "custom_data.np": ("Partner", LIBRARY),
    "user_data.client_ip_address": ("Client IP address", BROWSER),
    "user_data.client_user_agent": ("Client user agent", BROWSER),
    "ed.line_items": ("Contents", CUSTOM),
    "ed.order_quantity": ("Number of items", CUSTOM),
    "ed.product_id": ("Content IDs", CUSTOM),
    "ed.search_query": ("Search text", CUSTOM),
    "custom_data.num_items": ("Number of items", CUSTOM),
    "custom_data.search_string": ("Search text", CUSTOM),
    **{f"{start}.order_id": ("Order ID", CUSTOM) for start in ("ed", "custom_data")},
    **{f"{start}.{key}": (label, CUSTOMER) for key, label in _USER_LABELS.items() for start in ("pd", "user_data")},
}
_GROUPS = {
    "ed": CUSTOM,
    "custom_data": CUSTOM,
    "pd": CUSTOMER,
    "user_data": CUSTOMER,
    "ad": BROWSER,
    "app_info": BROWSER,
    "device_info": BROWSER,
}
describe = described(_LABELS, _GROUPS)
