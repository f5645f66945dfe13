"""What an answer says before anybody knows whose it is: its status, how long it took, its clock, its words."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from functools import lru_cache

from app.model import Answer, Exchange, Outcome, Response

type Result = tuple[Outcome, Answer]

_NEVER_LEFT = (
    "blocked",
    "refused",
    "timeout",
    "timed out",
    "timed_out",
    "unreachable",
    "resolve",
    "certificate",
    "err_cert",
    "ssl",
    "internet_disconnected",
    "offline",
    "proxy_connection",
    "tunnel",
    "csp",
    "unknown_host",
    "unknown host",
)


def browser_result(exchange: Exchange) -> Result:
    """What became of a browser event: lost when it was blocked or refused, else unknown. A picture proves nothing.

    A beacon whose answer never came (the page was closed) was sent all the same.
    """
    response = exchange.response
    if response is None or not response.status:
        error = (exchange.error or "").lower()
        lost = any(word in error for word in _NEVER_LEFT)
        return Outcome.FAILED if lost else Outcome.UNKNOWN, unanswered(exchange)
    answer = Answer(response.status, latency_ms=latency_of(exchange), date_ms=date_of(response))
    return by_status(response.status, Outcome.UNKNOWN), answer


def by_status(status: int, otherwise: Outcome) -> Outcome:
    """What an HTTP status alone says of a send."""
    if status >= 500:
        return Outcome.FAILED
    return Outcome.REJECTED if status >= 400 else otherwise


def unanswered(exchange: Exchange) -> Answer:
    """The answer of an exchange that got none."""
    return Answer(None, message=exchange.error, latency_ms=None)


def latency_of(exchange: Exchange) -> int | None:
    """Milliseconds from request to answer."""
    if exchange.started_ms is None or exchange.finished_ms is None:
        return None
    return max(0, exchange.finished_ms - exchange.started_ms)


def date_of(response: Response) -> int | None:
    """The answer's Date header, in milliseconds UTC."""
    text = response.header("date")
    return _cached_date(text) if text and len(text) < 60 else None


@lru_cache(maxsize=512)
def _cached_date(text: str) -> int | None:
    try:
        return int(parsedate_to_datetime(text).timestamp() * 1000)
    except (ValueError, OverflowError, TypeError):
        return None


def words_of(body: bytes, *, truncated: bool) -> str | None:
    """An answer that is not JSON (a gateway's HTML page, plain text), shortened; None when it is empty."""
    if truncated:
        return "The answer was cut off at the capture limit."
    text = body[:2000].decode("utf-8", "replace").strip()
    return text[:500] or None
