"""The shop's call to Microsoft's Conversions API for one order."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from app.shop.orders import CURRENCY, Call, Order, sha256


def call_for(order: Order, send: dict[str, Any], account: str, token: str, at_s: int) -> Call:
    """The call a send of a scenario asks for, its faults put in."""
    event: dict[str, Any] = {
        "eventType": "custom",
        "eventName": send["name"],
        "eventTime": at_s,
        "eventSourceUrl": order.page,
        "adStorageConsent": "G",
        "userData": _user(order, send),
        "customData": _custom(order, send),
    }
    if send["event_id"] is not None:
        event["eventId"] = send["event_id"]
    body = {"data": [event], "continueOnValidationError": True, "dataProvider": "demo-shop"}
    return Call("capi.uet.microsoft.com", f"/v1/{account}/events", {"Authorization": f"Bearer {token}"}, body)


def _custom(order: Order, send: dict[str, Any]) -> dict[str, Any]:
    value = Decimal(order.value) - Decimal(send.get("value_less", "0"))
    data: dict[str, Any] = {
        "value": float(value),
        "currency": CURRENCY,
        "transactionId": order.number,
        "pageType": "purchase",
        "itemIds": [line["id"] for line in order.lines],
        "items": [
            {"id": line["id"], "name": line["name"], "quantity": line["quantity"], "price": float(line["price"])}
            for line in order.lines
        ],
    }
    if send.get("without_order"):
        del data["transactionId"]
    return data


def _user(order: Order, send: dict[str, Any]) -> dict[str, Any]:
    shopper, typed = order.shopper, order.shopper.customer
    as_typed = send.get("email_as_typed")
    email = sha256(_normalized("em", typed["em"]) if as_typed is None else as_typed)
    found = {
        "em": typed["em"] if send.get("plain_email") else email,
        "ph": sha256(_normalized("ph", typed["ph"])),
        "externalId": typed.get("external_id", ""),
        "anonymousId": shopper.cookies.get("_uetvid", "").removeprefix("_uet"),
        "msclkid": shopper.cookies.get("_uetmsclkid", "").removeprefix("_uet"),
        "clientIpAddress": shopper.client_ip,
        "clientUserAgent": shopper.user_agent,
    }
    return {key: value for key, value in found.items() if value}


def _normalized(key: str, text: str) -> str:
    """The API's documented rules, as far as the demo's one customer needs them."""
    if key == "ph":
        return "+" + "".join(filter(str.isdigit, text))
    local, at, domain = text.strip().lower().rpartition("@")
    return f"{local.partition('+')[0].replace('.', '')}{at}{domain}"
