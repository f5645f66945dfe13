"""The orders that the backend knows of, against those that events report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from urllib.parse import unquote

from msgspec.structs import replace

from app.checks.catalogue import finding
from app.checks.privacy import masked
from app.hashing import sha256
from app.model import Event, Finding, Group, Severity
from app.numbers import Band, Orders
from app.pairing.features import core, cores
from app.pairing.grouping import SAME_CONVERSION
from app.platforms.vocabulary import folded, step
from app.rules import Rules
from app.words import BAND_WORDS, percent

_SEVERITIES = dict(zip(Band, (Severity.INFO, Severity.INFO, Severity.WARNING, Severity.ERROR), strict=True))
_NO_ORDER = frozenset(("", "undefined", "null", "nan", "none", "test", "objectobject"))
_LISTED = 5  # order numbers that are written out before the rest is only counted
_LONGEST = 40  # characters of one of them


def tally(orders: Iterable[str], groups: Iterable[Group], rules: Rules) -> Orders | None:
    """The backend's order numbers against the purchases that events report; None when there is no order number.

    `#1042`, ` 1042` and `1042` are one order. What the platform counts once is one purchase, and so is what goes to
    two accounts, since each of them counts for itself. Where no number is on both sides, `DE-1042` is `1042` as well;
    where even so there is none, the numbers are of two kinds, and purchases are only counted.
    """
    known: dict[str, str] = {}
    for order in orders:
        if number := _number(order):
            known.setdefault(number, order.strip())
    if not known:
        return None
    # A tag may send the number's hash alone.
    hashed = {sha256(form): number for number, text in known.items() for form in (text, number)}
    purchases = [(group, events) for group in groups if step(group.name) == "purchase" and (events := _sent(group))]
    named = {group.id: number for group, events in purchases if (number := _order_of(events, known.keys(), hashed))}
    if known.keys().isdisjoint(named.values()):
        alike = _alike(known.keys(), set(named.values()))
        named = {group: alike.get(number, number) for group, number in named.items()}
    related = not known.keys().isdisjoint(named.values())
    times: dict[tuple[str, str], Counter[str]] = {}
    for group, _ in purchases:
        number = named.get(group.id) or _tied(group, named)
        times.setdefault((group.platform, group.account), Counter())[number] += 1
    expected = set(known if related else named.values())
    unnamed, seen = _together([(counted.pop("", 0), counted) for counted in times.values()], expected)
    foreign = (events for group, events in purchases if named.get(group.id, "") not in known)
    spelt = {_number(event.order_id or ""): (event.order_id or "").strip() for events in foreign for event in events}
    found = Orders(
        known=len(known),
        purchases=seen.total() + unnamed,
        missing=tuple(text for number, text in known.items() if number not in seen),
        unknown=tuple(spelt[number] for number in seen if number not in known),
        repeated=tuple(known.get(number) or spelt[number] for number, count in seen.items() if count > 1),
        unnamed=unnamed if related else unnamed + seen.total(),
        band=Band.GOOD,
    )
    return replace(found, band=band(found.discrepancy, rules))


def _together(accounts: Sequence[tuple[int, Counter[str]]], known: Set[str]) -> tuple[int, Counter[str]]:
    """How many purchases name no order, and how often each order is named, by the account that counts most of them.

    What one account does not name may well be what another one names.
    """
    seen: Counter[str] = Counter()
    for _, named in accounts:
        seen |= named
    expected = seen.keys() & known
    unnamed = [number - len(expected - named.keys()) for number, named in accounts]
    return max([0, *unnamed]), seen


def _number(text: str) -> str:
    """An order number without what two systems write differently; empty when it is none.

    Where `core` wants more to go by (a number of two digits, a reference without any digit), all of it is taken.
    """
    text = _last_of_gid(text)
    return core(text) or _bare(text)


def _last_of_gid(text: str) -> str:
    """Shopify's `gid://shopify/Order/1042` is its order 1042."""
    gid = unquote(text).strip()
    return gid.partition("?")[0].rpartition("/")[2] if gid.startswith("gid://") else text


def _bare(text: str) -> str:
    bare = folded(unquote(text)).lstrip("0")
    return "" if bare in _NO_ORDER else bare


def _sent(group: Group) -> list[Event]:
    """The events that may count: those that came through, our own tests aside."""
    return [event for event in group.events if not event.outcome.lost and not event.provenance.ours]


def _order_of(events: Iterable[Event], known: Set[str], hashed: Mapping[str, str]) -> str:
    """The order that events report, by its number or by an event ID made from it; empty when they name none."""
    first = ""
    for event in events:
        if number := hashed.get(event.order_id or "") or hashed.get(event.event_id or ""):
            return number
        number = _number(event.order_id or "")
        for form in (number, *cores(_number(event.event_id or ""))):
            if form in known:
                return form
        first = first or number
    return first


def _alike(known: Set[str], reported: Set[str]) -> dict[str, str]:
    """The reported numbers that are an order's with a part before or after it (`wc_1042` for `1042`), or without it."""
    longer, parts = _parts(reported), _parts(known)
    return {longer[one]: one for one in known & longer.keys()} | {one: parts[one] for one in reported & parts.keys()}


def _parts(numbers: Set[str]) -> dict[str, str]:
    """What each number is without its first or last part, where that is so of no other: a year stands for no order."""
    parts = [(part, number) for number in numbers for part in set(cores(number)[1:])]
    times = Counter(part for part, _ in parts)
    return {part: number for part, number in parts if times[part] == 1}


def _tied(group: Group, named: Mapping[str, str]) -> str:
    """The order of another group that describes the same conversion."""
    ties = (link.group for link in group.links if link.kind in SAME_CONVERSION)
    return next((named[one] for one in ties if one in named), "")


def reconcile(orders: Collection[str], groups: Collection[Group], rules: Rules) -> tuple[Finding, ...]:
    """What the backend's order numbers say of the events."""
    found = tally(orders, groups, rules)
    return tuple(of_orders(found, rules)) if found else ()


def of_orders(orders: Orders, rules: Rules) -> Iterator[Finding]:
    """What is missing and what is too much; each is judged by its own share of the orders."""
    if orders.unrelated:
        yield finding(
            "orders-unrelated",
            f"Not one order number is on both sides: the backend has {_listed(orders.missing, 1)}, "
            f"the events have {_listed(orders.unknown, 1)}. Such numbers are of two kinds, or of two times; "
            "only how many there are was compared.",
        )
    if orders.missed:
        name = band(orders.missed / orders.known, rules)
        verb = "has" if orders.missed == 1 else "have"
        which = f": {_listed(orders.missing)}."
        if orders.unnamed:
            carry = "1 purchase names" if orders.unnamed == 1 else f"{orders.unnamed:,} purchases name"
            why = "no number is on both sides" if orders.unrelated else f"{carry} no order"
            which = f". Which can not be told, since {why}."
        yield finding(
            "orders-exceed-events",
            f"{orders.missed:,} of {orders.known:,} orders {verb} no event "
            f"({percent(orders.missed / orders.known)}, {BAND_WORDS[name].word}){which}",
            reason=name.value,
            severity=_SEVERITIES[name],
        )
    if orders.surplus:
        name = band(orders.surplus / orders.known, rules)
        reported = "1 purchase" if orders.purchases == 1 else f"{orders.purchases:,} purchases"
        comparable = not orders.unrelated
        parts = (
            f"unknown to the backend: {_listed(orders.unknown)}" if orders.unknown and comparable else "",
            f"reported more than once: {_listed(orders.repeated)}" if orders.repeated else "",
            f"without an order: {orders.unnamed:,}" if orders.unnamed > len(orders.missing) and comparable else "",
            "" if orders.repeated or comparable else "which can not be told, since no number is on both sides",
        )
        yield finding(
            "events-exceed-orders",
            f"Events report {reported}, the backend knows {orders.known:,} orders: "
            f"{orders.surplus:,} too many ({percent(orders.surplus / orders.known)}, {BAND_WORDS[name].word}); "
            f"{'; '.join(filter(None, parts))}.",
            reason=name.value,
            severity=_SEVERITIES[name],
        )


def band(share: float, rules: Rules) -> Band:
    """What a deviation from the backend's orders means; `share` is a fraction."""
    bands = zip(Band, rules.order_bands, strict=False)
    return next((name for name, limit in bands if share <= limit), Band.TECHNICAL_FAILURE)


def _listed(orders: Collection[str], most: int = _LISTED) -> str:
    """The first of the order numbers, and how many there are besides."""
    shown = ", ".join(masked(order.strip())[:_LONGEST] for order in sorted(orders)[:most])
    return shown + (f" and {len(orders) - most:,} more" if len(orders) > most else "")
