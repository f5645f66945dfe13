"""The split view: every field of both sides, aligned by what it means rather than by where it stood."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple

from app.comparison.hashed_ids import relate_compared
from app.comparison.values import amount, same_amount, same_cookie, same_currency, same_ip, same_meaning, same_page
from app.hashing import CustomerRules, digest_upon, same_once_hashed
from app.model import Event, Field
from app.platforms import customer_rules, platform
from app.platforms.base import DedupRule, Meaning, Sense


class Relation(StrEnum):
    """How the two values of a row stand to each other."""

    EQUAL = "equal"
    EQUAL_BY_VALUE = "equal-by-value"  # written differently, meaning the same
    DIFFERS = "differs"
    ONLY_BROWSER = "only-browser"
    ONLY_SERVER = "only-server"


class Row(NamedTuple):
    """One line of the comparison; keys are the wire's, empty on the side that lacks the field."""

    label: str
    group: str
    browser_key: str
    browser_value: str
    server_key: str
    server_value: str
    relation: Relation
    note: str = ""


class _Terms(NamedTuple):
    """By whose terms values are compared: the platform's, for the side that is looked at."""

    customer: CustomerRules
    dedup: DedupRule


_ONE_SIDED = (Relation.ONLY_BROWSER, Relation.ONLY_SERVER)

IN_PATH, IN_HEADER = "{dataset}", "User-Agent (header)"
"""Wire keys of what stands outside the parameters."""

_MOST = 10_000  # comparisons in search of equal values of one meaning; beyond, values meet in their order
_GROUPS = ("event", "page", "custom data", "customer", "click IDs", "consent", "browser", "library", "other")

_ACCOUNT, _AGENT = Meaning("account", Sense.ACCOUNT), Meaning("user agent", Sense.USER_AGENT)


def compare(browser: Event | None, server: Event | None) -> tuple[Row, ...]:
    """The two sides of a conversion, field by field, aligned by meaning; fields must be present.

    Rows come in the order of the groups, within them in the browser's order, then the server's.
    """
    ours, theirs = _by_meaning(browser), _by_meaning(server)
    event = browser or server
    terms = _Terms(customer_rules(event), platform(event.platform).dedup) if event else None
    required = _required(browser, server) if browser and server and browser.side is not server.side else frozenset()
    rows: list[Row] = []
    for means in dict.fromkeys((*ours, *theirs)):
        found = _rows(means, ours.get(means, []), theirs.get(means, []), terms)
        rows += map(_decisive, found) if means.sense in required else found
    return tuple(sorted(rows, key=lambda row: _order(row.group)))


def _by_meaning(event: Event | None) -> dict[Meaning, list[Field]]:
    """Fields by what they mean. Where there is just one of a sense, its wire name does not matter."""
    found: dict[Meaning, list[Field]] = {}
    if event is None:
        return found
    meaning = platform(event.platform).meaning
    for field in event.fields:
        found.setdefault(_shared(meaning(field.key)), []).append(field)
    for means, field in _implied(event) if event.fields else ():
        found.setdefault(means, [field])
    return found


def _shared(means: Meaning) -> Meaning:
    if means.sense is Sense.ACCOUNT:
        return _ACCOUNT
    return _AGENT if means.sense is Sense.USER_AGENT else means


def _implied(event: Event) -> Iterable[tuple[Meaning, Field]]:
    """What one side says in a parameter and the other by the request itself: the account, the user agent."""
    if event.account:
        word = platform(event.platform).account_word
        yield _ACCOUNT, Field(IN_PATH, event.account, f"{word} ID", "event", "path")
    agent = event.match_id("user_agent")
    if agent:
        yield _AGENT, Field(IN_HEADER, agent, "Client user agent", "browser", "header")


def _order(group: str) -> int:
    return _GROUPS.index(group) if group in _GROUPS else len(_GROUPS)


def _rows(means: Meaning, ours: list[Field], theirs: list[Field], terms: _Terms | None) -> Iterable[Row]:
    """The rows of one meaning: equal values first find each other, the rest is put side by side."""
    left, right = list(ours), list(theirs)
    for mine in ours if len(ours) * len(theirs) <= _MOST else ():
        twin = next(
            (other for other in right if _relation(means, mine.value, other.value, terms)[0] is not Relation.DIFFERS),
            None,
        )
        if twin:
            left.remove(mine)
            right.remove(twin)
            yield _row(means, mine, twin, terms)
    for index in range(max(len(left), len(right))):
        one = left[index] if index < len(left) else None
        other = right[index] if index < len(right) else None
        # A second value that the other side matched already is no difference of its own.
        yield _row(means, one, other, terms)


def _row(means: Meaning, mine: Field | None, other: Field | None, terms: _Terms | None) -> Row:
    if mine is None or other is None:
        field = mine or other
        assert field is not None
        relation = Relation.ONLY_BROWSER if mine else Relation.ONLY_SERVER
        return Row(
            field.label,
            field.group,
            mine.key if mine else "",
            mine.value if mine else "",
            other.key if other else "",
            other.value if other else "",
            relation,
        )
    relation, note = _relation(means, mine.value, other.value, terms)
    return Row(mine.label, mine.group, mine.key, mine.value, other.key, other.value, relation, note)


_SUM = frozenset((Sense.AMOUNT, Sense.CURRENCY))


def _required(browser: Event, server: Event) -> frozenset[Sense]:
    """What both sides must say: what they are merged by, and the sum where the platform wants one."""
    at = platform(browser.platform)
    merged_by = {Sense.NAME} | ({Sense.EVENT_ID} if at.dedup.by_id_alone else set())
    if not at.dedup.account_kinds:  # else a side may have no account to name
        merged_by.add(Sense.ACCOUNT)
    valued = browser.name in at.vocabulary.valued and server.name in at.vocabulary.valued
    return frozenset(merged_by | (_SUM if valued else set()))


def _decisive(row: Row) -> Row:
    """A row that only one side has is a difference where both sides need it."""
    value = row.browser_value or row.server_value
    if row.relation not in _ONE_SIDED or not value:
        return row
    lacking = "server" if row.relation is Relation.ONLY_BROWSER else "browser"
    note = f"Missing on the {lacking}; both sides must send it."
    return row._replace(relation=Relation.DIFFERS, note=note)


def _relation(means: Meaning, a: str, b: str, terms: _Terms | None) -> tuple[Relation, str]:
    if a == b:
        return Relation.EQUAL, ""
    same, note = _same(means, a, b, terms)
    return (Relation.EQUAL_BY_VALUE if same else Relation.DIFFERS), note


def _same(means: Meaning, a: str, b: str, terms: _Terms | None) -> tuple[bool, str]:
    """Whether two values of one meaning are equal, and a remark on how."""
    match means.sense:
        case Sense.EVENT_ID if terms is not None:
            relation = relate_compared(a, b, terms.dedup.id_form)
            return relation.reason == "equal", relation.detail
        case Sense.NAME if terms is not None and terms.dedup.name_form(a) == terms.dedup.name_form(b):
            return True, ""
        case Sense.NAME | Sense.ACCOUNT:
            return False, "Platforms compare names letter by letter." if a.casefold() == b.casefold() else ""
        case Sense.TIME:
            return _same_time(a, b)
        case Sense.PAGE:
            return same_page(a, b), ""
        case Sense.AMOUNT:
            return same_amount(a, b), ""
        case Sense.CURRENCY:
            return same_currency(a, b), ""
        case Sense.IDENTIFIER:
            return same_cookie(a, b), "Only upper and lower case differ." if a.lower() == b.lower() else ""
        case Sense.IP:
            return same_ip(a, b), ""
        case Sense.CONSENT:
            return _options(a) == _options(b), ""
        case Sense.CUSTOMER if terms is not None:
            return _same_customer(means.key, a, b, terms.customer)
        case _:
            return same_meaning(a, b), ""


def _same_time(a: str, b: str) -> tuple[bool, str]:
    """Client milliseconds, a date or server seconds: equal within the second the server's clock shows."""
    one, other = _milliseconds(a), _milliseconds(b)
    if one is None or other is None:
        return False, ""
    gap = other - one
    return -1000 < gap < 1000, f"{gap / 1000:+.1f} s"


def _milliseconds(text: str) -> int | None:
    number = amount(text)
    if number is not None:
        return int(number) * 1000 if number < 10**11 else int(number) if number < 10**14 else int(number) // 1000
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)


def _same_customer(key: str, a: str, b: str, rules: CustomerRules) -> tuple[bool, str]:
    if key != "external_id" and same_cookie(a.strip().lower(), b.strip().lower()):
        return True, ""
    if same_once_hashed(key, a, b, rules):
        return True, "Equal once hashed; send the same form on both sides."
    for inner, outer, side in ((a, b, "server"), (b, a, "browser")):
        digest = digest_upon(inner, outer)
        if digest:
            return False, f"The {side}'s value is the {digest} of the other: it was hashed twice."
    return False, ""


def _options(text: str) -> str:
    return text.strip('[]" ').replace('"', "")
