"""A draft as Pinterest's own programs write it: a call of the tag, a call of the official Python client."""

from __future__ import annotations

from collections.abc import Mapping

from app.outgoing import Draft
from app.platforms.json_text import loaded
from app.platforms.pinterest.words import standard
from app.platforms.snippet_text import TOKEN, library_calls, python_literal, script

_DATA = {
    "value": "value",
    "currency": "currency",
    "order_id": "order_id",
    "num_items": "order_quantity",
    "search_string": "search_query",
    "opt_out_type": "opt_out_type",
}
_LINE = {
    "id": "product_id",
    "item_name": "product_name",
    "item_category": "product_category",
    "item_brand": "product_brand",
    "item_price": "product_price",
    "quantity": "product_quantity",
}
_NUMBERS = ("value", "product_price")


def pintrk(draft: Draft) -> str:
    """The browser's half of a draft as calls of the tag, with the same event ID; empty for broken JSON.

    An ad account is no tag, whose ID has to be put in.
    """
    return library_calls(draft, "pintrk('load', 'YOUR_TAG_ID');", _track)


def sdk_call(draft: Draft) -> str:
    """Python that sends a draft with `pinterest-api-sdk`'s client, its token from the variable ACCESS_TOKEN."""
    events = [loaded(text) for text in draft.events]
    test = ", test=True" if draft.as_test else ""
    return (
        "import os\n\n"
        "from openapi_generated.pinterest_client import ApiClient, Configuration\n"
        "from openapi_generated.pinterest_client.api.conversion_events_api import ConversionEventsApi\n\n"
        f'configuration = Configuration(access_token=os.environ["{TOKEN}"])\n'
        f"body = {python_literal({'data': events})}\n"
        "api = ConversionEventsApi(ApiClient(configuration))\n"
        f"print(api.events_create({draft.account!r}, body{test}, _check_return_type=False))\n"
    )


def _track(event: Mapping[str, object]) -> str:
    said = event.get("custom_data")
    data = _renamed(said, _DATA) if isinstance(said, Mapping) else {}
    lines = said.get("contents") if isinstance(said, Mapping) else None
    if isinstance(lines, list):
        data["line_items"] = [_renamed(line, _LINE) for line in lines if isinstance(line, Mapping)]
    if event.get("event_id"):
        data["event_id"] = event["event_id"]
    return f"pintrk('track', {script(standard(str(event.get('event_name'))))}, {script(data, indent=2)});"


def _renamed(values: Mapping[str, object], names: Mapping[str, str]) -> dict[str, object]:
    """Members under the tag's names; amounts, which are texts in the API, are numbers there."""
    found = {names[key]: value for key, value in values.items() if key in names}
    return {key: loaded(value) if key in _NUMBERS else value for key, value in found.items()}
