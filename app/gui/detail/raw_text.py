"""An exchange written out as text: as it was sent, or decoded for reading. Nothing is parsed into values and written
back, so numbers, duplicate keys and the order of everything stay as they stood on the wire."""

from __future__ import annotations

import re
from collections.abc import Callable
from email.message import Message
from urllib.parse import unquote_plus, urlsplit

from app.gui.drawing.wire_text import visible
from app.model import Exchange, Headers, Request, Response

BODY_SHOWN = 256_000  # bytes of a body that are ever looked at here
_HEX_SHOWN = 256
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"?|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)
_DEPTH = 40  # deeper levels are no longer indented
_LAID_OUT = 60_000  # characters of a form value that are looked at for JSON
_WRITTEN = 400_000  # characters of JSON laid out: indentation can make little of it large


def heading(text: str) -> str:
    """A line that opens a section."""
    return f"── {text} "


def as_sent(exchange: Exchange) -> str:
    """Request and answer as they stood on the wire, content encoding removed."""
    request = exchange.request
    parts = [heading("Request"), visible(f"{request.method} {request.url}"), *_headers(request.headers), ""]
    parts += _body(request.body, request.truncated, pretty=None)
    return "\n".join([*parts, "", *_answer(exchange, pretty=False)])


def readable(exchange: Exchange) -> str:
    """Request and answer with query, forms and JSON laid out, one value to a line."""
    request = exchange.request
    address, _, query = request.url.partition("?")
    parts = [heading("Request"), visible(f"{request.method} {address}")]
    if query:
        parts += ["", heading("Query"), *_pairs(query.partition("#")[0])]
    if request.body or request.truncated:
        kind = request.header("content-type")
        parts += ["", heading(f"Body · {visible(kind)}" if kind else "Body")]
        parts += _body(request.body, request.truncated, pretty=kind)
    parts += ["", heading("Headers"), *_headers(request.headers)]
    return "\n".join([*parts, "", *_answer(exchange, pretty=True)])


def answer_body(response: Response) -> str:
    """The body of an answer laid out."""
    return "\n".join(_body(response.body, response.truncated, pretty=response.header("content-type")))


def request_line(request: Request) -> str:
    """Method and path, for a heading."""
    try:
        path = urlsplit(request.url).path
    except ValueError:
        path = request.url
    return visible(f"{request.method} {path[:160]}")


def _answer(exchange: Exchange, *, pretty: bool) -> list[str]:
    response = exchange.response
    if response is None:
        return [heading("Answer"), visible(exchange.error or "No answer was seen.")]
    body = _body(response.body, response.truncated, pretty=response.header("content-type") if pretty else None)
    head = [heading("Answer"), f"HTTP {response.status}", *_headers(response.headers)]
    return [*head, "", *body] if body else head


def _headers(headers: Headers) -> list[str]:
    return [f"{visible(name)}: {visible(value)}" for name, value in headers]


def _body(body: bytes, truncated: bool, *, pretty: str | None) -> list[str]:
    if not body:
        return ["(the body was longer than the capture limit)"] if truncated else []
    shown = body[:BODY_SHOWN]
    lines = _binary(shown) if _is_binary(shown) else _text(shown, pretty)
    if len(body) > BODY_SHOWN:
        lines.append(f"… {len(body) - BODY_SHOWN:,} more bytes are in the session and in its exports")
    if truncated:
        lines.append("… cut at the capture limit")
    return lines


def _is_binary(body: bytes) -> bool:
    head = body[:1024]
    return b"\0" in head or head.startswith((b"GIF8", b"\x89PNG", b"\xff\xd8", b"\x1f\x8b"))


def _binary(body: bytes) -> list[str]:
    rows = [body[at : at + 16] for at in range(0, min(len(body), _HEX_SHOWN), 16)]
    lines = [f"(binary, {len(body):,} bytes)"]
    for at, row in enumerate(rows):
        letters = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
        lines.append(f"{at * 16:04x}  {row.hex(' '):<47}  {letters}")
    return lines


def _text(body: bytes, pretty: str | None) -> list[str]:
    text = body.decode("utf-8", "backslashreplace")
    if pretty is not None:
        kind = pretty.lower()
        stripped = text.lstrip("\ufeff \t\r\n")
        if "multipart/" in kind:
            return _multipart(body, pretty)
        if "x-www-form-urlencoded" in kind and not stripped.startswith(("{", "[")):
            return _pairs(text)
        if stripped.startswith(("{", "[")):
            return indented(text)
    return [visible(line) for line in text.splitlines()]


def _pairs(query: str) -> list[str]:
    pairs = [piece.partition("=") for piece in query.split("&") if piece]
    lines: list[str] = []
    for name, equals, value in pairs:
        lines += _pair(unquote_plus(name), unquote_plus(value) if equals else None)
    return lines


def _pair(name: str, value: str | None) -> list[str]:
    key = visible(name)
    if value is None:
        return [key]
    if value[:1] in ("{", "[") and len(value) <= _LAID_OUT:
        inner = indented(value)
        return [f"{key} = {inner[0]}", *(f"    {line}" for line in inner[1:])]
    return [f"{key} = {visible(value)}"]


def _multipart(body: bytes, kind: str) -> list[str]:
    boundary = _parameter(kind, "boundary")
    if not boundary:
        return [visible(line) for line in body.decode("utf-8", "backslashreplace").splitlines()]
    lines: list[str] = []
    for part in body.split(b"--" + boundary.encode("latin-1", "replace"))[1:]:
        if part.startswith(b"--"):
            break
        head, _, content = part.partition(b"\r\n\r\n")
        name = re.search(rb'name="([^"]*)"', head)
        value = content.removesuffix(b"\r\n").decode("utf-8", "backslashreplace")
        lines += _pair(name.group(1).decode("utf-8", "backslashreplace") if name else "(part without a name)", value)
    return lines


def _parameter(header: str, name: str) -> str:
    message = Message()
    message["content-type"] = header.replace("\n", " ").replace("\r", " ")
    found = message.get_param(name)
    return found if isinstance(found, str) else ""


def indented(text: str, shown: Callable[[str], str] = visible) -> list[str]:
    """JSON laid out by its own tokens: valid or not, it comes out whole, every token as it was written.

    `shown` is how a token is put down; an editor that gives the text back wants it unchanged.
    """
    lines: list[str] = []
    line: list[str] = []
    depth = written = 0
    previous = ""
    for found in _TOKEN.finditer(text):
        piece = found.group()
        opened = previous in ("{", "[")
        closes = piece in ("}", "]")
        if line and (previous == "," or (opened and not closes) or (closes and not opened)):
            lines.append("  " * min(depth, _DEPTH) + "".join(line))
            written += len(lines[-1])
            line = []
            if written > _WRITTEN:
                return [*lines, f"… {len(text) - found.start():,} more characters"]
        if opened and not closes:
            depth += 1
        elif closes and not opened:
            depth = max(depth - 1, 0)
        line.append(": " if piece == ":" else shown(piece))
        previous = piece if not (closes and opened) else "closed"
    return [*lines, "  " * min(depth, _DEPTH) + "".join(line)] if line else lines or [""]
