"""The shop's call to X's Conversion API for one order."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from app.shop.orders import CURRENCY, Call, Order, sha256

VERSION = "12"


def call_for(order: Order, send: dict[str, Any], account: str, token: str, at_s: int) -> Call:
    """The call a send of a scenario asks for, its faults put in. `name` is the event's tag, whole or bare."""
    event: dict[str, Any] = {
        "conversion_time": f"{datetime.fromtimestamp(at_s, UTC):%Y-%m-%dT%H:%M:%S.000Z}",
        "event_id": send["name"],
        "identifiers": _identifiers(order, send),
        **_data(order, send),
    }
    if send["event_id"] is not None:
        event["conversion_id"] = send["event_id"]
    path = f"/{VERSION}/measurement/conversions/{account}"
    return Call("ads-api.x.com", path, {"X-Pixel-Token": token}, {"conversions": [event]})


def _data(order: Order, send: dict[str, Any]) -> dict[str, Any]:
    value = Decimal(order.value) - Decimal(send.get("value_less", "0"))
    return {
        "value": float(value),
        "price_currency": CURRENCY,
        "number_items": sum(line["quantity"] for line in order.lines),
        "contents": [
            {
                "content_id": line["id"],
                "content_name": line["name"],
                "num_items": line["quantity"],
                "content_price": float(line["price"]),
            }
            for line in order.lines
        ],
    }


def _identifiers(order: Order, send: dict[str, Any]) -> list[dict[str, str]]:
    """Click, e-mail and phone, one to an object; address and user agent together, which is all with `device_only`."""
    shopper = order.shopper
    device = {"ip_address": shopper.client_ip, "user_agent": shopper.user_agent}
    if send.get("device_only"):
        return [device]
    typed = shopper.customer
    email = send.get("email_as_typed")
    hashed = {
        "twclid": shopper.cookies.get("_twclid", ""),
        "hashed_email": sha256(typed["em"].strip().lower() if email is None else email),
        "hashed_phone_number": sha256("+" + "".join(filter(str.isdigit, typed.get("ph", "")))) if "ph" in typed else "",
    }
    return [*({key: value} for key, value in hashed.items() if value), device]
