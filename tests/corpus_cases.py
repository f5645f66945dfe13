"""The ways a conversion can go wrong, and the verdict that each deserves."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from msgspec.structs import replace

from app.model import Event, Outcome, Verdict
from app.platforms.base import EVENT_ID, event_key

OTHER_ACCOUNT = "2222222222222222"


@dataclass(frozen=True, slots=True)
class Case:
    """One way a conversion can go: how often among the failures, and the verdict of every group it leaves."""

    name: str
    weight: int
    verdict: Verdict
    suggested: bool = False  # whether the two halves are to be found by evidence


DOUBLE, DUPLICATE = Verdict.DOUBLE_COUNTED, Verdict.DUPLICATE
CASES = (
    Case("server-id-missing", 16, DOUBLE, True),
    Case("browser-id-missing", 4, DOUBLE, True),
    Case("both-ids-missing", 8, DOUBLE, True),
    Case("independent-ids", 12, DOUBLE, True),
    Case("affix", 5, DOUBLE, True),
    Case("case", 2, DOUBLE, True),
    Case("whitespace", 2, DOUBLE, True),
    Case("number-format", 2, DOUBLE, True),
    Case("order-for-uuid", 4, DOUBLE, True),
    Case("name-case", 3, DOUBLE, True),
    Case("name-of-another-platform", 3, DOUBLE, True),
    Case("account-differs", 2, Verdict.BROWSER_ONLY),
    Case("outside-window", 2, DOUBLE),
    Case("double-fire", 4, DUPLICATE),
    Case("refired", 2, DUPLICATE),
    Case("rejected", 4, Verdict.BROWSER_ONLY),
    Case("rejected-then-retried", 4, Verdict.DEDUPLICATED),
    Case("same-id-twice", 3, DUPLICATE),
    Case("browser-only", 10, Verdict.BROWSER_ONLY),
    Case("server-only", 8, Verdict.SERVER_ONLY),
)
EXACT = Case("exact", 0, Verdict.DEDUPLICATED)
BY_NAME = {case.name: case for case in (*CASES, EXACT)}
WEIGHTS = [case.weight for case in CASES]

_FOREIGN = {
    "Purchase": "CompletePayment",
    "Lead": "CompleteRegistration",
    "AddToCart": "add_to_cart",
    "ViewContent": "view_item",
    "InitiateCheckout": "begin_checkout",
    "PageView": "page_view",
}


class Writer(Protocol):
    """Whoever writes the events down and numbers them."""

    dice: random.Random

    def again(self, event: Event, **changes: object) -> Event:
        """Another send of much the same event."""

    def new_id(self) -> str:
        """An event ID that nobody else has."""


def keyed(event: Event) -> Event:
    """The event with the keys and the fingerprint that its decoder would have given it."""
    key = (event_key(EVENT_ID, event.account, event.name, event.event_id),) if event.event_id else ()
    return replace(event, keys=key, fingerprint=f"{event.exchange:x}")


Spoil = Callable[[Writer, Event, Event, str], tuple[Event, ...]]


def _with_ids(browser_id: Callable[[Writer, str], str | None], server_id: Callable[[Writer, str], str | None]) -> Spoil:
    """A case in which the sides differ in nothing but their IDs."""

    def spoil(writer: Writer, browser: Event, server: Event, order: str) -> tuple[Event, ...]:
        shared = browser.event_id or ""
        return (
            keyed(replace(browser, event_id=browser_id(writer, shared))),
            keyed(replace(server, event_id=server_id(writer, shared))),
        )

    return spoil


def _same(writer: Writer, shared: str) -> str | None:
    return shared


def _none(writer: Writer, shared: str) -> str | None:
    return None


def _fresh(writer: Writer, shared: str) -> str | None:
    return writer.new_id()


def _renamed(name: Callable[[str], str]) -> Spoil:
    return lambda writer, browser, server, order: (browser, keyed(replace(server, name=name(server.name))))


def _account(writer: Writer, browser: Event, server: Event, order: str) -> tuple[Event, ...]:
    return browser, keyed(replace(server, account=OTHER_ACCOUNT))


def _outside(writer: Writer, browser: Event, server: Event, order: str) -> tuple[Event, ...]:
    late_ms = 49 * 3_600_000
    return browser, replace(server, own_ms=server.at_ms + late_ms, received_ms=(server.received_ms or 0) + late_ms)


def _double_fire(writer: Writer, browser: Event, server: Event, order: str) -> tuple[Event, ...]:
    later = writer.dice.randrange(50, 1_500)
    times = {"own_ms": browser.at_ms + later, "received_ms": (browser.received_ms or 0) + later}
    return browser, writer.again(browser, event_id=writer.new_id(), **times)


def _refired(writer: Writer, browser: Event, server: Event, order: str) -> tuple[Event, ...]:
    later = writer.dice.randrange(60_000, 3_600_000)
    first = replace(browser, order_id=order)
    times = {"own_ms": browser.at_ms + later, "received_ms": (browser.received_ms or 0) + later}
    return first, writer.again(first, event_id=writer.new_id(), **times)


def _rejected(writer: Writer, browser: Event, server: Event, order: str) -> tuple[Event, ...]:
    return browser, replace(server, outcome=Outcome.REJECTED)


def _retried(writer: Writer, browser: Event, server: Event, order: str) -> tuple[Event, ...]:
    return browser, replace(server, outcome=Outcome.FAILED), writer.again(server, outcome=Outcome.ACCEPTED)


def _twice(writer: Writer, browser: Event, server: Event, order: str) -> tuple[Event, ...]:
    later = writer.dice.randrange(50, 30_000)
    times = {"own_ms": browser.at_ms + later, "received_ms": (browser.received_ms or 0) + later}
    return browser, writer.again(browser, **times)


SPOIL: dict[str, Spoil] = {
    "exact": lambda writer, browser, server, order: (browser, server),
    "server-id-missing": _with_ids(_same, _none),
    "browser-id-missing": _with_ids(_none, _same),
    "both-ids-missing": _with_ids(_none, _none),
    "independent-ids": _with_ids(_fresh, _fresh),
    "affix": _with_ids(_same, lambda writer, shared: f"{shared}-server"),
    "case": _with_ids(lambda writer, shared: f"ord{shared}", lambda writer, shared: f"ORD{shared}"),
    "whitespace": _with_ids(_same, lambda writer, shared: f" {shared}"),
    "number-format": _with_ids(_same, lambda writer, shared: f"#00{shared}"),
    "order-for-uuid": _with_ids(_fresh, _same),
    "name-case": _renamed(str.lower),
    "name-of-another-platform": _renamed(lambda name: _FOREIGN[name]),
    "account-differs": _account,
    "outside-window": _outside,
    "double-fire": _double_fire,
    "refired": _refired,
    "rejected": _rejected,
    "rejected-then-retried": _retried,
    "same-id-twice": _twice,
    "browser-only": lambda writer, browser, server, order: (browser,),
    "server-only": lambda writer, browser, server, order: (server,),
}
