"""Unpacks a call to the Conversions API into its events, whatever form the body has.

Graph takes the same parameters as JSON, as a form, as multipart, in the query, or mixed. `data` may be a list, one
object, or either of them as text, and each element may be text again. What can not be read becomes an element with a
flaw, so that the rest of the call is still decoded, and an empty call still shows its answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from msgspec import Struct

from app.model import Field, Flaw, Request
from app.platforms import reading
from app.platforms.meta.door import divided
from app.platforms.meta.words import CALL_LABELS, EVENT, LIBRARY, OTHER, SECRETS, SERVER_LABELS
from app.platforms.reading import Json, as_list, is_numbered, text_of, unwrapped

MAX_EVENTS = 5_000  # events decoded of one call; Meta takes a thousand
MAX_BESIDE = 100  # parameters beside `data` that are shown with each event; Meta knows about fifteen
MAX_REPEATED = 20  # contradictions named of one call

NO_EVENT = "not-an-event"

_NOT_SHOWN = frozenset({"data", "batch"})
_NESTED = _NOT_SHOWN | {
    "user_data",
    "custom_data",
    "contents",
    "app_data",
    "original_event_data",
    "data_processing_options",
}
_SCHEMES = frozenset({"bearer", "oauth"})


class Element(Struct, frozen=True, gc=False):
    """One element of `data`: an event object, or None with the flaw that says what stood there instead."""

    event: dict[str, Json] | None
    flaw: Flaw | None = None


class Call(Struct, frozen=True, gc=False):
    """One call: the account its path names, its elements, and the parameters beside them as fields."""

    account: str
    elements: tuple[Element, ...]
    fields: tuple[Field, ...]
    transport: str
    test_code: str | None
    agent: str
    tokens: frozenset[str]  # compared only, never shown
    flaws: tuple[Flaw, ...] = ()

    @property
    def sent(self) -> int:
        """How many elements `data` held; what only says that there were none, or why, is none."""
        first = self.elements[0]
        return 0 if first.event is None and first.flaw and first.flaw.reason != NO_EVENT else len(self.elements)


class Body(Struct, frozen=True, gc=False):
    """The parameters of a body by name, and what stopped or troubled the reading."""

    values: dict[str, Json]
    transport: str
    flaw: Flaw | None = None
    bare: list[Json] | None = None  # a body that is the list itself
    repeated: tuple[Flaw, ...] = ()


def call_of(request: Request, account: str) -> Call:
    """Read one call to an account's events."""
    base, query = divided(request.url)
    in_query: dict[str, Json] = dict(reversed(reading.pairs_of(query))) if query else {}
    body = body_of(request)
    values = body.values
    if in_query:
        values = in_query | {key: value for key, value in values.items() if value is not None}
    elements = _elements(values, body, request)
    tokens = tokens_of(request, in_query, body.values)
    flaws = [*body.repeated, *_repeated_members(request, len(elements))]
    if body.flaw and elements[0].flaw != body.flaw:
        flaws.append(body.flaw)
    if len(tokens) > 1:
        flaws.append(Flaw("malformed-request", "access_token", "tokens-differ", "the call carries different tokens"))
    if values.get("accessKey"):
        tokens.add(text_of(values["accessKey"]))
    code = values.get("test_event_code")
    return Call(
        account,
        elements,
        (*_path_fields(base, account), *_beside(in_query, "query"), *_beside(body.values, "body"))[:MAX_BESIDE],
        body.transport,
        text_of(code) if code is not None and code != "" else None,
        text_of(values["partner_agent"]) if values.get("partner_agent") else "",
        frozenset(tokens),
        tuple(flaws),
    )


def _repeated_members(request: Request, events: int) -> list[Flaw]:
    """Members of a JSON body that are there twice; looked for only where a name is there more often than events."""
    if request.body.count(b'"event_id"') <= events and request.body.count(b'"data"') < 2:
        return []
    names = reading.repeated_members(reading.plain_body(request))
    return [Flaw("malformed-request", name, "repeated-parameter") for name in names[:MAX_REPEATED]]


def tokens_of(request: Request, *places: Mapping[str, Json]) -> set[str]:
    """The access tokens in a call's parameters and its header, where other schemes carry other secrets."""
    found = {text_of(values["access_token"]) for values in places if values.get("access_token")}
    scheme, _, token = request.header("authorization").partition(" ")
    return found | {token.strip()} if scheme.lower() in _SCHEMES and token.strip() else found


def body_of(request: Request) -> Body:
    """Read a body by what it is; what its header says it is counts only where that is not plain."""
    body = reading.plain_body(request)
    kind = request.header("content-type")
    if "multipart/" in kind.lower():
        pairs, trouble = reading.multipart_pairs(body, kind)
        cut = request.truncated and trouble == "body-incomplete"
        flaw = unread(request, trouble) if trouble or request.truncated else None
        return _form(pairs[:-1] if cut else pairs, "POST multipart", flaw)
    start = body[:100].lstrip(b" \t\r\n\xef\xbb\xbf")[:1]
    if start in (b"{", b"["):
        read = reading.parsed(body)
        if isinstance(read.value, list):
            return Body({}, "POST JSON", bare=read.value)
        if isinstance(read.value, dict):
            return Body(read.value, "POST JSON")
        return Body({}, "POST JSON", unread(request, read.trouble))
    if not body:
        return Body({}, "POST")
    if "json" in kind.lower() or reading.still_compressed(request):
        return Body({}, "POST JSON" if "json" in kind.lower() else "POST", unread(request, "not-json"))
    pairs = reading.pairs_of(body.decode("utf-8", "replace").strip())
    if request.truncated:  # the last one stops anywhere
        return _form(pairs[:-1], "POST form", unread(request, ""))
    return _form(pairs, "POST form", None)


def _form(pairs: reading.Pairs, transport: str, flaw: Flaw | None) -> Body:
    """Form parameters by name, `data[0][event_name]=…` built into the object it spells. The first of a name counts."""
    values: dict[str, Json] = {}
    repeated: dict[str, Flaw] = {}
    nested = set()
    for name, value in pairs:
        head, bracket, rest = name.partition("[")
        if bracket and rest.endswith("]") and head in _NESTED:
            nested.add(head)
            _plant(values, (head, *rest[:-1].split("][")), value)
        elif values.setdefault(name, value) != value:
            repeated[name] = Flaw(
                "malformed-request", name, "repeated-parameter", "" if name in SECRETS else value[:100]
            )
    for head in nested:
        values[head] = _as_lists(values[head])
    return Body(values, transport, flaw, repeated=tuple(repeated.values()))


def _plant(values: dict[str, Json], path: tuple[str, ...], value: str) -> None:
    """Set a value deep inside; `data[][event_name]` goes on with the last line until that line has such a value."""
    here = values
    for depth, part in enumerate(path[:-1][:8], 1):
        last = str(len(here) - 1)
        key = part or (last if last in here and not _holds(here[last], path[depth:]) else str(len(here)))
        deeper = here.setdefault(key, {})
        if not isinstance(deeper, dict):
            return
        here = deeper
    here.setdefault(path[-1] or str(len(here)), value)


def _holds(value: Json, path: tuple[str, ...]) -> bool:
    return not path or (isinstance(value, dict) and path[0] in value and _holds(value[path[0]], path[1:]))


def _as_lists(value: Json) -> Json:
    """Objects whose names count 0, 1, 2… are the lists that a form can not spell."""
    if not isinstance(value, dict):
        return value
    return as_list({key: _as_lists(item) for key, item in value.items()})


def _elements(values: Mapping[str, Json], body: Body, request: Request) -> tuple[Element, ...]:
    if body.bare is not None:
        data: Json = body.bare
    elif values.get("data") is not None:
        data = unwrapped(values["data"])
    elif values.get("event_name") is not None:
        # One event where the call should have been: shown as what it is, and not what Meta asks for.
        flaw = Flaw("malformed-request", "data", "data-missing", "the event stands where `data` should hold it")
        return (Element(dict(values), flaw),)
    else:
        return (Element(None, body.flaw or Flaw("malformed-request", "data", "data-missing")),)
    if isinstance(data, dict):
        if not is_numbered(data):
            return (Element(data),)
        first, *others = _each(list(data.values()))
        return (first if first.flaw else Element(first.event, Flaw("malformed-request", "data", "numbered")), *others)
    if not isinstance(data, list):
        trouble = reading.parsed(data).trouble if isinstance(data, str) else ""
        return (Element(None, unread(request, trouble or "not-a-list", "data")),)
    return tuple(_each(data)) or (Element(None, Flaw("malformed-request", "data", "empty")),)


def _each(data: list[Json]) -> list[Element]:
    elements = [_element(item, index) for index, item in enumerate(data[:MAX_EVENTS])]
    if len(data) > MAX_EVENTS:
        elements.append(Element(None, Flaw("malformed-request", "data", "too-many-events", str(len(data)))))
    return elements


def _element(item: Json, index: int) -> Element:
    found = item if isinstance(item, dict) else unwrapped(item)
    if isinstance(found, dict):
        return Element(found)
    return Element(None, Flaw("malformed-request", f"data[{index}]", NO_EVENT, text_of(item)[:100]))


def loaded_object(value: Json) -> Mapping[str, Json] | None:
    """An object, also one written as JSON text; None for anything else."""
    found = value if isinstance(value, dict) else unwrapped(value)
    return found if isinstance(found, dict) else None


def unread(request: Request, trouble: str, field: str | None = None) -> Flaw:
    """Why something could not be read: the request was cut or is still compressed, else the trouble itself."""
    if request.truncated:
        return Flaw("malformed-request", field, "body-incomplete", "the body was cut at the capture limit")
    return Flaw("malformed-request", field, "still-compressed" if reading.still_compressed(request) else trouble)


@lru_cache(maxsize=512)
def _path_fields(base: str, account: str) -> tuple[Field, ...]:
    version = next((part for part in base.split("/")[3:5] if part[:1] == "v" and part[1:2].isdigit()), "")
    found = [Field("{dataset}", account, "Dataset ID", EVENT, "path")] if account else []
    if version:
        found.append(Field("{version}", version, "API version", LIBRARY, "path"))
    return tuple(found)


def _beside(values: Mapping[str, Json], origin: str) -> list[Field]:
    """The parameters beside `data`. A secret is named, its text is not repeated; null is as good as absent."""
    if "event_name" in values and "data" not in values:
        return []  # the whole body is one event, whose fields are read as such
    fields = []
    for key, value in values.items():
        if value is not None and key not in _NOT_SHOWN:
            label, group = CALL_LABELS.get(key) or SERVER_LABELS.get(key, (key, OTHER))
            fields.append(Field(key, "(hidden)" if key in SECRETS else text_of(value), label, group, origin))
    return fields
