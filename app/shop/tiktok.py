"""The shop's call to TikTok's Events API for one order."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from app.shop.orders import CURRENCY, Call, Order, sha256

_HASHED = {
    "email": "em",
    "phone": "ph",
    "external_id": "external_id",
    "first_name": "fn",
    "last_name": "ln",
    "zip_code": "zp",
}
_PLAIN = {"city": "ct", "state": "st", "country": "country"}


def call_for(order: Order, send: dict[str, Any], account: str, token: str, at_s: int) -> Call:
    """The call a send of a scenario asks for, its faults put in."""
    event: dict[str, Any] = {
        "event": send["name"],
        "event_time": at_s,
        "user": _user(order, send.get("email_as_typed")),
        "page": {"url": order.page},
        "properties": _properties(order, send),
    }
    if send["event_id"] is not None:
        event["event_id"] = send["event_id"]
    body = {"event_source": "web", "event_source_id": account, "data": [event]}
    return Call("business-api.tiktok.com", "/open_api/v1.3/event/track/", {"Access-Token": token}, body)


def _properties(order: Order, send: dict[str, Any]) -> dict[str, Any]:
    value = Decimal(order.value) - Decimal(send.get("value_less", "0"))
    return {
        "value": float(value),
        "currency": CURRENCY,
        "order_id": order.number,
        "content_type": "product",
        "contents": [
            {
                "content_id": place if send.get("numeric_ids") else line["id"],
                "content_name": line["name"],
                "quantity": line["quantity"],
                "price": float(line["price"]),
            }
            for place, line in enumerate(order.lines, start=1)
        ],
    }


def _user(order: Order, email_as_typed: str | None) -> dict[str, Any]:
    shopper, typed = order.shopper, order.shopper.customer
    hashed = {name: sha256(_normalized(key, typed[key])) for name, key in _HASHED.items() if key in typed}
    if email_as_typed is not None:
        hashed["email"] = sha256(email_as_typed)
    plain = {name: typed[key].strip().lower() for name, key in _PLAIN.items() if key in typed}
    browser = {
        "ip": shopper.client_ip,
        "user_agent": shopper.user_agent,
        "ttp": shopper.cookies.get("_ttp", ""),
    }
    return {**hashed, **plain, **{key: value for key, value in browser.items() if value}}


def _normalized(key: str, text: str) -> str:
    """TikTok's documented rules, as far as the demo's one customer needs them."""
    if key == "ph":
        return "+" + "".join(filter(str.isdigit, text))
    return text.strip().lower()
