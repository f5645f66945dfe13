"""A generated shop's traffic with its ground truth: who fired what, which halves belong together, and what went wrong.

Visitors walk through a small shop; each step is one conversion, sent by both sides as its *case* says. Evidence is as
patchy as in real traffic: order IDs, browser IDs, hashes and pages are there or not, prices repeat, popular articles
are bought at the same moment, and halves get lost on either side. Same seed, same traffic.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from msgspec.structs import replace

from app.model import (
    Content,
    Event,
    Field,
    Form,
    Kind,
    Outcome,
    Provenance,
    Side,
    Standing,
    UserValue,
)
from app.platforms.base import EVENT_ID, DedupRule, KeyRule, Survivor
from tests.corpus_cases import BY_NAME, CASES, EXACT, SPOIL, WEIGHTS, keyed

ID_RULE = KeyRule(
    name=EVENT_ID, word="event ID", window_ms=48 * 3_600_000, source="generated", standing=Standing.DOCUMENTED
)
RULES = {
    "meta": DedupRule(keys=(ID_RULE,), keeps=Survivor.FIRST, survivor="the first", secondary=("fbp", "external_id"))
}
START_MS = 1_795_000_000_000
ACCOUNT = "1111111111111111"


class Labelled(NamedTuple):
    """One event and the conversion it belongs to. `case` names what is wrong with the conversion."""

    event: Event
    conversion: int
    case: str


_PRICES = ("9.99", "10", "12.90", "14.95", "19.99", "19.99", "24.50", "29", "29.99", "49.90", "79", "129.00")
_AGENTS = tuple(f"Mozilla/5.0 (X11; Linux x86_64) Chrome/{140 + number}.0" for number in range(6))


@dataclass(frozen=True, slots=True)
class Shop:
    """The traffic's shape. Visitors come `every_ms` on average; `exact` is the part of conversions that go right.

    `articles` is how many there are to buy, and `named` how often, of the times it could, the server says who bought.
    """

    visitors: int
    every_ms: int = 400
    exact: float = 0.7
    live: bool = False
    articles: int = 150
    named: float = 1.0


@dataclass(slots=True)
class _Visitor:
    fbp: str
    em: str
    external_id: str
    agent: str
    ip: str
    clock_ms: int


def traffic(shop: Shop, seed: int) -> Iterator[Labelled]:
    """The shop's events, about in order of arrival."""
    writer = _Writer(shop, random.Random(seed))
    clock_ms = START_MS
    for _ in range(shop.visitors):
        clock_ms += 1 + int(writer.dice.expovariate(1 / shop.every_ms))
        yield from writer.visit(clock_ms)


class _Writer:
    """Writes events: knows the last numbers given out."""

    def __init__(self, shop: Shop, dice: random.Random) -> None:
        self.shop, self.dice = shop, dice
        self.exchange = 0
        self.conversion = 0
        self.articles = [Content(f"SKU-{number:03}", "1", dice.choice(_PRICES)) for number in range(shop.articles)]

    def chance(self, probability: float) -> bool:
        return self.dice.random() < probability

    def visit(self, clock_ms: int) -> Iterator[Labelled]:
        dice = self.dice
        person = f"{dice.getrandbits(64):x}"
        visitor = _Visitor(
            fbp=f"fb.1.{clock_ms - dice.randrange(10**9)}.{dice.getrandbits(40)}",
            em=hashlib.sha256(person.encode()).hexdigest(),
            external_id=hashlib.sha256(b"id" + person.encode()).hexdigest(),
            agent=dice.choice(_AGENTS),
            ip=f"203.0.{dice.randrange(256)}.{dice.randrange(256)}",
            clock_ms=clock_ms,
        )
        # Popular articles are looked at most: the first ones of the list.
        article = self.articles[min(int(dice.expovariate(1 / 25)), len(self.articles) - 1)]
        yield from self.step(visitor, "PageView", None, "")
        if self.chance(0.75):
            yield from self.step(visitor, "ViewContent", article, "")
        if self.chance(0.5):
            yield from self.step(visitor, "AddToCart", article, "")
        if self.chance(0.35):
            yield from self.step(visitor, "InitiateCheckout", article, "")
        if self.chance(0.3):
            order = f"{100_000 + self.conversion}"
            yield from self.step(visitor, "Purchase", article, order)
        elif self.chance(0.1):
            yield from self.step(visitor, "Lead", None, "")

    def step(self, visitor: _Visitor, name: str, article: Content | None, order: str) -> Iterator[Labelled]:
        visitor.clock_ms += self.dice.randrange(2_500, 60_000)
        self.conversion += 1
        case = EXACT if self.chance(self.shop.exact) else self.dice.choices(CASES, WEIGHTS)[0]
        if case.name in ("refired", "order-for-uuid", "number-format", "affix", "case", "whitespace") and not order:
            case = BY_NAME["independent-ids"]
        if case.name in ("double-fire", "name-of-another-platform") and name == "PageView":
            case = EXACT
        browser = self.browser(visitor, name, article, order)
        server = self.server(visitor, browser, order)
        for event in SPOIL[case.name](self, browser, server, order):
            yield Labelled(event, self.conversion, case.name)

    def browser(self, visitor: _Visitor, name: str, article: Content | None, order: str) -> Event:
        at_ms = visitor.clock_ms
        event_id = order or f"{self.dice.getrandbits(96):024x}"
        return self.event(
            Side.BROWSER,
            name,
            event_id,
            at_ms,
            received_ms=at_ms + self.dice.randrange(5, 400),
            page=_page(name, article),
            value=article.price if article else None,
            currency="EUR" if article else None,
            order_id=order if order and self.chance(0.3) else None,
            contents=(article,) if article and self.chance(0.9) else (),
            user=self.user(visitor, 0.3, 0.1),
            match_ids=self.match_ids(visitor, 0.92, 0.9, ip=False),
            provenance=Provenance.CAPTURED if self.shop.live else Provenance.IMPORTED,
        )

    def server(self, visitor: _Visitor, browser: Event, order: str) -> Event:
        lag_ms = int(self.dice.lognormvariate(6.7, 0.8)) if self.chance(0.94) else self.dice.randrange(30_000, 900_000)
        at_ms = (visitor.clock_ms + (lag_ms if self.chance(0.5) else 200)) // 1000 * 1000
        contents = browser.contents if self.chance(0.85) else ()
        named = self.shop.named
        return self.event(
            Side.SERVER,
            browser.name,
            browser.event_id,
            at_ms,
            received_ms=max(at_ms, visitor.clock_ms + lag_ms),
            page=browser.page if self.chance(0.8) else None,
            value=_rewritten(browser.value),
            currency=browser.currency,
            order_id=order if order and self.chance(0.6) else None,
            contents=contents,
            user=self.user(visitor, 0.6 * named, 0.35 * named),
            match_ids=self.match_ids(visitor, 0.6 * named, 0.9 * named, ip=True),
            provenance=Provenance.FORWARDED if self.shop.live else Provenance.IMPORTED,
            outcome=Outcome.ACCEPTED,
        )

    def user(self, visitor: _Visitor, em: float, external_id: float) -> tuple[UserValue, ...]:
        values = []
        if self.chance(em):
            values.append(UserValue("em", visitor.em, Form.SHA256, "em"))
        if self.chance(external_id):
            values.append(UserValue("external_id", visitor.external_id, Form.SHA256, "external_id"))
        return tuple(values)

    def match_ids(self, visitor: _Visitor, fbp: float, device: float, *, ip: bool) -> tuple[tuple[str, str], ...]:
        values = []
        if self.chance(fbp):
            values.append(("fbp", visitor.fbp))
        if self.chance(device):
            values.append(("user_agent", visitor.agent))
            if ip:
                values.append(("ip", visitor.ip))
        return tuple(values)

    def event(
        self,
        side: Side,
        name: str,
        event_id: str | None,
        at_ms: int,
        *,
        received_ms: int,
        page: str | None,
        value: str | None,
        currency: str | None,
        order_id: str | None,
        contents: tuple[Content, ...],
        user: tuple[UserValue, ...],
        match_ids: tuple[tuple[str, str], ...],
        provenance: Provenance,
        outcome: Outcome = Outcome.UNKNOWN,
    ) -> Event:
        self.exchange += 1
        event = Event(
            id=f"e{self.exchange}.0",
            exchange=self.exchange,
            platform="meta",
            side=side,
            provenance=provenance,
            kind=Kind.EVENT,
            account=ACCOUNT,
            name=name,
            event_id=event_id,
            own_ms=at_ms,
            received_ms=received_ms,
            page=page,
            value=value,
            currency=currency,
            order_id=order_id,
            content_type="product" if contents else None,
            contents=contents,
            user=user,
            match_ids=match_ids,
            action_source="website" if side is Side.SERVER else None,
            transport="GET" if side is Side.BROWSER else "POST",
            outcome=outcome,
        )
        return replace(keyed(event), fields=_fields(event))

    def again(self, event: Event, **changes: object) -> Event:
        """Another send of much the same event."""
        self.exchange += 1
        changed = replace(event, id=f"e{self.exchange}.0", exchange=self.exchange, **changes)
        return keyed(changed)

    def new_id(self) -> str:
        return f"{self.dice.getrandbits(96):024x}"


def _fields(event: Event) -> tuple[Field, ...]:
    origin = "query" if event.side is Side.BROWSER else "body"
    values = (("ev", event.name), ("eid", event.event_id), ("dl", event.page), ("cd[value]", event.value))
    return tuple(Field(key, value, key, "event", origin) for key, value in values if value is not None)


def _page(name: str, article: Content | None) -> str:
    if name == "Purchase":
        return "https://shop.example/thanks"
    if name in ("InitiateCheckout", "Lead"):
        return f"https://shop.example/{name.lower()}"
    return f"https://shop.example/{article.id if article else ''}"


def _rewritten(value: str | None) -> str | None:
    """The same amount, as another library writes it."""
    return f"{float(value):.2f}" if value else None


class Score(NamedTuple):
    """Suggestions against the truth: how many were made, how many of them are right, how many there were to find."""

    made: int
    right: int
    there: int

    @property
    def precision(self) -> float:
        return self.right / self.made if self.made else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.there if self.there else 1.0
