"""Server payloads as JSON or JSON Lines: what a backend logged instead of, or before, sending it.

A line, or an element of a list, is one of:

    {"data": [{"event_name": "Purchase", …}], "access_token": "…"}         a whole Conversions API request
    {"event_name": "Purchase", "event_time": 1795317862, …}                one event
    {"pixel_id": "111", "payload": {…}}                                    either of them, and its account
    {"method": "POST", "url": "https://…", "headers": {…}, "body": "…"}    any request

The first two are read by the platform that knows them for its own; the example is the first one's.
Whatever it is, the answer may stand beside it: as "response", or as "status" with "response_body". Values may also
follow each other without being one to a line.

`account`, `id` or a platform's own word for it (`pixel_id`) beside the payload names the account. Where nobody does, it
is the one given to `read`, or else `UNKNOWN`, which `app.formats.settle_accounts` replaces when all inputs together
name a single one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from app import platforms
from app.formats.errors import FormatError
from app.formats.logged import UnreadableError, recorded, request_of, response_of, url_of, value_of
from app.formats.text import BrokenError, Value, elements, members, parse
from app.formats.times import epoch_ms
from app.model import UNNAMED_ACCOUNT, Exchange, Provenance
from app.platforms.logged_payloads import LoggedPayloads, Shape
from app.session.file import Skipped

UNKNOWN = UNNAMED_ACCOUNT

_ACCOUNTS = ("account", "account_id")
_PAYLOADS = ("payload", "body", "event", "events", "request")
_TELLING = frozenset(("event_name", "data", "url", *_PAYLOADS))
_TIMES = ("started_ms", "startedDateTime", "sent_at", "timestamp", "time")


def read(text: str, name: str, account: str = "") -> tuple[tuple[Exchange, ...], tuple[Skipped, ...]]:
    """The exchanges of a file of payloads, and what was skipped, by line or element from 0.

    Raises `FormatError` when nothing could be read.
    """
    exchanges: list[Exchange] = []
    skipped: list[Skipped] = []
    for index, item in _items(text):
        if isinstance(item, BrokenError):
            skipped.append(Skipped(index, f"no JSON at {item.where}"))
            continue
        try:
            exchanges.append(_exchange(item, name, account or UNKNOWN))
        except UnreadableError as error:
            skipped.append(Skipped(index, str(error)))
    if not exchanges:
        raise FormatError(
            f"{name} holds nothing Pixelpair can read ({_first(skipped)}). It reads HAR files, mitmproxy's flow files, "
            "server payloads as JSON or JSON Lines, cURL commands, and its own session files."
        )
    return tuple(exchanges), tuple(skipped)


def homeless(exchange: Exchange) -> bool:
    """Whether it is a payload whose account nobody named."""
    return exchange.provenance is Provenance.IMPORTED and _reader_of(exchange) is not None


def housed(exchange: Exchange, account: str) -> Exchange:
    """The exchange, at this account if it had none."""
    reader = _reader_of(exchange) if exchange.provenance is Provenance.IMPORTED else None
    return replace(exchange, request=reader.moved(exchange.request, account)) if reader else exchange


def _reader_of(exchange: Exchange) -> LoggedPayloads | None:
    """Who can give a payload its account; None when it has one, or is none."""
    return next((each for each in _readers() if each.unnamed(exchange.request)), None)


def _readers() -> tuple[LoggedPayloads, ...]:
    return tuple(each.logged for each in platforms.PLATFORMS if each.logged is not None)


def _shape(value: object) -> tuple[LoggedPayloads, Shape | None]:
    """Whose a payload is, and what it is; one that tells nobody's is the first platform's, which says what it lacks.

    Who comes later in the table knows its own from the others', so the last is asked first.
    """
    readers = _readers()
    return next(((each, shape) for each in reversed(readers) if (shape := each.shape(value))), (readers[0], None))


def _first(skipped: list[Skipped]) -> str:
    """The first thing that went wrong."""
    if not skipped:
        return "the list in it is empty"
    return skipped[0].reason if len(skipped) == 1 else f"entry {skipped[0].index}: {skipped[0].reason}"


def _items(text: str) -> Iterator[tuple[int, Value | BrokenError]]:
    """The entries of a document, of a list, or of lines, each with its index or the break that ended them."""
    whole: Value | BrokenError
    try:
        value, end = parse(text)
        whole = Value(text[:end].strip(), value)
    except BrokenError as broken:
        whole, end = broken, 0
    if isinstance(whole, Value) and not text[end:].strip():
        return _of_document(whole)
    if isinstance(whole, Value) and "\n" in whole.text and not _by_lines(text):
        return _sequence(text.rstrip())
    if isinstance(whole, Value) or _by_lines(text):
        return _lines(text)
    return _of_list(text, text.index("[")) if text.lstrip().startswith("[") else iter([(0, whole)])


def _by_lines(text: str) -> bool:
    """Whether the lines are values of their own: half of them, or one that is a payload, as in a log among much else.

    In a broken document such lines are few, and indented.
    """
    items = [item for _, item in _lines(text)]
    return 2 * sum(isinstance(item, Value) for item in items) >= len(items) or any(
        isinstance(item := _line(line.strip()), Value) and _TELLING & item.value.keys()
        for line in text.split("\n")
        if line.startswith("{")
    )


def _of_document(whole: Value) -> Iterator[tuple[int, Value | BrokenError]]:
    if isinstance(whole.value, list):
        return _of_list(whole.text, 0)
    return iter([(0, whole)])


def _of_list(text: str, start: int) -> Iterator[tuple[int, Value | BrokenError]]:
    index = -1
    try:
        for index, item in enumerate(elements(text, start)):
            yield index, item
    except BrokenError as broken:
        yield index + 1, broken


def _sequence(text: str) -> Iterator[tuple[int, Value | BrokenError]]:
    """Values that follow each other over as many lines as they like, as loggers print them for people."""
    at, index = 0, 0
    while at < len(text):
        try:
            value, end = parse(text, at)
        except BrokenError as broken:
            yield index, broken
            return
        yield index, Value(text[at:end].strip(), value)
        at, index = end, index + 1


def _lines(text: str) -> Iterator[tuple[int, Value | BrokenError]]:
    for index, line in enumerate(text.split("\n")):
        if not line.strip():
            continue
        item = _line(line.strip())
        if isinstance(item, BrokenError):
            item.line = index + 1  # of the file
        yield index, item


def _line(line: str) -> Value | BrokenError:
    try:
        value, end = parse(line)
    except BrokenError as broken:
        return broken
    if line[end:].strip():
        return BrokenError(line, end, "something follows the first value")
    if isinstance(value, dict | list | str):
        return Value(line, value)
    return BrokenError(line, 0, "a bare number or word is no payload")


def _exchange(item: Value, name: str, account: str) -> Exchange:
    """One entry as the exchange it was, or would have been."""
    if isinstance(item.value, str):
        return _exchange(_inner(item), name, account)
    reader, shape = _shape(item.value)
    if isinstance(item.value, list):
        return _call(reader, item, account, name)
    if not isinstance(item.value, dict):
        raise UnreadableError("it is neither an object nor a list")
    parts = members(item)
    own = () if shape is Shape.EVENT else (*_ACCOUNTS, "id")  # in a bare event they are something else
    named = _account(parts, own) or account
    started = next((ms for key in _TIMES if key in parts and (ms := epoch_ms(parts[key].value)) is not None), None)
    if url_of(request_of(parts)):
        return recorded(parts, name, started)
    if shape is Shape.EVENT:
        return _call(reader, item, named, name)
    if shape is Shape.CALL or "data" in parts:
        return replace(_call(reader, item, named, name), started_ms=started, response=response_of(parts))
    payload = next((parts[key] for key in _PAYLOADS if key in parts), None)
    if payload is None or not isinstance(payload.value, dict | list | str):
        asked = isinstance(value_of(parts, "method"), str)
        raise UnreadableError(
            "its request has no URL" if asked else "it has neither a URL nor data, event_name or payload"
        )
    inner = _exchange(payload, name, named)
    return replace(
        inner,
        started_ms=started if inner.started_ms is None else inner.started_ms,
        response=response_of(parts) if inner.response is None else inner.response,
    )


def _inner(item: Value) -> Value:
    """JSON inside a JSON string."""
    try:
        value, end = parse(item.value)
    except BrokenError as broken:
        raise UnreadableError(f"its text is no JSON at {broken.where}") from broken
    if not isinstance(value, dict | list):
        raise UnreadableError("its text is neither an object nor a list")
    return Value(item.value[:end].strip(), value)


def _call(reader: LoggedPayloads, item: Value, account: str, name: str) -> Exchange:
    """A server call around a payload, as the platform would have got it."""
    return Exchange(Provenance.IMPORTED, reader.call(item.text, item.value, account), source=name)


def _account(parts: Mapping[str, Value], own: tuple[str, ...]) -> str:
    """The account an entry names: under a platform's word for it before anything else."""
    for key in (*(word for each in _readers() for word in each.accounts), *own):
        value = value_of(parts, key)
        if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
            return str(value).strip()
    return ""
