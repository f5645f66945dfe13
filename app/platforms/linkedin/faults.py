"""LinkedIn's fault lab: what of everybody's faults its events can have, and those that its own rules make possible."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace

from app.hashing import sha256
from app.model import Customer
from app.outgoing import Draft
from app.platforms.base import DAY_MS
from app.platforms.event_form import EventForm
from app.platforms.fault_lab import STRANGER, Edit, Recipe, RecipeError, each_event, recipes, time_of
from app.platforms.json_text import loaded, raw_at, text_at, with_member, with_text_at
from app.platforms.linkedin.call import RULE
from app.platforms.linkedin.compose import ACCOUNT
from app.platforms.linkedin.customer import documented
from app.platforms.linkedin.dedup import TOO_OLD_MS
from app.platforms.linkedin.words import EMAIL

_IDS = "user.userIds"


def recipes_of(form: EventForm) -> tuple[Recipe, ...]:
    """Every fault of LinkedIn's events. It has no names, and an event too late to be merged is refused."""
    shared = recipes(
        form,
        account="conversion rule",
        account_pattern=ACCOUNT.pattern,
        other_names={},
        late_ms=None,
        normal=documented,
    )
    return (
        # Another rule may be the same ad account's: only the user knows.
        *(replace(each, expects=("account-unmapped",)) if each.name == "other-account" else each for each in shared),
        Recipe(
            "too-old",
            "Put the time 91 days back",
            ("event-time-too-old", "send-rejected"),
            each_event(_moved(form)),
        ),
        Recipe("seconds", "Put the time in seconds", ("event-time-unit", "send-rejected"), each_event(_seconds(form))),
        Recipe(
            "bare-rule",
            "Name the rule without its URN",
            ("linkedin-rule-malformed", "send-rejected"),
            each_event(lambda text, _: with_member(text, RULE, json.dumps(ACCOUNT.example))),
        ),
        Recipe("plain-email", "Send the e-mail unhashed", ("raw-personal-data",), _email(lambda email: email)),
        Recipe("md5", "Hash the e-mail with MD5", ("hash-wrong-form",), _email(lambda email: _md5(_normal(email)))),
        Recipe(
            "hashed-twice",
            "Hash the e-mail twice",
            ("hash-not-normalized",),
            _email(lambda email: sha256(sha256(_normal(email)))),
        ),
        Recipe("hashed-name", "Hash the first name", ("hashed-must-be-plain",), each_event(_hashed_name)),
        Recipe("no-currency", "Leave the currency out", ("currency-missing", "send-rejected"), each_event(_half(form))),
    )


def _normal(email: str) -> str:
    return documented("em", email) or ""


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _email(wrong: Callable[[str], str]) -> Callable[[Draft, Customer], Draft]:
    def edit(text: str, customer: Customer) -> str:
        listed = loaded(raw_at(text, _IDS))
        others = [item for item in listed if not _is_email(item)] if isinstance(listed, list) else []
        email = next(iter(customer.of("em")), STRANGER)
        return with_text_at(text, _IDS, json.dumps([{"idType": EMAIL, "idValue": wrong(email)}, *others]))

    return each_event(edit)


def _is_email(item: object) -> bool:
    return isinstance(item, dict) and item.get("idType") == EMAIL


def _moved(form: EventForm) -> Edit:
    return lambda text, _: form.at_time(text, time_of(form, text) - TOO_OLD_MS - DAY_MS)


def _seconds(form: EventForm) -> Edit:
    return lambda text, _: with_text_at(text, form.time, str(time_of(form, text) // 1000))


def _hashed_name(text: str, customer: Customer) -> str:
    name = text_at(text, "user.userInfo.firstName")
    if not name:
        raise RecipeError("The event has no first name (user.userInfo.firstName).")
    return with_text_at(text, "user.userInfo.firstName", json.dumps(sha256(name.lower())))


def _half(form: EventForm) -> Edit:
    def edit(text: str, customer: Customer) -> str:
        amount = raw_at(text, form.value)
        if not amount:
            raise RecipeError("The event has no value whose currency could be missing.")
        return with_member(text, "conversionValue", f'{{"amount":{amount}}}')

    return edit
