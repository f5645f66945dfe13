"""The split view: every field of both sides, aligned by what it means rather than by where it stood."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from app.comparison.identifiers import relate_ids
from app.comparison.values import amount, same_amount, same_cookie, same_currency, same_ip, same_meaning, same_page
from app.hashing import digest_upon, same_once_hashed
from app.model import Event, Field
from app.platforms import platform


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


_ONE_SIDED = (Relation.ONLY_BROWSER, Relation.ONLY_SERVER)

IN_PATH, IN_HEADER = "{dataset}", "User-Agent (header)"
"""Wire keys of what stands outside the parameters."""

_NAMES = {
    "id": "account",
    IN_PATH: "account",
    IN_HEADER: "user_data.client_user_agent",
    "fb.pixel_id": "account",
    "ev": "event_name",
    "eid": "event_id",
    "ts": "event_time",
    "dl": "event_source_url",
    "website_context.location": "event_source_url",
    "rl": "referrer_url",
    "website_context.referrer": "referrer_url",
    "fbp": "user_data.fbp",
    "fb.fbp": "user_data.fbp",
    "fbc": "user_data.fbc",
    "fb.clickID": "user_data.fbc",
    "User-Agent": "user_data.client_user_agent",
    "user-agent": "user_data.client_user_agent",
    "dpo": "data_processing_options",
    "fb.data_processing_options": "data_processing_options",
    "dpoco": "data_processing_options_country",
    "dpost": "data_processing_options_state",
    "conversion_value.value": "custom_data.value",
    "conversion_value.currency": "custom_data.currency",
    "fb.order_id": "custom_data.order_id",
    "contents": "custom_data.contents",
}
"""Wire keys that mean what a server event spells otherwise; the server's spelling is the meaning's name."""

_ALIASES = {"email": "em", "phone": "ph", "zip": "zp", "firstname": "fn", "lastname": "ln", "gender": "ge"} | {
    "first_name": "fn",
    "last_name": "ln",
    "city": "ct",
    "state": "st",
    "cn": "country",
    "dob": "db",
}
_CUSTOMER = re.compile(
    r"(?:ud|aud|udff|audff)\[([^\]]+)\]|fb\.advanced_matching\.(\w+)|user_data\.(\w+?)(?:\[\d*\])?\Z"
)
_CUSTOM = re.compile(r"cd\[([^\]]+)\]|fb\.dynamic_product_ads\.(\w+)|custom_data\.(\w+)")
_LISTED = re.compile(r"\[\d*\]|\.\d+(?=\.|\Z)")

_MOST = 10_000  # comparisons in search of equal values of one meaning; beyond, values meet in their order
_GROUPS = ("event", "page", "custom data", "customer", "click IDs", "consent", "browser", "library", "other")


def meaning(key: str) -> str:
    """What a wire key means, under one name for both sides."""
    return _meaning(key) if len(key) <= 200 else key  # a table of giants would be a memory leak


@lru_cache(maxsize=4096)
def _meaning(key: str) -> str:
    if key in _NAMES:
        return _NAMES[key]
    customer = _CUSTOMER.match(key)
    if customer:
        name = next(part for part in customer.groups() if part)
        return f"user_data.{_ALIASES.get(name, name)}"
    custom = _CUSTOM.match(key)
    if custom:
        return f"custom_data.{next(part for part in custom.groups() if part)}"
    return _LISTED.sub("", key)


def compare(browser: Event | None, server: Event | None) -> tuple[Row, ...]:
    """The two sides of a conversion, field by field, aligned by meaning; fields must be present.

    Rows come in the order of the groups, within them in the browser's order, then the server's.
    """
    ours, theirs = _by_meaning(browser), _by_meaning(server)
    rows: list[Row] = []
    for name in dict.fromkeys((*ours, *theirs)):
        rows += _rows(name, ours.get(name, []), theirs.get(name, []))
    if browser and server and browser.side is not server.side:
        rows = [_decisive(row, _required(browser, server)) for row in rows]
    return tuple(sorted(rows, key=lambda row: _order(row.group)))


def _by_meaning(event: Event | None) -> dict[str, list[Field]]:
    found: dict[str, list[Field]] = {}
    for field in event.fields if event else ():
        found.setdefault(meaning(field.key), []).append(field)
    for field in _implied(event) if event and event.fields else ():
        found.setdefault(meaning(field.key), [field])
    return found


def _implied(event: Event) -> Iterable[Field]:
    """What one side says in a parameter and the other by the request itself: the account, the user agent."""
    if event.account:
        yield Field(IN_PATH, event.account, "Pixel ID", "event", "path")
    agent = event.match_id("user_agent")
    if agent:
        yield Field(IN_HEADER, agent, "Client user agent", "browser", "header")


def _order(group: str) -> int:
    return _GROUPS.index(group) if group in _GROUPS else len(_GROUPS)


def _rows(name: str, ours: list[Field], theirs: list[Field]) -> Iterable[Row]:
    """The rows of one meaning: equal values first find each other, the rest is put side by side."""
    left, right = list(ours), list(theirs)
    for mine in ours if len(ours) * len(theirs) <= _MOST else ():
        twin = next(
            (other for other in right if _relation(name, mine.value, other.value)[0] is not Relation.DIFFERS), None
        )
        if twin:
            left.remove(mine)
            right.remove(twin)
            yield _row(name, mine, twin)
    for index in range(max(len(left), len(right))):
        one = left[index] if index < len(left) else None
        other = right[index] if index < len(right) else None
        # A second value that the other side matched already is no difference of its own (`ud`, `aud`, `udff`).
        yield _row(name, one, other)


def _row(name: str, mine: Field | None, other: Field | None) -> Row:
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
    relation, note = _relation(name, mine.value, other.value)
    return Row(mine.label, mine.group, mine.key, mine.value, other.key, other.value, relation, note)


_MERGED_BY = frozenset(("account", "event_name", "event_id"))
_SUM = frozenset(("custom_data.value", "custom_data.currency"))


def _required(browser: Event, server: Event) -> frozenset[str]:
    """What both sides must say: what they are merged by, and the sum where the platform wants one."""
    valued = platform(browser.platform).valued_events
    return _MERGED_BY | _SUM if browser.name in valued and server.name in valued else _MERGED_BY


def _decisive(row: Row, required: frozenset[str]) -> Row:
    """A row that only one side has is a difference where both sides need it."""
    key, value = row.browser_key or row.server_key, row.browser_value or row.server_value
    if row.relation not in _ONE_SIDED or not value or meaning(key) not in required:
        return row
    lacking = "server" if row.relation is Relation.ONLY_BROWSER else "browser"
    note = f"Missing on the {lacking}; both sides must send it."
    return row._replace(relation=Relation.DIFFERS, note=note)


def _relation(name: str, a: str, b: str) -> tuple[Relation, str]:
    if a == b:
        return Relation.EQUAL, ""
    same, note = _same(name, a, b)
    return (Relation.EQUAL_BY_VALUE if same else Relation.DIFFERS), note


def _same(name: str, a: str, b: str) -> tuple[bool, str]:
    """Whether two values of one meaning are equal, and a remark on how."""
    match name:
        case "event_id":
            return False, relate_ids(a, b).detail
        case "event_name" | "account":
            return False, "Platforms compare names letter by letter." if a.casefold() == b.casefold() else ""
        case "event_time":
            return _same_time(a, b)
        case "event_source_url" | "referrer_url":
            return same_page(a, b), ""
        case "custom_data.value":
            return same_amount(a, b), ""
        case "custom_data.currency":
            return same_currency(a, b), ""
        case "user_data.fbp" | "user_data.fbc":
            return same_cookie(a, b), "Only upper and lower case differ." if a.lower() == b.lower() else ""
        case "user_data.client_ip_address":
            return same_ip(a, b), ""
        case "data_processing_options":
            return _options(a) == _options(b), ""
        case _ if name.startswith("user_data."):
            return _same_customer(name.removeprefix("user_data."), a, b)
        case _:
            return same_meaning(a, b), ""


def _same_time(a: str, b: str) -> tuple[bool, str]:
    """Client milliseconds against server seconds: equal within the second the server's clock shows."""
    one, other = amount(a), amount(b)
    if one is None or other is None:
        return False, ""
    gap = _milliseconds(int(other)) - _milliseconds(int(one))
    return -1000 < gap < 1000, f"{gap / 1000:+.1f} s"


def _milliseconds(number: int) -> int:
    return number * 1000 if number < 10**11 else number


def _same_customer(key: str, a: str, b: str) -> tuple[bool, str]:
    if key != "external_id" and same_cookie(a.strip().lower(), b.strip().lower()):
        return True, ""
    if same_once_hashed(key, a, b):
        return True, "Equal once hashed; send the same form on both sides."
    for inner, outer, side in ((a, b, "server"), (b, a, "browser")):
        digest = digest_upon(inner, outer)
        if digest:
            return False, f"The {side}'s value is the {digest} of the other: it was hashed twice."
    return False, ""


def _options(text: str) -> str:
    return text.strip('[]" ').replace('"', "")
