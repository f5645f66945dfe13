"""A draft as calls of the UET library. Microsoft has no library of its own for its Conversions API."""

from __future__ import annotations

from collections.abc import Mapping

from app.outgoing import Draft
from app.platforms.json_text import loaded
from app.platforms.microsoft.words import PAGE_LOAD
from app.platforms.snippet_text import script

_OPTIONS = {
    "value": "revenue_value",
    "currency": "currency",
    "transactionId": "transaction_id",
    "eventCategory": "event_category",
    "eventLabel": "event_label",
    "eventValue": "event_value",
    "searchTerm": "search_term",
    "itemIds": "ecomm_prodid",
    "pageType": "ecomm_pagetype",
    "ecommTotalValue": "ecomm_totalvalue",
    "ecommCategory": "ecomm_category",
    "items": "items",
}
"""The API's names, and the library's options for the same."""


def uetq(draft: Draft) -> str:
    """The browser's half of a draft as calls of the library, with the same IDs; empty for broken JSON."""
    calls = []
    for text in draft.events:
        event = loaded(text)
        if isinstance(event, Mapping):
            calls += _pushed(event)
    head = f"// UET tag {script(draft.account)}\nwindow.uetq = window.uetq || [];\n"
    return head + "\n".join(calls) + "\n" if calls else ""


def _pushed(event: Mapping[str, object]) -> list[str]:
    if event.get("eventType") == PAGE_LOAD:
        return [f"window.uetq.push({script(PAGE_LOAD)});"]
    user, custom = (_object(event.get(key)) for key in ("userData", "customData"))
    pid = {key: user[key] for key in ("em", "ph") if user.get(key)}
    options: dict[str, object] = {
        name: custom[key] for key, name in _OPTIONS.items() if custom.get(key) not in (None, "")
    }
    if event.get("eventId"):
        options["event_id"] = event["eventId"]
    calls = [f"window.uetq.push('set', {script({'pid': pid})});"] if pid else []
    return [*calls, f"window.uetq.push('event', {script(event.get('eventName'))}, {script(options, indent=2)});"]


def _object(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}
