"""JSON text edited in place: members and elements are cut out as they stand, and one can be set or taken away.

Texts are not parsed and written again: an ID of 17 digits, a price of 1.10 and the order of members stay what they
were. A path has dots between an object's names: `user_data.em`. A name that ends in `[]` is that of a list of objects,
which are read as one: `identifiers[].email` is in the first of them that has an `email`.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from math import isfinite

_DECODER = json.JSONDecoder()
_GAP = re.compile(r"[ \t\r\n]*")

_LONGEST_NUMBER = 40  # characters; nothing that long names a price


def loaded(value: object) -> object:
    """JSON text as its value; anything else, and text that is no JSON, as it stands."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def compact(value: object) -> str:
    """A value as JSON text without a space."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def number(text: str) -> object:
    """A number where it survives being one unchanged, else the text: `59.90`, but not `1,5`."""
    found = loaded(text) if len(text) <= _LONGEST_NUMBER else None
    if isinstance(found, bool) or not isinstance(found, int | float) or not isfinite(found):
        return text
    return found if Decimal(str(found)) == Decimal(text) else text


def complaint(text: str) -> str:
    """Where a text that should be a JSON object breaks, in words."""
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return f"{error.msg}, line {error.lineno}, column {error.colno}."
    except (ValueError, RecursionError):
        return "it is too large or too deep."
    return "it needs braces around its members."


def elements(text: str) -> tuple[str, ...] | None:
    """The texts of an array's elements; None when the text is no array."""
    if not text.lstrip().startswith("[") or not isinstance(loaded(text), list):
        return None
    found, at = [], _skip(text, text.index("[") + 1)
    while text[at] != "]":
        end = _end(text, at)
        found.append(text[at:end])
        at = _next(text, end)
    return tuple(found)


def members(text: str) -> tuple[tuple[str, str], ...] | None:
    """The names and texts of an object's members, in order; None when the text is no object."""
    if not text.lstrip().startswith("{") or not isinstance(loaded(text), dict):
        return None
    found, at = [], _skip(text, text.index("{") + 1)
    while text[at] != "}":
        name, end = _DECODER.raw_decode(text, at)
        start = _skip(text, text.index(":", end) + 1)
        end = _end(text, start)
        found.append((str(name), text[start:end]))
        at = _next(text, end)
    return tuple(found)


def with_member(text: str, name: str, value: str) -> str:
    """An object's text with one member's text set, everything else as it stood; the last of repeated names wins."""
    kept = dict(members(text) or ()) | {name: value}
    return "{" + ",".join(f"{json.dumps(key)}:{item}" for key, item in kept.items()) + "}"


def without_member(text: str, name: str) -> str:
    """An object's text less one member, everything else as it stood."""
    return "{" + ",".join(f"{json.dumps(key)}:{item}" for key, item in members(text) or () if key != name) + "}"


def raw_at(text: str, path: str) -> str:
    """The JSON text at a path; empty when nothing stands there."""
    name, inner, listed = _step(path)
    inside = dict(members(text) or ()).get(name, "")
    if not inner:
        return inside
    if listed:
        return next((found for each in elements(inside) or () if (found := raw_at(each, inner))), "")
    return raw_at(inside, inner)


def text_at(text: str, path: str) -> str:
    """The scalar at a path as text; numbers exactly as they stand; empty when there is none."""
    raw = raw_at(text, path)
    found = loaded(raw) if raw.startswith('"') else raw
    return found if isinstance(found, str) and found != "null" else ""


def with_text_at(text: str, path: str, value: str) -> str:
    """An object's text with the JSON text at a path set; what is missing on the way is made."""
    name, inner, listed = _step(path)
    if not inner:
        return with_member(text, name, value)
    inside = dict(members(text) or ()).get(name, "")
    if listed:
        items = [*(elements(inside) or ())]
        place = next((place for place, each in enumerate(items) if raw_at(each, inner)), len(items))
        items[place : place + 1] = [with_text_at([*items, "{}"][place], inner, value)]
        return with_member(text, name, f"[{','.join(items)}]")
    return with_member(text, name, with_text_at(inside if members(inside) is not None else "{}", inner, value))


def without_at(text: str, path: str) -> str:
    """An object's text less what stands at a path; an object of a list that is then empty goes as well."""
    name, inner, listed = _step(path)
    if not inner:
        return without_member(text, name)
    inside = dict(members(text) or ()).get(name, "")
    if listed:
        items = elements(inside) or ()
        gone = next((place for place, each in enumerate(items) if raw_at(each, inner)), None)
        if gone is None:
            return text
        rest = without_at(items[gone], inner)
        kept = (*items[:gone], *(() if rest == "{}" else (rest,)), *items[gone + 1 :])
        return with_member(text, name, f"[{','.join(kept)}]")
    return with_member(text, name, without_at(inside, inner)) if members(inside) is not None else text


def _step(path: str) -> tuple[str, str, bool]:
    """A path's first name, the rest of it, and whether the name is a list's."""
    outer, _, inner = path.partition(".")
    return outer.removesuffix("[]"), inner, outer.endswith("[]")


def _end(text: str, at: int) -> int:
    return _DECODER.raw_decode(text, at)[1]


def _skip(text: str, at: int) -> int:
    found = _GAP.match(text, at)
    return found.end() if found else at


def _next(text: str, end: int) -> int:
    """The start of the next element, or the closing bracket."""
    at = _skip(text, end)
    return _skip(text, at + 1) if text[at] == "," else at
