"""Meta's vocabulary in words for people: event names, and a label and a group for every known parameter.

Sources: Meta's "Standard Events", "Customer information parameters" and "Server event parameters"; parameters that no
document names are labelled from captures of the pixel library, version 2.9.252.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from app.platforms._wire import form_decoded, percent_decoded

STANDARD_EVENTS = frozenset(
    {
        "AddPaymentInfo",
        "AddToCart",
        "AddToWishlist",
        "CompleteRegistration",
        "Contact",
        "CustomizeProduct",
        "Donate",
        "FindLocation",
        "InitiateCheckout",
        "Lead",
        "PageView",
        "Purchase",
        "Schedule",
        "Search",
        "StartTrial",
        "SubmitApplication",
        "Subscribe",
        "ViewContent",
    }
)
AUTOMATIC_EVENTS = frozenset({"SubscribedButtonClick", "Microdata", "InputData", "PixelInitialized", "UserProperties"})

EVENT, CUSTOM, CUSTOMER, CLICK, PAGE = "event", "custom data", "customer", "click IDs", "page"
BROWSER, CONSENT, LIBRARY, OTHER = "browser", "consent", "library", "other"

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
    "subscription_id": "Subscription ID",
    "fb_login_id": "Facebook login ID",
    "lead_id": "Lead ID",
    "madid": "Mobile advertiser ID",
    "anon_id": "Anonymous ID",
    "uid": "User ID",
    "partner_id": "Partner ID",
    "page_id": "Page ID",
    "page_scoped_user_id": "Page-scoped user ID",
    "ctwa_clid": "Click-to-WhatsApp click ID",
    "ig_account_id": "Instagram account ID",
    "ig_sid": "Instagram-scoped ID",
    "f5first": "First five letters of the first name",
    "f5last": "First five letters of the last name",
    "fi": "First initial",
    "dobd": "Day of birth",
    "dobm": "Month of birth",
    "doby": "Year of birth",
    "fbp": "Browser ID (fbp)",
    "fbc": "Click ID (fbc)",
    "client_ip_address": "Client IP address",
    "client_user_agent": "Client user agent",
}
CUSTOMER_ALIASES = {
    "email": "em",
    "phone": "ph",
    "phone_number": "ph",
    "firstname": "fn",
    "first_name": "fn",
    "lastname": "ln",
    "last_name": "ln",
    "gender": "ge",
    "date_of_birth": "db",
    "dob": "db",
    "city": "ct",
    "state": "st",
    "zip": "zp",
    "zip_code": "zp",
    "cn": "country",
}
"""Long names that the pixel takes from a site and sends beside the short ones; `cn` is an older snippet's country."""
HASHED = frozenset(
    {"em", "ph", "fn", "ln", "ge", "db", "ct", "st", "zp", "country", "external_id", "f5first", "f5last", "fi", "dobd"}
    | {"dobm", "doby"}
)
"""Customer keys that carry a hash (`external_id`: may carry one)."""

CUSTOM_LABELS = {
    "value": "Value",
    "currency": "Currency",
    "content_ids": "Content IDs",
    "content_type": "Content type",
    "contents": "Contents",
    "content_name": "Content name",
    "content_category": "Content category",
    "num_items": "Number of items",
    "order_id": "Order ID",
    "predicted_ltv": "Predicted lifetime value",
    "search_string": "Search text",
    "status": "Status",
    "delivery_category": "Delivery category",
    "net_revenue": "Net revenue",
    "item_number": "Item number",
    "customer_segmentation": "Customer segment",
    "buttonFeatures": "Button that was clicked",
    "buttonText": "Text of the button",
    "formFeatures": "Form fields near the button",
    "pageFeatures": "Page of the button",
    "event_id": "Event ID, where Meta does not look",
    "eventID": "Event ID, where Meta does not look",
}

BROWSER_LABELS = {
    "id": ("Pixel ID", EVENT),
    "ev": ("Event name", EVENT),
    "eid": ("Event ID", EVENT),
    "ts": ("Client time (ms)", EVENT),
    "ec": ("Event counter on this page", EVENT),
    "es": ("Event source", EVENT),
    "tm": ("Track method", EVENT),
    "noscript": ("Image without script", EVENT),
    "test_event_code": ("Test event code", EVENT),
    "dl": ("Page", PAGE),
    "rl": ("Referrer", PAGE),
    "if": ("Inside an iframe", PAGE),
    "ler": ("Last external referrer", PAGE),
    "plt": ("Page load time (ms)", PAGE),
    "dlc": ("Page address was changed by removal", PAGE),
    "rlc": ("Referrer was changed by removal", PAGE),
    "fbp": ("Browser ID (fbp)", CLICK),
    "fbc": ("Click ID (fbc)", CLICK),
    "fbcs": ("Candidate click IDs", CLICK),
    "sw": ("Screen width", BROWSER),
    "sh": ("Screen height", BROWSER),
    "cdl": ("Chrome cookie label", BROWSER),
    "chmd": ("Device model", BROWSER),
    "chpv": ("Platform version", BROWSER),
    "chfv": ("Browser versions", BROWSER),
    "iab": ("In-app browser", BROWSER),
    "dpo": ("Data processing options", CONSENT),
    "dpoco": ("Data processing country", CONSENT),
    "dpost": ("Data processing state", CONSENT),
    "coo": ("Codeless opt-out", CONSENT),
    "v": ("Library version", LIBRARY),
    "r": ("Release channel", LIBRARY),
    "a": ("Agent", LIBRARY),
    "o": ("Library options", LIBRARY),
    "it": ("Library start (ms)", LIBRARY),
    "rqm": ("Request method", LIBRARY),
    "exp": ("Experiments", LIBRARY),
    "expv2": ("Experiment", LIBRARY),
    "cf": ("Also forwarded to a gateway", LIBRARY),
    "qttag": ("Quality check", LIBRARY),
    "de": ("Disabled extensions", LIBRARY),
    "batch": ("Batch", LIBRARY),
    "up": ("Unwanted parameters that the pixel removed", LIBRARY),
    "up_url": ("Unwanted address parameters that the pixel removed", LIBRARY),
    "rp": ("Restricted parameters that the pixel removed", LIBRARY),
    "rp_url": ("Restricted address parameters that the pixel removed", LIBRARY),
    "spb": ("Sensitive parameter blocking", LIBRARY),
    "rks": ("Removed keys", LIBRARY),
    "aems": ("Aggregated event measurement", LIBRARY),
    "aem": ("Aggregated event measurement", LIBRARY),
    "apcm_eid": ("Private click measurement event ID", LIBRARY),
    "lspk": ("In-app browser key", LIBRARY),
    "ccs": ("Gateway copy list (ccs)", LIBRARY),
    "cas": ("Gateway copy list (cas)", LIBRARY),
    "ped": ("Private mail address kind", CUSTOMER),
    "access_token": ("Access token", OTHER),
}
_FAMILIES = {
    "cd": ("{}", CUSTOM),
    "ud": ("{}", CUSTOMER),
    "aud": ("{}, older rule", CUSTOMER),
    "udff": ("{}, from a form", CUSTOMER),
    "audff": ("{}, from a form, older rule", CUSTOMER),
    "cud": ("{}: shape only, not a hash", CUSTOMER),
    "ncud": ("{}, normalised: shape only, not a hash", CUSTOMER),
    "cudff": ("{}, from a form: shape only, not a hash", CUSTOMER),
    "ncudff": ("{}, from a form, normalised: shape only, not a hash", CUSTOMER),
    "ap": ("Guessed from the page: {}", PAGE),
    "pmd": ("Page metadata: {}", PAGE),
    "oed": ("Original event: {}", EVENT),
    "bfs": ("Bot flag", BROWSER),
    "ie": ("Library's own error flag: {}", LIBRARY),
    "expv2": ("Experiment", LIBRARY),
    "eid": ("Event ID, not a single value", EVENT),
    "events": ("Batched event", LIBRARY),
}
_ROLES = {"ccs": "many", "cas": "many", "o": "options", "access_token": "secret"}
_HASH_FAMILIES = frozenset({"ud", "aud", "udff", "audff"})

OPTION_BITS = (
    (1, "automatic configuration refused"),
    (2, "automatic configuration"),
    (4, "configuration still loading"),
    (8, "define property"),
    (16, "beacon"),
    (32, "invalid customer data dropped"),
    (64, "proxied"),
    (128, "headless browser"),
    (256, "driven by Selenium"),
    (512, "detection failed"),
    (1024, "conflicting customer data"),
    (2048, "form data matched automatically"),
    (4096, "first-party cookies"),
    (8192, "shadow test"),
)


class Key(NamedTuple):
    """A browser parameter's name, read once: as shown, in words, and what the decoder must do with it.

    `role` is "" for most; "user" for hashed customer data, "list" for PHP-style arrays in custom data, "eid" for an
    event ID that is no single value, "batch" for a batched event, "many" for keys that may repeat, "options" for the
    library's option bits, "secret" for a token.
    """

    key: str
    label: str
    group: str
    path: tuple[str, ...]
    role: str = ""


class _Keys(dict[str, Key]):
    """Parameter names read so far, by their raw text. Bounded in number and length: traffic fills it."""

    def __missing__(self, raw: str) -> Key:
        key = _key(raw)
        if len(raw) < 100 and len(self) < 5_000:
            self[raw] = key
        return key


def _key(raw: str) -> Key:
    # The library writes `cd[k%5B0%5D]`: structure is literal, names are encoded. In urlencoded bodies all of that is
    # encoded once more. So: literal brackets are read as they stand, encoded ones after one decoding.
    outer = raw if "[" in raw else form_decoded(raw)
    head, bracket, rest = outer.partition("[")
    if not bracket or not rest.endswith("]") or not head:
        key = form_decoded(raw)
        label, group = BROWSER_LABELS.get(key, (key, OTHER))
        return Key(key, label, group, (key,), _ROLES.get(key, ""))
    path = (percent_decoded(head), *(percent_decoded(part) for part in rest[:-1].split("][")))
    family = path[0]
    key = f"{family}[{']['.join(path[1:])}]"
    pattern, group = _FAMILIES.get(family, (key, OTHER))
    return Key(key, pattern.replace("{}", _inner_label(family, path)), group, path, _role(path))


KEYS = _Keys()
"""A parameter's raw name, still percent-encoded, to what it is: a plain look-up, for there are millions of them."""


def _inner_label(family: str, path: tuple[str, ...]) -> str:
    inner = path[1]
    if family in ("cd", "ap", "pmd"):
        return CUSTOM_LABELS.get(inner, inner)
    return CUSTOMER_LABELS.get(CUSTOMER_ALIASES.get(inner, inner), inner)


def _role(path: tuple[str, ...]) -> str:
    family = path[0]
    if family in _HASH_FAMILIES:
        return "user"
    if family == "cd" and len(path) > 2:
        return "list"
    if family == "eid":
        return "eid"
    if family == "events":
        return "batch"
    return "many" if path[-1] == "" else ""


@lru_cache(maxsize=256)
def options_label(value: str) -> str:
    """The library's option bits in words: "Library options: beacon, first-party cookies"."""
    bits = int(value) if value.isascii() and value.isdigit() and len(value) < 8 else 0
    names = [name for bit, name in OPTION_BITS if bits & bit]
    return f"Library options: {', '.join(names)}" if names else "Library options"


SERVER_LABELS = {
    "event_name": ("Event name", EVENT),
    "event_time": ("Event time (s)", EVENT),
    "event_id": ("Event ID", EVENT),
    "action_source": ("Action source", EVENT),
    "event_source_url": ("Page", PAGE),
    "referrer_url": ("Referrer", PAGE),
    "opt_out": ("Opt out of ads delivery", CONSENT),
    "data_processing_options": ("Data processing options", CONSENT),
    "data_processing_options_country": ("Data processing country", CONSENT),
    "data_processing_options_state": ("Data processing state", CONSENT),
    "customer_segmentation": ("Customer segment", CUSTOM),
    "messaging_channel": ("Messaging channel", EVENT),
    "advanced_measurement_table": ("Advanced measurement table", EVENT),
    "contents": ("Contents", CUSTOM),
    "test_event_code": ("Test event code", EVENT),
    "partner_agent": ("Partner agent", LIBRARY),
    "namespace_id": ("Namespace ID", LIBRARY),
    "upload_id": ("Upload ID", LIBRARY),
    "upload_tag": ("Upload tag", LIBRARY),
    "upload_source": ("Upload source", LIBRARY),
    "appsecret_proof": ("App secret proof", OTHER),
    "access_token": ("Access token", OTHER),
    "accessKey": ("Gateway access key", OTHER),
}
GATEWAY_LABELS = {
    "event_name": ("Event name", EVENT),
    "event_id": ("Event ID", EVENT),
    "fb.pixel_id": ("Pixel ID", EVENT),
    "conversion_value.value": ("Value", CUSTOM),
    "conversion_value.currency": ("Currency", CUSTOM),
    "fb.dynamic_product_ads.content_ids": ("Content IDs", CUSTOM),
    "fb.dynamic_product_ads.contents": ("Contents", CUSTOM),
    "fb.dynamic_product_ads.content_type": ("Content type", CUSTOM),
    "fb.order_id": ("Order ID", CUSTOM),
    "fb.num_items": ("Number of items", CUSTOM),
    "fb.predicted_ltv": ("Predicted lifetime value", CUSTOM),
    "fb.registration_status": ("Status", CUSTOM),
    "fb.search_string": ("Search text", CUSTOM),
    "website_context.location": ("Page", PAGE),
    "website_context.referrer": ("Referrer", PAGE),
    "website_context.isInIFrame": ("Inside an iframe", PAGE),
    "fb.fbp": ("Browser ID (fbp)", CLICK),
    "fb.clickID": ("Click ID (fbc)", CLICK),
    "fb.data_processing_options": ("Data processing options", CONSENT),
}
