"""The parameters of a pixel's request, read once: as fields to show, and by name for the decoder.

    txn_id=tw-o9z1d-ol7lz&event=%7B%22value%22%3A59.9%7D&event_id=6ead…     in the address, or the same as a form

`event` and `events` hold JSON, whose leaves are fields of their own (`event.value`).
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from app.model import Field, Request
from app.platforms.reading import Json, Pairs, multipart_pairs, pairs_of, parsed, plain_body, text_of
from app.platforms.reading.address import Address
from app.platforms.reading.fields import fields_of, pair_fields
from app.platforms.x.words import describe

JSON = ("event", "events")


class Parameters(Struct, frozen=True):
    """`first` has the first value of each name, `fields` all but those that hold JSON."""

    first: dict[str, str]
    fields: list[Field]


def parameters_of(request: Request, address: Address) -> Parameters:
    """What a request says, in its address and in its body."""
    found = Parameters({}, [])
    _put(pairs_of(address.query), "query", found)
    body = plain_body(request)
    if not body:
        return found
    kind = request.header("content-type")
    if body[:1] == b"{":
        value = parsed(body).value
        _put([(key, text_of(item)) for key, item in value.items()] if isinstance(value, dict) else [], "body", found)
    elif kind.startswith("multipart/"):
        _put(multipart_pairs(body, kind)[0], "body", found)
    else:
        _put(pairs_of(body.decode("utf-8", "replace").strip()), "body", found)
    return found


def _put(pairs: Pairs, origin: str, found: Parameters) -> None:
    for key, value in pairs:
        found.first.setdefault(key, value)
    found.fields.extend(pair_fields([pair for pair in pairs if pair[0] not in JSON], describe, origin))


def data_fields(data: Mapping[str, Json], origin: str) -> tuple[Field, ...]:
    """The leaves of an event's JSON."""
    return fields_of(data, describe, under="event", origin=origin)
