"""What X said to a server call. One bad event refuses the whole call; X then lists everything that is wrong.

    200 {"data":{"conversions_processed":1,"debug_id":"ff3c…"},"request":{…}}
    400 {"errors":[{"code":"INVALID_PARAMETER","message":"Hashed_email is not a valid SHA-256 hash"}]}
    401 {"errors":[{"code":"UNAUTHORIZED_ACCESS","message":"This request is not properly authenticated"}]}

Source: X, "Web conversions", error handling: a request "will only be successful when there are zero errors".
"""

from __future__ import annotations

import re
from pathlib import Path

from msgspec.structs import replace

from app.model import Answer, Exchange, Outcome
from app.platforms.base import Explanation
from app.platforms.explained import explained
from app.platforms.reading import parsed, plain_body
from app.platforms.reading.answers import Result, by_status, date_of, latency_of, unanswered, words_of
from app.platforms.reading.fields import object_at, text_at

TABLE = Path(__file__).resolve().parents[3] / "resources" / "x_errors.toml"
_TRANSIENT = frozenset({"TOO_MANY_REQUESTS", "OVER_CAPACITY", "SERVICE_UNAVAILABLE", "INTERNAL_ERROR"})
_NAMED = re.compile(
    r"(event_id|hashed_email|hashed_phone_number|conversion_time|twclid|value|price_currency|contents)\b"
)


def server_results(exchange: Exchange, sent: int) -> list[Result]:
    """What became of each of the `sent` events of a call."""
    response = exchange.response
    if response is None or not response.status:
        outcome = Outcome.FAILED if exchange.error else Outcome.UNKNOWN
        return [(outcome, unanswered(exchange))] * sent
    body = plain_body(response)
    said = object_at(parsed(body).value)
    data, errors = object_at(said, "data"), said.get("errors")
    first, *others = [object_at(item) for item in errors] if isinstance(errors, list) and errors else [{}]
    code = text_at(first, "code")
    answer = Answer(
        response.status,
        trace_id=text_at(data, "debug_id") or response.header("x-transaction-id") or None,
        transient=response.status >= 500 or response.status == 429 or code in _TRANSIENT,
        latency_ms=latency_of(exchange),
        date_ms=date_of(response),
    )
    if first:
        outcome = Outcome.FAILED if response.status >= 500 else Outcome.REJECTED
        message = text_at(first, "message")
        refused = replace(
            answer,
            accepted=False,
            code=code,
            message=message,
            blamed=_blamed(text_at(first, "parameter"), message),
            messages=tuple(text for item in others if (text := text_at(item, "message"))),
        )
        return [(outcome, refused)] * sent
    processed = text_at(data, "conversions_processed")
    if processed is None or not processed.isascii() or not processed.isdigit() or len(processed) > 9:
        outcome = by_status(response.status, Outcome.UNKNOWN)
        words = None if data or body.strip() == b"{}" else words_of(body, truncated=response.truncated)
        return [(outcome, replace(answer, accepted=False if outcome.lost else None, message=words))] * sent
    return [_counted(replace(answer, received=int(processed), sent=sent))] * sent


def _counted(answer: Answer) -> Result:
    """By the number that X says it processed; which events are missing in it, it does not say."""
    outcome = by_status(answer.status or 0, Outcome.ACCEPTED)
    if outcome.lost:
        return outcome, replace(answer, accepted=False)
    if not answer.received:
        return Outcome.REJECTED, replace(answer, accepted=False, message="X says that it processed none of them.")
    if answer.received < (answer.sent or 0):
        return Outcome.UNKNOWN, replace(answer, accepted=True)
    return Outcome.ACCEPTED, replace(answer, accepted=True)


def _blamed(parameter: str | None, message: str | None) -> str | None:
    """The member that a refusal is about: as X names it, or by the first word of what it says."""
    if parameter:
        return parameter[:100]
    text = (message or "")[:200].lower()
    if "user identifier" in text:
        return "identifiers"
    found = _NAMED.match(text)
    return found[1] if found else None


def explain(code: str | None, subcode: str | None) -> Explanation | None:
    """What a refusal means; None for a code that nobody has written about."""
    return explained(TABLE, code, subcode)
