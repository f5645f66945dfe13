"""Every digest that any sender could have made of the test customer's data, and what each would mean."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from app.hashing.candidates import WRONG_FORMS, Candidate, candidates_of
from app.hashing.forms import md5, sha1, sha256, sha256_of, without_appendix
from app.hashing.places import country_code, is_us_state
from app.hashing.rules import CustomerRules, passes_as_hash
from app.hashing.wording import WRONG_DIGESTS, Wording, capital, noun
from app.model import CheckStatus, Customer, HashCheck


@lru_cache(maxsize=32)
def table_of(customer: Customer, rules: CustomerRules) -> dict[tuple[str, str], HashCheck]:
    """Every digest any sender to the platform could have made of the data; the likelier explanation wins."""
    region = region_of(customer)
    table: dict[tuple[str, str], HashCheck] = {}
    for key, texts in customer.values:
        for text in texts:
            typed = _Typed(key, text, rules.documented(key, text, region), rules)
            candidates = list(candidates_of(key, text, region, rules))
            for item in candidates:
                table.setdefault((key, typed.digest(item)), typed.found(item))
            for item in candidates:
                for name, digest in _second_digests(typed, item):
                    allowed = name in rules.digests
                    found = typed.found(item) if allowed else typed.found_digest(item, name)
                    table.setdefault((key, digest), found)
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

    def __init__(self, key: str, text: str, documented: str | None, rules: CustomerRules) -> None:
        self.key = key
        self.documented = documented
        self._due = rules.due.get(key, "")
        self._words = Wording(rules)
        self._is_hash = passes_as_hash(key, text)
        sent = {rule.code: rule.sends(key, text) for rule in rules.conventions}
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
                due = self._due if self._coded else ""
                return HashCheck(item.status, senders[0], self._by_rule(senders, others, due), senders, due)
            case _:
                text = f"It is the test customer's {noun(self.key)}, but {WRONG_FORMS[item.convention]}."
                if senders:
                    text += f" {capital(self._words.senders(senders))} would send it so for the text that was typed in."
                return HashCheck(item.status, item.convention, text, senders)

    def found_digest(self, item: Candidate, digest: str) -> HashCheck:
        """The same for a candidate under a wrong digest, by its name."""
        wrong = digest in ("md5", "sha1")
        status = CheckStatus.WRONG_FORM if wrong else CheckStatus.NOT_NORMALIZED
        cause = WRONG_FORMS.get(item.convention) or f"the text follows {self._words.followed(self.found(item))}"
        tail = "" if item.convention == "documented" else f" Also, {cause}."
        return HashCheck(
            status, digest, f"It is the test customer's {noun(self.key)}, but {WRONG_DIGESTS[digest]}.{tail}"
        )

    def _verified(self, item: Candidate, others: tuple[str, ...]) -> str:
        if self._is_hash:
            return "Equal to the hash that was typed in."
        notes = [f"Recomputed by the documented rule and equal{', ' if item.note else ''}{item.note}."]
        if others and not item.note:
            notes.append(f"Note that {self._words.titles(others)} would send another hash for this {noun(self.key)}.")
        return " ".join([*notes, *self._verbatim()])

    def _by_rule(self, senders: tuple[str, ...], others: tuple[str, ...], due: str) -> str:
        same = f"This is {self._words.rule_of(senders)}"
        if due:
            return f"{same}; the platform takes {due} and nothing else, so it can never match."
        differing = [*([] if self.documented is None else ["documented"]), *others]
        if not differing:
            return f"{same}; no documented form of this {noun(self.key)} is known."
        verb = "'s differs" if len(differing) == 1 else " differ"
        known = f"{same}; {self._words.titles(differing)}{verb}: they can never be equal for this {noun(self.key)}."
        return " ".join([known, *self._verbatim()])

    def _verbatim(self) -> Iterator[str]:
        if self._as_it_stands:
            yield f"{capital(self._words.titles(self._as_it_stands))} would send it as it stands."


def region_of(customer: Customer) -> str | None:
    """The customer's ISO country code in upper case, when a country was typed in."""
    code = next((country_code(text) for text in customer.of("country")), None)
    return code.upper() if code else None
