"""The fault lab's recipes: each does one deliberate wrong to a draft, and names the findings that have to come of it.

A recipe is a pure function from draft to draft. What it does not touch stays letter for letter. `recipes` makes those
that are the same on every platform from where things stand in its events.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from string import ascii_lowercase, ascii_uppercase, digits

from msgspec.structs import replace

from app.hashing import sha256
from app.model import Customer
from app.outgoing import Draft
from app.platforms.event_form import EventForm, TimeForm
from app.platforms.json_text import members, raw_at, text_at, with_text_at, without_at

STRANGER = "pat.tester@example.com"  # the e-mail to spoil when there is no test customer with one
HOUR_MS = 3600 * 1000

_UNITS = {
    TimeForm.SECONDS: "in seconds",
    TimeForm.MILLISECONDS: "in milliseconds",
    TimeForm.MICROSECONDS: "in microseconds",
    TimeForm.ISO: "as ISO 8601",
}

type Edit = Callable[[str, Customer], str]
type Normal = Callable[[str, str], str | None]


class RecipeError(Exception):
    """The fault can not be put into this draft; the text says what it would need, and is fit to show."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """One fault. `expects` are the findings that come of sending it beside its browser event: every warning or worse,
    and the notes that tell of it.

    `apply` takes the draft and the test customer, who may be empty, and raises `RecipeError` where the draft lacks
    what is to be spoilt.
    """

    name: str
    title: str
    expects: tuple[str, ...]
    apply: Callable[[Draft, Customer], Draft]


def recipes(
    form: EventForm,
    *,
    account: str,
    account_pattern: str,
    other_names: Mapping[str, str],
    late_ms: int | None,
    normal: Normal,
) -> tuple[Recipe, ...]:
    """Every fault that a platform's events can have, in the order in which they are offered.

    `account` is the platform's word for it ("pixel"), `other_names` the name that each event is confused with, and
    `late_ms` how far back a time must be for the platform not to merge the event any more; None where it is refused by
    then. `normal` makes of a customer value, by its neutral key, what the platform wants hashed.
    """
    found = [
        Recipe("no-event-id", "Leave the event ID out", ("event-id-missing-server",), each_event(_without_id(form))),
        Recipe("event-id-case", "Change the event ID's case", ("event-id-differs",), each_event(_case_of_id(form))),
        Recipe("event-id-suffix", "Add “-server” to the event ID", ("event-id-differs",), each_event(_suffix(form))),
    ]
    if form.name:
        found += _of_name(form, other_names)
    if form.time and late_ms is not None:
        hours = f"Shift the time back by {late_ms // HOUR_MS} hours"
        found.append(Recipe("late", hours, ("outside-window",), each_event(_shift(form, late_ms))))
    found += [
        Recipe("twice", "Fire it twice", ("double-fire",), _twice(form)),
        Recipe(
            "other-account",
            f"Send it to another {account}",
            ("account-differs",),
            _other_account(account_pattern),
        ),
    ]
    if form.email:
        found += _of_email(form, lambda email: normal("em", email) or "")
    if form.value:
        found.append(Recipe("cent-off", "Put the value a cent off", ("value-differs",), each_event(_cent_off(form))))
    if form.currency:
        found.append(Recipe("currency-case", "Change the currency's case", (), each_event(_case_of_currency(form))))
    return tuple(found)


def _of_name(form: EventForm, other_names: Mapping[str, str]) -> tuple[Recipe, ...]:
    return (
        Recipe(
            "other-name",
            "Give the event another name",
            ("event-name-differs",),
            each_event(_rename(form, other_names)),
        ),
        Recipe(
            "name-case",
            "Change the case of the event's name",
            ("event-name-case", "unknown-event-name"),
            each_event(_case_of_name(form)),
        ),
    )


def _of_email(form: EventForm, normal: Callable[[str], str]) -> tuple[Recipe, ...]:
    def spoilt(wrong: Callable[[str], str]) -> Callable[[Draft, Customer], Draft]:
        return each_event(lambda text, customer: _with_email(form, text, wrong(_email(customer))))

    return (
        Recipe(
            "plain-email",
            "Send the e-mail unhashed",
            ("raw-personal-data", "send-rejected"),
            spoilt(lambda email: email),
        ),
        Recipe("md5", "Hash the e-mail with MD5", ("hash-wrong-form",), spoilt(lambda email: _md5(normal(email)))),
        Recipe(
            "hashed-twice",
            "Hash the e-mail twice",
            ("hash-not-normalized", "hash-differs-between-sides"),
            spoilt(lambda email: sha256(sha256(normal(email)))),
        ),
    )


# -- one event's text -------------------------------------------------------------------------------------------------


def _without_id(form: EventForm) -> Edit:
    def edit(text: str, customer: Customer) -> str:
        _event_id(form, text)
        return without_at(text, form.event_id)

    return edit


def _case_of_id(form: EventForm) -> Edit:
    def edit(text: str, customer: Customer) -> str:
        event_id = _event_id(form, text)
        if event_id.swapcase() == event_id:
            raise RecipeError("The event ID has no letters whose case could change.")
        return _with_text(text, form.event_id, event_id.swapcase())

    return edit


def _suffix(form: EventForm) -> Edit:
    return lambda text, customer: _with_text(text, form.event_id, f"{_event_id(form, text)}-server")


def _rename(form: EventForm, others: Mapping[str, str]) -> Edit:
    def edit(text: str, customer: Customer) -> str:
        name = text_at(text, form.name)
        return _with_text(text, form.name, others.get(name, f"Own{name}"))

    return edit


def _case_of_name(form: EventForm) -> Edit:
    def edit(text: str, customer: Customer) -> str:
        name = text_at(text, form.name)
        return _with_text(text, form.name, name.lower() if name != name.lower() else name.upper())

    return edit


def _shift(form: EventForm, late_ms: int) -> Edit:
    def edit(text: str, customer: Customer) -> str:
        at_ms = form.time_form.read(text_at(text, form.time))
        if at_ms is None:
            raise RecipeError(f"The event has no {form.time} {_UNITS[form.time_form]} that could be shifted.")
        return form.at_time(text, at_ms - late_ms)

    return edit


def _cent_off(form: EventForm) -> Edit:
    def edit(text: str, customer: Customer) -> str:
        try:
            value = Decimal(text_at(text, form.value))
        except InvalidOperation as error:
            raise RecipeError("The event has no value that could be a cent off.") from error
        more = str(value + Decimal("0.01"))
        quoted = raw_at(text, form.value).startswith('"')
        return with_text_at(text, form.value, json.dumps(more) if quoted else more)

    return edit


def _case_of_currency(form: EventForm) -> Edit:
    def edit(text: str, customer: Customer) -> str:
        currency = text_at(text, form.currency)
        if not currency:
            raise RecipeError("The event has no currency.")
        return _with_text(text, form.currency, currency.swapcase())

    return edit


# -- a whole draft ----------------------------------------------------------------------------------------------------


def each_event(edit: Edit) -> Callable[[Draft, Customer], Draft]:
    """A recipe that spoils every event of a draft."""

    def apply(draft: Draft, customer: Customer) -> Draft:
        if any(members(text) is None for text in draft.events):
            raise RecipeError("The draft is not a valid JSON object yet. Correct it first.")
        return replace(draft, events=tuple(edit(text, customer) for text in draft.events))

    return apply


def time_of(form: EventForm, text: str) -> int:
    """The time of an event that is to be moved, ms UTC. Raises `RecipeError` where there is none."""
    at_ms = form.time_form.read(text_at(text, form.time))
    if at_ms is None:
        raise RecipeError(f"The event has no {form.time} {_UNITS[form.time_form]} that could be moved.")
    return at_ms


def phone(name: str, title: str, path: str, normal: Normal, wrong: Callable[[str], str], *, listed: bool) -> Recipe:
    """The phone in another form than the platform's own before it is hashed: `wrong` makes it of the `normal` one."""

    def edit(text: str, customer: Customer) -> str:
        number = next((found for each in customer.of("ph") if (found := normal("ph", each))), None)
        if number is None:
            raise RecipeError("The test customer has no phone number with its country code. Type one in.")
        hashed = sha256(wrong(number))
        return with_text_at(text, path, json.dumps([hashed] if listed else hashed))

    return Recipe(name, title, ("hash-not-normalized", "hash-differs-between-sides"), each_event(edit))


def _twice(form: EventForm) -> Callable[[Draft, Customer], Draft]:
    """Fired twice: the copy has an ID of its own, as a second tag would make it; a copy of the ID would be merged."""
    again = each_event(lambda text, _: _with_text(text, form.event_id, f"{form.id_of(text) or 'event'}-again"))

    def apply(draft: Draft, customer: Customer) -> Draft:
        return replace(draft, events=draft.events + again(draft, customer).events)

    return apply


def _other_account(pattern: str) -> Callable[[Draft, Customer], Draft]:
    """The account with another last character, of the same form."""

    def apply(draft: Draft, customer: Customer) -> Draft:
        if not re.fullmatch(pattern, draft.account, re.ASCII):
            raise RecipeError("The draft has no account yet that could be another.")
        start, last = draft.account[:-1], draft.account[-1]
        tries = (f"{start}{each}" for each in _after(last))
        other = next((one for one in tries if re.fullmatch(pattern, one, re.ASCII)), None)
        if other is None:
            raise RecipeError("The draft's account has no other of its form.")
        return replace(draft, account=other)

    return apply


def _after(last: str) -> str:
    """The characters of the same kind, that after `last` first; then those of the other kinds."""
    kinds = (digits, ascii_lowercase, ascii_uppercase)
    own = next((kind for kind in kinds if last in kind), "")
    at = own.find(last) + 1
    return own[at:] + own[: max(at - 1, 0)] + "".join(kind for kind in kinds if kind != own)


def _event_id(form: EventForm, text: str) -> str:
    event_id = form.id_of(text)
    if not event_id:
        raise RecipeError("The event has no event ID that could be spoilt.")
    return event_id


def _email(customer: Customer) -> str:
    return next(iter(customer.of("em")), STRANGER)


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _with_text(text: str, path: str, value: str) -> str:
    return with_text_at(text, path, json.dumps(value, ensure_ascii=False))


def _with_email(form: EventForm, text: str, value: str) -> str:
    return with_text_at(text, form.email, json.dumps([value] if form.email_listed else value))
