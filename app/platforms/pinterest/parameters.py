"""The parameters of the tag's request: a query or a form, whose three objects are JSON or stand in brackets.

    ?tid=2613999999999&event=checkout&ed={"value":59.9,"event_id":"evt-7"}&pd={"em":"<sha256>"}&ad={"loc":"https://…"}
    ?tid=2613999999999&event=checkout&ed[value]=59.9&ed[line_items][0][product_id]=MUG-01&pd[em]=<sha256>&noscript=1

(the JSON is percent-encoded on the wire). What is too long for a query comes as a form with the same keys; a body that
is one JSON object with them, as somebody's own sender may write it, is read as well.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from app.model import Flaw, Request
from app.platforms.reading import (
    Json,
    Pairs,
    as_list,
    is_numbered,
    multipart_pairs,
    pairs_of,
    parsed,
    plain_body,
    text_of,
)
from app.platforms.reading.address import Address
from app.platforms.reading.fields import object_at

OBJECTS = ("ed", "pd", "ad")
_BRACKET = re.compile(r"\[([^\[\]]{0,200})\]")
_DEEPEST = 6  # brackets behind one another; the tag's basket has three


class Parameters(NamedTuple):
    """What one request says: `plain` values by their names, and the three objects."""

    plain: Mapping[str, str]
    objects: Mapping[str, dict[str, Json]]
    flaws: list[Flaw]

    def object(self, name: str) -> dict[str, Json]:
        """One of the objects; an empty one when it is not there."""
        return self.objects.get(name, {})


def parameters_of(request: Request, address: Address) -> Parameters:
    """The parameters of a request; of a name that is there more than once, the first counts."""
    plain: dict[str, str] = {}
    objects: dict[str, dict[str, Json]] = {}
    flaws: list[Flaw] = []
    bracketed: set[str] = set()
    for key, value in _pairs(request, address, flaws):
        if key in OBJECTS:
            _read(objects, key, value, request, flaws)
        elif key[-1:] == "]" and key[:3] in ("ed[", "pd[", "ad["):
            bracketed.add(key[:2])
            _put(objects.setdefault(key[:2], {}), _BRACKET.findall(key, 2), value)
        elif key:
            plain.setdefault(key, value)
    for name in bracketed:
        objects[name] = {key: _listed(value) for key, value in objects[name].items()}
    return Parameters(plain, objects, flaws)


def _pairs(request: Request, address: Address, flaws: list[Flaw]) -> Pairs:
    pairs = pairs_of(address.query)
    body = plain_body(request) if request.body else b""
    if not body:
        return pairs
    kind = request.header("content-type")
    if kind.lower().startswith("multipart/"):
        more, trouble = multipart_pairs(body, kind)
    elif body.lstrip().startswith(b"{"):
        read = parsed(body)
        more, trouble = [(key, text_of(item)) for key, item in object_at(read.value).items()], read.trouble
    else:
        more, trouble = pairs_of(body.decode("utf-8", "replace")), ""
    if trouble or request.truncated:
        flaws.append(Flaw("malformed-request", None, "body-incomplete" if request.truncated else trouble))
    return pairs + more


def _read(objects: dict[str, dict[str, Json]], key: str, text: str, request: Request, flaws: list[Flaw]) -> None:
    """Take in one object as JSON."""
    if not text or key in objects:
        return
    value = parsed(text).value
    if isinstance(value, dict):
        objects[key] = value
    elif text not in ("null", "undefined") and not request.truncated:
        flaws.append(Flaw("malformed-request", key, "parameter-not-json"))


def _put(target: dict[str, Json], path: list[str], value: str) -> None:
    """Put a value where its brackets say; empty ones mean the next place of a list."""
    if not path or len(path) > _DEEPEST:
        return
    for part in path[:-1]:
        inner = target.setdefault(part or str(len(target)), {})
        if not isinstance(inner, dict):
            return
        target = inner
    target.setdefault(path[-1] or str(len(target)), value)


def _listed(value: Json) -> Json:
    """Objects whose names are numbers as the lists they stand for."""
    if not isinstance(value, dict):
        return value
    inner: Json = {key: _listed(item) for key, item in value.items()}
    return as_list(inner) if is_numbered(inner) else inner
