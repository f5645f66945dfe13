"""The outer form of a customer value: which kind of digest it could be, and the digests of nothing at all."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re

from app.model import Form

# What a parameter builder adds: ".", then eight base64url characters, or one of the older two-letter codes.
_APPENDIX = re.compile(r"\.(?:[A-Za-z0-9_-]{8}|AQ|Ag|Aw|BA|BQ|Bg)\Z")
_HEX = re.compile(r"[0-9a-f]+\Z")
_ANY_HEX = re.compile(r"[0-9A-Fa-f]+\Z")
_CUT_HEX = re.compile(r"(?=[0-9]*[A-Fa-f])(?=[A-Fa-f]*[0-9])[0-9A-Fa-f]{24,}\Z")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{43}=?\Z")
_BY_LENGTH = {32: Form.MD5, 40: Form.SHA1}

NOTHING = (
    "",
    " ",
    "null",
    "undefined",
    "None",
    "none",
    "nil",
    "NULL",
    "NaN",
    "nan",
    "0",
    "true",
    "false",
    "N/A",
    "n/a",
    "[object Object]",
    "[]",
    "{}",
    "test@test.com",
)
"""Texts that stand for an unset value; their digests prove that nothing was hashed."""

_JUNK = frozenset(text.casefold() for text in NOTHING if text not in ("0", "true", "false", "test@test.com"))


def sha256(text: str) -> str:
    """The lower-case hex SHA-256 of a text's UTF-8 bytes."""
    return sha256_of(text.encode("utf-8", "surrogatepass"))


def sha256_of(raw: bytes) -> str:
    """The lower-case hex SHA-256 of bytes."""
    return hashlib.sha256(raw).hexdigest()


def md5(text: str) -> str:
    """The lower-case hex MD5 of a text's UTF-8 bytes: to recognise, never to protect."""
    return hashlib.md5(text.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()


def sha1(text: str) -> str:
    """The lower-case hex SHA-1 of a text's UTF-8 bytes: to recognise, never to protect."""
    return hashlib.sha1(text.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()


_NOTHING_BEHIND = {digest(text): text for digest in (sha256, md5, sha1) for text in reversed(NOTHING)}


def split_appendix(text: str) -> tuple[str, str]:
    """A value and the suffix that a parameter builder added to it (`62a1….AQQCAQMC`); empty when there is none.

    Something must stand before a suffix. A cookie's is looked for behind its three dots only, for the value there
    (`fb.1.1795319006639.44790804`) may itself be eight characters long.
    """
    cookie = text.startswith("fb.")
    if text.count(".") < (4 if cookie else 1):
        return text, ""
    start = len(text) - len(text.split(".", 3)[3]) if cookie else 0
    found = _APPENDIX.search(text, start + 1)
    return (text[: found.start()], text[found.start() + 1 :]) if found else (text, "")


def without_appendix(text: str) -> str:
    """A value without the suffix that a parameter builder adds."""
    return split_appendix(text)[0]


def form_of(text: str) -> Form:
    """The outer form of a customer value; an appendix is looked through.

    A cut, prefixed or longer run of hex is `OTHER`: it was meant to be a digest and is none we know.
    """
    size = len(text)
    if size == 64 and _HEX.match(text):
        return Form.SHA256
    bare = text.strip()
    if not bare:
        return Form.EMPTY
    head = without_appendix(bare)
    if _ANY_HEX.match(head):
        bare, size = head, len(head)
        if size == 64:
            return Form.SHA256 if _HEX.match(bare) else Form.UPPER_HEX
        if size in _BY_LENGTH:
            return _BY_LENGTH[size]
        return Form.OTHER if _CUT_HEX.match(bare) else Form.PLAIN
    if bare[:2] in ("0x", "0X") and _CUT_HEX.match(bare[2:]):
        return Form.OTHER
    if _BASE64.match(bare) and _looks_random(bare):
        return Form.SHA256_BASE64
    return Form.PLAIN


def _looks_random(text: str) -> bool:
    """Whether 43 base64 characters could be a digest: words and names have no mix of both cases and digits."""
    return text.endswith("=") or (
        any(c.islower() for c in text) and any(c.isupper() for c in text) and any(c.isdigit() for c in text)
    )


def digest_of(text: str) -> str | None:
    """The lower-case hex behind any of the digest forms; None when the value is no digest."""
    form = form_of(text)
    bare = without_appendix(text.strip())
    if form is Form.SHA256_BASE64:
        try:
            raw = base64.b64decode(bare.rstrip("=").translate(str.maketrans("-_", "+/")) + "=", validate=True)
        except binascii.Error:
            return None
        return raw.hex()
    return bare.lower() if form in (Form.SHA256, Form.UPPER_HEX, Form.MD5, Form.SHA1) else None


def nothing_behind(digest: str) -> str | None:
    """The text for an unset value that was hashed, given a lower-case hex digest; None when it was another."""
    return _NOTHING_BEHIND.get(digest)


def is_nothing(text: str) -> bool:
    """Whether a plain value stands for an unset one (`undefined`, `null`, empty)."""
    return text.strip().casefold() in _JUNK
