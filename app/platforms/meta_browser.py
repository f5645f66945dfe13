"""Decodes what the pixel sends from a page, by whichever transport.

    GET  https://www.facebook.com/tr/?id=1111111111111111&ev=Purchase&dl=https%3A%2F%2Fshop.example%2Fthanks&ts=1795317862356
             &cd[value]=142.52&cd[currency]=USD&cd[contents]=%5B%7B%22id%22%3A%22SKU-1%22%2C%22quantity%22%3A2%7D%5D
             &ud[em]=8c87b489…&fbp=fb.1.1795317853319.2355&eid=order-77&rqm=GET
    POST https://www.facebook.com/tr/      the same without a query: an urlencoded form, or multipart from a beacon

A server container may pass on the same parameters as a flat JSON object. Older libraries put several events into one
request as `batch=1&events[0]=<query>`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from app.hashing import form_of
from app.model import Content, Event, Exchange, Field, Flaw, Kind, Provenance, Side, UserValue
from app.platforms import _wire, meta_words
from app.platforms.meta_answer import browser_result
from app.platforms.meta_door import Door, Place, divided
from app.platforms.meta_facts import consent_of, contents_of, dedup_keys, fingerprint, time_ms

MAX_BATCH = 100  # the library that batched sent ten at most

_SYSTEM_METHODS = ("3", "5")
_PLAIN_IN_HASHES = ("uid", "lead_id", "madid")
_STRAY_IDS = ("cd[eventID]", "cd[event_id]", "cd[eventId]", "eventID", "event_id", "ud[eventID]", "ud[event_id]")


@dataclass(slots=True)
class _Seen:
    """One event's parameters while they are read: every one as a field, and the first of each name by name."""

    fields: list[Field] = field(default_factory=list)
    first: dict[str, str] = field(default_factory=dict)
    special: list[tuple[meta_words.Key, str]] = field(default_factory=list)
    flaws: list[Flaw] = field(default_factory=list)


def decode(exchange: Exchange, place: Place) -> tuple[Event, ...]:
    """The events of one request at the pixel's door; empty for a preflight or a request without parameters."""
    request = exchange.request
    if request.method == "OPTIONS":
        return ()
    pairs, origin, transport, flaws = parameters(exchange)
    seen = _read(pairs, origin)
    seen.flaws += flaws
    batched = [(key, value) for key, value in seen.special if key.role == "batch"]
    if not batched:
        if not (seen.first or flaws):
            return ()
        return (_event(exchange, place, seen, transport, 0),)
    return tuple(_expanded(exchange, place, seen, batched, transport))


def _expanded(
    exchange: Exchange, place: Place, outer: _Seen, batched: list[tuple[meta_words.Key, str]], transport: str
) -> Iterator[Event]:
    if len(batched) > MAX_BATCH:
        outer.flaws.append(Flaw("malformed-request", "events", "too-many-events", str(len(batched))))
    for index, (_, text) in enumerate(batched[:MAX_BATCH]):
        pairs, _ = _wire.pairs_of(text.lstrip("?"))
        seen = _read(pairs, "body" if exchange.request.body else "query")
        if not index:
            seen.flaws += outer.flaws
        yield _event(exchange, place, seen, f"{transport}, batch", index)


def parameters(exchange: Exchange) -> tuple[_wire.Pairs, str, str, list[Flaw]]:
    """Every parameter of a pixel request, where they stood, by which transport, and what could not be read."""
    request = exchange.request
    _, query = divided(request.url)
    pairs, rest = _wire.pairs_of(query)
    if not request.body or request.method in ("GET", "HEAD"):
        return pairs, "query", request.method, _unread(rest)
    body = _wire.inflated(request.body[: _wire.MAX_BODY], request.header("content-encoding"))
    kind = request.header("content-type").lower()
    if "multipart/" in kind:
        more, rest = _wire.multipart_pairs(body, request.header("content-type"))
        transport = "POST multipart"
        trouble = _incomplete() if request.truncated else _unread(rest)
    elif body.lstrip()[:1] == b"{":
        more, trouble = _from_json(body, truncated=request.truncated)
        transport = "POST JSON"
    else:
        more, rest = _wire.pairs_of(body.decode("utf-8", "replace").strip())
        transport = "POST form"
        trouble = _incomplete() if request.truncated else _unread(rest)
    return pairs + more, "body", transport, trouble


def _from_json(body: bytes, *, truncated: bool) -> tuple[_wire.Pairs, list[Flaw]]:
    """A flat object of pixel parameters, as a server container passes them on; nested ones become `cd[…]` names."""
    read = _wire.parsed(body)
    if not isinstance(read.value, dict):
        return [], _incomplete() if truncated else [Flaw("malformed-request", None, read.trouble or "not-an-object")]
    pairs: _wire.Pairs = []
    for key, value in list(read.value.items())[: _wire.MAX_PAIRS]:
        if isinstance(value, dict):
            pairs += [(f"{key}[{inner}]", _wire.text_of(item)) for inner, item in value.items() if item is not None]
        elif value is not None:
            pairs.append((key, _wire.text_of(value)))
    return pairs, []


def _unread(rest: bool) -> list[Flaw]:
    return [Flaw("malformed-request", None, "too-many-parameters")] if rest else []


def _incomplete() -> list[Flaw]:
    return [Flaw("malformed-request", None, "body-incomplete", "the body was cut at the capture limit")]


def _read(pairs: _wire.Pairs, origin: str) -> _Seen:
    seen = _Seen()
    fields, first, special = seen.fields, seen.first, seen.special
    for raw, value in pairs:
        key, label, group, _, role = known = meta_words.key_of(raw)
        if key == "o":
            label = meta_words.options_label(value)
        elif key == "access_token":
            value = "(hidden)"
        fields.append(Field(key, value, label, group, origin))
        if role:
            special.append((known, value))
        if key not in first:
            first[key] = value
        elif first[key] != value and role not in ("many", "list"):
            seen.flaws.append(Flaw("malformed-request", key, "repeated-parameter", value[:100]))
    return seen


def _event(exchange: Exchange, place: Place, seen: _Seen, transport: str, index: int) -> Event:
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
    if not name:
        flaws.append(Flaw("required-parameter-missing", "ev"))
    _observe(exchange, place, get, flaws)
    user = _user(seen)
    mirror = place.door is Door.MIRROR or get("rqm") == "FGET"
    outcome, answer = browser_result(exchange)
    fbp = get("fbp")
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
        consent=_consent(get("dpo"), get("dpoco"), get("dpost")) if "dpo" in seen.first else None,
        action_source="website",
        test_code=get("test_event_code"),
        transport=f"{transport}, privacy sandbox" if mirror else transport,
        emitter=_emitter(get("v"), get("a"), get("noscript")),
        outcome=outcome,
        answer=answer,
        send=exchange.send,
        fingerprint=fingerprint(seen.fields),
        flaws=tuple(flaws),
        fields=tuple(seen.fields),
    )


def _kind(method: str, name: str, source: str | None, track: str | None, *, mirror: bool) -> Kind:
    if mirror:
        return Kind.MIRROR
    if method == "HEAD":  # a link checker, not a page
        return Kind.OTHER
    automatic = source or track in _SYSTEM_METHODS or name in meta_words.AUTOMATIC_EVENTS
    return Kind.AUTOMATIC if automatic else Kind.EVENT


def _event_id(seen: _Seen) -> str | None:
    """The event ID when it is one value; empty when it is blank. A list or an object is flagged, not half read."""
    single = seen.first.get("eid")
    if single and single.strip():
        return single
    parts = [(key, value) for key, value in seen.special if key.role == "eid"]
    if parts:
        listed = all(part.isdigit() or not part for key, _ in parts for part in key.path[1:])
        detail = ", ".join(f"{key.key}={value}" for key, value in parts)[:200]
        seen.flaws.append(Flaw("event-id-not-a-value", "eid", "list" if listed else "object", detail))
        return None
    if single:
        seen.flaws.append(Flaw("event-id-not-a-value", "eid", "blank", single[:100]))
    _look_for_stray_id(seen)
    return None if single is None else ""


def _look_for_stray_id(seen: _Seen) -> None:
    for key in _STRAY_IDS:
        value = seen.first.get(key)
        if value:
            seen.flaws.append(Flaw("event-id-misplaced", key, "custom-data" if key[0] == "c" else "other", value[:200]))
            return


def _contents(seen: _Seen) -> tuple[tuple[Content, ...], Flaw | None]:
    contents: _wire.Json = seen.first.get("cd[contents]")
    ids: _wire.Json = seen.first.get("cd[content_ids]")
    if contents is None and ids is None:
        listed = [(key, value) for key, value in seen.special if key.role == "list"]
        if not listed:
            return (), None
        contents, ids = _php_contents(listed), _php_ids(listed)
    return contents_of(contents, ids, "cd[contents]")


def _php_ids(listed: list[tuple[meta_words.Key, str]]) -> _wire.Json:
    return [value for key, value in listed if key.path[1] == "content_ids"]


def _php_contents(listed: list[tuple[meta_words.Key, str]]) -> _wire.Json:
    """`cd[contents][0][id]=x` as the list of objects it stands for; None when there is none."""
    lines: dict[str, dict[str, _wire.Json]] = {}
    for key, value in listed:
        if key.path[1] == "contents" and len(key.path) == 4:
            lines.setdefault(key.path[2], {})[key.path[3]] = value
    return list(lines.values()) or None


def _user(seen: _Seen) -> tuple[UserValue, ...]:
    return tuple(
        [
            UserValue(meta_words.CUSTOMER_ALIASES.get(key.path[1], key.path[1]), value, form_of(value), key.key)
            for key, value in seen.special
            if key.role == "user" and key.path[1] not in _PLAIN_IN_HASHES and not key.path[1].startswith("partner_")
        ]
    )


def _match_ids(seen: _Seen, user_agent: str) -> tuple[tuple[str, str], ...]:
    get = seen.first.get
    found = [(name, value) for name in ("fbp", "fbc", "fbcs") if (value := get(name))]
    if user_agent:
        found.append(("user_agent", user_agent))
    found += [
        (key.path[1], value)
        for key, value in seen.special
        if key.role == "user" and (key.path[1] in _PLAIN_IN_HASHES or key.path[1].startswith("partner_"))
    ]
    return tuple(found)


def _consent(options: str | None, country: str | None, state: str | None) -> str | None:
    return consent_of((options or "").split(","), country, state)


@lru_cache(maxsize=256)
def _emitter(version: str | None, agent: str | None, noscript: str | None) -> str:
    """Who made the request: the library with its version and the site's agent, or a picture written by hand."""
    library = f"fbevents {version}" if version else "image without script" if noscript else "no library"
    return f"{library}, {agent}" if agent else library


def _observe(exchange: Exchange, place: Place, get: Callable[[str], str | None], flaws: list[Flaw]) -> None:
    """What only the request itself shows: its transport, a token, and what the pixel took out before sending."""
    if place.insecure:
        flaws.append(Flaw("insecure-transport", None, None, place.host))
    if get("access_token") or (exchange.provenance is Provenance.PAGE and exchange.request.header("authorization")):
        flaws.append(Flaw("token-exposed", "access_token", "pixel"))
    for key in ("up", "rp", "up_url", "rp_url"):
        removed = get(key)
        if removed:
            flaws.append(Flaw("config-blocks-event", key, "parameters-removed", removed[:200]))
