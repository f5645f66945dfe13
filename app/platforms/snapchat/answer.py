"""What Snapchat said to a server call.

    v3        200 {"status":"VALID","reason":"Events have been processed successfully."}
              400 {"status":"INVALID","reason":"…","event":0,"errors":{"codes":["…"],"error_msgs":["…"]}}
    validate  200 {"status":"VALID","test_event":true,
                   "event_logs":[{"event":0,"status":"VALID","errors":{…},"warnings":[]}]}
    v2        200 {"status":"SUCCESS"}    400 {"status":"FAILED","error_records":[{"reason":"…","record_indexes":[0]}]}

One event that is not valid refuses a call of v3 whole, as its single `event` tells; `event_logs` and `record_indexes`
speak of each event by itself. Codes are published nowhere, so a refusal is known by its status and its words.
Sources: Snap's Java SDK (v3) and Python SDK (v2), models of the answers; Snap, Conversions API, verify set-up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from app.model import Answer, Exchange, Outcome, Response
from app.platforms.base import Explanation
from app.platforms.explained import explained
from app.platforms.reading import Json, parsed, plain_body, text_of
from app.platforms.reading.answers import Result, by_status, date_of, latency_of, unanswered, words_of
from app.platforms.reading.fields import object_at, text_at

TABLE = Path(__file__).resolve().parents[3] / "resources" / "snapchat_errors.toml"
_GOOD = frozenset({"VALID", "SUCCESS", "OK"})
_BAD = frozenset({"INVALID", "FAILED", "FAILURE", "ERROR"})
_FIELD = re.compile(
    r"\b(event_name|event_type|event_time|timestamp|event_id|action_source|event_conversion_type|event_source_url|page_url"
    r"|user_data|custom_data|currency|price|value|hashed_[a-z_]{2,30}|client_ip_address|pixel_id|access_token)\b"
)


def server_results(exchange: Exchange, sent: int) -> list[Result]:
    """What became of each of the `sent` events of a call."""
    response = exchange.response
    if response is None or not response.status:
        outcome = Outcome.FAILED if exchange.error else Outcome.UNKNOWN
        return [(outcome, unanswered(exchange))] * sent
    body = plain_body(response)
    said = object_at(parsed(body).value)
    status = (text_at(said, "status") or "").upper()
    answer = Answer(
        response.status,
        transient=response.status >= 500 or response.status == 429,
        latency_ms=latency_of(exchange),
        date_ms=date_of(response),
    )
    if status not in _GOOD | _BAD:  # a gateway's page, or an answer in another form
        outcome = by_status(response.status, Outcome.UNKNOWN)
        words = text_at(said, "reason") or text_at(said, "message") or words_of(body, truncated=response.truncated)
        code = str(response.status) if outcome.lost else None
        told = replace(answer, accepted=False if outcome.lost else None, code=code, message=words)
        return [(outcome, told)] * sent
    by_event = _logged(said) or _recorded(said)
    if status in _GOOD:
        outcome = by_status(response.status, Outcome.ACCEPTED)
        taken = replace(answer, accepted=not outcome.lost)
        return [_of_event(by_event.get(place), outcome, taken) for place in range(sent)]
    outcome = Outcome.FAILED if response.status >= 500 else Outcome.REJECTED
    refused = _refused(response, said, answer)
    return [_of_event(by_event.get(place), outcome, refused) for place in range(sent)]


class _Told(NamedTuple):
    """What an answer says of one event."""

    refused: bool
    codes: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def _of_event(told: _Told | None, outcome: Outcome, answer: Answer) -> Result:
    if told is None:
        return outcome, answer
    if told.refused:
        message = "; ".join(told.words) or answer.message
        code = next(iter(told.codes), None) or answer.code or str(answer.status)
        refused = replace(
            answer, accepted=False, code=code, message=message, messages=told.warnings, blamed=_blamed(message)
        )
        return Outcome.REJECTED, refused
    return Outcome.ACCEPTED, replace(
        answer, accepted=True, code=None, message=None, blamed=None, messages=told.warnings
    )


def _logged(said: Mapping[str, Json]) -> dict[int, _Told]:
    """`event_logs` by the event's place."""
    listed = said.get("event_logs")
    found: dict[int, _Told] = {}
    for item in listed if isinstance(listed, list) else []:
        log = object_at(item)
        place = _place(log.get("event"))
        if place is not None:
            errors = object_at(log, "errors")
            codes, words = _texts(errors.get("codes")), _texts(errors.get("error_msgs"))
            bad = (text_at(log, "status") or "").upper() in _BAD
            found[place] = _Told(bad, codes, words, _texts(log.get("warnings")))
    return found


def _recorded(said: Mapping[str, Json]) -> dict[int, _Told]:
    """v2's `error_records` and `warning_records` by the event's place."""
    words: dict[int, tuple[list[str], list[str]]] = {}
    for column, name in enumerate(("error_records", "warning_records")):
        listed = said.get(name)
        for item in listed if isinstance(listed, list) else []:
            record = object_at(item)
            for place in _places(record.get("record_indexes")):
                words.setdefault(place, ([], []))[column].append(text_at(record, "reason") or "")
    return {
        place: _Told(bool(errors), (), tuple(filter(None, errors)), tuple(filter(None, warnings)))
        for place, (errors, warnings) in words.items()
    }


def _refused(response: Response, said: Mapping[str, Json], answer: Answer) -> Answer:
    """A refusal of the whole call: its first code, else its status, and its words."""
    errors = object_at(said, "errors")
    codes = _texts(errors.get("codes"))
    words = tuple(dict.fromkeys((*_texts(errors.get("error_msgs")), text_at(said, "reason") or "")))
    message = "; ".join(filter(None, words)) or None
    place = _place(said.get("event"))
    blamed = _blamed(message)
    return replace(
        answer,
        accepted=False,
        code=next(iter(codes), None) or str(response.status),
        message=message,
        blamed=".".join(filter(None, ("" if place is None else f"data.{place}", blamed))) or None,
    )


def _blamed(message: str | None) -> str | None:
    found = _FIELD.search(message[:2_000]) if message else None
    return found[1] if found else None


def _texts(value: Json) -> tuple[str, ...]:
    items = value if isinstance(value, list) else [] if value is None else [value]
    return tuple(text for item in items[:50] if item is not None and (text := text_of(item)))


def _place(value: Json) -> int | None:
    text = "" if value is None else text_of(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None


def _places(value: Json) -> Iterator[int]:
    for item in value if isinstance(value, list) else [value]:
        place = _place(item)
        if place is not None:
            yield place


def explain(code: str | None, subcode: str | None) -> Explanation | None:
    """What a refusal means by its status; None for a code of Snap's own, which nobody has written about."""
    return explained(TABLE, code, subcode)
