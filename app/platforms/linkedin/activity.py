"""Decodes the tag's second channel, by which it tells what it noticed by itself: visits, clicks, forms.

    POST https://px.ads.linkedin.com/wa/?medium=fetch&fmt=g        content-type: text/plain
    {"pids":[4455667],"scriptVersion":172,"time":1795169730123,"signalType":"PAGE_VISIT","url":"https://shop.example/",
     "hem":"<sha256>","liFatId":"<uuid>","websiteSignalRequestId":"ac4b…","domAttributes":{"tagName":"BUTTON"}}

`fmt` says how the JSON travels (a as it is, b in base64, g gzipped and in base64), but what stands in the body decides.
None of it is an event of its own: a PAGE_VISIT repeats the page view beside it. `hem` is the e-mail that the site gave
the library, on this page or on one before; it travels nowhere else.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping

from app.hashing import form_of
from app.model import Event, Exchange, Flaw, Form, Kind, Request, Side
from app.platforms.linkedin.dedup import PARTNER
from app.platforms.linkedin.words import NAME, describe
from app.platforms.reading import MAX_BODY, Json, inflated, parsed, plain_body, text_of
from app.platforms.reading.answers import browser_result
from app.platforms.reading.facts import referred_page, telling_headers, time_ms
from app.platforms.reading.fields import fields_of, object_at, text_at, user_values

_MATCH = (("li_fat_id", "liFatId"), ("li_giant", "liGiant"))


def decode(exchange: Exchange) -> tuple[Event, ...]:
    """The one thing that a request tells; shown, never counted."""
    if exchange.request.method == "OPTIONS":
        return ()
    payload, road, trouble = _payload(exchange.request)
    flaws = [Flaw("malformed-request", None, trouble)] if trouble else []
    own_ms, late = time_ms(text_at(payload, "time") or "", "time", "ms")
    flaws += [flaw for flaw in (late, _of_email(text_at(payload, "hem"))) if flaw]
    outcome, answer = browser_result(exchange)
    agent = exchange.request.header("user-agent")
    found = [(name, text_at(payload, wire) or "") for name, wire in _MATCH]
    version = text_at(payload, "scriptVersion")
    event = Event(
        id=f"e{exchange.number}.0",
        exchange=exchange.number,
        platform=NAME,
        side=Side.BROWSER,
        provenance=exchange.provenance,
        kind=Kind.OTHER,
        account=_account(payload.get("pids")),
        name=text_at(payload, "signalType") or "wa",
        event_id=None,
        own_ms=own_ms,
        received_ms=exchange.started_ms,
        account_kind=PARTNER,
        page=text_at(payload, "url") or referred_page(exchange.request),
        user=user_values(payload, {"hem": "em"}, ""),
        match_ids=tuple((name, value) for name, value in (*found, ("user_agent", agent)) if value),
        action_source="web",
        transport=", ".join(filter(None, (exchange.request.method, road))),
        emitter=f"insight.min.js {version}" if version else "",
        outcome=outcome,
        answer=answer,
        send=exchange.send,
        flaws=tuple(flaws),
        fields=(*fields_of(dict(payload), describe), *telling_headers(exchange.request.headers)),
    )
    return (event,)


def _payload(request: Request) -> tuple[Mapping[str, Json], str, str]:
    """The JSON object of a request, how it travelled, and one word on what could not be read."""
    body, road = plain_body(request).strip(), ""
    if body and body[:1] != b"{":
        body, road = _unwrapped(body)
    if len(body) >= MAX_BODY:
        return {}, road, "too-large"
    if not body.strip():
        return {}, road, ""
    read = parsed(body)
    if read.trouble:
        return {}, road, "body-incomplete" if request.truncated else read.trouble
    return object_at(read.value), road, "" if isinstance(read.value, dict) else "not-an-object"


def _unwrapped(body: bytes) -> tuple[bytes, str]:
    """Base64, and under it perhaps gzip, of which never more than `MAX_BODY` bytes come out."""
    bare = body.translate(bytes.maketrans(b"-_ ", b"+/+"), b"\r\n").rstrip(b"=")
    try:
        plain = base64.b64decode(bare + b"=" * (-len(bare) % 4), validate=True)
    except (binascii.Error, ValueError):
        return body, ""
    opened = inflated(plain)
    return opened, "base64" if opened is plain else "base64, gzip"


def _account(pids: Json) -> str:
    """The partner ID; of several the first, for they are all told the same."""
    first = next(iter(pids), None) if isinstance(pids, list) else pids
    return "" if first is None else text_of(first).partition(",")[0].strip()


def _of_email(hem: str | None) -> Flaw | None:
    form = form_of(hem) if hem else Form.SHA256
    if form is Form.PLAIN:
        return Flaw("raw-personal-data", "hem", "unhashed")
    return None if form is Form.SHA256 else Flaw("hash-wrong-form", "hem", form.value)
