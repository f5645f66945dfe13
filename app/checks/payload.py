"""What was bought: each event's own data, and whether both sides say the same."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache

import pycountry

from app.checks.catalogue import finding
from app.checks.pair import Pair, differing
from app.checks.privacy import masked, masked_ip
from app.comparison import amount, on_site, same_amount, same_contents, same_cookie, same_currency, same_ip, same_page
from app.comparison.shortening import short
from app.comparison.values import parse_ip
from app.model import Content, Event, Finding, Kind, Severity, Side
from app.platforms import platform
from app.platforms.base import Role
from app.platforms.vocabulary import meant
from app.rules import Rules

_JUNK = frozenset(("undefined", "null", "nan", "none", "[object object]", "", '""'))
_EMPTY = frozenset(("[]", "[ ]", "{}", "", "[[]]", "[{}]"))
# As they come on the wire: looking a value up as it stands is much cheaper than bringing every value into shape.
_SUSPECT = frozenset(
    (*_JUNK, *_EMPTY, "NaN", "None", "NULL", "Null", "Undefined", "UNDEFINED", "[object Object]", " ", '""', "[ ]")
)
_HUNDRED = Decimal(100)


def of_event(event: Event, rules: Rules) -> Iterator[Finding]:
    """Name, amount, currency and contents of one event."""
    if event.kind is Kind.EVENT:
        standard = meant(event.platform, event.name.strip())
        if standard:
            yield finding(
                "unknown-event-name",
                f"“{short(event.name)}” is no standard event; {standard} was probably meant.",
                event=event,
                fix=f"Write {standard}.",
                detail=standard,
            )
    vocabulary = platform(event.platform).vocabulary
    needed = event.name in vocabulary.valued
    money: tuple[Finding, ...] = ()
    if event.value is not None or event.currency is not None or needed:
        money = tuple(_money(event, rules, needed=needed, bare=event.side in vocabulary.bare))
        yield from money
    if event.contents:
        yield from _contents(event)
    if event.fields:
        yield from _junk(event, money)


def _money(event: Event, rules: Rules, *, needed: bool, bare: bool) -> Iterator[Finding]:
    value, currency = event.value, event.currency
    if value is None or not value.strip():
        if needed:
            yield finding("value-missing", f"{event.name} has no value.", event=event, field="value")
    elif amount(value) is None:
        hint = " A comma is no decimal point." if "," in value and any(c.isdigit() for c in value) else ""
        shown = short(masked(value), 40)
        yield finding("value-not-a-number", f"The value “{shown}” is not a number.{hint}", event=event, field="value")
    elif event.contents and _in_cents(event, rules):
        yield finding(
            "value-minor-units",
            f"The value is {value}, one hundred times what the contents add up to ({_total(event.contents)}).",
            event=event,
            field="value",
        )
    if currency is None or not currency.strip():
        if not bare and (needed or (value is not None and amount(value))):
            yield finding("currency-missing", f"{event.name} has no currency.", event=event, field="currency")
    elif not is_currency(currency):
        shown = short(masked(currency), 20)
        yield finding("currency-invalid", f"“{shown}” is no ISO 4217 currency.", event=event, field="currency")


def is_currency(text: str) -> bool:
    """Whether a text is an ISO 4217 code; case means nothing, white space does."""
    return len(text) == 3 and _is_code(text.upper())


@lru_cache(maxsize=1024)
def _is_code(text: str) -> bool:
    return pycountry.currencies.get(alpha_3=text) is not None


def _in_cents(event: Event, rules: Rules) -> bool:
    """Whether an event's own contents show that its value is in the currency's minor unit."""
    return _hundredfold(amount(event.value), _total(event.contents), rules)


def _total(contents: tuple[Content, ...]) -> Decimal | None:
    """What the contents add up to; None unless every line has a price and a quantity."""
    total = Decimal(0)
    for item in contents:
        price, quantity = amount(item.price), amount(item.quantity)
        if price is None or quantity is None:
            return None
        total += price * quantity
    return total


def _hundredfold(value: Decimal | None, other: Decimal | None, rules: Rules) -> bool:
    if not value or not other or value != value.to_integral_value():
        return False
    return abs(value - other * _HUNDRED) < rules.same_amount


def _contents(event: Event) -> Iterator[Finding]:
    """Lines whose parts can not be read; broken lists are the decoder's flaws."""
    for index, item in enumerate(event.contents):
        for name, text in (("quantity", item.quantity), ("price", item.price)):
            if text and amount(text) is None:
                yield finding(
                    "contents-malformed",
                    f"Line {index + 1} of the contents has the {name} “{short(masked(text))}”, which is not a number.",
                    event=event,
                    field="contents",
                    reason=f"{name}-not-a-number",
                )
                return


def _junk(event: Event, money: tuple[Finding, ...]) -> Iterator[Finding]:
    """Unset values in custom data, and baskets that are there and empty; customer data is looked at as hashes.

    What `money` or a flaw tells of the same parameter is not told again.
    """
    for field in event.fields:
        if field.value not in _SUSPECT or field.group != "custom data":
            continue
        key, value = field.key, field.value
        if any(flaw.field == key for flaw in event.flaws) or any(_is_about(each, key) for each in money):
            continue
        text = value.strip().lower()
        if text in _EMPTY and _basket(key):
            yield finding("contents-empty", f"{key} is there and holds nothing.", event=event, field=key)
        elif text in _JUNK and not key.endswith(("event_id]", "eventID]", "event_id", "eventID")):
            shown = f"“{value}”" if text else "nothing"
            yield finding("junk-value", f"{key} carries {shown}.", event=event, field=key, reason=text or "empty")


def _is_about(told: Finding, key: str) -> bool:
    return told.field is not None and key.endswith((f".{told.field}", f"[{told.field}]"))


def _basket(key: str) -> bool:
    return key.endswith(("contents", "content_ids", "contents]", "content_ids]"))


def of_pair(pair: Pair, rules: Rules) -> Iterator[Finding]:
    """Where the two sides say different things; what only one side says is no difference."""
    browser, server = pair
    yield from _amounts(pair, rules)
    if browser.contents and server.contents and not same_contents(browser.contents, server.contents):
        yield finding("contents-differ", _contents_text(browser.contents, server.contents), field="contents")
    for code, field, ours, theirs in (
        ("content-type-differs", "content_type", browser.content_type, server.content_type),
        ("order-id-differs", "order_id", browser.order_id, server.order_id),
    ):
        if ours and theirs and ours != theirs and ours.strip() != theirs.strip():
            yield finding(code, differing(code, ours, theirs), field=field)
    ours, theirs = browser.page, server.page
    if ours and theirs and ours != theirs and not same_page(ours, theirs) and not on_site(theirs, ours):
        yield finding("page-differs", differing("page-differs", _address(ours), _address(theirs), 60), field="page")
    yield from _consent(pair)
    yield from _match_ids(pair)


def _amounts(pair: Pair, rules: Rules) -> Iterator[Finding]:
    ours, theirs = pair.browser.value, pair.server.value
    if ours and theirs and ours != theirs and not same_amount(ours, theirs, rules.same_amount):
        one, two = amount(ours), amount(theirs)
        if _hundredfold(one, two, rules) or _hundredfold(two, one, rules):
            side, event = (Side.BROWSER, pair.browser) if (one or 0) > (two or 0) else (Side.SERVER, pair.server)
            if not _in_cents(event, rules):  # else the event's own contents told it
                yield finding(
                    "value-minor-units",
                    f"{differing('value-differs', ours, theirs)} The {side}'s is one hundred times the other: "
                    "it is in cents.",
                    side=side,
                    field="value",
                )
        elif one is not None and two is not None:  # what is no number was told event by event
            yield finding("value-differs", differing("value-differs", ours, theirs), field="value")
    ours, theirs = pair.browser.currency, pair.server.currency
    if ours and theirs and not same_currency(ours, theirs):
        yield finding("currency-differs", differing("currency-differs", ours, theirs), field="currency")


def _contents_text(ours: tuple[Content, ...], theirs: tuple[Content, ...]) -> str:
    mine, other = {item.id for item in ours}, {item.id for item in theirs}
    parts = []
    if mine - other:
        parts.append(f"only the browser has {_some(mine - other)}")
    if other - mine:
        parts.append(f"only the server has {_some(other - mine)}")
    text = " and ".join(parts) or "the same products, in other quantities or at other prices"
    return f"{text[0].upper()}{text[1:]}."


def _some(ids: set[str]) -> str:
    listed = sorted(ids)
    return ", ".join(short(item) for item in listed[:3]) + (f" and {len(listed) - 3} more" if len(listed) > 3 else "")


def _consent(pair: Pair) -> Iterator[Finding]:
    ours, theirs = (_choice(event.consent) for event in pair)
    if ours == theirs:
        return
    if ours and theirs and ours.partition(" ")[0] == theirs.partition(" ")[0]:
        yield finding(
            "consent-differs",
            differing("consent-differs", ours, theirs),
            field="consent",
            reason="place",
            severity=Severity.WARNING,
        )
    else:
        yield finding(
            "consent-differs", differing("consent-differs", ours or "none", theirs or "none"), field="consent"
        )


def _choice(consent: str | None) -> str:
    """Consent as both sides mean it: never mentioned and explicitly none are one; 0 leaves the place open."""
    if consent is None or consent in ("none", "[]"):
        return ""
    return " ".join(part for part in consent.split(" ") if part != "0")


def _match_ids(pair: Pair) -> Iterator[Finding]:
    """Browser ID, user agent and IP address, where both sides carry them; click IDs have their own checks."""
    name = pair.browser.platform
    for each in platform(name).identifiers:
        ours, theirs = (event.match_id(each.key) for event in pair) if each.role is Role.BROWSER else (None, None)
        if ours and theirs and ours != theirs and each.bare(ours) != each.bare(theirs):
            code = each.code("differs")
            yield finding(code, differing(code, ours, theirs, 60, name), field=each.key, platform=name)
    ours, theirs = (event.match_id("user_agent") for event in pair)
    if ours and theirs and not same_cookie(ours, theirs):
        yield finding("user-agent-differs", differing("user-agent-differs", ours, theirs, 60), field="user_agent")
    ours, theirs = (event.match_id("ip") for event in pair)
    if ours and theirs:
        yield from _ip(ours, theirs)


def _ip(ours: str, theirs: str) -> Iterator[Finding]:
    if same_ip(ours, theirs):
        return
    one, two = parse_ip(ours), parse_ip(theirs)
    if not (one and two):
        return  # what is no address was told event by event
    shown = masked_ip(ours), masked_ip(theirs)
    if one.version != two.version:
        yield finding(
            "ip-differs",
            f"{differing('ip-differs', *shown)} One is IPv4, the other IPv6: one shopper may well have both.",
            field="ip",
            reason="version",
            severity=Severity.INFO,
        )
    else:
        yield finding("ip-differs", differing("ip-differs", *shown), field="ip")


def _address(page: str) -> str:
    """A page's address without its parameters, which may hold anything."""
    return page.partition("#")[0].partition("?")[0]
