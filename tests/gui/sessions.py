"""Conversions for the table and the window: a small session by the real analysis, and a large one made from it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from msgspec.structs import replace

from app.model import Exchange, Group, Response, Side, Verdict
from app.numbers import Recorded, Summary
from tests.gui.conversions import ACCOUNT, START, Recording, pixel, refused, server

MINUTE = 60_000
UUIDS = ("7f3a2c10-5be1-4c7e-9d0a-51b2f3c4d5e6", "0b9d8c7f-1a2b-4c3d-8e4f-5a6b7c8d9e0f")


def checkouts() -> tuple[Exchange, ...]:
    """Thirteen checkouts, each right or wrong in one way, in the order they happened."""
    at = [START + number * 3 * MINUTE for number in range(14)]
    order = [{"cd[order_id]": f"A-{1000 + number}"} for number in range(14)]

    def both(
        number: int,
        name: str,
        browser_id: str | None,
        server_id: str | None,
        *,
        named: str = "",
        data: Mapping[str, object] | None = None,
    ) -> list[Exchange]:
        custom = {
            "value": 59.9,
            "currency": "USD",
            "order_id": f"A-{1000 + number}",
            "content_type": "product",
            "contents": [{"id": "SKU-1", "quantity": 2, "item_price": 29.95}],
            **(data or {}),
        }
        return [
            pixel(name, browser_id, at[number], order[number]),
            server(named or name, server_id, at[number] + 840, {"custom_data": custom}),
        ]

    found = [
        *both(0, "Purchase", "order_12345", "order_12345"),
        *both(1, "Purchase", "order_12346", None),
        *both(2, "Purchase", *UUIDS),
        *both(3, "Purchase", "12345", "12345-server"),
        *both(4, "Purchase", "order_12349", "order_12349", named="purchase"),
        *both(5, "Purchase", "order_12350", "order_12350", named="CompletePayment"),
        pixel("Purchase", "order_12351", at[6], order[6]),
        pixel("Purchase", "order_12351b", at[6] + 400, order[6]),
        *both(7, "AddToCart", "cached-1", "cached-1"),
        *both(8, "AddToCart", "cached-1", "cached-1", data={"value": 12.0}),
        *both(9, "Lead", "lead-88", " lead-88"),
        *both(10, "Purchase", "order_12355", "order_12355", data={"value": 49.9, "currency": "EUR"}),
        pixel("Purchase", "order_12356", at[11], order[11]),
        server("Purchase", "order_12356", at[11] + 900, response=refused(), send="s1"),
        server("Purchase", "order_12356", at[11] + 2900, send="s2"),
        pixel("PageView", None, at[12], {"cd[value]": "", "cd[currency]": "", "cd[contents]": ""}),
        server("Purchase", "order_12399", at[12] + 9000, response=Response(503, (), b""), send="s3"),
    ]
    return tuple(found)


@cache
def small() -> tuple[Group, ...]:
    """What the analysis makes of `checkouts`, and one conversion that still waits."""
    recording = Recording(checkouts(), Side.BROWSER, Side.SERVER)
    waiting = Recording([pixel("AddToCart", "atc-88", START + 40 * MINUTE)]).groups[0]
    waiting = replace(waiting, id="p-waiting", verdict=Verdict.WAITING, waiting_until_ms=START + 41 * MINUTE)
    return (*recording.groups, waiting)


def many(count: int) -> tuple[Group, ...]:
    """A long session: the small one again and again, each time a little later and with IDs of its own."""
    models = [group for group in small() if group.verdict is not Verdict.WAITING]
    made = []
    for number in range(count):
        model = models[number % len(models)]
        later = number * 250
        made.append(
            replace(
                model,
                id=f"g{number}",
                event_id=f"{model.event_id}-{number}" if model.event_id is not None else None,
                links=(),
                first_ms=START + later,
                browser=tuple(replace(event, received_ms=START + later) for event in model.browser),
                server=tuple(replace(event, received_ms=START + later + 840) for event in model.server),
            )
        )
    return tuple(made)


def batch(groups: tuple[Group, ...], gone: tuple[str, ...] = (), summary: Summary | None = None) -> Recorded:
    """News of these conversions."""
    return Recorded(groups, gone, summary or SUMMARY, START)


SUMMARY = Summary(
    browser_events=34,
    server_events=30,
    unique_sends=28,
    failed_sends=2,
    deduplicated=22,
    double_counted=5,
    overlap=0.81,
    predicted_counted=39,
    unique_conversions=34,
    inflation=0.147,
    inflated_value=(("USD", "612.40"),),
)
__all__ = ["ACCOUNT", "START", "SUMMARY", "batch", "checkouts", "many", "small"]
