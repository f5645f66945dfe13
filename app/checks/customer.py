"""Customer data: what every hash is worth, one event at a time and between the sides."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import lru_cache

from app.checks.catalogue import finding
from app.checks.pair import Pair
from app.checks.privacy import leaks_in, masked_text
from app.comparison.shortening import short
from app.hashing import CustomerRules, check, digest_upon, explain, same_once_hashed, without_appendix
from app.model import CheckStatus, Customer, Event, Finding, Form, Group, HashCheck, Severity, Side, UserValue
from app.platforms import customer_rules

_HASHED = frozenset(("em", "ph", "fn", "ln", "db", "ge", "ct", "st", "zp", "country"))
_KINDS = {"em": "e-mail address", "ph": "phone number", "fn": "first name", "ln": "last name", "db": "date of birth"}
_WHO = frozenset(("em", "ph", "external_id"))  # a name, a gender or a country proves nobody
_DIGESTS = (Form.SHA256, Form.SHA256_BASE64, Form.UPPER_HEX, Form.SHA1, Form.MD5)
_LOOKED_AT = 50  # events of one side of a group: the rest of a hard-coded ID says nothing new
_GOOD = (CheckStatus.VERIFIED, CheckStatus.CONVENTION)
_Rules = tuple[CustomerRules, CustomerRules]
"""The browser side's rules and the server side's."""


def of_event(event: Event, customer: Customer) -> Iterator[Finding]:
    """Every customer value of one event; what could not be tested is told for the whole group."""
    if not event.user:
        return
    known = []
    rules = customer_rules(event)
    sent = {(value.key, value.value) for value in event.user if not rules.repeats(value.wire)}
    for value in event.user:
        if rules.repeats(value.wire) and (value.key, value.value) in sent:
            continue  # the older rule mostly gives the same hash, which is told once
        if value.key in rules.plain and value.form in _DIGESTS:
            text = f"{value.wire} is hashed, and this platform takes it in plain text only."
            yield finding("hashed-must-be-plain", text, event=event, field=value.wire)
            continue
        result = check(value, customer, rules)
        status = result.status
        if status is CheckStatus.NOT_TESTED:
            continue
        known.append((value, result))
        if status is CheckStatus.VERIFIED:
            continue
        yield from _judged(event, value, result, rules)
    if customer.values and known:
        yield from _mixed(event, known)


def _judged(event: Event, value: UserValue, result: HashCheck, rules: CustomerRules) -> Iterator[Finding]:
    """The finding for one value that is neither verified nor untested."""
    text = f"{value.wire}: {result.explanation}"
    match result.status:
        case CheckStatus.SENTINEL if value.form in (Form.EMPTY, Form.PLAIN):
            yield finding("junk-value", text, event=event, field=value.wire, reason=result.convention)
        case CheckStatus.SENTINEL:
            yield finding("hash-of-nothing", text, event=event, field=value.wire, reason=result.convention)
        case CheckStatus.NOT_NORMALIZED if result.convention == "other-key":
            fix = "Send each customer value under its own key."
            yield finding("hash-not-normalized", text, event=event, field=value.wire, reason=result.convention, fix=fix)
        case CheckStatus.NOT_NORMALIZED:
            yield finding("hash-not-normalized", text, event=event, field=value.wire, reason=result.convention)
        case CheckStatus.WRONG_FORM if value.key in _HASHED:
            yield finding("hash-wrong-form", text, event=event, field=value.wire, reason=result.convention)
        case CheckStatus.PLAIN if value.key not in rules.plain:
            yield from _plain(event, value, rules)
        case CheckStatus.CONVENTION if result.due and not rules.by_design(value.wire, result.convention):
            yield finding(
                "hash-not-normalized",
                text,
                event=event,
                field=value.wire,
                reason=result.convention,
                fix=f"Hash {result.due}, or leave the key out; libraries pass other texts on as they are, or cut.",
            )
        case CheckStatus.CONVENTION if not rules.by_design(value.wire, result.convention):
            yield finding("hash-convention", text, event=event, field=value.wire, reason=result.convention)
        case CheckStatus.DIFFERENT if not rules.repeats(value.wire):
            yield finding("hash-different", text, event=event, field=value.wire)


def _plain(event: Event, value: UserValue, rules: CustomerRules) -> Iterator[Finding]:
    if value.key in _HASHED:
        kind = _KINDS.get(value.key, "customer value")
    else:
        leak = next(iter(leaks_in(value.wire, value.value)), None)
        if leak is None:
            return
        kind = leak.kind
    # A value masked where it was captured is still plain, and still no hash.
    hidden = "*" in value.value or "…" in value.value
    shown = value.value[:20] if hidden else masked_text(value.value)
    taken = value.key in rules.either and value.key in _HASHED
    due = "the platform takes it so, and advises a SHA-256 hash" if taken else "a SHA-256 hash is due"
    yield finding(
        "raw-personal-data",
        f"{value.wire} holds a plain {kind} ({shown}); {due}.",
        event=event,
        field=value.wire,
        reason=value.key,
        severity=Severity.WARNING if taken else None,
        fix="Hash the value before it is sent.",
    )


def _mixed(event: Event, known: list[tuple[UserValue, HashCheck]]) -> Iterator[Finding]:
    """Some of the values that tell one person from another are the test customer's, others are somebody else's."""
    telling = [(value.key, result) for value, result in known if value.key in _WHO]
    own = {key for key, result in telling if _is_customers(result)}
    strange = sorted({key for key, result in telling if result.status is CheckStatus.DIFFERENT} - own)
    if own and strange:
        yield finding(
            "stale-identity",
            f"{', '.join(sorted(own))} {_are(own)} the test customer's, but {', '.join(strange)} {_are(strange)} not.",
            event=event,
            field=strange[0],
        )


def _is_customers(result: HashCheck) -> bool:
    """Whether a hash was recognised as the test customer's, in whatever form."""
    return result.status in (*_GOOD, CheckStatus.NOT_NORMALIZED)


def _are(keys: Collection[str]) -> str:
    return "is" if len(keys) == 1 else "are"


def of_group(group: Group, pair: Pair | None, customer: Customer) -> Iterator[Finding]:
    """Hashes between the sides, and what could be tested."""
    if pair and pair.browser.user and pair.server.user:
        yield from _between(pair, customer)
    yield from _tested(group, customer)


def _between(pair: Pair, customer: Customer) -> Iterator[Finding]:
    ours, theirs = _by_key(pair.browser), _by_key(pair.server)
    rules = customer_rules(pair.browser), customer_rules(pair.server)
    stale: dict[str, list[str]] = {}
    for key, mine in ours.items():
        others = theirs.get(key)
        if not others or _meet(key, mine, others):
            continue
        twice = _hashed_twice(key, mine, others)
        if twice:
            yield twice
            continue
        if not (_is_digest(mine) and _is_digest(others)) and key != "external_id":
            continue  # what is no SHA-256 was told event by event
        if key in _WHO:
            stale.setdefault(_whose(mine, others, customer, rules), []).append(key)
        if key == "external_id":
            yield _external(mine, others, customer, rules)
            continue
        results = check(mine[0], customer, rules[0]), check(others[0], customer, rules[1])
        why = rules[0].apart.get(key) or rules[1].apart.get(key)
        if why and not _faulty(results):
            yield finding(
                "hash-differs-between-sides",
                f"{mine[0].wire} and {others[0].wire} differ, as documented: {why}",
                field=key,
                reason="documented",
                severity=Severity.INFO,
                fix="Nothing to do.",
            )
            continue
        yield finding(
            "hash-differs-between-sides",
            f"{mine[0].wire} and {others[0].wire} differ. {explain(key, *results, *rules)}",
            field=key,
            reason=_reason(*results),
        )
    for whose, keys in stale.items():
        if whose:
            other = "server" if whose == "browser" else "browser"
            yield finding(
                "stale-identity",
                f"The {whose} carries the test customer's {', '.join(keys)}, the {other} somebody else's.",
                field=keys[0],
            )


def _hashed_twice(key: str, ours: list[UserValue], theirs: list[UserValue]) -> Finding | None:
    """One side's value is a digest of the other's: that side was handed a hash and hashed it once more."""
    for mine in ours:
        for other in theirs:
            for inner, outer, side in ((mine, other, Side.SERVER), (other, mine, Side.BROWSER)):
                if key == "external_id" and inner.form not in (Form.SHA256, Form.UPPER_HEX):
                    continue  # an ID may look like a digest itself, and is hashed once
                digest = digest_upon(inner.value, outer.value)
                if digest:
                    return finding(
                        "hash-differs-between-sides",
                        f"{mine.wire} and {other.wire} differ: the {side}'s value is the {digest} of the "
                        f"{side.other}'s hash, so it was hashed twice.",
                        side=side,
                        field=key,
                        reason="double-hashed",
                        fix=f"Send the hash from the {side} as it is, or hash the plain value there; not what is "
                        "hashed already.",
                    )
    return None


def _whose(ours: list[UserValue], theirs: list[UserValue], customer: Customer, rules: _Rules) -> str:
    """The side that carries the test customer's values where the other carries none but somebody else's; or neither."""
    mine, others = ([check(item, customer, by) for item in side] for side, by in ((ours, rules[0]), (theirs, rules[1])))
    for name, known, strange in (("browser", mine, others), ("server", others, mine)):
        if any(map(_is_customers, known)) and all(result.status is CheckStatus.DIFFERENT for result in strange):
            return name
    return ""


def _faulty(results: tuple[HashCheck, HashCheck]) -> bool:
    """Whether either value is known to be wrong, or another person's."""
    return any(result.status not in (*_GOOD, CheckStatus.NOT_TESTED) for result in results)


def _is_digest(values: list[UserValue]) -> bool:
    return any(item.form in (Form.SHA256, Form.UPPER_HEX) for item in values)


def _reason(ours: HashCheck, theirs: HashCheck) -> str | None:
    return "convention" if ours.status in _GOOD and theirs.status in _GOOD else None


def _by_key(event: Event) -> dict[str, list[UserValue]]:
    found: dict[str, list[UserValue]] = {}
    for item in event.user:
        found.setdefault(item.key, []).append(item)
    return found


def _meet(key: str, ours: list[UserValue], theirs: list[UserValue]) -> bool:
    """Whether any value of one side is one of the other's; several phones in another order are no difference."""
    if ours[0].value == theirs[0].value:
        return True
    mine = {_bare(key, item.value) for item in ours}
    return any(_bare(key, item.value) in mine for item in theirs)


def _bare(key: str, text: str) -> str:
    text = without_appendix(text.strip())
    return text if key == "external_id" else text.lower()


def _external(ours: list[UserValue], theirs: list[UserValue], customer: Customer, rules: _Rules) -> Finding:
    if any(same_once_hashed("external_id", mine.value, other.value, rules[0]) for mine in ours for other in theirs):
        hashed = sum(map(_is_digest, (ours, theirs))) == 1
        how = "as it is on one side and hashed on the other" if hashed else "in two spellings"
        return finding(
            "external-id-differs",
            f"Both sides mean the same external ID, sent {how}.",
            field="external_id",
            reason="form",
            severity=Severity.INFO,
            fix="Nothing to mend; the same form on both sides is easier to compare.",
        )
    results = check(ours[0], customer, rules[0]), check(theirs[0], customer, rules[1])
    why = f" {explain('external_id', *results, *rules)}" if customer.of("external_id") else ""
    return finding(
        "external-id-differs",
        f"The sides differ in the external ID: browser {_id(ours[0])}, server {_id(theirs[0])}.{why}",
        field="external_id",
        reason=_reason(*results),
        severity=Severity.ERROR,
    )


def _id(value: UserValue) -> str:
    return masked_text(value.value) if value.form is Form.PLAIN else short(value.value)


def _tested(group: Group, customer: Customer) -> Iterator[Finding]:
    """One remark for the whole group on which keys were verified and which could not be tested."""
    events = [event for side in (group.browser, group.server) for event in side[:_LOOKED_AT] if event.user]
    if not events:
        return
    verified: set[str] = set()
    failed: set[str] = set()
    untested: set[str] = set()
    if not customer.values:
        untested.update([value.key for event in events for value in event.user if value.form is Form.SHA256])
    for event in events if customer.values else ():
        rules = customer_rules(event)
        for value in event.user:
            result = check(value, customer, rules)
            if result.status is CheckStatus.VERIFIED:
                verified.add(value.key)
            elif result.status is CheckStatus.NOT_TESTED:
                untested.add(value.key)
            elif not rules.by_design(value.wire, result.convention):
                failed.add(value.key)
    if verified - failed:
        yield _remark("hash-verified", tuple(sorted(verified - failed)))
    if untested:
        why = (
            "The test customer has no such value." if customer.values else "There is no test customer to compare with."
        )
        yield _remark("hash-unknown", tuple(sorted(untested)), why)


@lru_cache(maxsize=1024)
def _remark(code: str, keys: tuple[str, ...], why: str = "") -> Finding:
    """One object for all groups with the same keys: a session of a million would otherwise hold a million copies."""
    words = ", ".join(keys)
    if code == "hash-verified":
        return finding(code, f"Recomputed from the test customer and equal: {words}.", field=keys[0])
    return finding(code, f"Well formed, but not tested: {words}. {why}", field=keys[0])
