"""A draft as LinkedIn's own programs write it: a call of the Insight Tag, a call of the Rest.li client."""

from __future__ import annotations

from app.outgoing import Draft
from app.platforms.json_text import loaded, text_at
from app.platforms.linkedin.call import ID, with_rule
from app.platforms.linkedin.compose import VERSIONS
from app.platforms.snippet_text import TOKEN, python_literal, script


def lintrk(draft: Draft) -> str:
    """The browser's half of a draft as calls of the tag, with the same event ID; empty for broken JSON.

    The tag's rule is another one than the server's, which is all that a draft knows; so its place stays open.
    """
    calls = [_track(text) for text in draft.events if isinstance(loaded(text), dict)]
    head = f"// TAG_RULE: the rule made for the Insight Tag; {draft.account or 'the other one'} is the API's.\n"
    return head + "".join(calls) if calls else ""


def client_call(draft: Draft) -> str:
    """Python that sends a draft with `linkedin-api-client`, its token from the variable ACCESS_TOKEN."""
    events = [loaded(with_rule(text, draft.account)) for text in draft.events]
    several = len(events) != 1
    method, word, value = ("batch_create", "entities", events) if several else ("create", "entity", events[0])
    return (
        "import os\n\n"
        "from linkedin_api.clients.restli.client import RestliClient\n\n"
        "client = RestliClient()\n"
        f"answer = client.{method}(\n"
        '    resource_path="/conversionEvents",\n'
        f"    {word}={python_literal(value)},\n"
        f'    access_token=os.environ["{TOKEN}"],\n'
        f'    version_string="{draft.api_version or VERSIONS[0]}",\n'
        ")\n"
        "print(answer.status_code)\n"
    )


def _track(text: str) -> str:
    event_id = text_at(text, ID)
    options = f", event_id: {script(event_id)}" if event_id else ""
    return f"lintrk('track', {{ conversion_id: TAG_RULE{options} }});\n"
