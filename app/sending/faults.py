"""The fault lab: each recipe does one deliberate wrong to a draft, and names the findings that have to come of it.

A recipe is a pure function from draft to draft. What it does not touch stays letter for letter.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from msgspec.structs import replace

from app.hashing import sha256
from app.model import Customer, Draft
from app.platforms.meta.call import loaded, members, with_member, without_member
from app.platforms.meta.customer import documented

STRANGER = "pat.tester@example.com"  # the e-mail to spoil when there is no test customer with one
_SHIFT_S = 49 * 3600
_OTHER_NAMES = {"Purchase": "CompletePayment", "Lead": "CompleteRegistration"}


class RecipeError(Exception):
    """The fault can not be put into this draft; the text says what it would need, and is fit to show."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """One fault. `expects` are the findings, warnings or worse, that come of sending it beside its browser event.

    `apply` takes the draft and the test customer, who may be empty, and raises `RecipeError` where the draft lacks
    what is to be spoilt.
    """

    name: str
    title: str
    expects: tuple[str, ...]
    apply: Callable[[Draft, Customer], Draft]


def recipe(name: str) -> Recipe:
    """The recipe of that name. Raises `RecipeError` for a name that is not in the table."""
    for each in RECIPES:
        if each.name == name:
            return each
    raise RecipeError(f"There is no fault called {name}. There are: {', '.join(each.name for each in RECIPES)}.")


def _drop_event_id(text: str, customer: Customer) -> str:
    _event_id(text)
    return without_member(text, "event_id")


def _case_of_event_id(text: str, customer: Customer) -> str:
    event_id = _event_id(text)
    if event_id.swapcase() == event_id:
        raise RecipeError("The event ID has no letters whose case could change.")
    return _with_text(text, "event_id", event_id.swapcase())


def _suffix(text: str, customer: Customer) -> str:
    return _with_text(text, "event_id", f"{_event_id(text)}-server")


def _rename(text: str, customer: Customer) -> str:
    name = _text_at(text, "event_name")
    return _with_text(text, "event_name", _OTHER_NAMES.get(name, f"Own{name}"))


def _case_of_name(text: str, customer: Customer) -> str:
    name = _text_at(text, "event_name")
    return _with_text(text, "event_name", name.lower() if name != name.lower() else name.upper())


def _shift(text: str, customer: Customer) -> str:
    seconds = _text_at(text, "event_time")
    if not (seconds.isascii() and seconds.isdigit()):
        raise RecipeError("The event has no event_time in seconds that could be shifted.")
    return with_member(text, "event_time", str(int(seconds) - _SHIFT_S))


def _plain_email(text: str, customer: Customer) -> str:
    return _with_email(text, _email(customer))


def _md5(text: str, customer: Customer) -> str:
    normal = documented("em", _email(customer)) or ""
    return _with_email(text, hashlib.md5(normal.encode(), usedforsecurity=False).hexdigest())


def _hashed_twice(text: str, customer: Customer) -> str:
    normal = documented("em", _email(customer)) or ""
    return _with_email(text, sha256(sha256(normal)))


def _cent_off(text: str, customer: Customer) -> str:
    try:
        value = Decimal(_text_at(text, "custom_data", "value"))
    except InvalidOperation as error:
        raise RecipeError("The event has no value that could be a cent off.") from error
    return _with_custom(text, "value", str(value + Decimal("0.01")))


def _case_of_currency(text: str, customer: Customer) -> str:
    currency = _text_at(text, "custom_data", "currency")
    if not currency:
        raise RecipeError("The event has no currency.")
    return _with_custom(text, "currency", json.dumps(currency.swapcase()))


def _each(edit: Callable[[str, Customer], str]) -> Callable[[Draft, Customer], Draft]:
    """A recipe that spoils every event of a draft."""

    def apply(draft: Draft, customer: Customer) -> Draft:
        if any(members(text) is None for text in draft.events):
            raise RecipeError("The draft is not a valid JSON object yet. Correct it first.")
        return replace(draft, events=tuple(edit(text, customer) for text in draft.events))

    return apply


def _twice(draft: Draft, customer: Customer) -> Draft:
    """Fired twice: the copy has an ID of its own, as a second tag would make it; a copy of the ID would be merged."""
    again = _each(lambda text, _: _with_text(text, "event_id", f"{_text_at(text, 'event_id') or 'event'}-again"))
    return replace(draft, events=draft.events + again(draft, customer).events)


def _other_account(draft: Draft, customer: Customer) -> Draft:
    if not (draft.account.isascii() and draft.account.isdigit()):
        raise RecipeError("The draft has no dataset or pixel ID yet.")
    return replace(draft, account=f"{draft.account[:-1]}{(int(draft.account[-1]) + 1) % 10}")


def _text_at(text: str, *path: str) -> str:
    """The scalar at a path as text; numbers exactly as they stand; empty when there is none."""
    for name in path:
        text = dict(members(text) or ()).get(name, "")
    found = loaded(text) if text.startswith('"') else text
    return found if isinstance(found, str) and found != "null" else ""


def _event_id(text: str) -> str:
    event_id = _text_at(text, "event_id")
    if not event_id:
        raise RecipeError("The event has no event ID that could be spoilt.")
    return event_id


def _email(customer: Customer) -> str:
    return next(iter(customer.of("em")), STRANGER)


def _with_text(text: str, name: str, value: str) -> str:
    return with_member(text, name, json.dumps(value, ensure_ascii=False))


def _with_email(text: str, value: str) -> str:
    user = dict(members(text) or ()).get("user_data", "{}")
    return with_member(text, "user_data", with_member(user, "em", json.dumps([value])))


def _with_custom(text: str, name: str, value: str) -> str:
    custom = dict(members(text) or ()).get("custom_data", "{}")
    return with_member(text, "custom_data", with_member(custom, name, value))


RECIPES: tuple[Recipe, ...] = (
    Recipe("no-event-id", "Leave the event ID out", ("event-id-missing-server",), _each(_drop_event_id)),
    Recipe("event-id-case", "Change the event ID's case", ("event-id-differs",), _each(_case_of_event_id)),
    Recipe("event-id-suffix", "Add “-server” to the event ID", ("event-id-differs",), _each(_suffix)),
    Recipe("other-name", "Give the event another name", ("event-name-differs",), _each(_rename)),
    Recipe(
        "name-case",
        "Change the case of the event's name",
        ("event-name-case", "unknown-event-name"),
        _each(_case_of_name),
    ),
    Recipe("late", "Shift the time back by 49 hours", ("outside-window",), _each(_shift)),
    Recipe("twice", "Fire it twice", ("double-fire",), _twice),
    Recipe("other-account", "Send it to another pixel", ("account-differs",), _other_account),
    Recipe("plain-email", "Send the e-mail unhashed", ("raw-personal-data", "send-rejected"), _each(_plain_email)),
    Recipe("md5", "Hash the e-mail with MD5", ("hash-wrong-form",), _each(_md5)),
    Recipe(
        "hashed-twice",
        "Hash the e-mail twice",
        ("hash-not-normalized", "hash-differs-between-sides"),
        _each(_hashed_twice),
    ),
    Recipe("cent-off", "Put the value a cent off", ("value-differs",), _each(_cent_off)),
    Recipe("currency-case", "Change the currency's case", (), _each(_case_of_currency)),
)
"""Every fault there is, in the order in which they are offered."""
