"""The shop's call to Snapchat's Conversions API for one order."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from app.shop.orders import CURRENCY, Call, Order, sha256

_HASHED = ("em", "ph", "fn", "ln", "ct", "st", "zp", "country", "external_id")


def call_for(order: Order, send: dict[str, Any], account: str, token: str, at_s: int) -> Call:
    """The call a send of a scenario asks for, its faults put in. Snapchat reads the token in the address."""
    event: dict[str, Any] = {
        "event_name": send["name"],
        "event_time": at_s,
        "action_source": "WEB",
        "event_source_url": order.page,
        "user_data": _user(order, send.get("email_as_typed")),
        "custom_data": _custom(order, send),
    }
    if send["event_id"] is not None:
        event["event_id"] = send["event_id"]
    return Call("tr.snapchat.com", f"/v3/{account}/events?access_token={token}", {}, {"data": [event]})


def _custom(order: Order, send: dict[str, Any]) -> dict[str, Any]:
    value = Decimal(order.value) - Decimal(send.get("value_less", "0"))
    data: dict[str, Any] = {
        "value": float(value),
        "currency": CURRENCY,
        "content_ids": [line["id"] for line in order.lines],
        "contents": [
            {"id": line["id"], "quantity": line["quantity"], "item_price": float(line["price"])} for line in order.lines
        ],
        "num_items": sum(line["quantity"] for line in order.lines),
    }
    if not send.get("without_order"):
        data["order_id"] = order.number
    if send.get("without_value"):
        del data["value"]
    return data


def _user(order: Order, email_as_typed: str | None) -> dict[str, Any]:
    shopper, typed = order.shopper, order.shopper.customer
    hashed = {key: [sha256(_normalized(key, typed[key]))] for key in _HASHED if key in typed}
    if email_as_typed is not None:
        hashed["em"] = [sha256(email_as_typed)]
    browser = {
        "client_ip_address": shopper.client_ip,
        "client_user_agent": shopper.user_agent,
        "sc_cookie1": shopper.cookies.get("_scid", ""),
    }
    return {**hashed, **{key: value for key, value in browser.items() if value}}


def _normalized(key: str, text: str) -> str:
    """Snapchat's documented rules, as far as the demo's one customer needs them."""
    if key == "ph":
        return "".join(filter(str.isdigit, text)).lstrip("0")
    return text.strip().lower()
