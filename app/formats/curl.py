"""cURL commands in a file: a backend's examples, a ticket's attachment, "Copy as cURL" from a browser's tools."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from urllib.parse import quote, urlencode

from app.formats.errors import FormatError
from app.model import Exchange, Provenance, Request
from app.session.file import Skipped

_START = re.compile(r"^[^\S\n]*(?:\$ ?)?curl(?:\.exe)?(?=[\s\\])", re.MULTILINE)
_HEAD = 65_536  # characters in which the first command has begun
_BLANKS = re.compile(r"[ \t\r\n]++")
_PIECE = re.compile(r"([^\s'\"\\]++|(?![ \t\r\n])\s)|'([^']*+)'|\"((?:[^\"\\]|\\.)*+)\"|\\(.)", re.DOTALL)
_QUOTED_ESCAPE = re.compile(r"\\([\"\\])")
_COMMENT = re.compile(r"^[^\S\n]*#.*$", re.MULTILINE)


class CurlError(Exception):
    """The text is no cURL command that can be read; the message says why, and is fit to show."""


def looks_like(text: str) -> bool:
    """Whether the text's first word that is no comment is a cURL command."""
    return bool(_START.match(_COMMENT.sub("", text[:_HEAD]).lstrip()))


def read(text: str, name: str) -> tuple[tuple[Exchange, ...], tuple[Skipped, ...]]:
    """The requests that the commands would send, and the commands that are of no use, by their place from 0.

    Raises `FormatError` when none is of any use.
    """
    starts = [found.start() for found in _START.finditer(text)]
    exchanges: list[Exchange] = []
    skipped: list[Skipped] = []
    for index, (start, end) in enumerate(zip(starts, [*starts[1:], len(text)], strict=True)):
        command = _COMMENT.sub("", text[start:end]).strip().replace("curl.exe", "curl", 1)
        try:
            exchanges.append(Exchange(Provenance.IMPORTED, request_of(command), source=name))
        except CurlError as error:
            skipped.append(Skipped(index, str(error)))
    if not exchanges:
        reason = skipped[0].reason.rstrip(".") if skipped else "no line of it begins with one"
        raise FormatError(f"{name} holds no cURL command Pixelpair can read ({reason}).")
    return tuple(exchanges), tuple(skipped)


def request_of(text: str) -> Request:
    """The request that a cURL command would send. Raises `CurlError` for what is no such command."""
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
        raise CurlError("The cURL command names no address.")
    url = url if "://" in url else f"https://{url}"
    if in_query:
        return Request(method or "GET", url + ("&" if "?" in url else "?") + "&".join(data), tuple(headers))
    if multipart:  # the parts are plain texts, so the same parameters travel as a form
        data = [urlencode({name: content}) for name, _, content in (part.partition("=") for part in data)]
        headers = [(name, value) for name, value in headers if name.lower() != "content-type"]
    if data and not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", "application/x-www-form-urlencoded"))
    return Request(method or ("POST" if data else "GET"), url, tuple(headers), "&".join(data).encode())


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
    words = list(_split(joined))
    if words[:1] != ["curl"]:
        raise CurlError("This is no cURL command.")
    return words[1:]


def _split(text: str) -> Iterator[str]:
    """The words of a shell's line, as `shlex.split` gives them, in linear time."""
    at = 0
    while at < len(text):
        if gap := _BLANKS.match(text, at):
            at = gap.end()
            continue
        pieces: list[str] = []
        while piece := _PIECE.match(text, at):
            bare, single, double, escaped = piece.groups()
            pieces.append(bare or escaped or single or ("" if double is None else _QUOTED_ESCAPE.sub(r"\1", double)))
            at = piece.end()
        if at < len(text) and not _BLANKS.match(text, at):
            raise CurlError("A quote in the cURL command is never closed.")
        yield "".join(pieces)


def _unescaped(text: str) -> str:
    plain = {"n": "\n", "r": "\r", "t": "\t"}
    text = re.sub(r"\\u([0-9a-fA-F]{4})", lambda match: chr(int(match[1], 16)), text)
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # two halves are one character
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
        raise CurlError("The command reads its data from a file, which is not looked into. Paste the data itself.")
    return value
