"""A request or a draft as text for somebody else's tools: cURL, Python, JSON, Markdown.

What is a platform's own (its library's call, its SDK) is among its `ServerApi.snippets`. Secrets never come along:
where one stood, or is due, stands the placeholder `ACCESS_TOKEN`, as an environment variable where the text is to be
run. Everything else came from strangers: it is quoted for whoever reads the text next, so that a shell, Python, a page
or a ticket takes it for what it is, a word.
"""

from __future__ import annotations

import re
import shlex
from urllib.parse import quote

from msgspec.structs import replace

from app.model import Event, Exchange, Provenance, Request
from app.outgoing import Auth, Draft
from app.platforms import platform_of, server_hosts, server_of
from app.platforms.local_address import resolved
from app.platforms.reading import method_of
from app.platforms.server_api import ComposeError, ServerApi
from app.platforms.snippet_text import (
    PLACEHOLDERS,
    PROOF,
    TOKEN,
    json_shown,
    parts_of,
    python_literal,
    python_text,
    value_of,
    whole,
)
from app.redaction import Redactor, mask
from app.sending.auth import shown_with, without_token

# What tells the platform something; the rest (lengths, connections, cookies) belongs to the first trip.
_HEADERS = frozenset({"content-type", "user-agent", "accept", "origin", "referer", "authorization"})
_MASKED = re.compile(r"(appsecret_proof[^A-Za-z0-9*]{1,12})?(?:EAA)?\*\*\*[0-9a-f]{6}\**[A-Za-z0-9_.-]{0,4}")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
"""What a terminal may obey when a text is pasted into it, quoted or not, and what is no character."""
_BLANK = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def curl(request: Request, auth: Auth | None = None) -> str:
    """A cURL command for a POSIX shell that sends the request again, its token from the variable ACCESS_TOKEN.

    `auth` is where the token goes, unless the address tells. A body that is no text, or that a terminal would obey,
    comes by way of `printf`.
    """
    request = _shareable(request, auth)
    lines = [f"curl -X {_quoted(request.method)} {_address(request.url)}"]
    lines += [f"-H {_quoted(f'{name}: {value}')}" for name, value in request.headers]
    body = _text(request)
    if body and not _CONTROL.search(body):
        lines.append(f"--data-raw {_quoted(body)}")
    elif request.body:
        lines[0] = f"printf '%b' {_printed(request.body)} |\n  {lines[0]}"
        lines.append("--data-binary @-")
    return " \\\n  ".join(lines) + "\n"


def httpx_call(request: Request, auth: Auth | None = None) -> str:
    """Python that sends the request again with httpx, its token from the variable ACCESS_TOKEN. `auth` as in `curl`."""
    request = _shareable(request, auth)
    text = _text(request)
    body = value_of(text)
    if isinstance(body, dict | list):
        content = f"json={python_literal(body)}"
    else:
        content = (
            f"content={python_text(text)}.encode()" if text else f"content={request.body!r}" if request.body else ""
        )
    arguments = [python_text(request.method), python_text(request.url), f"headers={_headers(request)}", content]
    inside = "".join(f"    {argument},\n" for argument in arguments if argument)
    return f"import os\n\nimport httpx\n\nanswer = httpx.request(\n{inside})\nprint(answer.status_code, answer.text)\n"


def payload(draft: Draft) -> str:
    """The call's body as indented JSON; of a draft that is no request yet, its events, broken ones as text."""
    api = server_of(draft.platform)
    if not api.account.fits(draft.account) and api.account.example:
        draft = replace(draft, account=api.account.example)  # the body of a call that has no place to go yet
    try:
        found = value_of(api.outgoing(draft, api.base_url).request.body.decode())
    except ComposeError:
        found = [value_of(text) for text in draft.events]
    return json_shown(found, indent=2) + "\n"


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


def _shareable(request: Request, auth: Auth | None) -> Request:
    """The request less its secrets and its first trip's headers, with a token's place where one is due."""
    api = _api_of(request)
    auth = auth or (api.auth if api else None)
    telling = _HEADERS | {name.lower() for name in (api.headers if api else ())}
    masked = mask(Exchange(Provenance.IMPORTED, request)).request
    headers = [
        (name, _placed(_BLANK.sub(" ", whole(value)))) for name, value in masked.headers if name.lower() in telling
    ]
    url, text = _placed(masked.url), _placed(_text(masked))
    placed = any(TOKEN in part for part in (url, text, *(value for _, value in headers)))
    method = method_of(request.method) if _BLANK.search(whole(request.method)) else whole(request.method)
    address = _BLANK.sub(lambda found: quote(found[0]), whole(url))
    found = Request(method, address, tuple(headers), text.encode() or masked.body)
    if auth is None:
        return found
    bare = without_token(found, auth)  # a secret that nobody knows by its look stands there, too
    return shown_with(bare, auth, TOKEN) if bare != found or not placed else found


def _api_of(request: Request) -> ServerApi | None:
    """The server API that a request calls; None for the browser's requests."""
    asked = replace(request, url=resolved(request.url, server_hosts()))
    found = platform_of(asked)
    return found.server if found and found.server and found.server.serves(asked) else None


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
    return "".join(f'"${part}"' if part in PLACEHOLDERS else shlex.quote(part) for part in parts_of(text)) or "''"


def _address(url: str) -> str:
    """A URL as an argument: never taken for an option, and its brackets for no list of further URLs."""
    option = "" if url.lower().startswith(("http://", "https://")) else "--url "
    return f"{option}{_quoted(url)}" + (" --globoff" if re.search(r"[\[\]{}]", url) else "")


def _printed(body: bytes) -> str:
    """Bytes as an argument of `printf '%b'`: letters and digits as they are, anything else by its number."""
    pieces = parts_of(body.decode("latin-1"))
    return "".join(f'"${part}"' if part in PLACEHOLDERS else f"'{_numbered(part)}'" for part in pieces)


def _numbered(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9 .,:;=&_/{}\[\]\"-]", lambda byte: f"\\0{ord(byte[0]):03o}", text)


def _headers(request: Request) -> str:
    pairs = ", ".join(f"{python_text(name)}: {python_text(value)}" for name, value in request.headers)
    return f"{{{pairs}}}"


def _cell(text: str) -> str:
    """A text inside a table's cell: on one line, and read as it stands: no mark-up, no element, no link."""
    flat = re.sub(r"[\s\x00-\x1f\x7f-\x9f]+", " ", whole(text)).replace("&", "&amp;")
    flat = re.sub(r"([\\`*_{}\[\]<>|#~$!])", r"\\\1", flat)
    return re.sub(r"(?i):(?=//)|(?<=\bwww)\.|(?<=mailto):", lambda found: f"\\{found[0]}", flat)
