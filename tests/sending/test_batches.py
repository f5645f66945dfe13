"""Many events: in calls of a size, taken apart when refused, and a session sent again in its pace."""

from __future__ import annotations

import json
import threading
from collections import Counter
from typing import Any

import pytest
from msgspec.structs import replace

from app.model import Event, Exchange, Kind, Provenance, Request, Response, Side
from app.outgoing import Draft
from app.platforms.meta.compose import outgoing
from app.platforms.meta.contract import answer
from app.sending.batches import Progress, Step, deliver, steps, walk

NOW_MS = 1_795_318_292_000


def draft(count: int, *guilty: int) -> Draft:
    return Draft("meta", "1", tuple(_event(number, number in guilty) for number in range(count)), "TEST1")


def _event(number: int, guilty: bool) -> str:
    event = {
        "event_name": "Lead",
        "event_time": 1 if guilty else NOW_MS // 1000,
        "event_id": f"o-{number}",
        "action_source": "chat",
        "user_data": {"external_id": [str(number)]},
    }
    return json.dumps(event)


class Platform:
    """The contract, and what it took."""

    def __init__(self, token: str = "t") -> None:
        self.calls: list[int] = []
        self.taken: Counter[str] = Counter()
        self.token = token

    def send(self, part: Draft) -> Exchange:
        out = outgoing(part, "https://graph.facebook.com")
        response = answer(replace(out.request, url=f"{out.request.url}?access_token={self.token}"), NOW_MS)
        self.calls.append(len(part.events))
        if response.status == 200:
            self.taken.update(json.loads(text)["event_id"] for text in part.events)
        return Exchange(out.provenance, out.request, response, send=out.send)


def _refused(each: Progress) -> list[str]:
    response = each.exchange.response
    ids: list[Any] = [json.loads(text)["event_id"] for text in each.draft.events]
    return ids if each.settled and response and response.status != 200 else []


def test_a_big_draft_goes_in_calls_of_the_allowed_size() -> None:
    platform = Platform()

    found = list(deliver(draft(2500), platform.send))

    assert platform.calls == [1000, 1000, 500]
    assert [(each.done, each.total, each.settled) for each in found] == [
        (1000, 2500, True),
        (2000, 2500, True),
        (2500, 2500, True),
    ]
    assert platform.taken == Counter(f"o-{number}" for number in range(2500))


@pytest.mark.parametrize("guilty", [(0,), (7,), (3, 4), (0, 1, 2, 3, 4, 5, 6, 7)])
def test_a_refused_call_is_taken_apart_until_only_the_guilty_are_refused(guilty: tuple[int, ...]) -> None:
    platform = Platform()

    found = list(deliver(draft(8, *guilty), platform.send))

    assert [event_id for each in found for event_id in _refused(each)] == [f"o-{number}" for number in guilty]
    assert platform.taken == Counter(f"o-{number}" for number in range(8) if number not in guilty)
    assert (found[-1].done, found[-1].total) == (8, 8)


def test_one_guilty_event_in_a_thousand_takes_few_calls() -> None:
    platform = Platform()

    list(deliver(draft(1000, 617), platform.send))

    assert len(platform.calls) == 21  # the whole, and two for each of the ten halvings
    assert sum(platform.taken.values()) == 999


def test_a_bad_token_is_no_events_fault() -> None:
    platform = Platform("sandbox-expired")
    no_account = Platform("sandbox-wrong-account")

    assert [each.settled for each in deliver(draft(8), platform.send)] == [True]
    assert [each.settled for each in deliver(draft(8), no_account.send)] == [True]


@pytest.mark.parametrize(
    "response",
    [None, Response(500), Response(400, (), b"<html>"), Response(400, (), b"[]"), Response(400, (), b'{"error":7}')],
)
def test_trouble_without_a_reason_is_not_taken_apart(response: Response | None) -> None:
    exchange = Exchange(Provenance.SENT, Request("POST", "https://graph.facebook.com/1/events"), response)

    assert [each.settled for each in deliver(draft(8), lambda _: exchange)] == [True]


def test_stopping_ends_after_the_call_under_way() -> None:
    platform, stop = Platform(), threading.Event()

    for _ in deliver(draft(30), platform.send, size=10, stop=stop):
        stop.set()

    assert platform.calls == [10]


def event(place: int, received_ms: int | None, **changes: object) -> Event:
    made = Event(
        id=f"e{place}.0",
        exchange=place,
        platform="meta",
        side=Side.SERVER,
        provenance=Provenance.FORWARDED,
        kind=Kind.EVENT,
        account="1",
        name="Lead",
        event_id=None,
        own_ms=5_000,
        received_ms=received_ms,
    )
    return replace(made, **changes)


def test_a_session_is_walked_in_recorded_order_and_pace() -> None:
    first, second, third = event(1, 10_000), event(2, 11_500), event(3, 99_000)
    others = [
        event(4, 10_100, side=Side.BROWSER),
        event(5, 10_200, provenance=Provenance.SENT),
        event(6, 10_300, kind=Kind.MIRROR),
    ]
    session = [third, *others, first, second]

    assert steps(session) == (Step(0, first), Step(1500, second), Step(10_000, third))
    assert steps(session, pace=2) == (Step(0, first), Step(750, second), Step(10_000, third))
    assert steps(session, pace=0) == (Step(0, first), Step(0, second), Step(0, third))
    assert steps([]) == ()


def test_events_of_one_call_keep_their_places_and_imports_their_own_time() -> None:
    call = [event(1, None, id=f"e1.{place}") for place in range(12)]

    assert [step.event.id for step in steps(reversed(call))] == [f"e1.{place}" for place in range(12)]


def test_a_walk_can_be_stopped_in_the_middle_of_a_pause() -> None:
    stop = threading.Event()
    walked: list[str] = []

    def send(each: Event) -> Exchange:
        walked.append(each.id)
        return Exchange(Provenance.REPLAYED, Request("POST", "https://graph.facebook.com/1/events"))

    threading.Timer(0.1, stop.set).start()
    found = list(walk((Step(0, event(1, 0)), Step(60_000, event(2, 0))), send, stop))

    assert (walked, len(found)) == (["e1.0"], 1)
