"""What LinkedIn said to a server call. One wrong element refuses the whole of it.

    201                                                                        one event, taken; nothing is said
    200 {"elements":[{"status":201},{"status":201}]}                           a batch, each event with its own status
    401 {"status":401,"serviceErrorCode":65600,"code":"INVALID_ACCESS_TOKEN","message":"Invalid access token"}
    400 {"status":400,"message":"… Conversion's method should be CONVERSIONS_API, indices [0] (0-indexed)"}
    422 {"status":422,"message":"Index: 0, ERROR :: /conversionValue/amount :: field is required but …\\nERROR :: …"}

Seen in RudderStack's tests of its own destination; the statuses and codes are LinkedIn's documented ones.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from app.model import Answer, Exchange, Outcome
from app.platforms.base import Explanation
from app.platforms.explained import explained
from app.platforms.reading import Json, parsed, plain_body
from app.platforms.reading.answers import Result, by_status, date_of, latency_of, unanswered, words_of
from app.platforms.reading.fields import object_at, text_at

TABLE = Path(__file__).resolve().parents[3] / "resources" / "linkedin_errors.toml"
WRONG_METHOD = "CONVERSIONS_API"
_INDEX = re.compile(r"Index: (\d{1,5}),")
_INDICES = re.compile(r"indices \[([\d, ]{1,2000})\]")
_PATH = re.compile(r"ERROR :: /([\w/]{1,200}) ::")
_LONGEST = 20_000  # characters of a message that are read


class Complaint(NamedTuple):
    """What a refusal says of one event: the lines on it, and the first path they name, with dots."""

    text: str
    blamed: str | None


def server_results(exchange: Exchange, sent: int) -> list[Result]:
    """What became of each of the `sent` events of a call."""
    response = exchange.response
    if response is None or not response.status:
        outcome = Outcome.FAILED if exchange.error else Outcome.UNKNOWN
        return [(outcome, unanswered(exchange))] * sent
    body = plain_body(response)
    said = object_at(parsed(body).value) if body else {}
    answer = Answer(
        response.status,
        trace_id=response.header("x-li-uuid") or response.header("x-restli-id") or None,
        transient=response.status >= 500 or response.status == 429,
        latency_ms=latency_of(exchange),
        date_ms=date_of(response),
    )
    if response.status >= 300:
        return _refused(answer, said, words_of(body, truncated=response.truncated), sent)
    elements = said.get("elements")
    if isinstance(elements, list) and elements:
        return [_element(answer, object_at(item)) for item in elements[:sent]] + [
            (Outcome.UNKNOWN, answer) for _ in range(sent - len(elements))
        ]
    return [(Outcome.ACCEPTED, replace(answer, accepted=True))] * sent


def _element(answer: Answer, element: Mapping[str, Json]) -> Result:
    """One event of a batch, by its own status."""
    text = text_at(element, "status") or ""
    status = int(text) if text.isascii() and text.isdigit() and len(text) == 3 else 0
    if status < 300:
        return (Outcome.ACCEPTED, replace(answer, accepted=True)) if status else (Outcome.UNKNOWN, answer)
    error = object_at(element, "error") or element
    message = text_at(error, "message")
    code, subcode = code_of(error, status, message or "")
    refused = replace(answer, accepted=False, code=code, subcode=subcode, message=message, transient=status >= 500)
    return by_status(status, Outcome.REJECTED), refused


def _refused(answer: Answer, said: Mapping[str, Json], words: str | None, sent: int) -> list[Result]:
    status = answer.status or 0
    message = text_at(said, "message") or words or ""
    code, subcode = code_of(said, status, message)
    refused = replace(answer, accepted=False, code=code, subcode=subcode, message=message[:500] or None)
    outcome = by_status(status, Outcome.REJECTED)
    told = complaints(message)
    if not told or status >= 500:
        return [(outcome, refused)] * sent
    others = replace(refused, message=_company(told))
    return [
        (outcome, replace(refused, message=told[place].text, blamed=told[place].blamed) if place in told else others)
        for place in range(sent)
    ]


def _company(told: Mapping[int, Complaint]) -> str:
    places = ", ".join(str(place) for place in sorted(told)[:10])
    return f"Refused with the whole call, for what stands at index {places}."


def code_of(said: Mapping[str, Json], status: int, message: str) -> tuple[str, str | None]:
    """The code of a refusal: LinkedIn's number, else its word, else the status; and what kind of 400 it is."""
    code = text_at(said, "serviceErrorCode") or text_at(said, "code") or str(status)
    return code, WRONG_METHOD if status == 400 and WRONG_METHOD in message[:_LONGEST] else None


def complaints(message: str) -> dict[int, Complaint]:
    """What a refusal says of which event, by the event's place; empty when it names none.

    Lines without an index go on about the event before them.
    """
    message = message[:_LONGEST]
    listed = _INDICES.search(message)
    if listed:
        places = (part.strip() for part in listed[1].split(","))
        return {int(part): Complaint(message.strip()[:500], "conversion") for part in places if 0 < len(part) < 6}
    found: dict[int, list[str]] = {}
    place = None
    for line in filter(None, map(str.strip, message.split("\n"))):
        begun = _INDEX.match(line)
        place = int(begun[1]) if begun else place
        if place is not None:
            found.setdefault(place, []).append(line)
    return {place: Complaint("\n".join(lines)[:500], _blamed(lines)) for place, lines in found.items()}


def _blamed(lines: list[str]) -> str | None:
    paths = (found[1] for line in lines if (found := _PATH.search(line)))
    return next((path.replace("/", ".") for path in paths), None)


def explain(code: str | None, subcode: str | None) -> Explanation | None:
    """What a refusal means; None for a code that nobody has written about."""
    return explained(TABLE, code, subcode)
