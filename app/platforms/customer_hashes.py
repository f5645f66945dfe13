"""Customer values as a server event carries them: hashed by the platform's rule, the browser's own hashes first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from app.hashing import sha256
from app.model import Customer, Event, Form, UserValue


@dataclass(frozen=True, slots=True)
class CustomerHashes:
    """Hashes by one platform's rule. `normal` brings a plain value of a neutral key into form; None: it can not."""

    normal: Callable[[str, str], str | None]

    def of(self, key: str, texts: Iterable[str]) -> list[str]:
        """Plain values hashed, each once; what can not be normalised is left out."""
        normal = (self.normal(key, text) for text in texts)
        return [sha256(text) for text in dict.fromkeys(normal) if text]

    def all_of(self, keys: Mapping[str, str], customer: Customer) -> dict[str, list[str]]:
        """A test customer's hashes by wire key (`keys` has the neutral one of each), those it has a value of."""
        return {wire: found for wire, key in keys.items() if (found := self.of(key, customer.of(key)))}

    def sent(self, key: str, values: Iterable[UserValue]) -> list[str]:
        """The browser's SHA-256 hashes among values of one key; where it has none, what it sent in plain is hashed."""
        listed = tuple(values)
        hashed = [item.value for item in listed if item.form is Form.SHA256]
        return list(dict.fromkeys(hashed)) or self.of(key, (v.value for v in listed if v.form is Form.PLAIN))

    def best(self, key: str, browser: Event, customer: Customer) -> list[str]:
        """What the browser event has of one key, or the test customer's where it has none."""
        return self.sent(key, browser.user_values(key)) or self.of(key, customer.of(key))

    def plain(self, key: str, texts: Iterable[str]) -> str | None:
        """The first value that can be normalised, as it is sent in plain; None when there is none."""
        return next((found for text in texts if (found := self.normal(key, text))), None)
