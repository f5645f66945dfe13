"""A draft as X's own programs write it: a call of the pixel library, a call of the official Python client."""

from __future__ import annotations

from collections.abc import Mapping

from app.outgoing import Draft
from app.platforms.json_text import loaded
from app.platforms.snippet_text import TOKEN, library_calls, python_literal, script
from app.platforms.x.compose import path_for

_SAME = ("value", "conversion_id", "description", "search_string", "contents")
_RENAMED = {"price_currency": "currency", "number_items": "num_items"}


def twq(draft: Draft) -> str:
    """The browser's half of a draft as calls of the pixel library, with the same ID; empty for broken JSON."""
    return library_calls(draft, f"twq('config', {script(draft.account)});", _event)


def client_call(draft: Draft) -> str:
    """Python that sends a draft with `twitter-ads`, whose four keys it reads from the variable ACCESS_TOKEN."""
    body = {"conversions": [loaded(text) for text in draft.events]}
    return (
        "import json\nimport os\n\n"
        "from twitter_ads.client import Client\n"
        "from twitter_ads.http import Request\n\n"
        "# consumer key, consumer secret, access token and access token secret, joined by colons\n"
        f'client = Client(*os.environ["{TOKEN}"].split(":"))\n'
        f"body = {python_literal(body)}\n"
        f"path = {path_for(draft)!r}\n"
        'headers = {"Content-Type": "application/json"}\n'
        'answer = Request(client, "post", path, headers=headers, body=json.dumps(body)).perform()\n'
        "print(answer.code, answer.body)\n"
    )


def _event(event: Mapping[str, object]) -> str:
    data = {key: event[key] for key in _SAME if key in event}
    data |= {new: event[old] for old, new in _RENAMED.items() if old in event}
    return f"twq('event', {script(event.get('event_id'))}, {script(data, indent=2)});"
