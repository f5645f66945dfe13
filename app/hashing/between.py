"""How two values of one customer key relate that are not the same text: hashed on one side only, or hashed twice."""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache

from app.hashing.forms import digest_of, form_of, sha256, without_appendix
from app.hashing.rules import CustomerRules
from app.model import Form

_SHA256 = (Form.SHA256, Form.UPPER_HEX, Form.SHA256_BASE64)
_BY_LENGTH = {64: "sha256", 40: "sha1", 32: "md5"}  # of a digest's hex
_LONGEST = 1_000  # characters; nothing that long names a person
_TITLES = {"sha256": "SHA-256", "sha1": "SHA-1", "md5": "MD5"}


def same_once_hashed(key: str, one: str, other: str, rules: CustomerRules) -> bool:
    """Whether two values of a key are one person's, where a side hashes what the other sends as it is."""
    if max(len(one), len(other)) > _LONGEST:
        return one == other
    return one == other or not _identities(key, one, rules).isdisjoint(_identities(key, other, rules))


@lru_cache(maxsize=2048)
def _identities(key: str, text: str, rules: CustomerRules) -> frozenset[str]:
    """The SHA-256s by which the other side may know a value: itself where it is one, else those of its usual shapes."""
    if form_of(text) in _SHA256:
        return frozenset((digest_of(text) or text,))
    shapes = (text, text.strip(), text.strip().lower(), rules.documented(key, text, None))
    return frozenset(sha256(shape) for shape in shapes if shape)


def digest_upon(inner: str, outer: str) -> str | None:
    """The digest that makes one hash out of another ("SHA-256"); None when `outer` is no digest of `inner`.

    `inner` may have been hashed as it was sent, as hex in either case, as base64 in either alphabet, or as bare bytes.
    """
    target, digest = digest_of(outer), digest_of(inner)
    if target is None or digest is None or target == digest:
        return None
    name = _BY_LENGTH[len(target)]
    made = (hashlib.new(name, text, usedforsecurity=False).hexdigest() for text in _written(inner, digest))
    return _TITLES[name] if target in made else None


def _written(inner: str, digest: str) -> set[bytes]:
    """The bytes that a hash is handed on as."""
    raw = bytes.fromhex(digest)
    coded = (base64.b64encode(raw), base64.urlsafe_b64encode(raw))
    bare = without_appendix(inner.strip()).encode("utf-8", "surrogatepass")
    return {bare, digest.encode(), digest.upper().encode(), raw, *coded, *(text.rstrip(b"=") for text in coded)}
