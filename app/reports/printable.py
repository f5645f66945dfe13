"""Text and JSON as they may be printed: a terminal obeys some characters, and traffic may hold any."""

from __future__ import annotations

import json
import re
import sys

import msgspec

# What a terminal obeys (C0, C1), what reorders or hides the text around it, and lone surrogates: no output takes them.
_COMMANDS = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")


def plain(text: str) -> str:
    """Text from the wire so that no terminal obeys it: control and direction characters as their codes."""
    return _COMMANDS.sub(lambda letter: f"⟨U+{ord(letter[0]):04X}⟩", text)


def printable_json(document: object) -> str:
    """A document as JSON to print: readable where the output can hold it, and nothing in it a terminal would obey."""
    text = json.dumps(document, indent=1, ensure_ascii=not takes_all_letters())
    return _COMMANDS.sub(lambda letter: letter[0] if letter[0] == "\n" else f"\\u{ord(letter[0]):04x}", text)


def json_line(part: object, *, ascii_only: bool = False) -> str:
    """A part of a document as JSON on one line, with nothing in it that a terminal would obey."""
    try:
        data = msgspec.json.encode(part)
    except UnicodeEncodeError:  # half a surrogate pair, which only an escape can stand for
        return _escaped(part)
    if data.isascii() and b"\x7f" not in data:
        return data.decode("ascii")
    if ascii_only:
        return _escaped(part)
    return _COMMANDS.sub(lambda letter: f"\\u{ord(letter[0]):04x}", data.decode())


def _escaped(part: object) -> str:
    return json.dumps(msgspec.to_builtins(part)).replace("\x7f", "\\u007f")


def takes_all_letters() -> bool:
    """Whether standard output is of an encoding that has every letter."""
    return (sys.stdout.encoding or "").lower() in ("utf-8", "utf8")
