"""Small readers of what HTTP carries: pairs, parts and JSON, each bounded in time and memory.

Nothing here knows a platform, and nothing here raises on bad input: a reader gives what it could read and says in one
word what stopped it. Numbers in JSON stay the text they were, so that an 18-digit ID or `142.520` survives unharmed.
"""

from __future__ import annotations

import json
import re
import zlib
from json.encoder import encode_basestring as _quoted
from operator import methodcaller
from urllib.parse import quote, unquote

from msgspec import Struct

from app.model import Request, Response

MAX_PAIRS = 10_000  # parameters read from one request; the real pixel sends about fifty
MAX_BODY = 16 * 1024 * 1024  # bytes read of one body, also after inflating it
MAX_WRAPPED = 3  # times that JSON may have been made text of JSON text
MAX_DEPTH = 60  # nesting that is still written out as text

type Json = dict[str, Json] | list[Json] | str | bool | None
type Pairs = list[tuple[str, str]]


class Number(str):
    """A JSON number, kept as the text it was on the wire."""

    __slots__ = ()


class Parsed(Struct, frozen=True, gc=False):
    """JSON that was read, or one word on why not: "not-json", "too-deep", "too-large"."""

    value: Json
    trouble: str = ""


_DECODER = json.JSONDecoder(parse_float=Number, parse_int=Number, parse_constant=Number, strict=False)
_ESCAPED = {f"{code:02{case}}": chr(code) for code in range(128) for case in "xX"}


_MARKS = (("%22", '"'), ("%2C", ","), ("%3A", ":"), ("%2F", "/"), ("%7B", "{"), ("%7D", "}"))
"""What JSON is full of. No mark is a hexadecimal digit, so undoing them first makes no new escape."""
_JSON = ("%7B", "%5B")  # how it begins


_AT_EQUALS = methodcaller("partition", "=")


_METHOD = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}")
_LONGEST_METHOD = 200


def is_method(text: str) -> bool:
    """Whether a text can be a request's method. RFC 9110 allows any token, and names none but letters and hyphens."""
    return bool(_METHOD.fullmatch(text))


def method_of(text: str) -> str:
    """A method from a stranger: as it is, or percent-encoded, so that nothing in it is a command to anybody."""
    return text if is_method(text) else quote(text[:_LONGEST_METHOD], safe="", errors="replace")


def percent_decoded(text: str) -> str:
    """Undo one layer of percent-encoding as UTF-8; broken escapes stay as they are."""
    if "%" not in text:
        return text
    if text.startswith(_JSON):
        for escape, mark in _MARKS:
            text = text.replace(escape, mark)
        if "%" not in text:
            return text
    first, *rest = text.split("%")
    try:
        # Nearly every escape on this wire is ASCII; a table is several times faster than the general way.
        return first + "".join([_ESCAPED[piece[:2]] + piece[2:] for piece in rest])
    except KeyError:
        return unquote(text)


def form_decoded(text: str) -> str:
    """Like `percent_decoded`, with `+` for a space, as in queries and urlencoded bodies."""
    return percent_decoded(text.replace("+", " ") if "+" in text else text)


def pieces_of(text: str) -> tuple[list[str], str]:
    """Split a query or an urlencoded body at its `&`, and one word on what could not be read.

    Empty pieces are left out. The word is "too-many-parameters" or empty.
    """
    pieces = text.split("&", MAX_PAIRS)
    trouble = ""
    if len(pieces) > MAX_PAIRS:
        pieces.pop()
        trouble = "too-many-parameters"
    return (list(filter(None, pieces)) if "" in pieces else pieces), trouble


def pairs_of(text: str) -> Pairs:
    """The decoded names and values of a query or an urlencoded body."""
    pieces, _ = pieces_of(text)
    return [
        (
            form_decoded(key) if "%" in key or "+" in key else key,  # a look costs less than a call
            form_decoded(value) if "%" in value or "+" in value else value,
        )
        for key, _, value in map(_AT_EQUALS, pieces)
    ]


_BOUNDARY = re.compile(r'boundary="?([^";,]+)"?', re.IGNORECASE)
_NAME = re.compile(r'[;\s]name="((?:[^"\\]|\\.)*)"|[;\s]name=([^\s;"]+)', re.IGNORECASE)


def parts_of(body: bytes, content_type: str) -> tuple[list[str], str]:
    """Split multipart form data by the boundary its header names, heads and all.

    The word is "too-many-parameters", or "body-incomplete" for a body that stops before its end mark.
    """
    found = _BOUNDARY.search(content_type)
    if not found:
        return [], "no-boundary"
    # A line break goes before every boundary but the first, and belongs to the boundary.
    text = "\r\n" + body.decode("utf-8", "replace")
    pieces = text.split(f"\r\n--{found[1].strip()}", MAX_PAIRS + 1)
    if len(pieces) > MAX_PAIRS + 1:
        return pieces[1:-1], "too-many-parameters"
    if pieces[-1].startswith("--"):
        return pieces[1:-1], ""
    return [*pieces[1:-1], pieces[-1].removesuffix("\r\n")], "body-incomplete"


def part_pair(part: str) -> tuple[str, str] | None:
    """A part's name and content as they stand, never decoded; None for a part without a name."""
    head, gap, content = part.partition("\r\n\r\n")
    name = _NAME.search(head[:2000]) if gap else None
    return ((name[1] if name[1] is not None else name[2]), content) if name else None


def multipart_pairs(body: bytes, content_type: str) -> tuple[Pairs, str]:
    """The names and contents of multipart form data, and one word on what could not be read."""
    parts, trouble = parts_of(body, content_type)
    return [pair for pair in map(part_pair, parts) if pair], trouble


def parsed(text: str | bytes) -> Parsed:
    """Read one JSON document."""
    if len(text) > MAX_BODY:
        return Parsed(None, "too-large")
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace").removeprefix("\ufeff")
    text = text.strip(" \t\r\n")
    try:
        value, end = _DECODER.raw_decode(text)
        if end < len(text):
            return Parsed(None, "not-json")
        return Parsed(_whole(value) if "\\u" in text and _HALVES.search(text) else value)
    except RecursionError:
        return Parsed(None, "too-deep")
    except ValueError:
        return Parsed(None, "not-json")


def repeated_members(text: bytes) -> list[str]:
    """The names that any object of a JSON document gives more than one value; empty when it is no JSON."""
    found: dict[str, None] = {}

    def look(pairs: list[tuple[str, Json]]) -> Json:
        value: dict[str, Json] = {}
        for name, item in pairs:
            if value.setdefault(name, item) != item:
                found[name] = None
        return value

    try:
        json.loads(text.decode("utf-8-sig", "replace"), object_pairs_hook=look, strict=False)
    except (ValueError, RecursionError):
        return []
    return list(found)


_HALVES = re.compile(r"\\u[dD][89a-fA-F]")


def _whole(value: Json) -> Json:
    """JSON can spell half a character; no file and no window takes one, so each becomes the replacement character."""
    if isinstance(value, dict):
        return {str(_whole(key)): _whole(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_whole(item) for item in value]
    if type(value) is str:
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value


def unwrapped(value: Json) -> Json:
    """JSON text as its value, also where it was made text more than once; what is no JSON stays as it stands."""
    for _ in range(MAX_WRAPPED):
        if not isinstance(value, str) or value.lstrip()[:1] not in ("{", "[", '"'):
            break
        read = parsed(value)
        if read.trouble:
            break
        value = read.value
    return value


def is_numbered(value: Json) -> bool:
    """Whether an object's names are all numbers: a list with gaps, as PHP writes one."""
    return isinstance(value, dict) and bool(value) and all(key.isdigit() for key in value)


def as_list(value: Json) -> Json:
    """An object whose names are all numbers as the list it stands for; anything else as it is."""
    return list(value.values()) if isinstance(value, dict) and is_numbered(value) else value


def read_at(text: str, start: int) -> Json:
    """The JSON value that begins at a place in a longer text; None when none does."""
    try:
        return _whole(_DECODER.raw_decode(text, start)[0])
    except (ValueError, RecursionError):
        return None


def text_of(value: Json | float, depth: int = 0) -> str:
    """A JSON value as the text a reader expects: strings bare, numbers as sent, anything else as compact JSON.

    Numbers that another reader loaded are Python's own.
    """
    if type(value) is str:
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    if isinstance(value, int | float):
        return json.dumps(value)
    return json_text(value, depth)


def json_text(value: Json, depth: int = 0) -> str:
    """Compact JSON with every number exactly as it came; cut with an ellipsis where it is nested beyond reason."""
    if depth > MAX_DEPTH:
        return '"…"'
    if isinstance(value, dict):
        inner = [
            f"{_quoted(key)}:{_quoted(item) if type(item) is str else json_text(item, depth + 1)}"  # saves most calls
            for key, item in value.items()
        ]
        return f"{{{','.join(inner)}}}"
    if isinstance(value, list):
        return f"[{','.join([json_text(item, depth + 1) for item in value])}]" if value else "[]"
    return _quoted(value) if type(value) is str else text_of(value)


def plain_body(message: Request | Response) -> bytes:
    """A body without a compression that nobody has removed yet, and never more than `MAX_BODY` bytes of it."""
    body = message.body[:MAX_BODY]
    if body[:1] in (b"\x1f", b"\x78"):
        return inflated(body, message.header("content-encoding"))
    return body


def still_compressed(message: Request | Response) -> bool:
    """Whether a body is yet in a coding that nothing here undoes; one that was undone left its header behind."""
    if not message.header("content-encoding").lower().endswith(("br", "zstd")):
        return False
    try:
        message.body[:1000].decode("utf-8")
    except UnicodeDecodeError as stop:
        return stop.start < 990  # not merely a character cut in two
    return False


def inflated(body: bytes, encoding: str = "") -> bytes:
    """Undo a gzip or deflate coding; never more than `MAX_BODY` bytes come out. Anything else stays as it is."""
    if body[:2] == b"\x1f\x8b":
        window = 31
    elif encoding.strip().lower() == "deflate" and body[:1] == b"\x78":
        window = 15
    else:
        return body
    try:
        return zlib.decompressobj(window).decompress(body, MAX_BODY)
    except zlib.error:
        return body
