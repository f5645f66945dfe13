"""How rules, customer values and wrong digests are called in an explanation."""

from __future__ import annotations

from collections.abc import Iterable

from app.hashing.rules import CustomerRules
from app.model import CheckStatus, HashCheck, Side

WRONG_DIGESTS = {
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


class Wording:
    """Names for one platform's rules in a sentence."""

    def __init__(self, rules: CustomerRules) -> None:
        self._rules = rules
        self._titles = {item.code: item.title for item in rules.conventions} | {"documented": "the documentation"}

    def titles(self, conventions: Iterable[str]) -> str:
        """Several rules by their owners: "the pixel, the older pixel and the Python SDK"."""
        words = list(dict.fromkeys(self._titles.get(code, code) for code in conventions))
        return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"

    def followed(self, found: HashCheck, side: Side | None = None) -> str:
        """The rule a value follows; on a known side, by the libraries of that side when they are among its senders."""
        if found.status is CheckStatus.VERIFIED:
            return self.rule_of(("documented",))
        conventions = self._rules.conventions
        near = tuple(rule.code for rule in conventions if rule.code in found.senders and rule.side is side)
        return self.rule_of(near or found.senders or (found.convention or "",))

    def rule_of(self, conventions: tuple[str, ...]) -> str:
        """Whose rule several libraries share; an older rule is not named beside its library's newer one."""
        older = {rule.code for rule in self._rules.conventions if rule.newer in conventions}
        conventions = tuple(code for code in conventions if code not in older) or conventions
        if len(conventions) == 1:
            return f"{self.titles(conventions)}'s rule"
        return f"the rule of {self.titles(conventions)}"

    def senders(self, conventions: tuple[str, ...]) -> str:
        """The libraries that send one value, in few words when they all do."""
        every = len(conventions) == len(self._rules.conventions)
        return "every library" if every else self.titles(conventions)


def capital(text: str) -> str:
    """A text to begin a sentence with."""
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


def noun(key: str) -> str:
    """What a customer key holds: "e-mail address" for `em`."""
    return _NOUNS.get(key, key)
