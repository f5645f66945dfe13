"""What was bought: each event's own data, and whether both sides say the same."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache

import pycountry

from app.checks.catalogue import BY_CODE, finding
from app.checks.pair import Pair
from app.checks.privacy import masked, masked_ip
from app.checks.vocabulary import meant
from app.comparison import amount, same_amount, same_contents, same_cookie, same_currency, same_ip, same_page
from app.comparison.identifiers import short
from app.comparison.values import parse_ip
from app.model import Content, Event, Finding, Kind, Severity, Side
from app.platforms.meta_requirements import ACTION_SOURCES
from app.rules import Rules

_JUNK = frozenset(("undefined", "null", "nan", "none", "[object object]", "", '""'))
_VALUED = frozenset(("Purchase",))
_EMPTY = frozenset(("[]", "[ ]", "{}", "", "[[]]", "[{}]"))
# As they come on the wire: looking a value up as it stands is much cheaper than bringing every value into shape.
_SUSPECT = frozenset(
    (*_JUNK, *_EMPTY, "NaN", "None", "NULL", "Null", "Undefined", "UNDEFINED", "[object Object]", " ", '""', "[ ]")
)
_HUNDRED = Decimal(100)


def of_event(event: Event, rules: Rules) -> Iterator[Finding]:
    """Name, amount, currency, contents and required parameters of one event."""
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
    if event.value is not None or event.currency is not None or event.name in _VALUED:
        yield from _money(event, rules)
    if event.contents:
        yield from _contents(event)
    if event.fields:
        yield from _junk(event)
    if event.platform == "meta" and event.side is Side.SERVER:
        yield from _required(event)


def _money(event: Event, rules: Rules) -> Iterator[Finding]:
    value, currency = event.value, event.currency
    needed = event.name in _VALUED and event.platform == "meta"
    if value is None or not value.strip():
        if needed:
            yield finding("value-missing", f"{event.name} has no value.", event=event, field="value")
    elif amount(value) is None:
        hint = " A comma is no decimal point." if "," in value and any(c.isdigit() for c in value) else ""
        shown = short(masked(value), 40)
        yield finding("value-not-a-number", f"The value “{shown}” is not a number.{hint}", event=event, field="value")
    elif event.contents:
        total = _total(event.contents)
        if total is not None and _hundredfold(amount(value), total, rules):
            yield finding(
                "value-minor-units",
                f"The value is {value}, one hundred times what the contents add up to ({total}).",
                event=event,
                field="value",
            )
    if currency is None or not currency.strip():
        if needed or (value is not None and amount(value)):
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


def _total(contents: tuple[Content, ...]) -> Decimal | None:
    """What the contents add up to; None unless every line has a price."""
    total = Decimal(0)
    for item in contents:
        price, quantity = amount(item.price), amount(item.quantity or "1")
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


def _junk(event: Event) -> Iterator[Finding]:
    """Unset values in custom data, and baskets that are there and empty; customer data is looked at as hashes."""
    for field in event.fields:
        if field.value not in _SUSPECT or field.group != "custom data":
            continue
        key, value = field.key, field.value
        text = value.strip().lower()
        if text in _EMPTY and _basket(key):
            yield finding("contents-empty", f"{key} is there and holds nothing.", event=event, field=key)
        elif text in _JUNK and not key.endswith(("event_id]", "eventID]", "event_id", "eventID")):
            shown = f"“{value}”" if text else "nothing"
            yield finding("junk-value", f"{key} carries {shown}.", event=event, field=key, reason=text or "empty")


def _basket(key: str) -> bool:
    return key.endswith(("contents", "content_ids", "contents]", "content_ids]"))


def _required(event: Event) -> Iterator[Finding]:
    """What Meta's server API asks of every event, and of each action source."""
    if event.own_ms is None and not any("time" in (flaw.field or "") for flaw in event.flaws):
        yield _missing(event, "event_time", "every server event")
    source = event.action_source
    if not source:
        yield _missing(event, "action_source", "every server event")
    if not event.user and not event.match_ids:
        yield _missing(event, "user_data", "every server event")
    if source == "website":
        if not event.page:
            yield _missing(event, "event_source_url", "website events", Severity.WARNING)
        if event.match_id("user_agent") is None:
            yield _missing(event, "client_user_agent", "website events", Severity.WARNING)
    elif source in _BY_SOURCE and event.fields:
        keys = {field.key.partition("[")[0] for field in event.fields}
        for name in _BY_SOURCE[source]:
            if not any(key == name or key.startswith(f"{name}.") or key.endswith(f".{name}") for key in keys):
                yield _missing(event, name, f"{source.replace('_', ' ')} events")
    elif source and source not in ACTION_SOURCES:
        yield finding(
            "malformed-request",
            f"“{short(masked(source), 40)}” is no action source; Meta knows {', '.join(ACTION_SOURCES)}.",
            event=event,
            field="action_source",
            reason="unknown-action-source",
            fix="Write website for what happens on a site.",
        )


_BY_SOURCE = {"app": ("app_data",), "business_messaging": ("messaging_channel",)}


def _missing(event: Event, name: str, where: str, severity: Severity | None = None) -> Finding:
    message, fix = _missing_text(name, where)
    return finding("required-parameter-missing", message, event=event, field=name, severity=severity, fix=fix)


@lru_cache(maxsize=256)
def _missing_text(name: str, where: str) -> tuple[str, str]:
    """What is wrong and what to do: the same texts for every event that lacks it."""
    return f"{name} is missing; {where} must carry it.", f"Send {name} with the event."


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
            yield finding(code, _two(code, ours, theirs), field=field)
    if browser.page and server.page and browser.page != server.page and not same_page(browser.page, server.page):
        yield finding(
            "page-differs", _two("page-differs", _address(browser.page), _address(server.page), 60), field="page"
        )
    yield from _consent(pair)
    yield from _match_ids(pair)


def _amounts(pair: Pair, rules: Rules) -> Iterator[Finding]:
    ours, theirs = pair.browser.value, pair.server.value
    if ours and theirs and ours != theirs and not same_amount(ours, theirs, rules.same_amount):
        one, two = amount(ours), amount(theirs)
        if _hundredfold(one, two, rules) or _hundredfold(two, one, rules):
            side = Side.BROWSER if (one or 0) > (two or 0) else Side.SERVER
            yield finding(
                "value-minor-units",
                f"{_two('value-differs', ours, theirs)} The {side}'s is one hundred times the other: it is in cents.",
                side=side,
                field="value",
            )
        else:
            yield finding("value-differs", _two("value-differs", ours, theirs), field="value")
    ours, theirs = pair.browser.currency, pair.server.currency
    if ours and theirs and not same_currency(ours, theirs):
        yield finding("currency-differs", _two("currency-differs", ours, theirs), field="currency")


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
            _two("consent-differs", ours, theirs),
            field="consent",
            reason="place",
            severity=Severity.WARNING,
        )
    else:
        yield finding("consent-differs", _two("consent-differs", ours or "none", theirs or "none"), field="consent")


def _choice(consent: str | None) -> str:
    """Consent as both sides mean it: never mentioned and explicitly none are one; 0 leaves the place open."""
    if consent is None or consent in ("none", "[]"):
        return ""
    return " ".join(part for part in consent.split(" ") if part != "0")


def _match_ids(pair: Pair) -> Iterator[Finding]:
    """Browser ID, click ID, user agent and IP address, where both sides carry them."""
    ours, theirs = dict(pair.browser.match_ids), dict(pair.server.match_ids)
    for name in _COMPARED:
        one, two = ours.get(name), theirs.get(name)
        if one == two or not one or not two:
            continue
        if name == "ip":
            yield from _ip(one, two)
        elif name == "fbc":
            yield from _fbc(one, two)
        elif not same_cookie(one, two):
            yield finding(_COMPARED[name], _two(_COMPARED[name], one, two, 60), field=name)


_COMPARED = {
    "fbp": "fbp-differs",
    "fbc": "fbc-differs",
    "user_agent": "user-agent-differs",
    "ip": "ip-differs",
}


def _fbc(ours: str, theirs: str) -> Iterator[Finding]:
    if same_cookie(ours, theirs):
        return
    one, two = (text.split(".", 3) for text in (ours, theirs))
    if len(one) == len(two) == 4 and same_cookie(one[3], two[3]):
        yield finding(
            "fbc-differs",
            "Both sides carry the same click ID with different times of creation.",
            field="fbc",
            reason="time",
            severity=Severity.INFO,
        )
        return
    reason = "case" if ours.lower() == theirs.lower() else None
    hint = " Only upper and lower case differ." if reason else ""
    yield finding("fbc-differs", _two("fbc-differs", ours, theirs, 60) + hint, field="fbc", reason=reason)


def _ip(ours: str, theirs: str) -> Iterator[Finding]:
    if same_ip(ours, theirs):
        return
    one, two = parse_ip(ours), parse_ip(theirs)
    shown = masked_ip(ours), masked_ip(theirs)
    if one and two and one.version != two.version:
        yield finding(
            "ip-differs",
            f"{_two('ip-differs', *shown)} One is IPv4, the other IPv6: one shopper may well have both.",
            field="ip",
            reason="version",
            severity=Severity.INFO,
        )
    else:
        yield finding("ip-differs", _two("ip-differs", *shown), field="ip")


def _two(code: str, ours: str, theirs: str, limit: int = 28) -> str:
    """Both sides' values after the code's own title."""
    return f"{BY_CODE[code].title}: browser {short(masked(ours), limit)}, server {short(masked(theirs), limit)}."


def _address(page: str) -> str:
    """A page's address without its parameters, which may hold anything."""
    return page.partition("#")[0].partition("?")[0]
