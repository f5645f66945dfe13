"""Reads the pixel's parameters from a query, a form, a multipart beacon or a flat JSON object.

    id=1111111111111111&ev=Purchase&cd[value]=142.52&cd[k%5B0%5D]=x&ud[em]=8c87b489…&eid=order-77

A page's pixel says nearly the same thing with every event: screen, version, cookies, customer. So what a piece of text
means is worked out once and remembered; three pieces of four are a look-up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import compress
from typing import NamedTuple

from msgspec import Struct

from app.hashing import form_of
from app.model import Exchange, Field, Flaw, UserValue
from app.platforms import reading
from app.platforms.meta.door import divided
from app.platforms.meta.keys import KEYS, options_label
from app.platforms.meta.words import CUSTOMER_ALIASES
from app.platforms.reading import Json

MAX_REMEMBERED = 20_000  # pieces; a few megabytes
MAX_LENGTH = 150  # characters of a piece worth remembering
MAX_BATCH = 100  # events of one request; the library that batched sent ten at most
MAX_REPEATED = 20  # contradictions named of one request

PLAIN_AMONG_HASHES = ("uid", "lead_id", "madid", "partner_id", "client_ip_address", "client_user_agent")


class Parameter(NamedTuple):
    """One parameter: its name as shown, its value, its field, and what is to be done with it (see `Key.role`)."""

    name: str
    value: str
    field: Field
    role: str
    path: tuple[str, ...]
    user: UserValue | None = None


class Parameters(Struct, frozen=True, gc=False):
    """One event's parameters: every one as a field, the first of each name by name, and those with a role."""

    fields: tuple[Field, ...]
    first: dict[str, str]
    special: list[Parameter]
    flaws: list[Flaw]

    def with_role(self, role: str) -> list[Parameter]:
        return [item for item in self.special if item.role == role]


class _Reader(dict[str, Parameter | None]):
    """Pieces of text to the parameters they spell; None for a piece that spells none."""

    def __init__(self, divide: Callable[[str], tuple[str, str] | None], origin: str) -> None:
        super().__init__()
        self._divide = divide
        self._origin = origin

    def __missing__(self, piece: str) -> Parameter | None:
        pair = self._divide(piece)
        found = _parameter(*pair, self._origin) if pair else None
        if len(piece) <= MAX_LENGTH:
            if len(self) >= MAX_REMEMBERED:
                self.clear()
            self[piece] = found
        return found


def _divide(piece: str) -> tuple[str, str]:
    """The name stays raw, because literal brackets must be told from encoded ones before decoding."""
    name, _, value = piece.partition("=")
    return name, reading.form_decoded(value)


def _parameter(raw: str, value: str, origin: str) -> Parameter:
    name, label, group, path, role = KEYS[raw]
    user = None
    if role == "options":
        label = options_label(value)
    elif role == "user" and path[1] not in PLAIN_AMONG_HASHES:
        user = UserValue(CUSTOMER_ALIASES.get(path[1], path[1]), value, form_of(value), name)
    shown = "(hidden)" if role == "secret" else value
    return Parameter(name, value, Field(name, shown, label, group, origin), role, path, user)


_QUERY = _Reader(_divide, "query")
_FORM = _Reader(_divide, "body")
_BEACON = _Reader(reading.part_pair, "body")


def read(text: str, *, in_body: bool = False) -> Parameters:
    """The parameters of a query or an urlencoded body."""
    pieces, trouble = reading.pieces_of(text)
    return _gathered(map((_FORM if in_body else _QUERY).__getitem__, pieces), _unread(trouble))


def of_request(exchange: Exchange) -> tuple[list[Parameters], str]:
    """The parameters of each event in a pixel request, and by which transport they came. Nearly always it is one."""
    request = exchange.request
    _, query = divided(request.url)
    if not request.body or request.method in ("GET", "HEAD"):
        return _opened(read(query)), request.method
    body = reading.plain_body(request)
    content_type = request.header("content-type")
    found: list[Parameter | None] = []
    if query:
        found += map(_QUERY.__getitem__, reading.pieces_of(query)[0])
    if "multipart/" in content_type.lower():
        parts, trouble = reading.parts_of(body, content_type)
        if request.truncated and trouble == "body-incomplete":
            del parts[-1:]
        found += map(_BEACON.__getitem__, parts)
        return _opened(_gathered(found, _incomplete() if request.truncated else _unread(trouble))), "POST multipart"
    if body[:100].lstrip()[:1] in (b"{", b"["):
        return _from_json(found, body, truncated=request.truncated), "POST JSON"
    if reading.still_compressed(request):
        return [_gathered(found, _unread("still-compressed"))], "POST"
    pieces, trouble = reading.pieces_of(body.decode("utf-8", "replace").strip())
    if request.truncated:
        del pieces[-1:]  # half an event ID would be another event's
    found += map(_FORM.__getitem__, pieces)
    return _opened(_gathered(found, _incomplete() if request.truncated else _unread(trouble))), "POST form"


def _opened(outer: Parameters) -> list[Parameters]:
    """What an old library put into one request as `events[n]`, each with the parameters beside them; else itself."""
    batched = outer.with_role("batch")
    if not batched:
        return [outer]
    beside = [field for field in outer.fields if not field.key.startswith("events[")]
    special = [item for item in outer.special if item.role != "batch"]
    if len(batched) > MAX_BATCH:
        outer.flaws.append(Flaw("malformed-request", "events", "too-many-events", str(len(batched))))
    inner = [read(item.value.lstrip("?"), in_body=item.field.origin == "body") for item in batched[:MAX_BATCH]]
    inner[0].flaws.extend(outer.flaws)
    return [
        Parameters((*each.fields, *beside), outer.first | each.first, [*each.special, *special], each.flaws)
        for each in inner
    ]


def _gathered(found: Iterable[Parameter | None], flaws: list[Flaw]) -> Parameters:
    # By columns, and without a step of Python for each parameter wherever possible: this is where the time goes.
    known = list(filter(None, found))
    if not known:
        return Parameters((), {}, [], flaws)
    names, values, fields, roles, _, _ = zip(*known, strict=True)
    first = dict(zip(reversed(names), reversed(values), strict=True))
    if len(first) < len(names):
        flaws += _repeated(known, first)
    return Parameters(fields, first, list(compress(known, roles)), flaws)


def _repeated(known: Sequence[Parameter], first: dict[str, str]) -> list[Flaw]:
    """Different values under one name that can have only one: nobody but Meta knows which of them counts."""
    return [
        Flaw("malformed-request", item.name, "repeated-parameter", item.value[:100])
        for item in known
        if first[item.name] != item.value and item.role not in ("many", "list", "secret")
    ][:MAX_REPEATED]


def _from_json(beside: list[Parameter | None], body: bytes, *, truncated: bool) -> list[Parameters]:
    """Flat objects of pixel parameters, one or a list, as a server container passes them on."""
    found = reading.parsed(body)
    items = found.value if isinstance(found.value, list) else [found.value]
    events = [
        _gathered([*beside, *(_parameter(key, value, "body") for key, value in _flat(item))], [])
        for item in items[:MAX_BATCH]
        if isinstance(item, dict)
    ]
    if events:
        return events
    return [_gathered(beside, _incomplete() if truncated else _unread(found.trouble or "not-an-object"))]


def _flat(item: dict[str, Json]) -> reading.Pairs:
    """Parameters as a query would name them: `cd` as an object becomes `cd[…]`, an ID that is a list `eid[0]`…"""
    pairs: reading.Pairs = []
    for key, value in list(item.items())[: reading.MAX_PAIRS]:
        if isinstance(value, list) and key == "eid":
            value = {str(index): part for index, part in enumerate(value)} or {"": ""}
        if isinstance(value, dict):
            pairs += [(f"{key}[{inner}]", reading.text_of(part)) for inner, part in value.items() if part is not None]
        elif value is not None:
            pairs.append((key, reading.text_of(value)))
    return pairs


def _unread(trouble: str) -> list[Flaw]:
    return [Flaw("malformed-request", None, trouble)] if trouble else []


def _incomplete() -> list[Flaw]:
    return [Flaw("malformed-request", None, "body-incomplete", "the body was cut at the capture limit")]
