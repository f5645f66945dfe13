"""What TikTok said to a server call. The status is 200 for refusals, too: only `code` tells.

    200 {"code":0,"message":"OK","request_id":"20261120101530AAAA","data":{}}
    200 {"code":40002,"message":"data.0.properties.contents.0.content_id: Not a valid string","request_id":"…"}
    200 {"code":20001,"message":"…","data":{"failed_events":[{"order_in_request":0}]}}     some events only

The shape of `data` under 20001 is a guess that no capture has confirmed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from msgspec.structs import replace

from app.model import Answer, Exchange, Outcome
from app.platforms.base import Explanation
from app.platforms.explained import explained
from app.platforms.reading import Json, parsed, plain_body, text_of
from app.platforms.reading.answers import Result, by_status, date_of, latency_of, unanswered, words_of
from app.platforms.reading.fields import object_at, text_at

TABLE = Path(__file__).resolve().parents[3] / "resources" / "tiktok_errors.toml"
OK, PARTLY = "0", "20001"
_TRANSIENT = frozenset({"40100", "40016", "50000", "50002"})
_PATH = re.compile(r"\s*([A-Za-z_][\w.\[\]]{0,120}?)\s*:")


def server_results(exchange: Exchange, sent: int) -> list[Result]:
    """What became of each of the `sent` events of a call."""
    response = exchange.response
    if response is None or not response.status:
        outcome = Outcome.FAILED if exchange.error else Outcome.UNKNOWN
        return [(outcome, unanswered(exchange))] * sent
    body = plain_body(response)
    said = object_at(parsed(body).value)
    code, message = text_at(said, "code"), text_at(said, "message")
    answer = Answer(
        response.status,
        trace_id=text_at(said, "request_id"),
        transient=response.status >= 500 or response.status == 429 or code in _TRANSIENT,
        latency_ms=latency_of(exchange),
        date_ms=date_of(response),
    )
    if code is None:  # a gateway's page, or an answer that says nothing
        outcome = by_status(response.status, Outcome.UNKNOWN)
        words = words_of(body, truncated=response.truncated)
        return [(outcome, replace(answer, accepted=False if outcome.lost else None, message=words))] * sent
    if code == OK:
        outcome = by_status(response.status, Outcome.ACCEPTED)
        return [(outcome, replace(answer, accepted=not outcome.lost))] * sent
    blamed = _PATH.match(message or "")
    refused = replace(
        answer, accepted=False, code=code, message=message, blamed=blamed[1] if blamed and "." in blamed[1] else None
    )
    lost = Outcome.FAILED if code.startswith("5") or response.status >= 500 else Outcome.REJECTED
    if code != PARTLY:
        return [(lost, refused)] * sent
    failed = _failed(said)
    taken = replace(answer, accepted=True, messages=(message,) if message else ())
    return [
        (Outcome.REJECTED, refused) if place in failed else (Outcome.ACCEPTED if failed else Outcome.UNKNOWN, taken)
        for place in range(sent)
    ]


def _failed(said: Mapping[str, Json]) -> frozenset[int]:
    """The places of the events that were refused, where the answer names them."""
    listed = object_at(said, "data").get("failed_events")
    places = [object_at(item).get("order_in_request") for item in listed] if isinstance(listed, list) else []
    texts = (text_of(place) for place in places if place is not None)
    return frozenset(int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 6)


def explain(code: str | None, subcode: str | None) -> Explanation | None:
    """What a refusal means; None for a code that nobody has written about."""
    return explained(TABLE, code, subcode)
