"""JSON as text: where values begin and end in it, so that what goes on keeps the spelling it came with.

`142.520` and `1e21` would be other numbers' spellings after a round through a parser; evidence keeps the first one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from app.formats.errors import FormatError

_DECODER = json.JSONDecoder()
_PARTS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_BLANK = " \t\r\n"
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


class Value(NamedTuple):
    """A JSON value with the text it stood in."""

    text: str
    value: Any


class BrokenError(Exception):
    """The text stops being JSON at `position`, counted in characters from 0."""

    def __init__(self, text: str, position: int, reason: str) -> None:
        super().__init__(reason)
        self.position = position
        self.line = text.count("\n", 0, position) + 1
        self.column = position - text.rfind("\n", 0, position)
        self.reason = reason

    @property
    def where(self) -> str:
        """The place and the reason in words."""
        return f"line {self.line}, column {self.column}: {self.reason}"


def decoded(data: bytes, name: str) -> str:
    """A file's bytes as text. Raises `FormatError` when they are no text."""
    encoding = next((encoding for mark, encoding in _MARKS if data.startswith(mark)), "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise FormatError(
            f"{name} is no text file (byte {error.start} is not {encoding}). Pixelpair reads HAR, JSON, JSON Lines "
            "and its own session files."
        ) from error
    if not text.strip():
        raise FormatError(f"{name} is empty. Export it again.")
    return text


def parse(text: str, start: int = 0) -> tuple[Any, int]:
    """The value that begins at `start`, and where it ends. Raises `BrokenError`."""
    try:
        return _DECODER.raw_decode(text, _past_blank(text, start))
    except json.JSONDecodeError as error:
        cut = error.pos >= len(text.rstrip()) or "Unterminated" in error.msg
        reason = "the text breaks off here" if cut else error.msg[0].lower() + error.msg[1:]
        raise BrokenError(text, error.pos, reason) from error
    except RecursionError as error:
        raise BrokenError(text, start, "nested too deeply to be read") from error
    except ValueError as error:  # a number of thousands of digits
        raise BrokenError(text, start, str(error).partition(";")[0].lower()) from error


def elements(text: str, start: int) -> Iterator[Value]:
    """The elements of the list that begins at `start`, as they are read. Raises `BrokenError` where they stop."""
    at = _past_blank(text, start + 1)
    if text[at : at + 1] == "]":
        return
    while True:
        value, end = parse(text, at)
        yield Value(text[at:end], value)
        at = _past_blank(text, end)
        if text[at : at + 1] == "]":
            return
        if text[at : at + 1] != ",":
            reason = "the text breaks off here" if at >= len(text) else "a comma or the end of the list is missing"
            raise BrokenError(text, at, reason)
        at = _past_blank(text, at + 1)


def members(item: Value) -> dict[str, Value]:
    """The members of an object, each with its own text."""
    try:
        parts = _PARTS.decode(item.text)
        return {key: Value(str(part, "utf-8"), item.value[key]) for key, part in parts.items()}
    except (msgspec.DecodeError, UnicodeError):  # what is JSON to Python alone: NaN, halves of a surrogate pair
        return _members(item.text)


def _members(text: str) -> dict[str, Value]:
    found: dict[str, Value] = {}
    at = _past_blank(text, 1)
    while text[at] != "}":
        key, end = _DECODER.raw_decode(text, at)
        start = _past_blank(text, _past_blank(text, end) + 1)
        value, end = _DECODER.raw_decode(text, start)
        found[key] = Value(text[start:end], value)
        at = _past_blank(text, end)
        if text[at] == ",":
            at = _past_blank(text, at + 1)
    return found


def _past_blank(text: str, at: int) -> int:
    while at < len(text) and text[at] in _BLANK:
        at += 1
    return at
