"""What Microsoft said to a call of the Conversions API.

    200 {"eventsReceived":1,"traceId":"…"}
    400 {"eventsReceived":0,"error":{"code":"ValidationError","message":"…","details":[{"index":0,
         "propertyName":"userData.em","attemptedValue":"…","errorMessage":"'em' must be a valid SHA256 string",
         "errorCode":"…","isWarning":false}]},"traceId":"…"}
    401 {"error":{"code":"Unauthorized","message":"…"},"traceId":"…"}

`index` is the event's place in the call. A call that asks to go on (`continueOnValidationError`) loses the named events
only. `attemptedValue` may be a person's e-mail in the clear: it is never repeated. The texts under 401 and the detail's
`errorCode` are not verified.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from msgspec.structs import replace

from app.model import Answer, Exchange, Outcome
from app.platforms.base import Explanation
from app.platforms.explained import explained
from app.platforms.reading import Json, parsed, plain_body, text_of
from app.platforms.reading.answers import Result, by_status, date_of, latency_of, unanswered, words_of
from app.platforms.reading.fields import object_at, text_at

TABLE = Path(__file__).resolve().parents[3] / "resources" / "microsoft_errors.toml"
_MOST = 20  # of an answer's remarks on one event


def server_results(exchange: Exchange, sent: int, *, goes_on: bool) -> list[Result]:
    """What became of each of the `sent` events of a call; `goes_on`: the valid ones are to be taken."""
    response = exchange.response
    if response is None or not response.status:
        outcome = Outcome.FAILED if exchange.error else Outcome.UNKNOWN
        return [(outcome, unanswered(exchange))] * sent
    body = plain_body(response)
    said = object_at(parsed(body).value)
    error = object_at(said, "error")
    received = text_at(said, "eventsReceived") or ""
    answer = Answer(
        response.status,
        trace_id=text_at(said, "traceId"),
        received=int(received) if received.isascii() and received.isdigit() and len(received) < 8 else None,
        sent=sent,
        transient=response.status >= 500 or response.status == 429,
        latency_ms=latency_of(exchange),
        date_ms=date_of(response),
    )
    outcome = by_status(response.status, Outcome.ACCEPTED if said or not body.strip() else Outcome.UNKNOWN)
    if not said and body.strip():  # a gateway's page
        words = words_of(body, truncated=response.truncated)
        return [(outcome, replace(answer, accepted=False if outcome.lost else None, message=words))] * sent
    code = text_at(error, "code") or (str(response.status) if outcome.lost else None)
    whole = replace(answer, accepted=not outcome.lost, code=code, message=text_at(error, "message"))
    remarks = _remarks(error)
    if not remarks:
        return [_counted(whole, outcome, refused=bool(error))] * sent
    some = not outcome.lost or (goes_on and response.status == 400 and answer.received != 0)
    return [_of_event(remarks.get(place, ()), whole, outcome, some=some) for place in range(sent)]


def _counted(whole: Answer, outcome: Outcome, *, refused: bool) -> Result:
    """An answer that names no event: a refusal of the call, or by the number that it says it received."""
    if outcome.lost:
        return outcome, whole
    if refused or whole.received == 0:
        return Outcome.REJECTED, replace(whole, accepted=False)
    if whole.received is not None and whole.received < (whole.sent or 0):
        return Outcome.UNKNOWN, whole  # which of them, it does not say
    return outcome, whole


def _of_event(remarks: tuple[Mapping[str, Json], ...], whole: Answer, outcome: Outcome, *, some: bool) -> Result:
    """What became of one event; `some`: those that nothing is said against were taken."""
    against = [each for each in remarks if not _is_warning(each)]
    if against:
        first = against[0]
        return Outcome.REJECTED, replace(
            whole,
            accepted=False,
            subcode=text_at(first, "errorCode"),
            message="; ".join(_words(each) for each in against[:_MOST]),
            blamed=text_at(first, "propertyName"),
        )
    if not some:
        return outcome, whole
    taken = replace(whole, accepted=True, code=None, message=None, messages=tuple(map(_words, remarks[:_MOST])))
    return Outcome.ACCEPTED, taken


def _remarks(error: Mapping[str, Json]) -> dict[int, tuple[Mapping[str, Json], ...]]:
    """What an answer says of each event, by its place in the call."""
    listed = error.get("details")
    found: dict[int, tuple[Mapping[str, Json], ...]] = {}
    for item in listed if isinstance(listed, list) else ():
        remark = object_at(item)
        place = text_at(remark, "index") or ""
        if place.isascii() and place.isdigit() and len(place) < 6:
            found[int(place)] = (*found.get(int(place), ())[:_MOST], remark)
    return found


def _is_warning(remark: Mapping[str, Json]) -> bool:
    return text_of(remark.get("isWarning")).lower() == "true"


def _words(remark: Mapping[str, Json]) -> str:
    return ": ".join(filter(None, (text_at(remark, "propertyName"), text_at(remark, "errorMessage"))))


def explain(code: str | None, subcode: str | None) -> Explanation | None:
    """What a refusal means; None for a code that nobody has written about."""
    return explained(TABLE, code, subcode)
