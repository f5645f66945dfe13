"""The shop's call to Pinterest's API for Conversions for one order."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from app.shop.orders import CURRENCY, Call, Order, sha256

_HASHED = ("em", "ph", "external_id", "fn", "ln", "ct", "st", "zp", "country")


def call_for(order: Order, send: dict[str, Any], account: str, token: str, at_s: int) -> Call:
    """The call a send of a scenario asks for, its faults put in. `account` is the ad account, not the tag."""
    event: dict[str, Any] = {
        "event_name": send["name"],
        "action_source": send.get("action_source", "web"),
        "event_time": at_s,
        "event_source_url": order.page,
        "user_data": _user(order, send.get("email_as_typed")),
        "custom_data": _custom(order, send),
    }
    if send["event_id"] is not None:
        event["event_id"] = send["event_id"]
    path = f"/v5/ad_accounts/{account}/events"
    return Call("api.pinterest.com", path, {"Authorization": f"Bearer {token}"}, {"data": [event]})


def _custom(order: Order, send: dict[str, Any]) -> dict[str, Any]:
    value = str(Decimal(order.value) - Decimal(send.get("value_less", "0")))
    return {
        "value": float(value) if send.get("numeric_value") else value,
        "currency": CURRENCY,
        "order_id": order.number,
        "num_items": sum(line["quantity"] for line in order.lines),
        "content_ids": [line["id"] for line in order.lines],
        "contents": [
            {"id": line["id"], "item_name": line["name"], "item_price": line["price"], "quantity": line["quantity"]}
            for line in order.lines
        ],
    }


def _user(order: Order, email_as_typed: str | None) -> dict[str, Any]:
    shopper, typed = order.shopper, order.shopper.customer
    hashed = {key: [sha256(_normalized(key, typed[key]))] for key in _HASHED if key in typed}
    if email_as_typed is not None:
        hashed["em"] = [sha256(email_as_typed)]
    browser = {
        "client_ip_address": shopper.client_ip,
        "client_user_agent": shopper.user_agent,
        "click_id": shopper.cookies.get("_epik", ""),
    }
    return {**hashed, **{key: value for key, value in browser.items() if value}}


def _normalized(key: str, text: str) -> str:
    """Pinterest's documented rules, as far as the demo's one customer needs them."""
    if key in ("ph", "zp"):
        return "".join(filter(str.isdigit, text)).lstrip("0" if key == "ph" else "")
    if key == "external_id":
        return text.strip()
    return "".join(text.lower().split())
