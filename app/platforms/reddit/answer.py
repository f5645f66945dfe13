"""What Reddit said to a server call.

    200 {"data":{"message":"Successfully processed 1 conversion events."}}         v2 without the `data` around it
    400 {"message":"There were 1 invalid conversion events. None were processed.",
         "invalid_events":[{"error_message":"event_at timestamp must be less than 168h0m0s old","event":{…}}]}
    401 {"success":false,"error":{"reason":"UNAUTHORIZED","explanation":"This server could not verify …"}}
    401 Authorization Required

One wrong event refuses the whole call. Reddit numbers none of its refusals: their code is the HTTP status, and the
subcode is ours, for what the text says.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from app.model import Answer, Exchange, Outcome
from app.platforms.base import Explanation
from app.platforms.reading import Json, parsed, plain_body
from app.platforms.reading.answers import Result, by_status, date_of, latency_of, unanswered, words_of
from app.platforms.reading.fields import object_at, text_at
from app.platforms.reddit.facts import compared_id, compared_name
from app.platforms.reddit.words import canonical

TABLE = Path(__file__).resolve().parents[3] / "resources" / "reddit_errors.toml"
_PROCESSED = re.compile(r"processed (\d{1,7}) conversion event", re.IGNORECASE)
_FIELD = re.compile(r"\b(event_at|action_source|event_source_url|tracking_type|conversion_id|products|currency)\b")
_MOST = 1_000  # wrong events of one answer that are looked at


class _Said(NamedTuple):
    """An answer's words: what it says on the whole, and of wrong events each with what is wrong with it.

    `refusal` tells one that says in its words that it took nothing, whatever its status.
    """

    message: str | None
    refusal: bool
    wrong: tuple[tuple[Mapping[str, Json], str], ...]


def server_results(exchange: Exchange, sent: Sequence[Json]) -> list[Result]:
    """What became of each of the events of a call; of the call itself where it has none."""
    count = max(1, len(sent))
    response = exchange.response
    if response is None or not response.status:
        outcome = Outcome.FAILED if exchange.error else Outcome.UNKNOWN
        return [(outcome, unanswered(exchange))] * count
    body = plain_body(response)
    said = _said(parsed(body).value)
    message = said.message or words_of(body, truncated=response.truncated)
    answer = Answer(
        response.status,
        message=message,
        transient=response.status >= 500 or response.status == 429,
        latency_ms=latency_of(exchange),
        date_ms=date_of(response),
    )
    if response.status < 400 and not said.refusal:
        return [_taken(answer, said, len(sent))] * count
    answer = replace(answer, accepted=False)
    outcome = by_status(response.status, Outcome.REJECTED)
    if not said.wrong:
        return [(outcome, _coded(answer, message or ""))] * count
    whole = _coded(answer, f"{said.wrong[0][1]} {message}")
    own = dict(_blamed(said.wrong, sent))
    return [
        (outcome, _coded(replace(answer, message=own[place]), f"{own[place]} {message}") if place in own else whole)
        for place in range(count)
    ]


def _said(value: Json) -> _Said:
    inner = object_at(value, "data") or object_at(value)
    error = object_at(inner, "error") or object_at(value, "error")
    listed = inner.get("invalid_events")
    wrong = [
        (object_at(item, "event"), text)
        for item in (listed[:_MOST] if isinstance(listed, list) else [])
        if (text := text_at(object_at(item), "error_message"))
    ]
    parts = (text_at(error, "reason"), text_at(error, "explanation"))
    message = text_at(inner, "message") or ": ".join(filter(None, parts)) or text_at(inner, "error")
    taken = _PROCESSED.search(message or "")
    nothing = taken is not None and not int(taken[1])
    refusal = bool(error) or nothing or text_at(object_at(value), "success") == "false" or (bool(wrong) and not taken)
    return _Said(message or None, refusal, tuple(wrong))


def _taken(answer: Answer, said: _Said, sent: int) -> Result:
    """A good status: it says how many events were taken, or nothing that tells."""
    found = _PROCESSED.search(said.message or "")
    if not found:
        return Outcome.UNKNOWN, answer
    return Outcome.ACCEPTED, replace(answer, accepted=True, received=int(found[1]), sent=sent, message=None)


def _coded(answer: Answer, text: str) -> Answer:
    """The answer with its status for a code, what the text says for a subcode, and the field that is named."""
    lowered = text.lower()
    entries = (entry for entry in _table() if entry["code"] == str(answer.status))
    entry = next((each for each in entries if each["says"].lower() in lowered), None)
    blamed = _FIELD.search(text) if answer.status == 400 else None
    subcode = entry["subcode"] if entry else None
    return replace(answer, code=str(answer.status), subcode=subcode or None, blamed=blamed[1] if blamed else None)


def _blamed(wrong: Sequence[tuple[Mapping[str, Json], str]], sent: Sequence[Json]) -> list[tuple[int, str]]:
    """The places of the wrong events in the call, which the answer repeats in its own form, each with its text."""
    places: dict[tuple[str, str], int] = {}
    for place, element in enumerate(sent):
        places.setdefault(_mark(object_at(element)), place)
    if len(sent) == 1:
        return [(0, wrong[0][1])]
    return [(places[mark], text) for event, text in wrong if (mark := _mark(event)) in places]


def _mark(event: Mapping[str, Json]) -> tuple[str, str]:
    """What an event and its repetition in an answer have in common: its type and its conversion ID, or its time."""
    kind = object_at(event, "type") or object_at(event, "event_type")
    data = object_at(event, "metadata") or object_at(event, "event_metadata")
    event_id = text_at(data, "conversion_id")
    name = compared_name(canonical(text_at(kind, "tracking_type") or ""))
    return name, compared_id(event_id) if event_id else text_at(event, "event_at") or ""


@cache
def _table() -> tuple[dict[str, str], ...]:
    return tuple({key: str(value) for key, value in entry.items()} for entry in _entries())


def _entries() -> list[dict[str, object]]:
    entries: list[dict[str, object]] = tomllib.loads(TABLE.read_text("utf-8"))["error"]
    return entries


@cache
def _explanations() -> dict[tuple[str, str], Explanation]:
    return {
        (entry["code"], entry["subcode"]): Explanation(**{k: v for k, v in entry.items() if k != "says"})
        for entry in _table()
    }


def explain(code: str | None, subcode: str | None) -> Explanation | None:
    """What a refusal means; None for one that nobody has written about."""
    return _explanations().get((code or "", subcode or ""))
