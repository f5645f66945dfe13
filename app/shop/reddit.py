"""The shop's call to Reddit's Conversions API for one order."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from app.shop.orders import CURRENCY, Call, Order, sha256

_HASHED = {"email": "em", "phone_number": "ph", "external_id": "external_id"}


def call_for(order: Order, send: dict[str, Any], account: str, token: str, at_s: int) -> Call:
    """The call a send of a scenario asks for, its faults put in. The conversion ID goes plain; the page hashes it."""
    event: dict[str, Any] = {
        "event_at": at_s * 1000,
        "action_source": "WEBSITE",
        "event_source_url": order.page,
        "type": {"tracking_type": send["name"]},
        "metadata": _metadata(order, send),
        "user": _user(order, send.get("email_as_typed")),
    }
    path = f"/api/v3/pixels/{account}/conversion_events"
    return Call("ads-api.reddit.com", path, {"Authorization": f"Bearer {token}"}, {"data": {"events": [event]}})


def _metadata(order: Order, send: dict[str, Any]) -> dict[str, Any]:
    value = Decimal(order.value) - Decimal(send.get("value_less", "0"))
    metadata: dict[str, Any] = {
        "currency": CURRENCY,
        "value": float(value),
        "item_count": sum(line["quantity"] for line in order.lines),
        "products": [
            {
                "id": place if send.get("numeric_ids") else line["id"],
                "name": line["name"],
                "quantity": line["quantity"],
                "item_price": float(line["price"]),
            }
            for place, line in enumerate(order.lines, start=1)
        ],
    }
    return metadata if send["event_id"] is None else {"conversion_id": send["event_id"], **metadata}


def _user(order: Order, email_as_typed: str | None) -> dict[str, Any]:
    shopper, typed = order.shopper, order.shopper.customer
    hashed = {name: sha256(_normalized(key, typed[key])) for name, key in _HASHED.items() if key in typed}
    if email_as_typed is not None:
        hashed["email"] = sha256(email_as_typed)
    browser = {
        "ip_address": shopper.client_ip,
        "user_agent": shopper.user_agent,
        "uuid": shopper.cookies.get("_rdt_uuid", ""),
    }
    return {**hashed, **{key: value for key, value in browser.items() if value}}


def _normalized(key: str, text: str) -> str:
    """Reddit's documented rules, as far as the demo's one customer needs them."""
    match key:
        case "em":
            local, _, domain = text.strip().lower().partition("@")
            return f"{local.split('+')[0].replace('.', '')}@{domain}"
        case "ph":
            return "+" + "".join(filter(str.isdigit, text))
        case _:
            return text.strip()
