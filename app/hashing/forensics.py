"""From a hash back to its cause: every text a sender could have hashed for the test customer, looked up at once."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from app.hashing.candidates import WRONG_FORMS, Candidate, candidates_of
from app.hashing.conventions import CONVENTIONS, country_code, hashed_already
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
from app.model import CheckStatus, Customer, Form, HashCheck, UserValue

_TITLES = {item.code: item.title for item in CONVENTIONS} | {"documented": "the documentation", "raw": "nobody"}

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
        return _untold(value.key, customer)
    return _check_other(value, customer)


def _check_other(value: UserValue, customer: Customer) -> HashCheck:
    """A value that is not a bare lower-case SHA-256: with an appendix, in another form, or no digest."""
    text = value.value.strip()
    form = form_of(text)
    if form is Form.EMPTY:
        return HashCheck(CheckStatus.SENTINEL, "empty", "The value is empty: nothing was hashed.")
    if form is Form.PLAIN:
        return _plain(value.key, text, customer)
    digest = digest_of(text)
    found = _table(customer).get((value.key, digest)) if digest and customer.values else None
    nothing = nothing_behind(digest) if digest else None
    if form is Form.SHA256:
        return found or (_sentinel(nothing) if nothing is not None else _untold(value.key, customer))
    if nothing is not None and not found:
        return _sentinel(nothing)
    if value.key == "external_id" and form is not Form.UPPER_HEX and not found:
        return HashCheck(CheckStatus.PLAIN, None, "The value is not hashed.")  # a UUID looks like a digest too
    return _wrong_form(value.key, form, text, found)


def explain(key: str, browser: HashCheck, server: HashCheck) -> str:
    """Why the two sides' hashes of one customer value differ, as far as the test customer tells."""
    sides = (browser.convention, server.convention)
    if None in sides:
        return (
            "Libraries bring values into shape differently, so this can be the sender's rule or another person; "
            "type the test customer in to learn which."
        )
    if CheckStatus.SENTINEL in (browser.status, server.status):
        return "One side hashed an unset value."
    if browser.convention == server.convention:
        return f"Both sides follow {_title(browser.convention)}'s rule; the texts they were given differ."
    return (
        f"The browser follows {_rule(browser.convention)}, the server {_rule(server.convention)}: "
        f"they can never be equal for this {_noun(key)}."
    )


def region_of(customer: Customer) -> str | None:
    """The customer's ISO country code in upper case, when a country was typed in."""
    code = next((country_code(text) for text in customer.of("country")), None)
    return code.upper() if code else None


def sent_by(convention: str, key: str, text: str) -> str | None:
    """The value a library would put on the wire for a text; None when it would send none."""
    rule = next(item for item in CONVENTIONS if item.code == convention)
    if hashed_already(text):
        return without_appendix(text.strip()).lower()
    normal = rule.normalize(key, text)
    if key == "external_id" and convention == "python-sdk":
        return text
    if normal is None and convention.startswith("pixel") and key != "em":
        return sha256(text)  # measured: what it can not bring into shape it hashes as it stands
    return None if normal is None else sha256(normal)


@lru_cache(maxsize=8)
def _table(customer: Customer) -> dict[tuple[str, str], HashCheck]:
    """Every digest any sender could have made of the customer's data; the likelier explanation wins."""
    region = region_of(customer)
    table: dict[tuple[str, str], HashCheck] = {}
    for key, texts in customer.values:
        for text in texts:
            candidates = list(candidates_of(key, text, region))
            for item in candidates:
                table.setdefault((key, _digest(item.text)), _found(key, text, item, candidates))
            for item in candidates:
                for name, digest in _second_digests(item.text):
                    table.setdefault((key, digest), _found(key, text, item, candidates, name))
    return table


def _digest(text: str) -> str:
    return without_appendix(text.strip()).lower() if hashed_already(text) else sha256(text)


def _second_digests(text: str) -> Iterator[tuple[str, str]]:
    once = sha256(text)
    yield "double", sha256(once)
    yield "upper-hex-then-sha256", sha256(once.upper())
    yield "md5-then-sha256", sha256(md5(text))
    yield "utf-16", sha256_of(text.encode("utf-16-le", "surrogatepass"))
    if not text.isascii():
        yield "latin-1", sha256_of(text.encode("cp1252", "replace"))
    yield "md5", md5(text)
    yield "sha1", sha1(text)


def _found(key: str, text: str, item: Candidate, candidates: list[Candidate], digest: str | None = None) -> HashCheck:
    """The finding for one entry of the table; `digest` names a wrong digest of the candidate."""
    if digest:
        wrong = digest in ("md5", "sha1")
        status = CheckStatus.WRONG_FORM if wrong else CheckStatus.NOT_NORMALIZED
        tail = "" if item.convention == "documented" else f" Also, {_cause(item)}."
        return HashCheck(status, digest, f"It is the test customer's {_noun(key)}, but {_DIGESTS[digest]}.{tail}")
    if item.status is CheckStatus.VERIFIED:
        others = [rule.title for rule in CONVENTIONS if not _agrees(rule.code, key, text, item.text)]
        note = f" Note that {_listed(others)} would send another hash for this {_noun(key)}." if others else ""
        return HashCheck(item.status, "documented", f"Recomputed by the documented rule and equal.{note}")
    if item.status is CheckStatus.CONVENTION:
        return HashCheck(item.status, item.convention, _convention_text(key, item, candidates))
    return HashCheck(item.status, item.convention, f"It is the test customer's {_noun(key)}, but {_cause(item)}.")


def _agrees(code: str, key: str, text: str, normal: str) -> bool:
    sent = sent_by(code, key, text)
    return sent is None or sent in (sha256(normal), normal)


def _convention_text(key: str, item: Candidate, candidates: list[Candidate]) -> str:
    differing = [
        _title(other.convention)
        for other in candidates
        if other.status in (CheckStatus.VERIFIED, CheckStatus.CONVENTION) and other.text != item.text
    ]
    same = f"This is {_rule(item.convention)}"
    if not differing:
        return f"{same}; the documented rule has no form for this {_noun(key)}."
    verb = "'s differs" if len(differing) == 1 else " differ"
    return f"{same}; {_listed(differing)}{verb}: they can never be equal for this {_noun(key)}."


def _cause(item: Candidate) -> str:
    if item.status is CheckStatus.CONVENTION:
        return f"the text follows {_rule(item.convention)}"
    return WRONG_FORMS[item.convention]


def _title(convention: str | None) -> str:
    return _TITLES.get(convention or "", convention or "")


def _rule(convention: str | None) -> str:
    if convention in _TITLES:
        return f"{_title(convention)}'s rule"
    return f"a wrong form ({convention})"


def _listed(words: list[str]) -> str:
    unique = list(dict.fromkeys(words))
    return unique[0] if len(unique) == 1 else f"{', '.join(unique[:-1])} and {unique[-1]}"


_NOUNS = {
    "em": "e-mail address",
    "ph": "phone number",
    "fn": "name",
    "ln": "name",
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


def _untold(key: str, customer: Customer) -> HashCheck:
    if customer.values and customer.of(key):
        return _DIFFERENT
    return _NOT_TESTED


_NOT_TESTED = HashCheck(CheckStatus.NOT_TESTED, None, "Well formed; there is no test customer to compare it with.")
_DIFFERENT = HashCheck(
    CheckStatus.DIFFERENT, None, "None of the known forms of the test customer's value gives this hash."
)


def _plain(key: str, text: str, customer: Customer) -> HashCheck:
    if is_nothing(text):
        return HashCheck(CheckStatus.SENTINEL, text.lower(), f"The value is the word “{text}”: it was not set.")
    if key == "external_id" and text in customer.of(key):
        return HashCheck(
            CheckStatus.CONVENTION,
            "python-sdk",
            "The external ID is sent as it stands, which is the Python SDK's rule; the pixel hashes it. "
            "Send the same form on both sides.",
        )
    return HashCheck(CheckStatus.PLAIN, None, "The value is not hashed.")


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
