"""Traffic of any platform in the table, copied from its samples: the vectors, and what the real libraries sent.

Of each event name the request that says most is taken. Every copy is another event of another visitor: the ends of long
numbers, hashes and UUIDs change, and so does the order's number. What names the account stays.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec.structs import replace

from app.model import Exchange, Kind, Side
from app.platforms import decode, platform
from tests.platforms.goldens import har_exchanges
from tests.platforms.vectors import exchange_of, real, sample, vectors

_CHANGING = r"[0-9a-f]{10,}|(?:SO|evt)-(?:2026-)?[0-9]{4}(?![0-9])"
_END = 4  # characters that change
_META = {Side.BROWSER: ("meta_pixel.har",), Side.SERVER: ("meta_capi_python_sdk.har",)}


def samples(name: str, side: Side) -> dict[str, Exchange]:
    """A platform's requests that are events to be counted, by event name; of each name the one that says most."""
    found: dict[str, Exchange] = {}
    size: dict[str, int] = {}
    for exchange in _recorded(name, side):
        events = [event for event in decode(exchange) if event.kind is Kind.EVENT and event.side is side]
        for event in events:
            if len(event.fields) > size.get(event.name, 0):
                found[event.name], size[event.name] = exchange, len(event.fields)
    return found


def _recorded(name: str, side: Side) -> list[Exchange]:
    files = _META[side] if name == "meta" else [f"real/{real()[name][key]}" for key in _FILES if key in real()[name]]
    return [
        *(
            exchange_of(vector, answer=next(iter(vector.get("responses", ())), None))
            for vector in vectors()
            if vector["platform"] == name
        ),
        *(exchange for file in files for exchange in har_exchanges(sample(file))),
    ]


_FILES = ("file", "server_file")


def copies(exchanges: Sequence[Exchange], count: int) -> list[Exchange]:
    """So many requests, after each sample in turn, no two with the same event."""
    return [_copy(exchanges[number % len(exchanges)], number) for number in range(1, count + 1)]


def calls(name: str, count: int, size: int) -> list[Exchange]:
    """Server calls of up to `size` events each, as the platform's own composer writes them, `count` events in all."""
    server = platform(name).server
    exchange = next(iter(samples(name, Side.SERVER).values()))
    draft = server.read_pasted(exchange.request) if server else None
    if server is None or draft is None:
        return []
    size = min(size, server.max_events)
    made: list[Exchange] = []
    for first in range(0, count, size):
        events = tuple(_changed(draft.events[0], draft.account, number) for number in range(first, first + size))
        request = server.outgoing(replace(draft, events=events), server.base_url).request
        made.append(replace(exchange, request=request, number=len(made) + 1))
    return made


def _copy(exchange: Exchange, number: int) -> Exchange:
    request = exchange.request
    account = next(event.account for event in decode(exchange))
    path, mark, query = request.url.partition("?")
    url = path + mark + _changed(query, account, number)
    body = _changed(request.body.decode("utf-8"), account, number).encode()
    return replace(exchange, request=replace(request, url=url, body=body), number=number)


def _changed(text: str, account: str, number: int) -> str:
    end = f"{number % 10**_END:0{_END}}"
    kept = re.escape(account) if account else r"(?!)"
    return re.sub(f"({kept})|{_CHANGING}", lambda found: found[1] or found[0][:-_END] + end, text)
