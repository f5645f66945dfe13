"""What Meta said to a send, and what became of it.

A good answer: `{"events_received":1,"messages":[],"fbtrace_id":"A…"}`. A refusal:

    {"error":{"message":"Invalid parameter","type":"OAuthException","code":100,"error_subcode":2804003,
              "is_transient":false,"error_user_title":"Event Timestamp Too Old","error_user_msg":"…",
              "error_data":{"blame_field_specs":[["data[0][event_time]"]]},"fbtrace_id":"A…"}}

Titles and messages come in the language of the token's owner, so only code and subcode are ever relied on. The pixel's
answer is a picture and says nothing: a browser event is never called accepted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from app.model import Answer, Exchange, Outcome, Response
from app.platforms.base import Explanation
from app.platforms.explained import explained
from app.platforms.reading import Json, parsed, plain_body, text_of
from app.platforms.reading.answers import Result, by_status, date_of, latency_of, unanswered, words_of

TABLE = Path(__file__).resolve().parents[3] / "resources" / "meta_errors.toml"

_TRANSIENT = frozenset({"1", "2", "4", "17", "341", "613", "80003", "80004"})


def server_result(exchange: Exchange, sent: int | None = None) -> Result:
    """What became of each of the `sent` events of a server call; a refusal concerns the whole call."""
    response = exchange.response
    if response is None or not response.status:
        return Outcome.FAILED if exchange.error else Outcome.UNKNOWN, unanswered(exchange)
    body = plain_body(response)
    return _read(response.status, parsed(body).value, body, response, latency_of(exchange), sent)


def batch_results(exchange: Exchange, sent: Sequence[int]) -> list[Result]:
    """What became of each inner request of a Graph batch, which held `sent` events each.

    One refusal of the batch itself concerns them all.
    """
    response = exchange.response
    whole = server_result(exchange)
    if response is None:
        return [whole] * len(sent)
    inner = parsed(plain_body(response)).value
    if not isinstance(inner, list):
        return [whole] * len(sent)
    latency = latency_of(exchange)
    answers = [*inner[: len(sent)], *[None] * (len(sent) - len(inner))]
    return [_inner(item, whole, response, latency, count) for item, count in zip(answers, sent, strict=True)]


def _inner(item: Json, whole: Result, response: Response, latency: int | None, sent: int) -> Result:
    if not isinstance(item, dict):
        return Outcome.UNKNOWN, Answer(None, latency_ms=latency, date_ms=whole[1].date_ms)
    code = text_of(item.get("code"))
    status = int(code) if code.isascii() and code.isdigit() and len(code) == 3 else response.status
    body = item.get("body")
    text = body if isinstance(body, str) else ""
    value = parsed(text).value if text else body
    return _read(status, value, text.encode("utf-8", "surrogatepass"), response, latency, sent)


def _read(status: int, value: Json, body: bytes, response: Response, latency: int | None, sent: int | None) -> Result:
    said: Mapping[str, Json] = value if isinstance(value, dict) else {}
    date = date_of(response)
    trace = _text(said.get("fbtrace_id")) or response.header("x-fb-trace-id") or None
    if said.get("error"):  # some relays write one that is null or empty beside a good answer
        return _refused(status, said["error"], trace, latency, date)
    received = _count(said.get("events_received"))
    listed = said.get("messages")
    messages = tuple(text_of(item) for item in (listed if isinstance(listed, list) else [listed]) if item)
    outcome = by_status(status, _good(status, received, said))
    return outcome, Answer(
        status,
        accepted=True if outcome is Outcome.ACCEPTED else False if outcome.lost else None,
        message=None if value is not None else words_of(body, truncated=response.truncated),
        trace_id=trace,
        received=received,
        sent=None if received is None else sent,
        messages=messages,
        transient=status >= 500 or status == 429,
        latency_ms=latency,
        date_ms=date,
    )


def _good(status: int, received: int | None, said: Mapping[str, Json]) -> Outcome:
    """What a 2xx means: taken when it counts events, or when a gateway says 202; nothing otherwise."""
    if received is not None:
        return Outcome.ACCEPTED if received else Outcome.REJECTED
    return Outcome.ACCEPTED if status == 202 or said.get("success") is True else Outcome.UNKNOWN


def _refused(status: int, error: Json, trace: str | None, latency: int | None, date: int | None) -> Result:
    said: Mapping[str, Json] = error if isinstance(error, dict) else {"message": text_of(error)}
    code = _text(said.get("code"))
    transient = said.get("is_transient") is True or status >= 500 or code in _TRANSIENT
    return Outcome.FAILED if status >= 500 or code in ("1", "2") else Outcome.REJECTED, Answer(
        status,
        accepted=False,
        code=code,
        subcode=_text(said.get("error_subcode")),
        title=_text(said.get("error_user_title")),
        message=_text(said.get("error_user_msg")) or _text(said.get("message")),
        trace_id=_text(said.get("fbtrace_id")) or trace,
        blamed=_blamed(said.get("error_data")),
        transient=transient,
        latency_ms=latency,
        date_ms=date,
    )


def _blamed(data: Json) -> str | None:
    """The field Meta points at; its error data is sometimes an object and sometimes the same as text."""
    if isinstance(data, str):
        data = parsed(data).value
    spec: Json = data.get("blame_field_specs") if isinstance(data, dict) else None
    while isinstance(spec, list) and spec:
        spec = spec[0]
    return spec if isinstance(spec, str) else None


def _text(value: Json) -> str | None:
    return None if value is None else text_of(value)


def _count(value: Json) -> int | None:
    text = text_of(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def explain(code: str | None, subcode: str | None) -> Explanation | None:
    """What Meta's refusal means, by code and subcode; None for one that nobody has written about."""
    return explained(TABLE, code, subcode)
