"""The filter's language: a line of text to a predicate over conversions.

    verdict:double event:Purchase -id:test source:forwarded,proxied has:value missing:order delay>5s status:4xx mug

Terms are joined by "and", values after one colon, split at commas, by "or"; a minus turns a term round; quotes keep
spaces together; `=` before a value asks for the whole text, letter by letter. A bare word is looked for everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from app import platforms
from app.model import Event, Group, Severity, Side, Verdict

Predicate = Callable[[Group], bool]

_TERM = re.compile(r"""(?P<minus>-)?(?:(?P<field>[a-z]+)(?P<sign>[:<>]))?(?P<value>(?:"[^"]*"?|[^\s"])*)""")
_DELAY = re.compile(r"(?P<number>\d+(?:\.\d+)?)(?P<unit>ms|s|m|min|h|d)?\Z")
_UNITS = {"ms": 1, None: 1000, "s": 1000, "m": 60_000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}
_STATUS = re.compile(r"[1-5](?:[0-9x]{2})\Z")


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter that was read. `complaints` has a sentence for each term that was left out because it made no sense."""

    passes: Predicate
    complaints: tuple[str, ...] = ()
    empty: bool = False


class Term(NamedTuple):
    """One field that can be asked for, with its help and the values worth offering."""

    field: str
    help: str
    offers: tuple[str, ...]
    texts: Callable[[Group], Iterable[str]]


def _events(get: Callable[[Event], str | None]) -> Callable[[Group], Iterable[str]]:
    return lambda group: [text for event in group.events if (text := get(event))]


def _sides(group: Group) -> tuple[str, ...]:
    return tuple(side.value for side in Side if group.side(side)) + (
        ("both",) if group.browser and group.server else ()
    )


def _severities(group: Group) -> tuple[str, ...]:
    return tuple({finding.severity.value for finding in group.findings})


_STATED: dict[str, Callable[[Event], object]] = {
    "id": lambda event: event.event_id,
    "value": lambda event: event.value,
    "currency": lambda event: event.currency,
    "contents": lambda event: event.contents,
    "order": lambda event: event.order_id,
    "page": lambda event: event.page,
    "test_code": lambda event: event.test_code,
}
_CUSTOMER = ("em", "ph", "fn", "ln", "db", "ge", "ct", "st", "zp", "country", "external_id")


def _identifiers() -> tuple[str, ...]:
    """The platforms' cookies and click IDs, by their names among an event's match IDs."""
    return tuple(dict.fromkeys(each.key for own in platforms.PLATFORMS for each in own.identifiers))


def _holdings() -> tuple[str, ...]:
    """Everything that can be asked for with has: and missing:."""
    return (*_STATED, *_identifiers(), *_CUSTOMER, "browser", "server", "findings", "link")


FIELDS: tuple[Term, ...] = (
    Term("verdict", "What the platform will do", tuple(v.value for v in Verdict), lambda group: (group.verdict.value,)),
    Term("event", "Event name", (), lambda group: {group.name, *(event.name for event in group.events)}),
    Term(
        "id",
        "Event ID",
        (),
        lambda group: {
            text for text in (group.event_id, *(event.event_id for event in group.events)) if text is not None
        },
    ),
    Term(
        "pixel",
        "Account: pixel, dataset, pixel code",
        (),
        lambda group: {group.account, *_events(lambda event: event.place)(group)},
    ),
    Term("platform", "Ad platform", tuple(each.name for each in platforms.PLATFORMS), lambda group: (group.platform,)),
    Term("side", "Sides that were seen", ("browser", "server", "both"), _sides),
    Term(
        "source",
        "How it reached us",
        ("captured", "forwarded", "proxied", "page", "sent", "replayed", "imported"),
        _events(lambda event: event.provenance.value),
    ),
    Term("finding", "A finding's code", (), lambda group: [finding.code for finding in group.findings]),
    Term("severity", "A finding's severity", tuple(s.value for s in Severity), _severities),
    Term("page", "Page address", (), _events(lambda event: event.page)),
    Term("order", "Order ID", (), _events(lambda event: event.order_id)),
    Term("currency", "Currency", (), _events(lambda event: event.currency)),
)
_BY_NAME = {term.field: term for term in FIELDS}

_COOKIE = _identifiers()[0]

HELP: tuple[tuple[str, str], ...] = (
    ("verdict:double-counted", "conversions with this verdict; the beginning of a word is enough"),
    ("event:Purchase,Lead", "one name or the other"),
    ("id:=order_1", "exactly this event ID; without = any that contains it"),
    ("-source:imported", "a minus turns it round: all but those"),
    (f"has:value missing:{_COOKIE}", f"value is there, {_COOKIE} is not"),
    (
        f"platform:{platforms.PLATFORMS[-1].name} pixel:C4A",
        "one platform's; pixel is any part of its account",
    ),
    ("delay>5s", "more than 5 seconds between the sides; also ms, min, h, d"),
    ("status:4xx", "a send that was answered with a 4xx"),
    ("finding:event-id-differs", "conversions with this finding"),
    ("mug", "a word, looked for in names, IDs, pages and findings"),
)


def read_filter(text: str) -> Filter:
    """Read a filter. Never raises: what makes no sense is named and left out, the rest still filters."""
    predicates: list[Predicate] = []
    complaints: list[str] = []
    for found in _TERM.finditer(text):
        if not found[0].strip("-"):
            continue
        value = found["value"].replace('"', "")
        try:
            predicate = _predicate(found["field"], found["sign"], value)
        except ValueError as error:
            complaints.append(str(error))
            continue
        predicates.append(_inverse(predicate) if found["minus"] else predicate)
    return Filter(_all(predicates), tuple(complaints), not predicates)


def term(field: str, group: Group) -> str | None:
    """The filter term that a conversion's field answers to, for "only this"; None when there is nothing to ask for."""
    if field == "finding":
        ranked = sorted(group.findings, key=lambda finding: finding.severity.rank)
        return f"finding:{ranked[0].code}" if ranked else None
    known = _BY_NAME.get(field)
    if known is None:
        return None
    value = {"event": group.name, "id": group.event_id, "pixel": group.account}.get(
        field, next(iter(known.texts(group)), None)
    )
    if field == "id" and value is None:
        return "missing:id"
    if value is None or '"' in value:  # the language has no way to write a quote
        return None
    exact = "" if known.offers else "="
    plain = value and not re.search(r"[\s,]", value)
    return f"{field}:{exact}{value}" if plain else f'{field}:"{exact}{value}"'


def suggestions(word: str) -> tuple[str, ...]:
    """What may be meant by the beginning of a term: fields, or a field's values once its colon is written."""
    minus, bare = ("-", word[1:]) if word.startswith("-") else ("", word)
    field, colon, start = bare.partition(":")
    if colon:
        offers = {"has": _holdings(), "missing": _holdings(), "status": ("2xx", "4xx", "5xx")}.get(
            field, _BY_NAME[field].offers if field in _BY_NAME else ()
        )
        head, comma, last = start.rpartition(",")
        return tuple(
            f"{minus}{field}:{head}{comma}{offer}"
            for offer in offers
            if offer.startswith(last.lower()) and offer != last.lower()
        )
    names = (*(f"{known.field}:" for known in FIELDS), "has:", "missing:", "status:", "delay>")
    return tuple(f"{minus}{name}" for name in names if bare and name.startswith(bare.lower()))


def _predicate(field: str | None, sign: str | None, value: str) -> Predicate:
    if field is None:
        return _anywhere(value.lower())
    if field == "delay":
        return _delay(sign or ":", value)
    if sign != ":":
        raise ValueError(f"“{field}{sign}” makes no sense: only delay is compared by size, as in delay>5s.")
    if not value.strip("=,"):
        raise ValueError(f"“{field}:” needs a value.")
    values = [part for part in value.split(",") if part] if not value.startswith("=") else [value]
    if field in ("has", "missing"):
        holdings = [_holding(part.lower()) for part in values]
        return _any(holdings) if field == "has" else _inverse(_all(holdings))
    if field == "status":
        return _any([_status(part.lower()) for part in values])
    known = _BY_NAME.get(field)
    if known is None:
        names = ", ".join((*_BY_NAME, "has", "missing", "status", "delay"))
        raise ValueError(f"“{field}:” is no field. There are {names}. Put quotes around a word that has a colon.")
    return _any([_matching(known, part) for part in values])


def _matching(known: Term, value: str) -> Predicate:
    texts = known.texts
    if value.startswith("="):
        exact = value[1:]
        return lambda group: exact in texts(group)
    wanted = value.lower()
    if known.offers:
        if not any(offer.startswith(wanted) for offer in known.offers):
            raise ValueError(f"“{known.field}:{value}” fits nothing. There are {', '.join(known.offers)}.")
        return lambda group: any(text.startswith(wanted) for text in texts(group))
    return lambda group: any(wanted in text.lower() for text in texts(group))


def _holding(name: str) -> Predicate:
    if name in _STATED:
        get = _STATED[name]
        return lambda group: any(get(event) not in (None, (), "") for event in group.events)
    if name in _CUSTOMER:
        return lambda group: any(value.key == name for event in group.events for value in event.user)
    if name in _identifiers():
        return lambda group: any(event.match_id(name) for event in group.events)
    if name in ("browser", "server"):
        side = Side(name)
        return lambda group: bool(group.side(side))
    if name == "findings":
        return lambda group: bool(group.findings)
    if name == "link":
        return lambda group: bool(group.links)
    raise ValueError(f"“{name}” can not be asked for with has: or missing:. There are {', '.join(_holdings())}.")


def _delay(sign: str, value: str) -> Predicate:
    found = _DELAY.match(value)
    if not found or sign == ":":
        raise ValueError("delay is written as delay>5s or delay<200ms; the units are ms, s, min, h and d.")
    limit = float(found["number"]) * _UNITS[found["unit"]]
    if sign == ">":
        return lambda group: group.gap_ms is not None and abs(group.gap_ms) > limit
    return lambda group: group.gap_ms is not None and abs(group.gap_ms) < limit


def _status(value: str) -> Predicate:
    if not _STATUS.match(value):
        raise ValueError(f"“status:{value}” makes no sense: write three figures, as in status:400 or status:4xx.")
    pattern = re.compile(value.replace("x", "[0-9]"))
    return lambda group: any(
        pattern.fullmatch(str(event.answer.status)) for event in group.events if event.answer and event.answer.status
    )


def _anywhere(word: str) -> Predicate:
    def passes(group: Group) -> bool:
        if word in group.name.lower() or word in (group.event_id or "").lower():
            return True
        for event in group.events:
            texts = (event.name, event.event_id, event.page, event.order_id, event.account, event.value)
            if any(word in text.lower() for text in texts if text):
                return True
            if any(word in content.id.lower() for content in event.contents):
                return True
        return any(word in finding.code for finding in group.findings)

    return passes


def _inverse(predicate: Predicate) -> Predicate:
    return lambda group: not predicate(group)


def _any(predicates: list[Predicate]) -> Predicate:
    if len(predicates) == 1:
        return predicates[0]
    return lambda group: any(predicate(group) for predicate in predicates)


def _all(predicates: list[Predicate]) -> Predicate:
    if len(predicates) == 1:
        return predicates[0]
    return lambda group: all(predicate(group) for predicate in predicates)
