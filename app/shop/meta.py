"""The shop's call to Meta's Conversions API for one order."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from app.shop.orders import CURRENCY, Call, Order, sha256

VERSION = "v26.0"


def call_for(order: Order, send: dict[str, Any], account: str, token: str, at_s: int) -> Call:
    """The call a send of a scenario asks for, its faults put in."""
    event: dict[str, Any] = {
        "event_name": send["name"],
        "event_time": at_s,
        "action_source": "website",
        "event_source_url": order.page,
        "user_data": _user_data(order, send.get("email_as_typed")),
        "custom_data": _custom_data(order, send),
    }
    if send["event_id"] is not None:
        event["event_id"] = send["event_id"]
    return Call("graph.facebook.com", f"/{VERSION}/{account}/events", {}, {"data": [event], "access_token": token})


def _custom_data(order: Order, send: dict[str, Any]) -> dict[str, Any]:
    data: dict[str, Any] = {
        "order_id": order.number,
        "content_type": "product",
        "content_ids": [line["id"] for line in order.lines],
        "contents": [
            {"id": line["id"], "quantity": line["quantity"], "item_price": float(line["price"])} for line in order.lines
        ],
    }
    if not send.get("without_value"):
        value = Decimal(order.value) - Decimal(send.get("value_less", "0"))
        data |= {"value": float(value), "currency": CURRENCY}
    return data


def _user_data(order: Order, email_as_typed: str | None) -> dict[str, Any]:
    shopper = order.shopper
    hashed = {key: [sha256(_normalized(key, text))] for key, text in shopper.customer.items()}
    if email_as_typed is not None:
        hashed["em"] = [sha256(email_as_typed)]
    plain = {
        "client_ip_address": shopper.client_ip,
        "client_user_agent": shopper.user_agent,
        "fbp": shopper.cookies.get("_fbp", ""),
    }
    return {**hashed, **{key: value for key, value in plain.items() if value}}


def _normalized(key: str, text: str) -> str:
    """Meta's documented rules, as far as the demo's one customer needs them."""
    if key == "ph":
        return "".join(filter(str.isdigit, text)).lstrip("0")
    return text.strip().lower()
