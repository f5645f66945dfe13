"""A draft as TikTok's own programs write it: a call of the pixel library, a call of the official SDK."""

from __future__ import annotations

from collections.abc import Mapping

from app.outgoing import Draft
from app.platforms.json_text import loaded
from app.platforms.snippet_text import TOKEN, library_calls, python_literal, script
from app.platforms.tiktok.call import older


def ttq(draft: Draft) -> str:
    """The browser's half of a draft as calls of the pixel library, with the same event ID; empty for broken JSON."""
    return library_calls(draft, f"ttq.load({script(draft.account)});", _track)


def sdk_call(draft: Draft) -> str:
    """Python that sends a draft with `tiktok-business-api-sdk-official`, its token from the variable ACCESS_TOKEN.

    That SDK has no call for Events API 2.0, so the events are written in the older form.
    """
    events = [loaded(older(text, draft.account)) for text in draft.events]
    several = len(events) != 1
    body: dict[str, object] = {}
    if several:
        body = {"pixel_code": draft.account, "batch": [_of_batch(event) for event in events]}
    elif isinstance(events[0], dict):
        body = dict(events[0])
    if draft.test_code:
        body["test_event_code"] = draft.test_code
    call = "pixel_batch" if several else "pixel_track"
    return (
        "import os\n\n"
        "from business_api_client import ApiClient\n"
        "from business_api_client.api.event_callback_api import EventCallbackApi\n\n"
        f"body = {python_literal(body)}\n"
        f'print(EventCallbackApi(ApiClient()).{call}(os.environ["{TOKEN}"], body=body))\n'
    )


def _of_batch(event: object) -> object:
    """An event of a batch: the pixel code stands beside the list; the SDK's batch calls each event a track."""
    if not isinstance(event, dict):
        return event
    return {"type": "track", **{key: value for key, value in event.items() if key != "pixel_code"}}


def _track(event: Mapping[str, object]) -> str:
    properties = event.get("properties") or {}
    event_id = event.get("event_id")
    options = f", {{event_id: {script(event_id)}}}" if event_id else ""
    name = script(event.get("event"))
    if event.get("event") == "Pageview":
        return "ttq.page();"
    return f"ttq.track({name}, {script(properties, indent=2)}{options});"
