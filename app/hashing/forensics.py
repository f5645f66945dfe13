"""From a hash back to its cause: what one customer value is worth, and why two sides' differ."""

from __future__ import annotations

from itertools import chain

from app.hashing.forms import digest_of, form_of, is_nothing, nothing_behind, without_appendix
from app.hashing.rules import CustomerRules
from app.hashing.table import table_of
from app.hashing.wording import WRONG_DIGESTS, Wording, capital, noun
from app.model import CheckStatus, Customer, Form, HashCheck, Side, UserValue


def check(value: UserValue, customer: Customer, rules: CustomerRules) -> HashCheck:
    """What is known of one customer value, by the rules of the platform and side it was sent to.

    With a test customer the hash is looked up among every form of the customer's own data; without one only its outer
    form and the digests of nothing can be judged, and the rest is honestly not tested.
    """
    if value.form is Form.SHA256 and len(value.value) == 64:
        if customer.values:
            found = table_of(customer, rules).get((value.key, value.value))
            if found:
                return found
        nothing = nothing_behind(value.value)
        if nothing is not None:
            return _sentinel(nothing)
        return _untold(value.key, value.value, customer, rules)
    return _check_other(value, customer, rules)


def _check_other(value: UserValue, customer: Customer, rules: CustomerRules) -> HashCheck:
    """A value that is not a bare lower-case SHA-256: with an appendix, in another form, or no digest."""
    text = value.value.strip()
    form = form_of(text)
    if form is Form.EMPTY:
        return HashCheck(CheckStatus.SENTINEL, "empty", "The value is empty: nothing was hashed.")
    if value.key == "external_id" and form not in (Form.SHA256, Form.UPPER_HEX):
        verbatim = _verbatim(text, customer, rules)
        if verbatim:
            return verbatim
    if form is Form.PLAIN:
        return _plain(text)
    digest = digest_of(text)
    found = table_of(customer, rules).get((value.key, digest)) if digest and customer.values else None
    nothing = nothing_behind(digest) if digest else None
    if form is Form.SHA256 or form in rules.digests:
        unset = None if nothing is None else _sentinel(nothing)
        return found or unset or _untold(value.key, digest or "", customer, rules)
    if nothing is not None and not found:
        return _sentinel(nothing)
    if value.key == "external_id" and form is not Form.UPPER_HEX and not found:
        return HashCheck(CheckStatus.PLAIN, None, "The value is not hashed.")  # a UUID looks like a digest too
    return _wrong_form(value.key, form, text, found)


def explain(
    key: str, browser: HashCheck, server: HashCheck, browser_rules: CustomerRules, server_rules: CustomerRules
) -> str:
    """Why the two sides' hashes of one customer value differ, as far as the test customer tells."""
    statuses = {browser.status, server.status}
    ours, theirs = Wording(browser_rules), Wording(server_rules)
    if CheckStatus.SENTINEL not in statuses and CheckStatus.NOT_TESTED in statuses:
        return (
            "Libraries bring values into shape differently, so this can be the sender's rule or another person; "
            f"type the test customer's {noun(key)} in to learn which."
        )
    if statuses == {CheckStatus.DIFFERENT}:
        return f"Neither is a known form of the test customer's {noun(key)}; check who was logged in."
    if not statuses <= _RULES:
        return f"The browser's value {_standing(key, browser, ours)}, the server's {_standing(key, server, theirs)}."
    if browser.convention == server.convention:
        return f"Both sides follow {ours.followed(browser)}; they were given different texts, or read them differently."
    return (
        f"The browser follows {ours.followed(browser, Side.BROWSER)}, the server "
        f"{theirs.followed(server, Side.SERVER)}: they can never be equal for this {noun(key)}."
    )


_RULES = {CheckStatus.VERIFIED, CheckStatus.CONVENTION}


def _standing(key: str, found: HashCheck, words: Wording) -> str:
    """What a value is, after "the browser's value"."""
    match found.status:
        case CheckStatus.VERIFIED | CheckStatus.CONVENTION:
            return f"follows {words.followed(found)}"
        case CheckStatus.NOT_NORMALIZED:
            return f"is a wrong form of the test customer's {noun(key)} ({found.convention})"
        case CheckStatus.WRONG_FORM:
            return f"is no plain SHA-256 ({found.convention})"
        case CheckStatus.SENTINEL:
            return "is the hash of an unset value"
        case CheckStatus.DIFFERENT:
            return f"is no known form of the test customer's {noun(key)} (another person's, or by an unknown rule)"
        case CheckStatus.PLAIN:
            return "is not hashed"
        case _:
            return "is not tested"


def sent_by(convention: str, key: str, text: str, rules: CustomerRules) -> str | None:
    """The value a library would put on the wire for a text; None when it would send none."""
    return next(rule for rule in rules.conventions if rule.code == convention).sends(key, text)


def _sentinel(text: str) -> HashCheck:
    shown = {"": "an empty text", " ": "a single space"}.get(text, f"the word “{text}”")
    if text == "test@test.com":
        shown = "the placeholder address test@test.com"
    return HashCheck(CheckStatus.SENTINEL, text or "empty", f"This is the hash of {shown}: the value was not set.")


def _untold(key: str, digest: str, customer: Customer, rules: CustomerRules) -> HashCheck:
    """A digest that is no known form of the customer's value of its key; it may be what a sender makes of another's."""
    if not customer.of(key):
        return _NOT_TESTED
    found = {name: table_of(customer, rules).get((name, digest)) for name, _ in customer.values}
    statuses = {name: check.status for name, check in found.items() if check}
    documented = (name for name, status in statuses.items() if status is CheckStatus.VERIFIED)
    by_rule = (name for name, status in statuses.items() if status is CheckStatus.CONVENTION and name not in _CUT)
    other = next(chain(documented, by_rule), None)
    if other is None:
        return _DIFFERENT
    text = f"It is the test customer's {noun(other)} ({other}), sent as the {noun(key)}."
    return HashCheck(CheckStatus.NOT_NORMALIZED, "other-key", text)


_CUT = ("st", "country")
"""Keys that libraries cut to two letters: found elsewhere, those are as likely another state's or country's code."""


_NOT_TESTED = HashCheck(CheckStatus.NOT_TESTED, None, "Well formed; there is no test customer to compare it with.")
_DIFFERENT = HashCheck(
    CheckStatus.DIFFERENT, None, "None of the known forms of the test customer's value gives this hash."
)


def _plain(text: str) -> HashCheck:
    if is_nothing(text):
        return HashCheck(CheckStatus.SENTINEL, text.lower(), f"The value is the word “{text}”: it was not set.")
    return HashCheck(CheckStatus.PLAIN, None, "The value is not hashed.")


def _verbatim(text: str, customer: Customer, rules: CustomerRules) -> HashCheck | None:
    """An external ID that is sent as it was typed in; libraries may trim it, and lower-case 32 hex characters."""
    words = Wording(rules)
    plainly = tuple(rule.code for rule in rules.conventions if "external_id" in rule.verbatim)
    for typed in customer.of("external_id"):
        sent = {rule.code: (rule.sends("external_id", typed) or "").strip() for rule in rules.conventions}
        if text not in (typed.strip(), *(value for value in sent.values() if form_of(value) is Form.MD5)):
            continue
        senders = tuple(code for code, value in sent.items() if value == text) or plainly
        others = tuple(code for code in sent if code not in senders)
        if not others or not senders:
            same = "Equal to the external ID that was typed in, which every library sends as it stands."
            return HashCheck(CheckStatus.VERIFIED, "documented", same, senders)
        told = f"The external ID is sent as it stands, which is {words.rule_of(senders)}."
        told += f" {capital(words.titles(others))} would not; send the same form on both sides."
        convention = next((code for code in plainly if code in senders), senders[0])
        return HashCheck(CheckStatus.CONVENTION, convention, told, senders)
    return None


def _wrong_form(key: str, form: Form, text: str, found: HashCheck | None) -> HashCheck:
    if form is Form.OTHER:
        size = len(text[2:] if text[:2].lower() == "0x" else without_appendix(text))
        how = "has a “0x” before it" if text[:2].lower() == "0x" else "is truncated" if size < 64 else "is too long"
        return HashCheck(CheckStatus.WRONG_FORM, "truncated" if size < 64 else "other", f"The hash {how}.")
    name = {
        Form.UPPER_HEX: "upper-hex",
        Form.SHA256_BASE64: "base64",
        Form.MD5: "md5",
        Form.SHA1: "sha1",
    }[form]
    sentence = WRONG_DIGESTS[name]
    tail = " Behind it is the test customer's value." if found else ""
    if found and found.status is not CheckStatus.VERIFIED and found.convention not in (name, None):
        tail = f" {found.explanation}"
    return HashCheck(
        CheckStatus.WRONG_FORM, name, f"{sentence[0].upper()}{sentence[1:]}; 64 lower-case hex is due.{tail}"
    )
