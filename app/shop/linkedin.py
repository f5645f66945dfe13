"""The shop's call to LinkedIn's Conversions API for one order; the account is the rule made for the API."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from app.shop.orders import CURRENCY, Call, Order, sha256

VERSION = "202608"


def call_for(order: Order, send: dict[str, Any], account: str, token: str, at_s: int) -> Call:
    """The call a send of a scenario asks for, its faults put in."""
    event: dict[str, Any] = {
        "conversion": f"urn:lla:llaPartnerConversion:{send.get('rule', account)}",
        "conversionHappenedAt": at_s if send.get("in_seconds") else at_s * 1000,
        "user": _user(order, send.get("email_as_typed")),
    }
    if not send.get("without_value"):
        amount = Decimal(order.value) - Decimal(send.get("value_less", "0"))
        event["conversionValue"] = {"currencyCode": CURRENCY, "amount": str(amount)}
    if send["event_id"] is not None:
        event["eventId"] = send["event_id"]
    headers = {
        "Authorization": f"Bearer {token}",
        "LinkedIn-Version": VERSION,
        "X-Restli-Protocol-Version": "2.0.0",
    }
    return Call("api.linkedin.com", "/rest/conversionEvents", headers, event)


def _user(order: Order, email_as_typed: str | None) -> dict[str, Any]:
    shopper, typed = order.shopper, order.shopper.customer
    email = "".join(typed["em"].lower().split()) if email_as_typed is None else email_as_typed
    signs = (
        ("SHA256_EMAIL", sha256(email)),
        ("LINKEDIN_FIRST_PARTY_ADS_TRACKING_UUID", shopper.cookies.get("li_fat_id", "")),
        ("PLAINTEXT_IP_ADDRESS", shopper.client_ip),
    )
    return {
        "userIds": [{"idType": kind, "idValue": value} for kind, value in signs if value],
        "userInfo": {
            "firstName": typed["fn"],
            "lastName": typed["ln"],
            "countryCode": typed["country"].strip().upper(),
        },
    }
