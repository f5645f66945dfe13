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
from app.platforms import _wire
from app.platforms.meta_door import divided
from app.platforms.meta_keys import KEYS, options_label
from app.platforms.meta_words import CUSTOMER_ALIASES

MAX_REMEMBERED = 20_000  # pieces; a few megabytes
MAX_LENGTH = 150  # characters of a piece worth remembering
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
    return name, _wire.form_decoded(value)


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
_BEACON = _Reader(_wire.part_pair, "body")


def read(text: str, *, in_body: bool = False) -> Parameters:
    """The parameters of a query or an urlencoded body."""
    pieces, trouble = _wire.pieces_of(text)
    return _gathered(map((_FORM if in_body else _QUERY).__getitem__, pieces), _unread(trouble))


def of_request(exchange: Exchange) -> tuple[Parameters, str]:
    """Every parameter of a pixel request, and by which transport it came."""
    request = exchange.request
    _, query = divided(request.url)
    if not request.body or request.method in ("GET", "HEAD"):
        return read(query), request.method
    body = _wire.plain_body(request)
    content_type = request.header("content-type")
    found: list[Parameter | None] = []
    if query:
        found += map(_QUERY.__getitem__, _wire.pieces_of(query)[0])
    if "multipart/" in content_type.lower():
        parts, trouble = _wire.parts_of(body, content_type)
        found += map(_BEACON.__getitem__, parts)
        return _gathered(found, _incomplete() if request.truncated else _unread(trouble)), "POST multipart"
    if body.lstrip()[:1] == b"{":
        more, flaws = _from_json(body, truncated=request.truncated)
        return _gathered(found + more, flaws), "POST JSON"
    pieces, trouble = _wire.pieces_of(body.decode("utf-8", "replace").strip())
    found += map(_FORM.__getitem__, pieces)
    return _gathered(found, _incomplete() if request.truncated else _unread(trouble)), "POST form"


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


def _from_json(body: bytes, *, truncated: bool) -> tuple[list[Parameter | None], list[Flaw]]:
    """A flat object of pixel parameters, as a server container passes them on; nested ones become `cd[…]` names."""
    found = _wire.parsed(body)
    if not isinstance(found.value, dict):
        return [], _incomplete() if truncated else [Flaw("malformed-request", None, found.trouble or "not-an-object")]
    pairs: _wire.Pairs = []
    for key, value in list(found.value.items())[: _wire.MAX_PAIRS]:
        if isinstance(value, dict):
            pairs += [(f"{key}[{inner}]", _wire.text_of(item)) for inner, item in value.items() if item is not None]
        elif value is not None:
            pairs.append((key, _wire.text_of(value)))
    return [_parameter(key, value, "body") for key, value in pairs], []


def _unread(trouble: str) -> list[Flaw]:
    return [Flaw("malformed-request", None, trouble)] if trouble else []


def _incomplete() -> list[Flaw]:
    return [Flaw("malformed-request", None, "body-incomplete", "the body was cut at the capture limit")]
