"""What a platform wants of customer values, and what the libraries that send to it make of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

from app.hashing.forms import form_of, sha256, without_appendix
from app.model import Form, Side


class Convention(NamedTuple):
    """One sender's rule: `code` as reports print it, `title` as a sentence names it ("the Python SDK")."""

    code: str
    title: str
    side: Side
    normalize: Callable[[str, str], str | None]
    hashes_raw: bool = False  # what it can not bring into shape it hashes as it stands, mails aside
    verbatim: frozenset[str] = frozenset()  # keys it sends as they were typed in, never hashed
    newer: str = ""  # the rule of the same library that it stands beside; it is not named where that one is

    def sends(self, key: str, text: str) -> str | None:
        """The value it puts on the wire for a text; None when it sends none."""
        if key in self.verbatim:
            return text
        if hashed_already(text):
            return without_appendix(text.strip()).lower()
        normal = self.normalize(key, text)
        if normal is None and self.hashes_raw and key != "em":
            normal = text
        return None if normal is None else sha256(normal)


def hashed_already(text: str) -> bool:
    """Whether every library would pass a value on as a digest rather than hash it again."""
    return form_of(text) in (Form.SHA256, Form.UPPER_HEX, Form.MD5)


def passes_as_hash(key: str, text: str) -> bool:
    """Whether a customer value that was typed in is a digest; an external ID of 32 hex characters is a UUID."""
    return hashed_already(text) and not (key == "external_id" and form_of(text) is Form.MD5)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CustomerRules:
    """One platform's rules for customer values, on one side.

    `documented` brings a value (key, text, ISO country code of the person) into the shape that is due before hashing;
    None when it can not be. `conventions` are senders' own rules, in the order in which a hash is tried against them
    after the documented one. `digests` are the forms a hash may have; `plain` are keys that are due in plain text,
    `either` those that may be hashed or not. `due` says what the platform takes where nothing else can match.
    `apart` says of keys why, by the platform's own documents, this side's value differs from the other side's.
    `beside` gives, by the start of a wire key, the conventions that a library uses there on purpose.
    """

    documented: Callable[[str, str, str | None], str | None]
    conventions: tuple[Convention, ...] = ()
    digests: frozenset[Form] = frozenset({Form.SHA256})
    plain: frozenset[str] = frozenset()
    either: frozenset[str] = frozenset({"external_id"})
    due: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    apart: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    beside: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))

    def by_design(self, wire: str, convention: str | None) -> bool:
        """Whether a library sends this convention's hash under that wire key on purpose."""
        return any(wire.startswith(start) and convention in codes for start, codes in self.beside.items())

    def repeats(self, wire: str) -> bool:
        """Whether a wire key only repeats, by an older rule, what another one says."""
        return any(map(wire.startswith, self.beside))
