"""Pasted text as a draft: a cURL command, a call's JSON, one event or a list of them. A token in it is left behind."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from urllib.parse import quote, urlencode

from app.model import Draft, Provenance, Request
from app.platforms.meta_call import events_of, loaded, parameters, split


class PasteError(Exception):
    """The text is nothing a draft can be made from; the message says what was expected, and is fit to show."""


def draft_of(text: str, account: str = "") -> Draft:
    """The draft in a pasted text; `account` is used where the text names none. Raises `PasteError`."""
    text = text.strip()
    if re.match(r"(\$ ?)?curl\s", text):
        return _of_call(request_of(text), account)
    if isinstance(loaded(text), dict | list):
        return _of_call(Request("POST", "", (("Content-Type", "application/json"),), text.encode()), account)
    raise PasteError("Paste a cURL command, or the JSON of a server event or of a whole call.")


def request_of(text: str) -> Request:
    """The request that a cURL command would send. Raises `PasteError` for what is no such command."""
    words = _words(text)
    url, method, multipart = "", "", False
    headers: list[tuple[str, str]] = []
    data: list[str] = []
    in_query = False
    for option, value in _options(words):
        match option:
            case "":
                url = url or value
            case "--url":
                url = value
            case "-X" | "--request":
                method = value
            case "-H" | "--header":
                name, _, content = value.partition(":")
                headers.append((name.strip(), content.strip()))
            case "-A" | "--user-agent":
                headers.append(("User-Agent", value))
            case "-G" | "--get":
                in_query = True
            case "-F" | "--form" | "--form-string":
                multipart = True
                data.append(_read_here(value, option))
            case "--json":
                headers += [("Content-Type", "application/json"), ("Accept", "application/json")]
                data.append(_read_here(value, option))
            case "--data-urlencode":
                data.append(_encoded(value))
            case "-d" | "--data" | "--data-ascii" | "--data-binary" | "--data-raw":
                data.append(_read_here(value, option))
    if not url:
        raise PasteError("The cURL command names no address.")
    url = url if "://" in url else f"https://{url}"
    if in_query:
        return Request(method or "GET", url + ("&" if "?" in url else "?") + "&".join(data), tuple(headers))
    if multipart:  # the parts are plain texts, so the same parameters travel as a form
        data = [urlencode({name: content}) for name, _, content in (part.partition("=") for part in data)]
        headers = [(name, value) for name, value in headers if name.lower() != "content-type"]
    if data and not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", "application/x-www-form-urlencoded"))
    return Request(method or ("POST" if data else "GET"), url, tuple(headers), "&".join(data).encode())


def _of_call(request: Request, account: str) -> Draft:
    events = events_of(request)
    if not events:
        raise PasteError("There is no server event in this text: it needs `data` with events, or an `event_name`.")
    path = re.search(r"/(?:v\d+\.\d+/+)?(\d+)/+events/*$", split(request.url).path)
    version = re.search(r"/(v\d+\.\d+)/", split(request.url).path)
    code = parameters(request).get("test_event_code")
    return Draft(
        "meta",
        path[1] if path else account,
        events,
        str(code) if code else None,
        version[1] if version else None,
        Provenance.SENT,
    )


# Options that stand alone, as far as people paste them; all others take the next word.
_ALONE = frozenset(
    {
        *("-G", "--get", "-i", "--include", "-k", "--insecure", "-L", "--location", "-s", "--silent", "-S"),
        *("--show-error", "-v", "--verbose", "-f", "--fail", "--compressed", "-g", "--globoff", "-N", "--no-buffer"),
        *("--http1.1", "--http2", "--http3", "-4", "-6", "-I", "--head", "-#", "--progress-bar", "--fail-with-body"),
    }
)


def _words(text: str) -> list[str]:
    """The command's words; line ends may be escaped as shells, PowerShell or cmd do it, `$'…'` quotes are undone."""
    joined = re.sub(r"[\\^`]\r?\n", " ", text.strip().removeprefix("$ "))
    joined = re.sub(r"\$'((?:[^'\\]|\\.)*)'", lambda match: shlex.quote(_unescaped(match[1])), joined, flags=re.DOTALL)
    try:
        words = shlex.split(joined)
    except ValueError as error:
        raise PasteError("A quote in the cURL command is never closed.") from error
    if words[:1] != ["curl"]:
        raise PasteError("This is no cURL command.")
    return words[1:]


def _unescaped(text: str) -> str:
    plain = {"n": "\n", "r": "\r", "t": "\t"}
    text = re.sub(r"\\u([0-9a-fA-F]{4})", lambda match: chr(int(match[1], 16)), text)
    return re.sub(r"\\(.)", lambda match: plain.get(match[1], match[1]), text, flags=re.DOTALL)


def _options(words: list[str]) -> Iterator[tuple[str, str]]:
    """Each option with its value; an address stands under an empty name."""
    waiting = iter(words)
    for word in waiting:
        if not word.startswith("-") or word == "-":
            yield "", word
        elif word in _ALONE:
            yield word, ""
        elif word.startswith("--") and "=" in word:
            name, _, value = word.partition("=")
            yield name, value
        elif not word.startswith("--") and len(word) > 2:
            if all(f"-{letter}" in _ALONE for letter in word[1:]):  # `-sS`
                yield from ((f"-{letter}", "") for letter in word[1:])
            else:  # `-XPOST`
                yield word[:2], word[2:]
        else:
            yield word, next(waiting, "")


def _encoded(value: str) -> str:
    name, equals, content = value.partition("=")
    return f"{name}={quote(content, safe='')}" if equals else quote(value, safe="")


def _read_here(value: str, option: str) -> str:
    content = value.partition("=")[2] if option in ("-F", "--form") else value
    if content.startswith(("@", "<")) and option not in ("--data-raw", "--form-string"):
        raise PasteError("The command reads its data from a file, which is not looked into. Paste the data itself.")
    return value
