"""A request or a draft as text for somebody else's tools: cURL, Python, an `fbq()` call, JSON, Markdown.

Secrets never come along: where one stood, or is due, stands the placeholder `ACCESS_TOKEN`, as an environment variable
where the text is to be run.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from pprint import pformat

from app.model import Draft, Event, Exchange, Provenance, Request
from app.platforms.meta.call import loaded
from app.platforms.meta.contract import NEWEST_VERSION
from app.platforms.meta.words import STANDARD_EVENTS
from app.redaction import Redactor, mask

TOKEN = "ACCESS_TOKEN"  # noqa: S105 - the placeholder's name
PROOF = "APPSECRET_PROOF"

# What tells the platform something; the rest (lengths, connections, cookies) belongs to the first trip.
_HEADERS = frozenset({"content-type", "user-agent", "accept", "origin", "referer", "authorization"})
_MASKED = re.compile(r"(appsecret_proof[^A-Za-z0-9*]{1,12})?(?:EAA)?\*\*\*[0-9a-f]{6}\**[A-Za-z0-9_.-]{0,4}")


def curl(request: Request) -> str:
    """A cURL command for a POSIX shell that sends the request again, its token from the variable ACCESS_TOKEN."""
    request = _shareable(request)
    lines = [f"curl -X {request.method} {_quoted(request.url)}"]
    lines += [f"-H {_quoted(f'{name}: {value}')}" for name, value in request.headers]
    body = _text(request)
    if body:
        lines.append(f"--data-raw {_quoted(body)}")
    elif request.body:
        lines.append("--data-binary @BODY_FILE  # the body is not text; save it to a file")
    return " \\\n  ".join(lines) + "\n"


def httpx_call(request: Request) -> str:
    """Python that sends the request again with httpx, its token from the variable ACCESS_TOKEN."""
    request = _shareable(request)
    text = _text(request)
    body = loaded(text)
    if isinstance(body, dict | list):
        content = f"json={_literal(body)}"
    else:
        content = f"content={_python(text)}.encode()" if text else f"content={request.body!r}" if request.body else ""
    arguments = [_python(request.method), _python(request.url), f"headers={_headers(request)}", content]
    inside = "".join(f"    {_indented(argument)},\n" for argument in arguments if argument)
    return f"import os\n\nimport httpx\n\nanswer = httpx.request(\n{inside})\nprint(answer.status_code, answer.text)\n"


def sdk_call(draft: Draft) -> str:
    """Python that sends a draft with Meta's own SDK, `facebook_business`, its token from the variable ACCESS_TOKEN."""
    params: dict[str, object] = {"data": [loaded(text) for text in draft.events]}
    if draft.test_code:
        params["test_event_code"] = draft.test_code
    version = draft.api_version or NEWEST_VERSION
    return (
        "import os\n\n"
        "from facebook_business.adobjects.adspixel import AdsPixel\n"
        "from facebook_business.api import FacebookAdsApi\n\n"
        f'FacebookAdsApi.init(access_token=os.environ["{TOKEN}"], api_version="{version}", crash_log=False)\n'
        f"params = {_literal(params)}\n"
        f"print(AdsPixel({_python(draft.account)}).create_event(params=params))\n"
    )


def fbq(draft: Draft) -> str:
    """The browser's half of a draft as calls of the pixel library, with the same event ID; empty for broken JSON."""
    calls = [f"fbq('init', {_script(draft.account)});"]
    for text in draft.events:
        event = loaded(text)
        if isinstance(event, Mapping):
            calls.append(_fbq(event))
    return "\n".join(calls) + "\n" if len(calls) > 1 else ""


def payload(draft: Draft) -> str:
    """The call's body as indented JSON; an event that is no JSON yet stands in it as text."""
    body: dict[str, object] = {"data": [loaded(text) for text in draft.events]}
    if draft.test_code:
        body["test_event_code"] = draft.test_code
    return json.dumps(body, indent=2, ensure_ascii=False) + "\n"


def markdown(event: Event) -> str:
    """An event as a Markdown table for a ticket; personal data sent in plain is replaced by a pseudonym."""
    veil = Redactor((event,)).near(event)
    lines = [
        f"**{_cell(event.name) or '(no event name)'}** · {event.side} · {event.platform} {event.account}",
        "",
        "| Parameter | Meaning | Value |",
        "| --- | --- | --- |",
    ]
    fields = (veil.field(each) for each in event.fields)
    lines += [f"| {_cell(field.key)} | {_cell(field.label)} | {_cell(field.value)} |" for field in fields]
    return "\n".join(lines) + "\n"


def _shareable(request: Request) -> Request:
    """The request less its secrets and its first trip's headers, with a token's place where one is due."""
    masked = mask(Exchange(Provenance.IMPORTED, request)).request
    headers = [(name, _placed(value)) for name, value in masked.headers if name.lower() in _HEADERS]
    url, text = _placed(masked.url), _placed(_text(masked))
    texts = (url, text, *(value for _, value in headers))
    if not any(TOKEN in text for text in texts) and re.search(r"/events/*(\?|$)", url):
        headers.append(("Authorization", f"Bearer {TOKEN}"))
    return Request(request.method, url, tuple(headers), text.encode() or masked.body)


def _placed(text: str) -> str:
    return _MASKED.sub(lambda match: f"{match[1]}{PROOF}" if match[1] else TOKEN, text)


def _text(request: Request) -> str:
    """The body as text; empty when it is none."""
    try:
        return request.body.decode()
    except UnicodeDecodeError:
        return ""


def _quoted(text: str) -> str:
    """A text in single quotes for the shell, the placeholders as variables between them."""
    parts = re.split(f"({TOKEN}|{PROOF})", text)
    return "".join(f'"${part}"' if part in (TOKEN, PROOF) else shlex.quote(part) for part in parts if part)


def _headers(request: Request) -> str:
    pairs = ", ".join(f"{_python(name)}: {_python(value)}" for name, value in request.headers)
    return f"{{{pairs}}}"


def _python(text: str) -> str:
    """A text as a Python expression, the placeholders read from the environment."""
    parts = re.split(f"({TOKEN}|{PROOF})", text)
    found = [f'os.environ["{part}"]' if part in (TOKEN, PROOF) else repr(part) for part in parts if part]
    return f"({' + '.join(found)})" if len(found) > 1 else "".join(found) or "''"


def _literal(value: object) -> str:
    """A JSON value as Python; a text that is a placeholder is read from the environment."""
    text = pformat(value, width=100, sort_dicts=False)
    return re.sub(f"'({TOKEN}|{PROOF})'", r'os.environ["\1"]', text)


def _indented(text: str) -> str:
    return text.replace("\n", "\n    ")


def _fbq(event: Mapping[str, object]) -> str:
    name = event.get("event_name")
    verb = "track" if name in STANDARD_EVENTS else "trackCustom"
    custom, event_id = event.get("custom_data") or {}, event.get("event_id")
    options = f", {{eventID: {_script(event_id)}}}" if event_id else ""
    return f"fbq('{verb}', {_script(name)}, {_script(custom, indent=2)}{options});"


def _script(value: object, indent: int | None = None) -> str:
    """A value as JavaScript that is safe inside a page's script element too."""
    return json.dumps(value, indent=indent, ensure_ascii=False).replace("</", "<\\/").replace("<!--", "<\\!--")


def _cell(text: str) -> str:
    """A text inside a table's cell: on one line, and read as it stands."""
    flat = re.sub(r"\s+", " ", text)
    return re.sub(r"([\\`*_{}\[\]<>|#~])", r"\\\1", flat)
