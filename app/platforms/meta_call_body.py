"""Unpacks a call to the Conversions API into its events, whatever form the body has.

Graph takes the same parameters as JSON, as a form, as multipart, in the query, or mixed. `data` may be a list, one
object, or either of them as text, and each element may be text again. A batch holds whole requests. What can not be
read becomes an element with a flaw, so that the rest of the call is still decoded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace

from app.model import Field, Flaw, Request
from app.platforms import _wire
from app.platforms._wire import Json, text_of
from app.platforms.meta_door import GRAPH_HOST, Door, divided, place_of
from app.platforms.meta_words import EVENT, LIBRARY, OTHER, SERVER_LABELS

MAX_EVENTS = 5_000  # events decoded of one call; Meta takes a thousand
MAX_BESIDE = 100  # parameters beside `data` that are shown with each event; Meta knows about fifteen
MAX_INNER = 200  # requests opened of one batch; Meta takes fifty
SECRETS = frozenset({"access_token", "appsecret_proof", "accessKey"})

_NOT_SHOWN = frozenset({"data", "batch"})
_TEXTUAL = ("{", "[")


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


class _Body(Struct, frozen=True, gc=False):
    values: dict[str, Json]
    transport: str
    flaw: Flaw | None = None
    bare: list[Json] | None = None  # a body that is the list itself


def call_of(request: Request, account: str) -> Call:
    """Read one call to an account's events."""
    base, query = divided(request.url)
    in_query: dict[str, Json] = dict(reversed(_wire.pairs_of(query))) if query else {}
    body = _body(request)
    values = in_query | {key: value for key, value in body.values.items() if value is not None}
    elements = _elements(values, body, truncated=request.truncated)
    tokens = _tokens(request, in_query, body.values)
    flaws = []
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


def inner_calls(request: Request) -> tuple[list[Call | None], Flaw | None]:
    """The calls inside a Graph batch, in order; None for an inner request that is null or addresses no events."""
    _, query = divided(request.url)
    body = _body(request)
    values: dict[str, Json] = {**dict(_wire.pairs_of(query)), **body.values}
    batch = _loaded(values.get("batch"))
    if not isinstance(batch, list):
        return [], None if "batch" not in values else Flaw("malformed-request", "batch", "not-a-list")
    outer = frozenset(_tokens(request, values))
    return [_inner(item, outer) for item in batch[:MAX_INNER]], None


def _tokens(request: Request, *places: Mapping[str, Json]) -> set[str]:
    found = {text_of(values["access_token"]) for values in places if values.get("access_token")}
    bearer = request.header("authorization").partition(" ")[2].strip()
    return found | {bearer} if bearer else found


def _inner(item: Json, outer_tokens: frozenset[str]) -> Call | None:
    if not isinstance(item, dict) or text_of(item.get("method")).upper() != "POST":
        return None
    url = f"https://{GRAPH_HOST}/{text_of(item.get('relative_url')).lstrip('/')}"
    place = place_of(divided(url)[0])
    if place.door is not Door.SERVER:
        return None
    body = item.get("body")
    text = text_of(body) if body is not None else ""
    call = call_of(Request("POST", url, body=text.encode("utf-8", "surrogatepass")), place.account)
    return replace(call, tokens=call.tokens | outer_tokens)


def _body(request: Request) -> _Body:
    body = _wire.plain_body(request)
    kind = request.header("content-type")
    if "multipart/" in kind.lower():
        pairs, trouble = _wire.multipart_pairs(body, kind)
        flaw = _unread(trouble, truncated=request.truncated) if trouble or request.truncated else None
        return _Body(_nested(pairs), "POST multipart", flaw)
    start = body[:100].lstrip(b" \t\r\n\xef\xbb\xbf")[:1]
    if start in (b"{", b"["):
        read = _wire.parsed(body)
        if isinstance(read.value, list):
            return _Body({}, "POST JSON", bare=read.value)
        if isinstance(read.value, dict):
            return _Body(read.value, "POST JSON")
        return _Body({}, "POST JSON", _unread(read.trouble, truncated=request.truncated))
    if not body:
        return _Body({}, "POST")
    if "json" in kind.lower():
        return _Body({}, "POST JSON", _unread("not-json", truncated=request.truncated))
    pairs = _wire.pairs_of(body.decode("utf-8", "replace").strip())
    return _Body(_nested(pairs), "POST form")


def _nested(pairs: _wire.Pairs) -> dict[str, Json]:
    """Form parameters by name, `data[0][event_name]=…` built into the object it spells. The first of a name counts."""
    values: dict[str, Json] = {}
    for name, value in pairs:
        head, bracket, rest = name.partition("[")
        if bracket and rest.endswith("]") and head in _NOT_SHOWN:
            _plant(values, (head, *rest[:-1].split("][")), value)
        else:
            values.setdefault(name, value)
    return values


def _plant(values: dict[str, Json], path: tuple[str, ...], value: str) -> None:
    here = values
    for part in path[:-1][:8]:
        deeper = here.setdefault(part, {})
        if not isinstance(deeper, dict):
            return
        here = deeper
    here.setdefault(path[-1] or str(len(here)), value)


def _as_lists(value: Json) -> Json:
    """Objects whose names count 0, 1, 2… are the lists that a form can not spell."""
    if not isinstance(value, dict):
        return value
    inner = {key: _as_lists(item) for key, item in value.items()}
    return list(inner.values()) if inner and all(key.isdigit() for key in inner) else inner


def _elements(values: Mapping[str, Json], body: _Body, *, truncated: bool) -> tuple[Element, ...]:
    if body.bare is not None:
        data: Json = body.bare
    elif values.get("data") is not None:
        data = _loaded(_as_lists(values["data"]) if body.transport != "POST JSON" else values["data"])
    elif values.get("event_name") is not None:
        # One event where the call should have been: shown as what it is, and not what Meta asks for.
        flaw = Flaw("malformed-request", "data", "data-missing", "the event stands where `data` should hold it")
        return (Element(dict(values), flaw),)
    else:
        flaw = body.flaw or Flaw("malformed-request", "data", "data-missing")
        return (Element(None, flaw),)
    if isinstance(data, dict):
        return (Element(data),)
    if not isinstance(data, list):
        trouble = _wire.parsed(data).trouble if isinstance(data, str) else ""
        return (Element(None, _unread(trouble or "not-a-list", truncated=truncated, field="data")),)
    elements = [_element(item, index) for index, item in enumerate(data[:MAX_EVENTS])]
    if len(data) > MAX_EVENTS:
        elements.append(Element(None, Flaw("malformed-request", "data", "too-many-events", str(len(data)))))
    return tuple(elements)


def _element(item: Json, index: int) -> Element:
    found = item if isinstance(item, dict) else _loaded(item)
    if isinstance(found, dict):
        return Element(found)
    return Element(None, Flaw("malformed-request", f"data[{index}]", "not-an-event", text_of(item)[:100]))


def _loaded(value: Json) -> Json:
    """JSON text as its value; anything else, and text that is no JSON, as it stands."""
    if isinstance(value, str) and value.lstrip()[:1] in _TEXTUAL:
        read = _wire.parsed(value)
        return value if read.trouble else read.value
    return value


def loaded_object(value: Json) -> Mapping[str, Json] | None:
    """An object, also one written as JSON text; None for anything else."""
    found = value if isinstance(value, dict) else _loaded(value)
    return found if isinstance(found, dict) else None


def _unread(trouble: str, *, truncated: bool, field: str | None = None) -> Flaw:
    if truncated:
        return Flaw("malformed-request", field, "body-incomplete", "the body was cut at the capture limit")
    return Flaw("malformed-request", field, trouble)


@lru_cache(maxsize=512)
def _path_fields(base: str, account: str) -> tuple[Field, ...]:
    version = next((part for part in base.split("/")[3:5] if part[:1] == "v" and part[1:2].isdigit()), "")
    found = [Field("{dataset}", account, "Dataset ID", EVENT, "path")] if account else []
    if version:
        found.append(Field("{version}", version, "API version", LIBRARY, "path"))
    return tuple(found)


def _beside(values: Mapping[str, Json], origin: str) -> Iterator[Field]:
    """The parameters beside `data`. A secret is named, its text is not repeated; null is as good as absent."""
    if "event_name" in values and "data" not in values:
        return  # the whole body is one event, whose fields are read as such
    for key, value in values.items():
        if value is not None and key not in _NOT_SHOWN:
            label, group = SERVER_LABELS.get(key, (key, OTHER))
            yield Field(key, "(hidden)" if key in SECRETS else text_of(value), label, group, origin)
