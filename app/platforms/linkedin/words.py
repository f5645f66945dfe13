"""LinkedIn's vocabulary: two names for all events, and a label and a group for every parameter that is known.

LinkedIn has no event names. What is counted is a conversion rule, by its number; `conversion` stands for any of them.
Sources: captures of insight.min.js (scriptVersion 172); LinkedIn Marketing API, Conversion API schema.
"""

from __future__ import annotations

from app.platforms.reading.fields import described

NAME = "linkedin"
PAGE_VIEW, CONVERSION = "page_view", "conversion"
STEPS = {PAGE_VIEW: "page_view", CONVERSION: "conversion"}

EMAIL, CLICK_ID, IP = "SHA256_EMAIL", "LINKEDIN_FIRST_PARTY_ADS_TRACKING_UUID", "PLAINTEXT_IP_ADDRESS"
ID_TYPES = {
    EMAIL: "Email",
    CLICK_ID: "Click ID (li_fat_id)",
    "ACXIOM_ID": "Acxiom ID",
    "ORACLE_MOAT_ID": "Oracle Moat ID",
    IP: "Client IP address",
    "SHA256_IP_ADDRESS": "Client IP address, hashed",
    "GOOGLE_AID": "Google advertising ID",
}
"""What `idType` may be; Oracle's is of the past, the hashed address is Segment's."""
INFO_KEYS = {"firstName": "fn", "lastName": "ln", "countryCode": "country"}
"""Keys of `userInfo`, all plain, and the neutral ones they stand for."""

_EVENT, _CUSTOM, _CUSTOMER, _CLICK, _PAGE = "event", "custom data", "customer", "click IDs", "page"
_BROWSER, _LIBRARY = "browser", "library"

_LABELS = {
    "pid": ("Partner ID", _EVENT),
    "pids": ("Partner IDs", _EVENT),
    "conversionId": ("Conversion rule", _EVENT),
    "conversion": ("Conversion rule", _EVENT),
    "eventId": ("Event ID", _EVENT),
    "event_id": ("Event ID", _EVENT),
    "time": ("Event time (ms)", _EVENT),
    "conversionHappenedAt": ("Event time (ms)", _EVENT),
    "val": ("Value", _CUSTOM),
    "conversionValue.amount": ("Value", _CUSTOM),
    "conversionValue.currencyCode": ("Currency", _CUSTOM),
    "url": ("Page", _PAGE),
    "href": ("Target of the link", _PAGE),
    "domain": ("Domain", _PAGE),
    "pageTitle": ("Page title", _PAGE),
    "li_fat_id": ("Click ID (li_fat_id)", _CLICK),
    "liFatId": ("Click ID (li_fat_id)", _CLICK),
    "li_adsId": ("Browser ID (li_adsId)", _CLICK),
    "li_giant": ("Member ID (li_giant)", _CLICK),
    "liGiant": ("Member ID (li_giant)", _CLICK),
    "hem": ("Email", _CUSTOMER),
    "signalType": ("Automatic event", _EVENT),
    "websiteSignalRequestId": ("Request ID (no event ID)", _LIBRARY),
    "scriptVersion": ("Library version", _LIBRARY),
    "v": ("Protocol version", _LIBRARY),
    "fmt": ("Format", _LIBRARY),
    "tm": ("Tag manager", _LIBRARY),
    "e_ipv6": ("IPv6 address, sealed", _BROWSER),
    "cookiesTest": ("Cookie test", _LIBRARY),
    "liSync": ("Identity sync", _LIBRARY),
    **{f"user.userIds.{kind}": (label, _CUSTOMER) for kind, label in ID_TYPES.items()},
    "user.userIds": ("User IDs", _CUSTOMER),
    f"user.userIds.{CLICK_ID}": ("Click ID (li_fat_id)", _CLICK),
    f"user.userIds.{IP}": ("Client IP address", _BROWSER),
    "user.userInfo.firstName": ("First name", _CUSTOMER),
    "user.userInfo.lastName": ("Last name", _CUSTOMER),
    "user.userInfo.companyName": ("Company", _CUSTOMER),
    "user.userInfo.title": ("Job title", _CUSTOMER),
    "user.userInfo.countryCode": ("Country", _CUSTOMER),
    "user.externalIds": ("External IDs", _CUSTOMER),
    "user.lead": ("Lead", _CUSTOMER),
}
_GROUPS = {
    "user": _CUSTOMER,
    "conversionValue": _CUSTOM,
    "domAttributes": _LIBRARY,
    "misc": _LIBRARY,
    "elementCrumbsTree": _LIBRARY,
}
describe = described(_LABELS, _GROUPS)
