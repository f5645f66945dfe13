"""Decodes what the pixel sends from a page, by whichever transport.

    GET  https://www.facebook.com/tr/?id=1111111111111111&ev=Purchase&dl=https%3A%2F%2Fshop.example%2Fthanks&ts=1795317862356
             &cd[value]=142.52&cd[currency]=USD&cd[contents]=%5B%7B%22id%22%3A%22SKU-1%22%2C%22quantity%22%3A2%7D%5D
             &ud[em]=8c87b489…&fbp=fb.1.1795317853319.2355&eid=order-77&rqm=GET
    POST https://www.facebook.com/tr/      the same without a query: an urlencoded form, or multipart from a beacon

A server container may pass on the same parameters as a flat JSON object. Older libraries put several events into one
request as `batch=1&events[0]=<query>`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from app.model import Content, Event, Exchange, Flaw, Kind, Provenance, Side
from app.platforms.meta.door import Door, Place
from app.platforms.meta.facts import consent_of, dedup_keys
from app.platforms.meta.parameters import Parameter, Parameters, of_request
from app.platforms.meta.words import AUTOMATIC_EVENTS, MATCH_NAMES
from app.platforms.reading import Json, unwrapped
from app.platforms.reading.answers import browser_result
from app.platforms.reading.facts import contents_of, fingerprint, telling_headers, time_ms

_SYSTEM_METHODS = ("3", "5")
_SYSTEM_SOURCES = ("automatic", "user_properties")
_STRAY_IDS = ("cd[eventID]", "cd[event_id]", "cd[eventId]", "eventID", "event_id", "ud[eventID]", "ud[event_id]")
_ROADS = {Door.ELSEWHERE: ", first-party endpoint"}
_WHERE = {"cd": "third-argument", "ud": "user-data"}


def decode(exchange: Exchange, place: Place) -> tuple[Event, ...]:
    """The events of one request at the pixel's door; empty for a preflight or a request without parameters."""
    if exchange.request.method == "OPTIONS":
        return ()
    found, transport = of_request(exchange)
    if len(found) > 1 or found[0].first.get("batch") == "1":
        transport += ", batch"
    told = [seen for seen in found if seen.fields or seen.flaws]
    return tuple([_event(exchange, place, seen, transport, index) for index, seen in enumerate(told)])


def _event(exchange: Exchange, place: Place, seen: Parameters, transport: str, index: int) -> Event:
    get = seen.first.get
    request = exchange.request
    flaws = seen.flaws
    account, name = get("id", ""), get("ev", "")
    event_id = _event_id(seen)
    own_ms, flaw = time_ms(get("ts", ""), "ts", "ms")
    if flaw:
        flaws.append(flaw)
    contents, flaw = _contents(seen)
    if flaw:
        flaws.append(flaw)
    if not name and seen.fields:  # of what could not be read, no more is known
        flaws.append(Flaw("required-parameter-missing", "ev"))
    _observe(exchange, place, get, flaws)
    user = tuple([item.user for item in seen.special if item.user])
    mirror = place.door is Door.MIRROR or get("rqm") == "FGET"
    outcome, answer = browser_result(exchange)
    fbp = get("fbp")
    heads = telling_headers(request.headers)
    options = get("dpo", get("dpo[]", get("dpo[0]")))
    return Event(
        id=f"e{exchange.number}.{index}",
        exchange=exchange.number,
        platform="meta",
        side=Side.BROWSER,
        provenance=exchange.provenance,
        kind=_kind(request.method, name, get("es"), get("tm"), mirror=mirror),
        account=account,
        name=name,
        event_id=event_id,
        own_ms=own_ms,
        received_ms=exchange.started_ms,
        keys=tuple(dedup_keys(account, name, event_id, fbp, user)),
        page=get("dl") or request.header("referer") or None,
        referrer=get("rl") or None,
        value=get("cd[value]"),
        currency=get("cd[currency]"),
        order_id=get("cd[order_id]"),
        content_type=get("cd[content_type]"),
        contents=contents,
        user=user,
        match_ids=_match_ids(seen, request.header("user-agent")),
        consent=None if options is None else consent_of(options, get("dpoco"), get("dpost")),
        action_source="website",
        test_code=get("test_event_code"),
        transport=transport + (", privacy sandbox" if mirror else _ROADS.get(place.door, "")),
        emitter=_emitter(get("v"), get("a"), get("noscript")),
        outcome=outcome,
        answer=answer,
        send=exchange.send,
        fingerprint="" if event_id or own_ms is None else fingerprint(seen.fields),
        flaws=tuple(flaws),
        fields=(*seen.fields, *heads) if heads else seen.fields,
    )


def _kind(method: str, name: str, source: str | None, track: str | None, *, mirror: bool) -> Kind:
    if mirror:
        return Kind.MIRROR
    if method == "HEAD":  # a link checker, not a page
        return Kind.OTHER
    automatic = source in _SYSTEM_SOURCES or track in _SYSTEM_METHODS or name in AUTOMATIC_EVENTS
    return Kind.AUTOMATIC if automatic else Kind.EVENT


def _event_id(seen: Parameters) -> str | None:
    """The event ID when it is one value; empty when it is blank. A list or an object is flagged, not half read."""
    single = seen.first.get("eid")
    if single and single.strip():
        other = seen.first.get("eid[0]", seen.first.get("eid[]"))
        if other is not None:
            seen.flaws.append(Flaw("malformed-request", "eid", "repeated-parameter", other[:100]))
        return single
    parts = seen.with_role("eid")
    if parts:
        listed = all(part.isdigit() or not part for item in parts for part in item.path[1:])
        detail = ", ".join(f"{item.name}={item.value}" for item in parts)[:200]
        seen.flaws.append(Flaw("event-id-not-a-value", "eid", "list" if listed else "object", detail))
        return None
    if single:
        seen.flaws.append(Flaw("event-id-not-a-value", "eid", "blank", single[:100]))
    _look_for_stray_id(seen)
    return None if single is None else ""


def _look_for_stray_id(seen: Parameters) -> None:
    for key in _STRAY_IDS:
        value = seen.first.get(key)
        if value:
            seen.flaws.append(Flaw("event-id-misplaced", key, _WHERE.get(key[:2], "spelling"), value[:200]))
            return


def _contents(seen: Parameters) -> tuple[tuple[Content, ...], Flaw | None]:
    contents: Json = seen.first.get("cd[contents]")
    ids: Json = seen.first.get("cd[content_ids]")
    if contents is None:
        listed = seen.with_role("list")
        if listed:
            contents = _php_contents(listed)
            ids = _php_ids(listed) if ids is None else ids
    return contents_of(contents, ids, "cd[contents]")


def _php_ids(listed: list[Parameter]) -> Json:
    return [item.value for item in listed if item.path[1] == "content_ids"]


def _php_contents(listed: list[Parameter]) -> Json:
    """`cd[contents][0][id]=x` as the list of objects it stands for; None when there is none.

    `cd[contents][][id]` begins a line where it names something anew, and `cd[contents][0]` may hold a line as JSON.
    """
    lines: list[Json] = []
    begun: dict[str, dict[str, Json]] = {}
    for item in listed:
        _, kind, number, *inner = item.path
        if kind != "contents":
            continue
        if not inner:
            lines.append(unwrapped(item.value))
        elif len(inner) == 1:
            line = begun.get(number)
            if line is None or (not number and inner[0] in line):
                line = begun[number] = {}
                lines.append(line)
            line[inner[0]] = item.value
    return lines or None


def _match_ids(seen: Parameters, user_agent: str) -> tuple[tuple[str, str], ...]:
    found = [(name, value) for name in ("fbp", "fbc", "fbcs") if (value := seen.first.get(name))]
    if user_agent:
        found.append(("user_agent", user_agent))
    found += [
        (MATCH_NAMES.get(item.path[1], item.path[1]), item.value)
        for item in seen.special
        if item.role == "user" and not item.user
    ]
    return tuple(found)


@lru_cache(maxsize=256)
def _emitter(version: str | None, agent: str | None, noscript: str | None) -> str:
    """Who made the request: the library with its version and the site's agent, or a picture written by hand."""
    library = f"fbevents {version}" if version else "image without script" if noscript else "no library"
    return f"{library}, {agent}" if agent else library


def _observe(exchange: Exchange, place: Place, get: Callable[[str], str | None], flaws: list[Flaw]) -> None:
    """What only the request itself shows: its transport, a token, and what the pixel took out before sending."""
    if place.insecure:
        flaws.append(Flaw("insecure-transport", None, None, place.host))
    token = get("access_token") or get("cd[access_token]")
    if token or (exchange.provenance is Provenance.PAGE and exchange.request.header("authorization")):
        flaws.append(Flaw("token-exposed", "access_token", "pixel"))
    for key in ("up", "rp", "up_url", "rp_url"):
        removed = get(key)
        if removed:
            flaws.append(Flaw("config-blocks-event", key, "parameters-removed", removed[:200]))
