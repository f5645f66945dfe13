"""Clean halves of one conversion; a case changes what it is about and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from app.checks import Context, check_event, check_group, check_session
from app.hashing import form_of, sha256
from app.model import (
    Answer,
    Content,
    Customer,
    Event,
    Field,
    Finding,
    Group,
    Kind,
    Link,
    LinkKind,
    Outcome,
    Provenance,
    Side,
    UserValue,
    Verdict,
)
from app.numbers import Summary

NOW = 1_795_317_862_330
FBP = "fb.1.1795317000000.1116446470"
CLICK = "IwAR0_AbCdEf"
FBC = f"fb.1.1795317000000.{CLICK}"
UA = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/139.0 Safari/537.36"
MAIL, PHONE = "jo@example.com", "16505551212"
JO = Customer((("em", (MAIL,)), ("ph", (f"+{PHONE}",)), ("fn", ("O'Neil",)), ("country", ("US",))))
WITH_JO = Context(customer=JO)
_BASE: dict[str, Any] = {
    "platform": "meta",
    "provenance": Provenance.IMPORTED,
    "kind": Kind.EVENT,
    "account": "1111111111111111",
    "name": "Purchase",
    "event_id": "order-1042",
    "own_ms": NOW,
    "received_ms": NOW,
    "page": "https://shop.example/thanks",
    "value": "142.52",
    "currency": "USD",
    "order_id": "1042",
    "contents": (Content("SKU-1", "2", "71.26"),),
    "match_ids": (("fbp", FBP), ("user_agent", UA)),
    "action_source": "website",
}


def user(key: str, value: str, wire: str = "") -> UserValue:
    """A customer value as a decoder gives it."""
    return UserValue(key, value, form_of(value), wire or f"ud[{key}]")


def hashed(key: str, text: str, wire: str = "") -> UserValue:
    return user(key, sha256(text), wire)


def browser(number: int = 1, **changes: Any) -> Event:
    """A clean browser Purchase."""
    given = _BASE | {"side": Side.BROWSER, "user": (hashed("em", MAIL),)} | changes
    return Event(id=f"e{number}.0", exchange=number, **given)


def server(number: int = 2, **changes: Any) -> Event:
    """Its clean server half."""
    given = _BASE | {"side": Side.SERVER, "user": (hashed("em", MAIL, "user_data.em"),), "own_ms": NOW - 330}
    return Event(id=f"e{number}.0", exchange=number, **given | changes)


def field(key: str, value: str, group: str = "custom data", origin: str = "query") -> Field:
    return Field(key, value, key, group, origin)


def group(*events: Event, id: str = "g1", verdict: Verdict | None = None, **changes: Any) -> Group:  # noqa: A002 - the model's word
    """A group of the given events; the verdict is what its sides make of it."""
    ours = tuple(event for event in events if event.side is Side.BROWSER)
    theirs = tuple(event for event in events if event.side is Side.SERVER)
    found = Verdict.DEDUPLICATED if ours and theirs else Verdict.DOUBLE_COUNTED
    first = events[0]
    given: dict[str, Any] = {
        "platform": first.platform,
        "account": first.account,
        "name": first.name,
        "event_id": first.event_id,
        "first_ms": first.at_ms,
    }
    return Group(id=id, browser=ours, server=theirs, verdict=verdict or found, **given | changes)


def of_event(event: Event, context: Context | None = None) -> tuple[Finding, ...]:
    return check_event(event, context or Context())


def of_pair(ours: Event, theirs: Event, context: Context | None = None, **changes: Any) -> tuple[Finding, ...]:
    """The findings on one group of two halves."""
    return check_group(group(ours, theirs, **changes), {}, context or Context())


def of_group(
    found: Group, context: Context | None = None, linked: Mapping[str, Group] | None = None
) -> tuple[Finding, ...]:
    return check_group(found, linked or {}, context or Context())


def of_link(
    one: Event,
    two: Event,
    kind: LinkKind = LinkKind.SUGGESTED,
    evidence: tuple[str, ...] = ("order_id", "value"),
) -> tuple[Finding, ...]:
    """The findings on both of two linked groups, one after the other."""
    first = group(one, id="g1", links=(Link(kind, "g2", 0.9, evidence),))
    second = group(two, id="g2", links=(Link(kind, "g1", 0.9, evidence),))
    ours = check_group(first, {"g2": second}, Context())
    theirs = check_group(second, {"g1": first}, Context())
    assert [item.code for item in ours] == [item.code for item in theirs], "a suggestion's finding stands on both rows"
    return ours


def of_session(
    summary: Summary | None = None, groups: tuple[Group, ...] = (), uncounted: tuple[Event, ...] = ()
) -> tuple[Finding, ...]:
    return check_session(summary or Summary(), groups, Context(), uncounted)


def answered(event: Event, outcome: Outcome = Outcome.ACCEPTED, **answer: Any) -> Event:
    """The event with the platform's answer."""
    status = {Outcome.ACCEPTED: 200, Outcome.REJECTED: 400, Outcome.FAILED: 503}.get(outcome)
    return replace(event, outcome=outcome, answer=Answer(**{"status": status} | answer))
