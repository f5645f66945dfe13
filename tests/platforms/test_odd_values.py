"""Whatever stands where a text or a number is due, at every place of every platform's server event: nothing trips."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from msgspec.structs import replace

from app.model import Exchange, Provenance, Request
from app.outgoing import Draft
from app.platforms import Platform, decode, senders
from app.platforms.sandbox import Faults, Sandbox
from app.platforms.server_api import ComposeError, ServerApi, Terms

NOW = 1_795_169_730_123
ODD: tuple[Any, ...] = ([], {"a": [1]}, [["x"]], True, 7, 10**400, 1e300, "²", "\ud800", "9" * 5_000)
TOKENS = (("Authorization", "Bearer any"), ("Access-Token", "any"), ("X-Pixel-Token", "any"))


def spoilt(value: Any) -> Iterator[Any]:
    """The value with each of its parts in turn replaced by each odd value."""
    yield from ODD
    if isinstance(value, dict):
        for key, item in value.items():
            yield from (value | {key: other} for other in spoilt(item))
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from ([*value[:place], other, *value[place + 1 :]] for other in spoilt(item))


def templates(server: ServerApi) -> Iterator[Draft]:
    """Sound events: with an order's data and without, of every source that there is such an event of."""
    account = server.account.example or "123456789012345"
    for name in {server.templates.first, server.templates.names()[0]}:
        for source in server.templates.sources():
            with suppress(ComposeError):
                yield server.templates.from_scratch(name, Terms(now_ms=NOW), account=account, source=source)


def answered(sandbox: Sandbox, request: Request) -> Exchange:
    sent = replace(request, headers=(*request.headers, *TOKENS))
    return Exchange(Provenance.FORWARDED, sent, sandbox.server(sent, NOW, Faults()), number=1)


def sound(exchange: Exchange) -> bool:
    """Whether it was read; a decoder that trips is caught, and says so in a flaw."""
    events = decode(exchange)
    return bool(events) and all(flaw.reason != "decoder-failed" for event in events for flaw in event.flaws)


@pytest.mark.parametrize("each", senders(), ids=lambda each: each.name)
def test_an_odd_value_anywhere_is_judged_answered_and_read(each: Platform) -> None:
    assert each.server is not None
    assert each.sandbox is not None
    for template in templates(each.server):
        for value in spoilt(json.loads(template.events[0])):
            draft = replace(template, events=(json.dumps(value),))
            each.server.validate(draft, NOW)
            if isinstance(value, dict):
                assert sound(answered(each.sandbox, each.server.outgoing(draft, each.server.base_url).request))


@pytest.mark.parametrize("each", [each for each in senders() if each.logged], ids=lambda each: each.name)
def test_an_odd_value_anywhere_in_a_log_is_read(each: Platform) -> None:
    assert each.server is not None
    assert each.logged is not None
    template = next(templates(each.server))
    body = json.loads(each.server.outgoing(template, each.server.base_url).request.body)
    known = 0
    for value in (*spoilt(json.loads(template.events[0])), *spoilt(body)):
        if each.logged.shape(value):
            known += 1
            assert sound(Exchange(Provenance.IMPORTED, each.logged.call(json.dumps(value), value, ""), number=1))
    assert known > 50
