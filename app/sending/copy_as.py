"""A request or a draft as text for somebody else's tools: cURL, Python, an `fbq()` call, JSON, Markdown.

Secrets never come along: where one stood, or is due, stands the placeholder `ACCESS_TOKEN`, as an environment variable
where the text is to be run. Everything else came from strangers: it is quoted for whoever reads the text next, so that
a shell, Python, a page or a ticket takes it for what it is, a word.
"""

from __future__ import annotations

import json
import math
import re
import shlex
from collections.abc import Mapping
from urllib.parse import quote

from app.model import Draft, Event, Exchange, Provenance, Request
from app.platforms.meta.call import loaded
from app.platforms.meta.contract import NEWEST_VERSION
from app.platforms.meta.words import STANDARD_EVENTS
from app.platforms.reading import method_of
from app.redaction import Redactor, mask

TOKEN = "ACCESS_TOKEN"  # noqa: S105 - the placeholder's name
PROOF = "APPSECRET_PROOF"

# What tells the platform something; the rest (lengths, connections, cookies) belongs to the first trip.
_HEADERS = frozenset({"content-type", "user-agent", "accept", "origin", "referer", "authorization"})
_MASKED = re.compile(r"(appsecret_proof[^A-Za-z0-9*]{1,12})?(?:EAA)?\*\*\*[0-9a-f]{6}\**[A-Za-z0-9_.-]{0,4}")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
"""What a terminal may obey when a text is pasted into it, quoted or not, and what is no character."""
_BLANK = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_DEEPEST = 100  # levels of a JSON value that are written out


def curl(request: Request) -> str:
    """A cURL command for a POSIX shell that sends the request again, its token from the variable ACCESS_TOKEN.

    A body that is no text, or that a terminal would obey, comes by way of `printf`.
    """
    request = _shareable(request)
    lines = [f"curl -X {_quoted(request.method)} {_address(request.url)}"]
    lines += [f"-H {_quoted(f'{name}: {value}')}" for name, value in request.headers]
    body = _text(request)
    if body and not _CONTROL.search(body):
        lines.append(f"--data-raw {_quoted(body)}")
    elif request.body:
        lines[0] = f"printf '%b' {_printed(request.body)} |\n  {lines[0]}"
        lines.append("--data-binary @-")
    return " \\\n  ".join(lines) + "\n"


def httpx_call(request: Request) -> str:
    """Python that sends the request again with httpx, its token from the variable ACCESS_TOKEN."""
    request = _shareable(request)
    text = _text(request)
    body = _value(text)
    if isinstance(body, dict | list):
        content = f"json={_literal(body)}"
    else:
        content = f"content={_python(text)}.encode()" if text else f"content={request.body!r}" if request.body else ""
    arguments = [_python(request.method), _python(request.url), f"headers={_headers(request)}", content]
    inside = "".join(f"    {argument},\n" for argument in arguments if argument)
    return f"import os\n\nimport httpx\n\nanswer = httpx.request(\n{inside})\nprint(answer.status_code, answer.text)\n"


def sdk_call(draft: Draft) -> str:
    """Python that sends a draft with Meta's own SDK, `facebook_business`, its token from the variable ACCESS_TOKEN."""
    params: dict[str, object] = {"data": [_value(text) for text in draft.events]}
    if draft.test_code:
        params["test_event_code"] = draft.test_code
    version = draft.api_version or NEWEST_VERSION
    return (
        "import os\n\n"
        "from facebook_business.adobjects.adspixel import AdsPixel\n"
        "from facebook_business.api import FacebookAdsApi\n\n"
        f'FacebookAdsApi.init(access_token=os.environ["{TOKEN}"], api_version={version!r}, crash_log=False)\n'
        f"params = {_literal(params, '')}\n"
        f"print(AdsPixel({_python(draft.account)}).create_event(params=params))\n"
    )


def fbq(draft: Draft) -> str:
    """The browser's half of a draft as calls of the pixel library, with the same event ID; empty for broken JSON."""
    calls = [f"fbq('init', {_script(draft.account)});"]
    for text in draft.events:
        event = _value(text)
        if isinstance(event, Mapping):
            calls.append(_fbq(event))
    return "\n".join(calls) + "\n" if len(calls) > 1 else ""


def payload(draft: Draft) -> str:
    """The call's body as indented JSON; an event that is no JSON yet stands in it as text."""
    body: dict[str, object] = {"data": [_value(text) for text in draft.events]}
    if draft.test_code:
        body["test_event_code"] = draft.test_code
    return _json(body, indent=2) + "\n"


def markdown(event: Event) -> str:
    """An event as a Markdown table for a ticket; personal data sent in plain is replaced by a pseudonym."""
    veil = Redactor((event,)).near(event)
    name = _cell(event.name).strip() or "(no event name)"
    lines = [
        f"**{name}** · {event.side} · {event.platform} {_cell(event.account)}",
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
    headers = [
        (name, _placed(_BLANK.sub(" ", _whole(value)))) for name, value in masked.headers if name.lower() in _HEADERS
    ]
    url, text = _placed(masked.url), _placed(_text(masked))
    texts = (url, text, *(value for _, value in headers))
    if not any(TOKEN in text for text in texts) and re.search(r"/events/*(\?|$)", url):
        headers.append(("Authorization", f"Bearer {TOKEN}"))
    method = method_of(request.method) if _BLANK.search(_whole(request.method)) else _whole(request.method)
    address = _BLANK.sub(lambda found: quote(found[0]), _whole(url))
    return Request(method, address, tuple(headers), text.encode() or masked.body)


def _whole(text: str) -> str:
    """Text without halves of characters, which no clipboard and no program takes."""
    return text.encode("utf-8", "replace").decode()


def _value(text: str) -> object:
    """JSON text as its value; text that is none, or nested beyond reason, as it stands."""
    value = loaded(text)
    return text if _too_deep(value) else value


def _too_deep(value: object) -> bool:
    level = [value]
    for _ in range(_DEEPEST):
        level = [inner for each in level for inner in _members(each)]
        if not level:
            return False
    return True


def _members(value: object) -> list[object]:
    if isinstance(value, Mapping):
        return list(value.values())
    return value if isinstance(value, list) else []


def _placed(text: str) -> str:
    return _MASKED.sub(lambda match: f"{match[1]}{PROOF}" if match[1] else TOKEN, text)


def _text(request: Request) -> str:
    """The body as text; empty when it is none."""
    try:
        return request.body.decode()
    except UnicodeDecodeError:
        return ""


def _address(url: str) -> str:
    """A URL as an argument: never taken for an option, and its brackets for no list of further URLs."""
    option = "" if url.lower().startswith(("http://", "https://")) else "--url "
    return f"{option}{_quoted(url)}" + (" --globoff" if re.search(r"[\[\]{}]", url) else "")


def _quoted(text: str) -> str:
    """A text in single quotes for the shell, the placeholders as variables between them."""
    parts = re.split(f"({TOKEN}|{PROOF})", text)
    return "".join(f'"${part}"' if part in (TOKEN, PROOF) else shlex.quote(part) for part in parts if part) or "''"


def _printed(body: bytes) -> str:
    """Bytes as an argument of `printf '%b'`: letters and digits as they are, anything else by its number."""
    parts = re.split(rf"({TOKEN}|{PROOF})".encode(), body)
    return "".join(
        f'"${part.decode()}"' if part in (TOKEN.encode(), PROOF.encode()) else f"'{_numbered(part)}'"
        for part in parts
        if part
    )


def _numbered(data: bytes) -> str:
    return re.sub(r"[^A-Za-z0-9 .,:;=&_/{}\[\]\"-]", lambda byte: f"\\0{ord(byte[0]):03o}", data.decode("latin-1"))


def _headers(request: Request) -> str:
    pairs = ", ".join(f"{_python(name)}: {_python(value)}" for name, value in request.headers)
    return f"{{{pairs}}}"


def _python(text: str) -> str:
    """A text as a Python expression, the placeholders read from the environment."""
    parts = re.split(f"({TOKEN}|{PROOF})", text)
    found = [f'os.environ["{part}"]' if part in (TOKEN, PROOF) else repr(part) for part in parts if part]
    return f"({' + '.join(found)})" if len(found) > 1 else "".join(found) or "''"


def _literal(value: object, margin: str = "    ") -> str:
    """A JSON value as Python, one member to a line; a placeholder in a text is read from the environment."""
    inner = margin + "    "
    match value:
        case str():
            return _python(value)
        case float() if not math.isfinite(value):
            return f'float("{value}")'
        case dict() if value:
            members = "".join(f"{inner}{_python(key)}: {_literal(item, inner)},\n" for key, item in value.items())
            return f"{{\n{members}{margin}}}"
        case list() if value:
            items = "".join(f"{inner}{_literal(item, inner)},\n" for item in value)
            return f"[\n{items}{margin}]"
        case _:
            return repr(value)


def _fbq(event: Mapping[str, object]) -> str:
    name = event.get("event_name")
    verb = "track" if isinstance(name, str) and name in STANDARD_EVENTS else "trackCustom"
    custom, event_id = event.get("custom_data") or {}, event.get("event_id")
    options = f", {{eventID: {_script(event_id)}}}" if event_id else ""
    return f"fbq('{verb}', {_script(name)}, {_script(custom, indent=2)}{options});"


def _script(value: object, indent: int | None = None) -> str:
    """A value as JavaScript that is safe inside a page's script element too."""
    text = re.sub(r"<(?=!--|script)", r"\\u003c", _json(value, indent), flags=re.IGNORECASE)
    return text.replace("</", "<\\/").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _json(value: object, indent: int | None = None) -> str:
    """JSON as people read it; halves of characters, which no clipboard takes, stay escaped."""
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    return re.sub("[\x7f-\x9f\ud800-\udfff]", lambda found: f"\\u{ord(found[0]):04x}", text)


def _cell(text: str) -> str:
    """A text inside a table's cell: on one line, and read as it stands: no mark-up, no element, no link."""
    flat = re.sub(r"[\s\x00-\x1f\x7f-\x9f]+", " ", _whole(text)).replace("&", "&amp;")
    flat = re.sub(r"([\\`*_{}\[\]<>|#~$!])", r"\\\1", flat)
    return re.sub(r"(?i):(?=//)|(?<=\bwww)\.|(?<=mailto):", lambda found: f"\\{found[0]}", flat)
