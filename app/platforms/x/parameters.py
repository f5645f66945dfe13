"""The parameters of a pixel's request, read once: as fields to show, and by name for the decoder.

    txn_id=tw-o9z1d-ol7lz&event=%7B%22value%22%3A59.9%7D&event_id=6ead…     in the address, or the same as a form

`event` and `events` hold JSON, whose leaves are fields of their own (`event.value`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from app.model import Field, Request
from app.platforms.reading import (
    Json,
    Pairs,
    form_decoded,
    json_text,
    multipart_pairs,
    parsed,
    pieces_of,
    plain_body,
    text_of,
)
from app.platforms.reading.address import Address
from app.platforms.reading.fields import MAX_FIELDS, fields_of
from app.platforms.x.words import describe

JSON = ("event", "events")


class Parameters(Struct, frozen=True):
    """`first` has the first value of each name, `fields` all but those that hold JSON."""

    first: dict[str, str]
    fields: list[Field]


class _Keys(dict[str, tuple[str, str, str]]):
    """Name, label and group by a name as it stands, still encoded. Bounded: traffic fills it."""

    def __missing__(self, raw: str) -> tuple[str, str, str]:
        key = form_decoded(raw)
        known = (key, *describe(key))
        if len(raw) < 100 and len(self) < 2_000:
            self[raw] = known
        return known


_KEYS = _Keys()


def parameters_of(request: Request, address: Address) -> Parameters:
    """What a request says, in its address and in its body."""
    found = Parameters({}, [])
    _take(address.query, "query", found)
    body = plain_body(request)
    if not body:
        return found
    kind = request.header("content-type")
    if body[:1] == b"{":
        value = parsed(body).value
        _put([(key, text_of(item)) for key, item in value.items()] if isinstance(value, dict) else [], found)
    elif kind.startswith("multipart/"):
        _put(multipart_pairs(body, kind)[0], found)
    else:
        _take(body.decode("utf-8", "replace").strip(), "body", found)
    return found


def _take(text: str, origin: str, found: Parameters) -> None:
    first, fields = found.first, found.fields
    for piece in pieces_of(text)[0][:MAX_FIELDS]:
        raw, _, coded = piece.partition("=")
        key, label, group = _KEYS[raw]
        value = form_decoded(coded)
        first.setdefault(key, value)
        if key not in JSON:
            fields.append(Field(key, value, label, group, origin))


def _put(pairs: Pairs, found: Parameters) -> None:
    for key, value in pairs[:MAX_FIELDS]:
        found.first.setdefault(key, value)
        if key not in JSON:
            found.fields.append(Field(key, value, *describe(key), "body"))


def data_fields(data: Mapping[str, Json], origin: str) -> Iterator[Field]:
    """The leaves of an event's JSON."""
    for key, item in data.items():
        if type(item) is dict and item:
            yield from fields_of(item, describe, under=f"event.{key}")
        elif item is not None:
            path, label, group = _KEYS[f"event.{key}"] if "%" not in key and "+" not in key else _described(key)
            yield Field(path, json_text(item) if isinstance(item, list) else text_of(item), label, group, origin)


def _described(key: str) -> tuple[str, str, str]:
    """A name with a character that means something in an address."""
    path = f"event.{key}"
    return (path, *describe(path))
