"""Pseudonyms for people: `person-1:email` in place of an address, the same in every place of one report.

What was sent in plain text is replaced wherever it stands: as a customer value, in a URL, in custom data, in a message
about it; `app.redaction.personal` says where it stands. Hashes stay, since they are the evidence, and so do browser and
click IDs. Two spellings of one value get one pseudonym, two values two; the values of one person share a number.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from msgspec.structs import replace

from app.hashing import is_nothing, nothing_behind, sha256
from app.model import Content, Event, Field, Form, UserValue
from app.platforms import identifier
from app.platforms.base import Role
from app.redaction.layers import Span, layers, merged
from app.redaction.personal import Personal, personal_data, personal_in

_KINDS = {
    "em": "email",
    "ph": "phone",
    "fn": "first-name",
    "ln": "last-name",
    "db": "birth-date",
    "ge": "gender",
    "ct": "city",
    "st": "state",
    "zp": "postcode",
    "country": "country",
    "external_id": "external-id",
    "ip": "ip",
}
_ALIASES = {
    "email": "em",
    "mail": "em",
    "phone": "ph",
    "phone_number": "ph",
    "tel": "ph",
    "mobile": "ph",
    "firstname": "fn",
    "first_name": "fn",
    "lastname": "ln",
    "last_name": "ln",
    "surname": "ln",
    "zip": "zp",
    "cn": "country",
    "client_ip_address": "ip",
}
_TYING = ("em", "ph", "external_id")  # values that say who somebody is; a name or a town does not
# Sought in other text from this length on: in what a platform answered, in a message about it.
_SOUGHT = {"fn": 3, "ln": 3, "db": 8, "external_id": 8, "ip": 7, "em": 5, "full-name": 5, "street": 6, "address": 8}
_SOUGHT |= {"card": 12, "iban": 12, "national-id": 8}

# What the customer keys are called where a text is looked through.
_CUSTOMER_KINDS = {kind: key for key, kind in _KINDS.items()}
_DIGEST = re.compile(r"(?:0x)?[0-9A-Fa-f]{20,130}(?:\.[A-Za-z0-9_-]{2,8})?|[A-Za-z0-9+/_-]{43}=?")
_CENSORED = re.compile(r"[\W_]*[*#^][\W\d_]*|\W*")
_STRUCTURED = re.compile(r"\s*[\[{].*[:,]", re.DOTALL)
_WORD = re.compile(r"[a-z][a-z_-]{1,29}")  # a key may be anything, somebody's address even
_PSEUDONYM = re.compile(r"person-\d+:[a-z-]+\d*")


class Redactor:
    """Gives pseudonyms. Show it all events first (`learn`), in order of arrival, so that numbers follow that order.

    With `raw` everything is left as it is. Used by one thread.
    """

    def __init__(self, events: Iterable[Event] = (), *, raw: bool = False) -> None:
        self._raw = raw
        self._leader: dict[str, str] = {}
        self._numbers: dict[str, int] = {}
        self._names: dict[tuple[str, str], str] = {}
        self._given: dict[str, int] = {}
        self._shown: set[str] = set()
        self._found: dict[int, dict[tuple[str, str], None]] = {}
        self._nobodys = Veil(self, (), None)
        self._unlearnt: tuple[Event, ...] = ()
        self.learn(events)

    @property
    def raw(self) -> bool:
        """Whether personal data is left as it is."""
        return self._raw

    def learn(self, events: Iterable[Event]) -> None:
        """Note who belongs together in these events, then number the people in them: once a pseudonym is due."""
        if self._raw:
            return
        self._unlearnt = (*self._unlearnt, *events)

    def _learn(self) -> None:
        events, self._unlearnt = self._unlearnt, ()
        for event in events:
            marks = list(_marks(event))
            for mark in marks[1:]:
                self._join(marks[0], mark)
        for event in events:
            for key, value in _plain_values(event):
                self._pseudonym(key, value, event)

    def near(self, *events: Event) -> Veil:
        """A veil for text about these events: what they sent in plain is known to it."""
        if self._raw:
            return Veil(self, (), None)
        values = dict.fromkeys(pair for event in events for pair in _plain_values(event))
        for event in events:
            values |= self._found.get(event.exchange, {})
        return Veil(self, tuple(values), events[0] if events else None)

    def remember(self, key: str, value: str, event: Event) -> None:
        """Note what was found in an event's parameters, so that it is known where it stands without its name."""
        self._found.setdefault(event.exchange, {})[key, value] = None

    def identifier(self, text: str) -> str:
        """A name or an ID with addresses and numbers replaced, the same whichever event it stands on."""
        return self._nobodys.text(text, "id")

    @property
    def redactions(self) -> dict[str, int]:
        """How many values of each kind were replaced so far; a value counts once, however often it stands somewhere."""
        return dict(sorted(Counter(map(_kind_of, self._shown)).items()))

    def shown(self, pseudonym: str) -> str:
        """The pseudonym, noted as one that somebody will read."""
        self._shown.add(pseudonym)
        return pseudonym

    def _pseudonym(self, key: str, value: str, event: Event | None) -> str:
        if self._unlearnt:
            self._learn()
        known = self._names.get((key, _normal(key, value)))
        if known is None:
            number = self._number(self._person(key, value, event))
            kind = f"person-{number}:{_KINDS.get(key) or (key if _WORD.fullmatch(key) else 'value')}"
            self._given[kind] = nth = self._given.get(kind, 0) + 1
            known = kind if nth == 1 else f"{kind}-{nth}"
            self._names[key, _normal(key, value)] = known
        return known

    def _person(self, key: str, value: str, event: Event | None) -> str:
        """A mark of whom a value belongs to: itself when it tells, else the best mark of its event."""
        if key in _TYING:
            return f"{key}:{sha256(_normal(key, value))}"
        if event is not None:
            if mark := next(_marks(event), None):
                return mark
            cookie, browser = identifier(event, Role.BROWSER)
            if browser:
                return f"{cookie}:{browser}"
        return f"{key}:{_normal(key, value)}"

    def _number(self, mark: str) -> int:
        leader = self._lead(mark)
        return self._numbers.setdefault(leader, len(self._numbers) + 1)

    def _join(self, one: str, other: str) -> None:
        first, second = self._lead(one), self._lead(other)
        if first != second:
            self._leader[second] = first

    def _lead(self, mark: str) -> str:
        while (above := self._leader.get(mark, mark)) != mark:
            self._leader[mark] = self._leader.get(above, above)
            mark = above
        return mark


class Veil:
    """Replaces personal data in text about certain events. Made by `Redactor.near`."""

    def __init__(self, redactor: Redactor, values: tuple[tuple[str, str], ...], event: Event | None) -> None:
        self._redactor = redactor
        self._raw = redactor.raw
        self._event = event
        self._sought: tuple[_Sought, ...] = ()
        self._words: tuple[str, ...] = ()
        if values:
            self._seek([_Sought.of(key, value) for key, value in values if _is_sought(key, value)])

    def text(self, text: str, key: str = "") -> str:
        """Text with addresses, numbers and names replaced, however often they are escaped in it.

        `key` is the parameter it is the value of, where it is one.
        """
        if self._raw or not text:
            return text
        found = personal_in(text, key)
        if not found and (not self._sought or self._is_free(text)):
            return text
        data = text.encode("utf-8", "surrogatepass")
        veiled = self._veiled(data, found)
        return text if veiled is data else veiled.decode("utf-8", "surrogatepass")

    def _seek(self, more: list[_Sought]) -> None:
        self._sought = (*self._sought, *more)
        self._words = tuple(sought.text.decode("utf-8", "surrogatepass") for sought in self._sought)
        self._shortest = min(map(len, self._words), default=0)
        self._numbered = any(sought.key == "ph" for sought in self._sought)

    def _is_free(self, text: str) -> bool:
        """Whether a text is too short for what is sought, or plain and without it: as nearly all are."""
        if not text.isascii():
            return False
        if len(text) < self._shortest:
            return True
        if self._numbered or "%" in text or "\\" in text or "&" in text:
            return False
        folded = text.lower()
        return not any(word in folded for word in self._words)

    def data(self, data: bytes, key: str = "") -> bytes:
        """The same for bytes, of other length then; the very same object when nothing was personal."""
        return data if self._raw else self._veiled(data, personal_data(data, key))

    def _veiled(self, data: bytes, personal: Iterable[Personal]) -> bytes:
        found: dict[Span, str] = {}
        if self._sought:
            for layer in layers(data):
                for start, end, name in self._known(layer.text):
                    found.setdefault(layer.span(start, end), name)
        for item in personal:
            kind = _CUSTOMER_KINDS.get(item.kind, item.kind)
            found.setdefault((item.start, item.end), self._name(kind, item.value))
            self._remember(kind, item.value)
        if not found:
            return data
        names = dict(sorted(found.items(), key=lambda item: item[0][0] - item[0][1]))  # longest first
        pieces: list[bytes] = []
        at = 0
        stretches = merged(list(names))
        starts = [start for start, _ in stretches]
        longest: dict[int, str] = {}
        for (start, _), name in names.items():
            longest.setdefault(bisect_right(starts, start) - 1, name)
        for number, (start, end) in enumerate(stretches):
            pieces += (data[at:start], self._redactor.shown(longest[number]).encode())
            at = end
        return b"".join((*pieces, data[at:]))

    def user(self, value: UserValue) -> UserValue:
        """A customer value, replaced when it was sent in plain."""
        if self._raw:
            return value
        if not _is_plain(value):
            return replace(value, value=self.text(value.value, value.wire))
        return replace(value, value=self._named(value.key, value.value))

    def field(self, field: Field) -> Field:
        """A parameter, replaced in part or in whole."""
        if self._raw:
            return field
        key = _customer_key(field.key) if field.group == "customer" or "user_data" in field.key else None
        if key and _is_personal(field.value) and not _STRUCTURED.match(field.value):
            return replace(field, value=self._named(key, field.value))
        value = self.text(field.value, field.key)
        return field if value is field.value else replace(field, value=value)

    def event(self, event: Event) -> Event:
        """An event with everything personal in it replaced; flaws and answer included."""
        if self._raw:
            return event
        text, maybe, identifier = self.text, self._maybe, self._redactor.identifier
        return replace(
            event,
            name=identifier(event.name),
            event_id=None if event.event_id is None else identifier(event.event_id),
            page=maybe(event.page),
            referrer=maybe(event.referrer),
            value=maybe(event.value),
            order_id=None if event.order_id is None else identifier(event.order_id),
            contents=tuple(Content(text(item.id, "id"), item.quantity, item.price) for item in event.contents),
            user=tuple(map(self.user, event.user)),
            match_ids=tuple((key, self._match_id(key, value)) for key, value in event.match_ids),
            flaws=tuple(replace(flaw, detail=text(flaw.detail)) for flaw in event.flaws),
            fields=tuple(map(self.field, event.fields)),
        )

    def _maybe(self, text: str | None) -> str | None:
        return None if text is None else self.text(text)

    def _match_id(self, key: str, value: str) -> str:
        return self._named("ip", value) if key == "ip" and value else self.text(value, key)

    def _remember(self, key: str, value: str) -> None:
        sought = _Sought.of(key, value)
        if self._event is not None and sought not in self._sought and _is_sought(key, value):
            self._seek([sought])
            self._redactor.remember(key, value, self._event)

    def _named(self, key: str, value: str) -> str:
        return self._redactor.shown(self._name(key, value))

    def _name(self, key: str, value: str) -> str:
        if _PSEUDONYM.fullmatch(value):
            return value
        return self._redactor._pseudonym(key, value, self._event)

    def _known(self, text: bytes) -> Iterable[tuple[int, int, str]]:
        """Where the events' own plain values stand."""
        folded = text.lower()
        for sought in self._sought:
            if sought.key == "ph" or sought.text in folded:
                for start, end in sought.spans(folded):
                    yield start, end, self._name(sought.key, sought.value)


def _plain_values(event: Event) -> list[tuple[str, str]]:
    """What an event says of a person in plain text, with its key."""
    values = [(item.key, item.value) for item in event.user if _is_plain(item)]
    return values + [(key, value) for key, value in event.match_ids if key == "ip" and value]


def _is_plain(value: UserValue) -> bool:
    return value.form in (Form.PLAIN, Form.OTHER) and _is_personal(value.value)


def _is_personal(text: str) -> bool:
    """Whether the text may be somebody's: set, no digest, not starred out, not a pseudonym already."""
    known = _DIGEST.fullmatch(text.strip()) or _CENSORED.fullmatch(text) or _PSEUDONYM.search(text)
    return not (known or is_nothing(text))


@lru_cache(maxsize=4096)
def _customer_key(wire: str) -> str | None:
    """The customer key that a wire key ends in: `em` of `ud[em]`, of `data[0].user_data.em[1]`."""
    parts: list[str] = re.findall(r"[A-Za-z_]+", wire.lower())
    keys = (_ALIASES.get(part, part) for part in reversed(parts))
    return next((key for key in keys if key in _KINDS), None)


class _Sought(NamedTuple):
    """A plain value that is looked for in other text: as `text`, or by the digits in it when it is a phone number."""

    key: str
    value: str
    text: bytes

    @classmethod
    def of(cls, key: str, value: str) -> _Sought:
        text = re.sub(r"\D", "", value) if key == "ph" else value.strip()
        return cls(key, value, text.encode("utf-8", "surrogatepass").lower())

    def spans(self, folded: bytes) -> Iterator[Span]:
        """Where it stands by itself in a text whose letters are small ones; a number may be spaced."""
        if self.key == "ph":
            yield from (found.span() for found in _number_of(self.value).finditer(folded))
            return
        text = self.text
        start = folded.find(text)
        while start >= 0:
            end = start + len(text)
            alone = not (folded[start - 1 : start].isalnum() or folded[end : end + 1].isalnum())
            if alone:
                yield start, end
            start = folded.find(text, end if alone else start + 1)


def _is_sought(key: str, value: str) -> bool:
    """Whether a plain value is long and rare enough to be looked for in other text."""
    text = value.strip()
    if key == "ph":
        return len(re.sub(r"\D", "", text)) >= 7
    # A plain number may be many things besides.
    return len(text) >= _SOUGHT.get(key, 1_000) and not (key == "external_id" and text.isdigit())


@lru_cache(maxsize=1024)
def _number_of(value: str) -> re.Pattern[bytes]:
    """A telephone number as it may be written."""
    digits = re.sub(r"\D", "", value)
    return re.compile(rb"(?<!\d)\+?" + rb"[\s().+-]{0,3}".join(digit.encode() for digit in digits) + rb"(?!\d)")


def _marks(event: Event) -> Iterator[str]:
    """What says who the person of an event is; an unset value, plain or hashed, is nobody's."""
    for item in event.user:
        if item.key in _TYING and not is_nothing(item.value):
            digest = sha256(_normal(item.key, item.value)) if _is_plain(item) else item.value[:64].lower()
            if nothing_behind(digest) is None:
                yield f"{item.key}:{digest}"


def _normal(key: str, value: str) -> str:
    """A value without the differences of spelling that leave it the same."""
    return re.sub(r"\D", "", value).lstrip("0") if key == "ph" else value.strip().casefold()


def _kind_of(pseudonym: str) -> str:
    """The kind in `person-1:email-2`."""
    return re.sub(r"-\d+\Z", "", pseudonym.partition(":")[2])
