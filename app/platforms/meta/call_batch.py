"""Opens a Graph batch: whole requests inside one, each answered for itself.

    POST https://graph.facebook.com/v26.0
    batch=[{"method":"POST","relative_url":"v26.0/1111111111111111/events","body":"data=%5B…"}, null]

The list may also be a member of a JSON body, or spelled out as `batch[0][method]=POST`; an element may be text.
"""

from __future__ import annotations

from msgspec.structs import replace

from app.model import Flaw, Request
from app.platforms import reading
from app.platforms.meta.call_body import NO_EVENT, Call, Element, body_of, call_of, tokens_of, unread
from app.platforms.meta.door import GRAPH_HOST, Door, divided, place_of
from app.platforms.reading import Json, as_list, text_of, unwrapped

MAX_INNER = 200  # requests opened of one batch; Meta takes fifty


def inner_calls(request: Request) -> list[Call | None]:
    """The calls inside a Graph batch, in order; None for an inner request that is null or addresses no events.

    A batch that can not be read is one call of one element, which says why. Empty when the request holds no batch.
    """
    _, query = divided(request.url)
    body = body_of(request)
    values: dict[str, Json] = {**dict(reading.pairs_of(query)), **body.values}
    if "batch" not in values:
        hidden = body.flaw and (b"batch" in request.body or body.flaw.reason == "still-compressed")
        return [unreadable(body.flaw)] if body.flaw and hidden else []
    batch = as_list(unwrapped(values["batch"]))
    if not isinstance(batch, list):
        return [unreadable(unread(request, "not-a-list", "batch"))]
    outer = frozenset(tokens_of(request, values))
    return [_inner(item, index, outer) for index, item in enumerate(batch[:MAX_INNER])]


def unreadable(flaw: Flaw) -> Call:
    """A call of which no more is known than why."""
    return Call("", (Element(None, flaw),), (), "POST", None, "", frozenset())


def _inner(item: Json, index: int, outer_tokens: frozenset[str]) -> Call | None:
    found = unwrapped(item)
    if not isinstance(found, dict):
        flaw = Flaw("malformed-request", f"batch[{index}]", NO_EVENT, text_of(item)[:100])
        return None if found is None else unreadable(flaw)
    if text_of(found.get("method")).upper() != "POST":
        return None
    relative = text_of(found.get("relative_url"))
    url = relative if "://" in relative.partition("?")[0] else f"https://{GRAPH_HOST}/{relative.lstrip('/')}"
    place = place_of(divided(url)[0])
    if place.door is not Door.SERVER:
        return None
    body = found.get("body")
    text = text_of(body) if body is not None else ""
    call = call_of(Request("POST", url, body=text.encode("utf-8", "surrogatepass")), place.account)
    return replace(call, tokens=call.tokens | outer_tokens)
