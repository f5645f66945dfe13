"""What speaks for two one-sided events being one conversion, and how strongly.

Each piece of evidence adds or takes points; a hundred points are one unit of log-odds, so the sum reads as a
confidence. The points were set on the labelled corpus of the tests with precision before recall: a wrong suggestion is
worse than none. A name alone never suffices, nor an ID whose other half came much later. Two steps are never one, but
for the same ID on the same goods at the same moment.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache

from msgspec import Struct

from app.pairing.features import Features, cores, token

EVEN = 1 << 20
PRIOR = -500  # two one-sided events with nothing in common
ANONYMOUS_MS = 10_000
"""Goods alone tie two halves only within this time: popular articles are bought again a minute later. One ID under two
names does so, too: a visit's next step is not taken at once."""

_SHA256_SIZE = 64

SAME_NAME, FOLDED_NAME = 100, 80
SAME_ID, RELATED_ID, OTHER_ID = 400, 400, -50
ID_IS_ORDER = 350
SAME_ORDER = 700
AMOUNT_BY_DIGITS = (20, 120, 160, 200, 250, 290)  # a price of many digits is shared by few
AMOUNT_WITHOUT_CURRENCY = -80
OTHER_AMOUNT, OTHER_AMOUNT_OF_ORDER = -200, -50
SAME_CONTENTS, SOME_CONTENTS, OTHER_CONTENTS = 200, 100, -250
SAME_BROWSER, OTHER_BROWSER = 250, -350
SAME_PERSON, OTHER_PERSON = 300, -150
SAME_CLICK = 100
SAME_DEVICE, OTHER_DEVICE = 60, -120
SAME_PAGE, OTHER_PAGE = 100, -80


class Match(Struct, frozen=True, gc=False):
    """How well two traces fit: points above even odds, and the names of what fits, strongest first.

    An `anonymous` match has only goods and time to speak for it, which others may share: it is worth nothing by itself
    and has to be weighed against its rivals.
    """

    points: int
    evidence: tuple[str, ...]
    anonymous: bool = False

    @property
    def confidence(self) -> float:
        return confidence(self.points)

    @property
    def weight(self) -> int:
        """The odds, `EVEN` for even ones. A whole number, so that sums do not depend on their order."""
        return round(EVEN * math.exp(self.points / 100))


def confidence(points: int) -> float:
    """Points as a probability, never quite certain."""
    return round(min(0.99, 1 / (1 + math.exp(-points / 100))), 2)


def points_of(probability: float) -> int:
    """The points that stand for a confidence."""
    return round(100 * math.log(probability / (1 - probability)))


def match(browser: Features, server: Features, suggest_ms: int) -> Match | None:
    """Weigh the two; None when they can not be one conversion.

    `suggest_ms` is how far apart two halves may be that share neither an order nor an ID.
    """
    if browser.place != server.place or (browser.step != server.step and not _renamed(browser, server)):
        return None
    if _one_key(browser, server) and not (browser.apart or server.apart):
        return None  # only the window parts them, and that is known for certain
    if browser.order and server.order and browser.order != server.order:
        return None
    tied = _ids(browser, server)
    strong = any(points > 0 for points, _ in tied)
    gap_ms = min(abs(browser.clock_ms - server.clock_ms), abs(browser.at_ms - server.at_ms))
    anonymous = not strong and not _acquainted(browser, server)
    if not strong and gap_ms > (ANONYMOUS_MS if anonymous else suggest_ms):
        return None
    if not strong and (_off_page(browser, server) or _strangers(browser, server)):
        return None
    found = [_name(browser, server), *tied, (_time(gap_ms), "time")]
    found.extend(_goods(browser, server, strong))
    found.extend(_person(browser, server))
    found.extend(_place(browser, server))
    speaking = sorted((item for item in found if item[0] > 0), key=lambda item: (-item[0], item[1]))
    evidence = _shared(tuple([name for _, name in speaking]))
    return Match(PRIOR + sum([points for points, _ in found]), evidence, anonymous)


def _one_key(browser: Features, server: Features) -> bool:
    """Whether the platform would merge the two, were it not for the time between them."""
    if browser.keys and server.keys:
        return not set(browser.keys).isdisjoint(server.keys)
    return bool(browser.event_id) and browser.event_id == server.event_id and browser.name == server.name


def _renamed(browser: Features, server: Features) -> bool:
    """Whether two steps are one under two names: one ID, one moment, and not a thing said that differs.

    One ID for a whole visit is allowed, so what is bought must be the same to the last article, or nothing on both
    sides and by one person.
    """
    if browser.event_id != server.event_id or not (browser.core or token(browser.event_id)):
        return False
    if _bought(browser) != _bought(server):
        return False
    known = browser.order or browser.contents or browser.amount is not None
    if not (known or _acquainted(browser, server)) or _off_page(browser, server) or _strangers(browser, server):
        return False
    if browser.page and server.page and browser.page != server.page:
        return False
    gap_ms = min(abs(browser.clock_ms - server.clock_ms), abs(browser.at_ms - server.at_ms))
    return gap_ms <= ANONYMOUS_MS


def _bought(one: Features) -> tuple[object, ...]:
    """What was bought. An order's number that a tag has hashed is on its own side alone."""
    order = "" if len(one.order) == _SHA256_SIZE else one.order
    return order, one.amount, one.currency, one.contents


@lru_cache(maxsize=4096)
def _shared(names: tuple[str, ...]) -> tuple[str, ...]:
    """The names each once, and one object for all matches that have the same: there may be very many."""
    return tuple(dict.fromkeys(names))


def _acquainted(browser: Features, server: Features) -> bool:
    """Whether anything says that one person was at work."""
    return bool(_marks(browser) & _marks(server)) or not browser.people.isdisjoint(server.people)


def _strangers(browser: Features, server: Features) -> bool:
    """Whether two browsers were at work, and nobody who is known to use both."""
    apart = bool(browser.browser_id[1] and server.browser_id[1] and browser.browser_id != server.browser_id)
    return apart and browser.people.isdisjoint(server.people)


def _off_page(browser: Features, server: Features) -> bool:
    """Whether the server's happened elsewhere, by its own word and without a cookie of this browser."""
    return server.off_page and _marks(browser).isdisjoint(_marks(server))


def _marks(one: Features) -> set[tuple[str, str]]:
    """What names a browser or a click, where there is any."""
    return {mark for mark in (one.browser_id, one.click_id) if mark[1]}


def _name(browser: Features, server: Features) -> tuple[int, str]:
    if browser.name == server.name:
        return SAME_NAME, "name"
    return (FOLDED_NAME if browser.folded == server.folded else 0), "name"


def _ids(browser: Features, server: Features) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    if browser.event_id and server.event_id:
        found.append((_related(browser, server), "event_id"))
    if browser.order and server.order:
        found.append((SAME_ORDER, "order_id"))
    elif (browser.order and browser.order in cores(server.core)) or (
        server.order and server.order in cores(browser.core)
    ):
        found.append((ID_IS_ORDER, "order_id"))
    return found


def _related(browser: Features, server: Features) -> int:
    if browser.event_id == server.event_id:
        return SAME_ID
    if browser.core and server.core and not set(cores(browser.core)).isdisjoint(cores(server.core)):
        return RELATED_ID
    return OTHER_ID


def _time(gap_ms: int) -> int:
    """Two hundred at once, a hundred after a minute, nothing after half an hour, ever less beyond."""
    return round(200 - 60 * math.log10(1 + gap_ms / 1000))


def _goods(browser: Features, server: Features, tied: bool) -> Iterable[tuple[int, str]]:
    if browser.amount is not None and server.amount is not None:
        yield _amount(browser, server, tied), "value"
    if browser.contents and server.contents:
        if browser.contents == server.contents:
            yield SAME_CONTENTS, "contents"
        else:
            yield (SOME_CONTENTS if browser.contents & server.contents else OTHER_CONTENTS), "contents"


def _amount(browser: Features, server: Features, tied: bool) -> int:
    if browser.amount is None or server.amount is None or abs(browser.amount - server.amount) > Decimal("0.01"):
        return OTHER_AMOUNT_OF_ORDER if tied else OTHER_AMOUNT
    if browser.currency and server.currency and browser.currency != server.currency:
        return OTHER_AMOUNT_OF_ORDER if tied else OTHER_AMOUNT
    digits = len(browser.amount.normalize().as_tuple().digits) if browser.amount else 0
    points = AMOUNT_BY_DIGITS[min(digits, len(AMOUNT_BY_DIGITS) - 1)]
    return points if browser.currency and server.currency else max(0, points + AMOUNT_WITHOUT_CURRENCY)


def _person(browser: Features, server: Features) -> Iterable[tuple[int, str]]:
    key, mine = browser.browser_id
    if mine and server.browser_id[0] == key:
        yield (SAME_BROWSER if mine == server.browser_id[1] else OTHER_BROWSER), key
    shared = browser.people & server.people
    if shared:
        yield SAME_PERSON, min(shared).partition(":")[0]
    elif any(
        any(one.startswith(key) for one in browser.people) and any(one.startswith(key) for one in server.people)
        for key in ("em:", "ph:")
    ):
        yield OTHER_PERSON, "em"
    if browser.click_id[1] and browser.click_id == server.click_id:
        yield SAME_CLICK, browser.click_id[0]


def _place(browser: Features, server: Features) -> Iterable[tuple[int, str]]:
    if browser.page and server.page:
        yield (SAME_PAGE if browser.page == server.page else OTHER_PAGE), "page"
    if browser.user_agent and server.user_agent.startswith("Mozilla/"):  # others name the backend itself
        yield (SAME_DEVICE if browser.user_agent == server.user_agent else OTHER_DEVICE), "user_agent"
    if browser.ip and browser.ip == server.ip:
        yield SAME_DEVICE, "ip"
