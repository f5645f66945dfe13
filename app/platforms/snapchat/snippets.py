"""A draft as Snap's own programs write it: a call of the pixel library, a call of the official Python SDK."""

from __future__ import annotations

from collections.abc import Mapping

from app.outgoing import Draft
from app.platforms.json_text import loaded
from app.platforms.snapchat.call import older
from app.platforms.snippet_text import TOKEN, library_calls, python_literal, script

_TRACK = {
    "value": "price",
    "currency": "currency",
    "order_id": "transaction_id",
    "content_ids": "item_ids",
    "content_category": "item_category",
    "num_items": "number_items",
    "search_string": "search_string",
    "sign_up_method": "sign_up_method",
    "brands": "brands",
}
"""What custom_data's members are called in the browser's call."""


def snaptr(draft: Draft) -> str:
    """The browser's half of a draft as calls of the pixel library, with the same event ID; empty for broken JSON."""
    return library_calls(draft, f"snaptr('init', {script(draft.account)});", _track)


def _track(event: Mapping[str, object]) -> str:
    return f"snaptr('track', {script(event.get('event_name'))}, {script(_options(event), indent=2)});"


def _options(event: Mapping[str, object]) -> dict[str, object]:
    custom = event.get("custom_data")
    said = custom if isinstance(custom, Mapping) else {}
    options = {name: said[key] for key, name in _TRACK.items() if key in said}
    goods = said.get("contents")
    if "item_ids" not in options and isinstance(goods, list):
        options["item_ids"] = [item.get("id") for item in goods if isinstance(item, Mapping)]
    if event.get("event_id"):
        options["client_dedup_id"] = event["event_id"]
    return options


def sdk_call(draft: Draft) -> str:
    """Python that sends a draft with `snap-business-sdk`, its token from the variable ACCESS_TOKEN.

    That SDK has v2 only, so the events are written in that form.
    """
    events = [older(text, draft.account) for text in draft.events if isinstance(loaded(text), Mapping)]
    send = "send_test_events" if draft.as_test else "send_events_sync"
    return (
        "import os\n\n"
        "from snap_business_sdk.public.conversion_api import ConversionApi\n"
        "from snap_business_sdk.public.conversion_event import ConversionEvent\n\n"
        f"events = {python_literal(events)}\n"
        f'api = ConversionApi(os.environ["{TOKEN}"])\n'
        f"print(api.{send}([ConversionEvent(**event) for event in events]))\n"
    )
