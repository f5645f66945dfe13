"""From a hash back to its cause: every text a sender could have hashed for the test customer, looked up at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from app.hashing.candidates import WRONG_FORMS, Candidate, candidates_of
from app.hashing.conventions import CONVENTIONS, country_code, is_us_state, normalize_documented, passes_as_hash
from app.hashing.forms import (
    digest_of,
    form_of,
    is_nothing,
    md5,
    nothing_behind,
    sha1,
    sha256,
    sha256_of,
    without_appendix,
)
from app.model import CheckStatus, Customer, Form, HashCheck, Side, UserValue

_TITLES = {item.code: item.title for item in CONVENTIONS} | {"documented": "the documentation"}

_DIGESTS = {
    "double": "the SHA-256 was hashed a second time",
    "md5-then-sha256": "the MD5 was hashed with SHA-256",
    "upper-hex-then-sha256": "the SHA-256 was written in upper case and hashed a second time",
    "utf-16": "the text was hashed in UTF-16 instead of UTF-8, as databases and .NET do by themselves",
    "latin-1": "the text was hashed in Latin-1 instead of UTF-8",
    "md5": "this is an MD5 (32 characters)",
    "sha1": "this is a SHA-1 (40 characters)",
    "base64": "this is the SHA-256 in base64 instead of hex",
    "upper-hex": "this is the SHA-256 in upper-case hex",
}


def check(value: UserValue, customer: Customer) -> HashCheck:
    """What is known of one customer value.

    With a test customer the hash is looked up among every form of the customer's own data; without one only its outer
    form and the digests of nothing can be judged, and the rest is honestly not tested.
    """
    if value.form is Form.SHA256 and len(value.value) == 64:
        if customer.values:
            found = _table(customer).get((value.key, value.value))
            if found:
                return found
        nothing = nothing_behind(value.value)
        if nothing is not None:
            return _sentinel(nothing)
        return _untold(value.key, value.value, customer)
    return _check_other(value, customer)


def _check_other(value: UserValue, customer: Customer) -> HashCheck:
    """A value that is not a bare lower-case SHA-256: with an appendix, in another form, or no digest."""
    text = value.value.strip()
    form = form_of(text)
    if form is Form.EMPTY:
        return HashCheck(CheckStatus.SENTINEL, "empty", "The value is empty: nothing was hashed.")
    if value.key == "external_id" and form not in (Form.SHA256, Form.UPPER_HEX):
        verbatim = _verbatim(text, customer)
        if verbatim:
            return verbatim
    if form is Form.PLAIN:
        return _plain(text)
    digest = digest_of(text)
    found = _table(customer).get((value.key, digest)) if digest and customer.values else None
    nothing = nothing_behind(digest) if digest else None
    if form is Form.SHA256:
        return found or (_sentinel(nothing) if nothing is not None else _untold(value.key, digest or "", customer))
    if nothing is not None and not found:
        return _sentinel(nothing)
    if value.key == "external_id" and form is not Form.UPPER_HEX and not found:
        return HashCheck(CheckStatus.PLAIN, None, "The value is not hashed.")  # a UUID looks like a digest too
    return _wrong_form(value.key, form, text, found)


def explain(key: str, browser: HashCheck, server: HashCheck) -> str:
    """Why the two sides' hashes of one customer value differ, as far as the test customer tells."""
    statuses = {browser.status, server.status}
    if CheckStatus.SENTINEL not in statuses and CheckStatus.NOT_TESTED in statuses:
        return (
            "Libraries bring values into shape differently, so this can be the sender's rule or another person; "
            f"type the test customer's {_noun(key)} in to learn which."
        )
    if statuses == {CheckStatus.DIFFERENT}:
        return f"Neither is a known form of the test customer's {_noun(key)}; check who was logged in."
    if not statuses <= _RULES:
        return f"The browser's value {_standing(key, browser)}, the server's {_standing(key, server)}."
    if browser.convention == server.convention:
        return f"Both sides follow {_rule(browser)}; they were given different texts, or read them differently."
    return (
        f"The browser follows {_rule(browser, Side.BROWSER)}, the server {_rule(server, Side.SERVER)}: "
        f"they can never be equal for this {_noun(key)}."
    )


_RULES = {CheckStatus.VERIFIED, CheckStatus.CONVENTION}


def _standing(key: str, found: HashCheck) -> str:
    """What a value is, after "the browser's value"."""
    match found.status:
        case CheckStatus.VERIFIED | CheckStatus.CONVENTION:
            return f"follows {_rule(found)}"
        case CheckStatus.NOT_NORMALIZED:
            return f"is a wrong form of the test customer's {_noun(key)} ({found.convention})"
        case CheckStatus.WRONG_FORM:
            return f"is no plain SHA-256 ({found.convention})"
        case CheckStatus.SENTINEL:
            return "is the hash of an unset value"
        case CheckStatus.DIFFERENT:
            return f"is no known form of the test customer's {_noun(key)} (another person's, or by an unknown rule)"
        case CheckStatus.PLAIN:
            return "is not hashed"
        case _:
            return "is not tested"


def region_of(customer: Customer) -> str | None:
    """The customer's ISO country code in upper case, when a country was typed in."""
    code = next((country_code(text) for text in customer.of("country")), None)
    return code.upper() if code else None


def sent_by(convention: str, key: str, text: str) -> str | None:
    """The value a library would put on the wire for a text; None when it would send none."""
    return next(rule for rule in CONVENTIONS if rule.code == convention).sends(key, text)


@lru_cache(maxsize=8)
def _table(customer: Customer) -> dict[tuple[str, str], HashCheck]:
    """Every digest any sender could have made of the customer's data; the likelier explanation wins."""
    region = region_of(customer)
    table: dict[tuple[str, str], HashCheck] = {}
    for key, texts in customer.values:
        for text in texts:
            typed = _Typed(key, text, normalize_documented(key, text, region))
            candidates = list(candidates_of(key, text, region))
            for item in candidates:
                table.setdefault((key, typed.digest(item)), typed.found(item))
            for item in candidates:
                for name, digest in _second_digests(typed, item):
                    table.setdefault((key, digest), typed.found_digest(item, name))
    return table


def _second_digests(typed: _Typed, item: Candidate) -> Iterator[tuple[str, str]]:
    once, text = typed.digest(item), item.text
    yield "double", sha256(once)
    yield "upper-hex-then-sha256", sha256(once.upper())
    if once != sha256(text):
        return  # a digest was typed in: nobody knows the text
    yield "md5-then-sha256", sha256(md5(text))
    yield "utf-16", sha256_of(text.encode("utf-16-le", "surrogatepass"))
    if not text.isascii():
        yield "latin-1", sha256_of(text.encode("cp1252", "replace"))
    yield "md5", md5(text)
    yield "sha1", sha1(text)


class _Typed:
    """One value of the test customer as it was typed in: what each library sends for it, and what a candidate means."""

    def __init__(self, key: str, text: str, documented: str | None) -> None:
        self.key = key
        self.documented = documented
        self._is_hash = passes_as_hash(key, text)
        sent = {rule.code: rule.sends(key, text) for rule in CONVENTIONS}
        self._as_it_stands = tuple(code for code, value in sent.items() if value == text and not self._is_hash)
        self._sent = {code: value for code, value in sent.items() if value and code not in self._as_it_stands}
        self._coded = key in ("ge", "db", "ph") or (
            documented is not None and (key == "country" or (key == "st" and is_us_state(documented)))
        )

    def digest(self, item: Candidate) -> str:
        return without_appendix(item.text.strip()).lower() if self._is_hash else sha256(item.text)

    def found(self, item: Candidate) -> HashCheck:
        """What it means that a value is a candidate's digest."""
        digest = self.digest(item)
        senders = tuple(code for code, value in self._sent.items() if value.lower() == digest)
        others = tuple(code for code, value in self._sent.items() if value.lower() != digest)
        match item.status:
            case CheckStatus.VERIFIED:
                return HashCheck(item.status, item.convention, self._verified(item, others), senders)
            case CheckStatus.CONVENTION:
                senders = senders or (item.convention,)
                due = _DUE[self.key] if self._coded else ""
                return HashCheck(item.status, senders[0], self._by_rule(senders, others, due), senders, due)
            case _:
                text = f"It is the test customer's {_noun(self.key)}, but {WRONG_FORMS[item.convention]}."
                if senders:
                    text += f" {_capital(_senders(senders))} would send it so for the text that was typed in."
                return HashCheck(item.status, item.convention, text, senders)

    def found_digest(self, item: Candidate, digest: str) -> HashCheck:
        """The same for a candidate under a wrong digest, by its name."""
        wrong = digest in ("md5", "sha1")
        status = CheckStatus.WRONG_FORM if wrong else CheckStatus.NOT_NORMALIZED
        cause = WRONG_FORMS.get(item.convention) or f"the text follows {_rule(self.found(item))}"
        tail = "" if item.convention == "documented" else f" Also, {cause}."
        return HashCheck(status, digest, f"It is the test customer's {_noun(self.key)}, but {_DIGESTS[digest]}.{tail}")

    def _verified(self, item: Candidate, others: tuple[str, ...]) -> str:
        if self._is_hash:
            return "Equal to the hash that was typed in."
        notes = [f"Recomputed by the documented rule and equal{', ' if item.note else ''}{item.note}."]
        if others and not item.note:
            notes.append(f"Note that {_titles(others)} would send another hash for this {_noun(self.key)}.")
        return " ".join([*notes, *self._verbatim()])

    def _by_rule(self, senders: tuple[str, ...], others: tuple[str, ...], due: str) -> str:
        same = f"This is {_rule_of(senders)}"
        if due:
            return f"{same}; the platform takes {due} and nothing else, so it can never match."
        differing = [*([] if self.documented is None else ["documented"]), *others]
        if not differing:
            return f"{same}; no documented form of this {_noun(self.key)} is known."
        verb = "'s differs" if len(differing) == 1 else " differ"
        known = f"{same}; {_titles(differing)}{verb}: they can never be equal for this {_noun(self.key)}."
        return " ".join([known, *self._verbatim()])

    def _verbatim(self) -> Iterator[str]:
        if self._as_it_stands:
            yield f"{_capital(_titles(self._as_it_stands))} would send it as it stands."


_DUE = {
    "ph": "the number in digits with its country code",
    "ge": "“f” or “m”",
    "db": "the date as YYYYMMDD",
    "st": "the state's two-letter code",
    "country": "the country's two-letter code",
}
"""What the platform takes where nothing else can match. Source: Meta, customer information parameters."""


def _titles(conventions: Iterable[str]) -> str:
    """Several rules by their owners: "the pixel, the older pixel and the Python SDK"."""
    words = list(dict.fromkeys(_TITLES[code] for code in conventions))
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _rule(found: HashCheck, side: Side | None = None) -> str:
    """The rule a value follows; on a known side, by the libraries of that side when they are among its senders."""
    if found.status is CheckStatus.VERIFIED:
        return _rule_of(("documented",))
    near = tuple(rule.code for rule in CONVENTIONS if rule.code in found.senders and rule.side is side)
    return _rule_of(near or found.senders or (found.convention or "",))


def _rule_of(conventions: tuple[str, ...]) -> str:
    if "pixel" in conventions:
        conventions = tuple(code for code in conventions if code != "pixel-old")
    return f"{_TITLES[conventions[0]]}'s rule" if len(conventions) == 1 else f"the rule of {_titles(conventions)}"


def _senders(conventions: tuple[str, ...]) -> str:
    return "every library" if len(conventions) == len(CONVENTIONS) else _titles(conventions)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


_NOUNS = {
    "em": "e-mail address",
    "ph": "phone number",
    "fn": "first name",
    "ln": "last name",
    "db": "date of birth",
    "ge": "gender",
    "ct": "city",
    "st": "state",
    "zp": "postcode",
    "country": "country",
    "external_id": "external ID",
}


def _noun(key: str) -> str:
    return _NOUNS.get(key, key)


def _sentinel(text: str) -> HashCheck:
    shown = {"": "an empty text", " ": "a single space"}.get(text, f"the word “{text}”")
    if text == "test@test.com":
        shown = "the placeholder address test@test.com"
    return HashCheck(CheckStatus.SENTINEL, text or "empty", f"This is the hash of {shown}: the value was not set.")


def _untold(key: str, digest: str, customer: Customer) -> HashCheck:
    """A digest that is no known form of the customer's value of its key; it may be one of another key's."""
    if not customer.of(key):
        return _NOT_TESTED
    table = _table(customer)
    other = next((name for name, _ in customer.values if (name, digest) in table), None)
    if other is None:
        return _DIFFERENT
    text = f"It is the test customer's {_noun(other)} ({other}), sent as the {_noun(key)}."
    return HashCheck(CheckStatus.NOT_NORMALIZED, "other-key", text)


_NOT_TESTED = HashCheck(CheckStatus.NOT_TESTED, None, "Well formed; there is no test customer to compare it with.")
_DIFFERENT = HashCheck(
    CheckStatus.DIFFERENT, None, "None of the known forms of the test customer's value gives this hash."
)


def _plain(text: str) -> HashCheck:
    if is_nothing(text):
        return HashCheck(CheckStatus.SENTINEL, text.lower(), f"The value is the word “{text}”: it was not set.")
    return HashCheck(CheckStatus.PLAIN, None, "The value is not hashed.")


def _verbatim(text: str, customer: Customer) -> HashCheck | None:
    """An external ID that is sent as it was typed in; libraries may trim it, and lower-case 32 hex characters."""
    for typed in customer.of("external_id"):
        sent = {rule.code: (rule.sends("external_id", typed) or "").strip() for rule in CONVENTIONS}
        if text not in (typed.strip(), *(value for value in sent.values() if form_of(value) is Form.MD5)):
            continue
        senders = tuple(code for code, value in sent.items() if value == text) or ("python-sdk",)
        others = tuple(code for code in sent if code not in senders)
        if not others:
            same = "Equal to the external ID that was typed in, which every library sends as it stands."
            return HashCheck(CheckStatus.VERIFIED, "documented", same, senders)
        told = f"The external ID is sent as it stands, which is {_rule_of(senders)}."
        told += f" {_capital(_titles(others))} would not; send the same form on both sides."
        convention = "python-sdk" if "python-sdk" in senders else senders[0]
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
    sentence = _DIGESTS[name]
    tail = " Behind it is the test customer's value." if found else ""
    if found and found.status is not CheckStatus.VERIFIED and found.convention not in (name, None):
        tail = f" {found.explanation}"
    return HashCheck(
        CheckStatus.WRONG_FORM, name, f"{sentence[0].upper()}{sentence[1:]}; 64 lower-case hex is due.{tail}"
    )
