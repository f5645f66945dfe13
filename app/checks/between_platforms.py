"""One conversion at several platforms: whether all were told, and all told the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import combinations

from msgspec.structs import replace

from app.checks.catalogue import finding
from app.checks.context import Context
from app.checks.privacy import masked
from app.model import Content, Finding, LinkKind, Severity, Verdict
from app.pairing.conversions import Conversion, Share
from app.pairing.features import amount
from app.platforms import title_of
from app.platforms.vocabulary import Naming
from app.words import money

USUALLY = 0.5
"""A platform that gets this part of a step's conversions, or more, is expected to get all of them."""
_AGAIN = (LinkKind.DOUBLE_FIRE, LinkKind.REFIRED)
_LONGEST = 40  # characters of a name or an item that are shown
_SHOWN = 3  # items that are named

Usual = Mapping[str, frozenset[str]]


def usual(conversions: Sequence[Conversion]) -> Usual:
    """By step: the platforms that usually get its conversions, as this session shows it."""
    told: dict[str, Counter[str]] = {}
    for each in conversions:
        told.setdefault(each.step, Counter()).update(each.platforms)
    total = Counter(each.step for each in conversions)
    return {
        step: frozenset(name for name, times in counts.items() if times >= USUALLY * total[step])
        for step, counts in told.items()
    }


def judged(conversion: Conversion, usually: Usual, context: Context) -> Conversion:
    """The conversion with the platforms that miss it, and with what is wrong between those that got it."""
    due = context.plan.due_for(conversion.step)
    wanted = usually.get(conversion.step, frozenset()) if due is None else due
    missing = () if due is None and conversion.naming is Naming.CODE else tuple(sorted(wanted - conversion.platforms))
    findings = list(_between(conversion, context)) if len(conversion.shares) > 1 else []
    if missing:
        findings.append(_not_told(conversion.title, missing, tuple(sorted(conversion.platforms)), due is not None))
    if due is not None and (over := conversion.platforms - due):
        findings.append(_too_many(conversion.title, tuple(sorted(over))))
    return replace(conversion, missing=missing, findings=tuple(findings))


def _between(conversion: Conversion, context: Context) -> Iterator[Finding]:
    name, shares = conversion.title, conversion.shares
    yield from _values(name, shares, context.rules.same_amount)
    yield from _currencies(name, shares)
    yield from _items(name, shares)
    yield from _again(name, shares)


def of_all(conversions: Sequence[Conversion]) -> Iterator[Finding]:
    """The platforms that are told of few of a step's conversions: each alone says nothing."""
    told: dict[str, Counter[str]] = {}
    for each in conversions:
        if each.naming is Naming.STANDARD:
            told.setdefault(each.step, Counter()).update(each.platforms)
    total = Counter(each.step for each in conversions)
    for step, counts in sorted(told.items()):
        for name, times in sorted(counts.items()):
            if times < USUALLY * total[step]:
                yield finding(
                    "not-at-every-platform",
                    f"{title_of(name)} was told of {times:,} of {total[step]:,} conversions of the step "
                    f"{step.replace('_', ' ')}.",
                    reason="seldom",
                    severity=Severity.INFO,
                )


def _values(name: str, shares: Sequence[Share], same: Decimal) -> Iterator[Finding]:
    told = {share.platform: _amounts(share) for share in shares}
    known = {platform: found for platform, found in told.items() if found}
    if any(_apart(one, other, same) for one, other in combinations(known.values(), 2)):
        each = ", ".join(f"{title_of(platform)} {_listed(found)}" for platform, found in known.items())
        yield finding("value-differs-between-platforms", f"The value of {_short(name)}: {each}.", field="value")


def _amounts(share: Share) -> dict[Decimal, str]:
    """The amounts that a platform was told, each with its currency."""
    found: dict[Decimal, str] = {}
    for event in share.events:
        number = None if event.outcome.lost else amount(event.value)
        if number is not None:
            found.setdefault(number, (event.currency or "").strip().upper())
    return found


def _apart(one: Mapping[Decimal, str], other: Mapping[Decimal, str], same: Decimal) -> bool:
    """Whether no amount is in both; amounts of two currencies are not compared."""
    pairs = [(a, b) for a in one for b in other if not (one[a] and other[b]) or one[a] == other[b]]
    return bool(pairs) and not any(abs(a - b) < same for a, b in pairs)


def _listed(amounts: Mapping[Decimal, str]) -> str:
    return " and ".join(f"{money(f'{number:f}', code)} {_short(code)}".strip() for number, code in amounts.items())


def _currencies(name: str, shares: Sequence[Share]) -> Iterator[Finding]:
    told = {share.platform: _codes(share) for share in shares}
    known = {platform: codes for platform, codes in told.items() if codes}
    if any(one.isdisjoint(other) for one, other in combinations(known.values(), 2)):
        each = ", ".join(
            f"{title_of(platform)} {' and '.join(map(_short, sorted(codes)))}" for platform, codes in known.items()
        )
        yield finding(
            "currency-differs-between-platforms", f"The currency of {_short(name)}: {each}.", field="currency"
        )


def _codes(share: Share) -> set[str]:
    return {event.currency.strip().upper() for event in share.events if event.currency and not event.outcome.lost} - {
        ""
    }


def _items(name: str, shares: Sequence[Share]) -> Iterator[Finding]:
    known = [(share.platform, basket) for share in shares if (basket := _basket(share))]
    for (one, ours), (other, theirs) in combinations(known, 2):
        if ours.keys() == theirs.keys() and ours.total() == theirs.total():
            continue
        if ours.keys().isdisjoint(theirs.keys()) and ours.total() == theirs.total():
            yield finding(
                "items-differ-between-platforms",
                f"The items of {_short(name)}: {title_of(one)} {_some(ours)}, {title_of(other)} {_some(theirs)}. As "
                "many, under other IDs: right only if the platforms' catalogues have other IDs as well.",
                field="contents",
                reason="other-ids",
                severity=Severity.INFO,
            )
        else:
            yield finding(
                "items-differ-between-platforms",
                f"The items of {_short(name)}: {title_of(one)} {_some(ours)}, {title_of(other)} {_some(theirs)}.",
                field="contents",
            )
        return


def _basket(share: Share) -> Counter[str]:
    """The items of the longest basket that a platform was told of, by ID; an unreadable quantity counts as one."""
    longest = max((event.contents for event in share.events if not event.outcome.lost), key=len, default=())
    basket: Counter[str] = Counter()
    for line in longest:
        if line.id:
            basket[line.id.strip().casefold()] += _quantity(line)
    return basket


def _quantity(line: Content) -> int:
    return int(line.quantity) if line.quantity.isdecimal() and len(line.quantity) < 6 else 1


def _some(basket: Counter[str]) -> str:
    shown = ", ".join(f"{number} × {_short(item)}" for item, number in list(basket.items())[:_SHOWN])
    return shown + (f" and {len(basket) - _SHOWN} more" if len(basket) > _SHOWN else "")


def _again(name: str, shares: Sequence[Share]) -> Iterator[Finding]:
    twice = [share.platform for share in shares if _fired_again(share)]
    once = [share.platform for share in shares if share.platform not in twice]
    if twice and once:
        yield finding(
            "fired-again-at-one-platform",
            f"{_short(name)} was fired again at {_titles(twice)}, and once at {_titles(once)}.",
            reason="double-fire",
        )


def _fired_again(share: Share) -> bool:
    return any(
        group.verdict is Verdict.DUPLICATE or any(link.kind in _AGAIN for link in group.links) for group in share.groups
    )


@lru_cache(maxsize=1024)
def _not_told(name: str, missing: tuple[str, ...], told: tuple[str, ...], planned: bool) -> Finding:
    """One object for all conversions of a name: a tag that fails leaves a session full of them."""
    why = "The plan wants it told" if planned else "It is usually told"
    return finding(
        "not-at-every-platform",
        f"{_titles(told)} got {_short(name)}, {_titles(missing)} did not. {why}.",
        reason="plan" if planned else "usual",
        severity=Severity.ERROR if planned else None,
    )


@lru_cache(maxsize=1024)
def _too_many(name: str, over: tuple[str, ...]) -> Finding:
    return finding(
        "not-at-every-platform",
        f"{_titles(over)} got {_short(name)}, which the plan does not want told there.",
        reason="not-planned",
        fix="Remove the tag there, or name the platform in the plan.",
    )


def _titles(platforms: Iterable[str]) -> str:
    *most, last = map(title_of, platforms)
    return f"{', '.join(most)} and {last}" if most else last


def _short(text: str) -> str:
    return masked(text.strip())[:_LONGEST]
