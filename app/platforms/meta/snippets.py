"""A draft as Meta's own programs write it: a call of the pixel library, a call of the SDK."""

from __future__ import annotations

from collections.abc import Mapping

from app.outgoing import Draft
from app.platforms.meta.contract import NEWEST_VERSION
from app.platforms.meta.words import STANDARD_EVENTS
from app.platforms.snippet_text import TOKEN, library_calls, python_literal, python_text, script, value_of


def sdk_call(draft: Draft) -> str:
    """Python that sends a draft with Meta's own SDK, `facebook_business`, its token from the variable ACCESS_TOKEN."""
    params: dict[str, object] = {"data": [value_of(text) for text in draft.events]}
    if draft.test_code:
        params["test_event_code"] = draft.test_code
    version = draft.api_version or NEWEST_VERSION
    return (
        "import os\n\n"
        "from facebook_business.adobjects.adspixel import AdsPixel\n"
        "from facebook_business.api import FacebookAdsApi\n\n"
        f'FacebookAdsApi.init(access_token=os.environ["{TOKEN}"], api_version={version!r}, crash_log=False)\n'
        f"params = {python_literal(params, '')}\n"
        f"print(AdsPixel({python_text(draft.account)}).create_event(params=params))\n"
    )


def fbq(draft: Draft) -> str:
    """The browser's half of a draft as calls of the pixel library, with the same event ID; empty for broken JSON."""
    return library_calls(draft, f"fbq('init', {script(draft.account)});", _fbq)


def _fbq(event: Mapping[str, object]) -> str:
    name = event.get("event_name")
    verb = "track" if isinstance(name, str) and name in STANDARD_EVENTS else "trackCustom"
    custom, event_id = event.get("custom_data") or {}, event.get("event_id")
    options = f", {{eventID: {script(event_id)}}}" if event_id else ""
    return f"fbq('{verb}', {script(name)}, {script(custom, indent=2)}{options});"
