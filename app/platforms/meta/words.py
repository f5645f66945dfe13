"""Meta's vocabulary in words for people: event names, and a label and a group for every known parameter.

Sources: Meta's "Standard Events", "Customer information parameters" and "Server event parameters"; parameters that no
document names are labelled from captures of the pixel library, version 2.9.252.
"""

from __future__ import annotations

STEPS = {
    "AddPaymentInfo": "add_payment_info",
    "AddToCart": "add_to_cart",
    "AddToWishlist": "add_to_wishlist",
    "CompleteRegistration": "lead",
    "Contact": "contact",
    "CustomizeProduct": "customize_product",
    "Donate": "donate",
    "FindLocation": "find_location",
    "InitiateCheckout": "begin_checkout",
    "Lead": "lead",
    "PageView": "page_view",
    "Purchase": "purchase",
    "Schedule": "schedule",
    "Search": "search",
    "StartTrial": "start_trial",
    "SubmitApplication": "lead",
    "Subscribe": "subscribe",
    "ViewContent": "view_content",
}
"""Each standard event and the step of the funnel it stands for. A registration is one kind of lead."""
STANDARD_EVENTS = frozenset(STEPS)
AUTOMATIC_EVENTS = frozenset({"SubscribedButtonClick", "Microdata", "InputData", "PixelInitialized", "UserProperties"})
"""What the library sends by itself, whatever its marks. Not `CustomEvent`: the library knows that name, too, but sites
send it as their own; only the track method tells the two apart."""

SECRETS = frozenset({"access_token", "appsecret_proof", "accessKey"})
"""Parameters whose text is never shown, wherever they stand."""

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
    "whatsapp_business_account_id": "WhatsApp Business account ID",
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
MATCH_NAMES = {"client_ip_address": "ip", "client_user_agent": "user_agent"}
"""What the platforms' own customer keys are called among the match IDs."""
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
}
CALL_LABELS = {
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
"""Parameters that stand beside `data`, and mean nothing inside an event."""
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
