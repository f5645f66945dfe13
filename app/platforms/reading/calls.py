"""A server API's call before its events are read: what is wrong with its body, its list, and where it came from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from app.model import Event, Exchange, Field, Flaw, Kind, Provenance, Request, Side
from app.platforms.reading import Json, Parsed, still_compressed
from app.platforms.reading.address import Address
from app.platforms.reading.answers import Result


def body_flaws(request: Request, read: Parsed, *, bare_list: bool = False) -> Iterator[Flaw]:
    """Why the body of a call, which should be a JSON object, could not be read as one; `bare_list`: a list will do."""
    if still_compressed(request):
        yield Flaw("malformed-request", None, "still-compressed")
    elif read.trouble:
        yield Flaw("malformed-request", None, "body-incomplete" if request.truncated else read.trouble)
    elif not bare_list and not isinstance(read.value, dict):
        yield Flaw("malformed-request", None, "not-an-object")


def listed_at(body: Mapping[str, Json], name: str, most: int, flaws: list[Flaw]) -> list[Json]:
    """The events of a call as they stand under a name; what is no list of 1 to `most` where one is due is said."""
    listed = body.get(name)
    if isinstance(listed, list):
        if not listed:
            flaws.append(Flaw("malformed-request", name, "empty"))
        if len(listed) > most:
            flaws.append(Flaw("malformed-request", name, "too-many-events", str(len(listed))))
        return listed
    if body:
        flaws.append(Flaw("malformed-request", name, "data-missing" if listed is None else "not-a-list"))
    return [listed] if isinstance(listed, dict) else []


def exposed(exchange: Exchange, address: Address, *, secret: bool, wire: str = "access_token") -> Iterator[Flaw]:
    """Whether a call went unencrypted, or a page itself made it with its token (`secret`: it carries one)."""
    if address.plain_http:
        yield Flaw("insecure-transport", None, None, address.host)
    from_page = exchange.provenance is Provenance.PAGE or bool(exchange.request.header("sec-fetch-site"))
    if from_page and secret:
        yield Flaw("token-exposed", wire, "server-call")


def unread(
    exchange: Exchange,
    result: Result,
    index: int,
    *,
    platform: str,
    account: str,
    transport: str,
    flaws: tuple[Flaw, ...],
    emitter: str | None = None,
    account_kind: str = "",
    test_code: str | None = None,
    fields: tuple[Field, ...] = (),
) -> Event:
    """A call, or a place in it, that holds no event: shown and flagged, never counted.

    `emitter` is the program that sent it by its own account unless somebody else is named.
    """
    outcome, answer = result
    return Event(
        id=f"e{exchange.number}.{index}",
        exchange=exchange.number,
        platform=platform,
        side=Side.SERVER,
        provenance=exchange.provenance,
        kind=Kind.OTHER,
        account=account,
        account_kind=account_kind,
        name="",
        event_id=None,
        own_ms=None,
        received_ms=exchange.started_ms,
        test_code=test_code,
        transport=transport,
        emitter=exchange.request.header("user-agent") if emitter is None else emitter,
        outcome=outcome,
        answer=answer,
        send=exchange.send,
        flaws=flaws,
        fields=fields,
    )
