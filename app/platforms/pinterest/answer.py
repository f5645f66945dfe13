"""What Pinterest said to a server call: one verdict for each event, in the order in which they were sent.

    200 {"num_events_received":2,"num_events_processed":1,"events":[{"status":"processed","warning_message":null},
         {"status":"failed","error_message":"'em' must be SHA256 hashed values"}]}
    422 {"code":…,"message":"Not all events were successfully processed.","details":{…}}
    401 {"code":2,"message":"Authentication failed."}

What stands in `details` is not documented; where it holds the same list of events, that is read.
Source: Pinterest API v5, operation events/create.
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

TABLE = Path(__file__).resolve().parents[3] / "resources" / "pinterest_errors.toml"
PARTLY = 422
_TRANSIENT = frozenset({"8", "4197"})
_FIELD = re.compile(r"['\"`]([a-z_]{2,40}(?:\.[a-z_]{2,40})?)['\"`]")


def server_results(exchange: Exchange, sent: int) -> list[Result]:
    """What became of each of the `sent` events of a call."""
    response = exchange.response
    if response is None or not response.status:
        outcome = Outcome.FAILED if exchange.error else Outcome.UNKNOWN
        return [(outcome, unanswered(exchange))] * sent
    body = plain_body(response)
    said = object_at(parsed(body).value)
    code = text_at(said, "code")
    answer = Answer(
        response.status,
        transient=response.status >= 500 or response.status == 429 or code in _TRANSIENT,
        latency_ms=latency_of(exchange),
        date_ms=date_of(response),
    )
    listed = said if isinstance(said.get("events"), list) else object_at(said, "details")
    events = listed.get("events")
    if isinstance(events, list) and events:
        return _each(answer, events, sent, code)
    if code is not None or text_at(said, "message"):
        message = text_at(said, "message")
        lost = Outcome.FAILED if response.status >= 500 else Outcome.REJECTED
        return [(lost, replace(answer, accepted=False, code=code, message=message, blamed=_blamed(message)))] * sent
    if "num_events_processed" in said:
        return [_counted(answer, said, sent)] * sent
    outcome = by_status(response.status, Outcome.UNKNOWN)  # a gateway's page, or an answer that says nothing
    words = words_of(body, truncated=response.truncated)
    return [(outcome, replace(answer, accepted=False if outcome.lost else None, message=words))] * sent


def _each(answer: Answer, events: list[Json], sent: int, code: str | None) -> list[Result]:
    """One verdict for each event; of those that the answer leaves out, nothing is known."""
    found: list[Result] = []
    for item in events[:sent]:
        one = object_at(item)
        status, warning = text_at(one, "status"), text_at(one, "warning_message")
        if status == "processed":
            messages = (warning,) if warning else ()
            found.append((Outcome.ACCEPTED, replace(answer, accepted=True, messages=messages)))
        elif status == "failed":
            message = text_at(one, "error_message") or warning
            refused = replace(answer, accepted=False, code=code, message=message, blamed=_blamed(message))
            found.append((Outcome.REJECTED, refused))
        else:
            found.append((Outcome.UNKNOWN, answer))
    return found + [(Outcome.UNKNOWN, answer)] * (sent - len(found))


def _counted(answer: Answer, said: Mapping[str, Json], sent: int) -> Result:
    """What the mere numbers tell: all were taken, or none."""
    taken = text_of(said["num_events_processed"])
    if taken == str(sent):
        return Outcome.ACCEPTED, replace(answer, accepted=True)
    return (Outcome.REJECTED, replace(answer, accepted=False)) if taken == "0" else (Outcome.UNKNOWN, answer)


def _blamed(message: str | None) -> str | None:
    """The field that a message names in quotes."""
    found = _FIELD.search(message[:500]) if message else None
    return found[1] if found else None


def explain(code: str | None, subcode: str | None) -> Explanation | None:
    """What a refusal means; None for a code that nobody has written about."""
    return explained(TABLE, code, subcode)
