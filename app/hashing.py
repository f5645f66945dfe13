"""Hash forensics: which text, under which rule, gives this hash?"""

from __future__ import annotations

import hashlib
import re

from app.model import CheckStatus, Customer, Form, HashCheck, UserValue

_APPENDIX = re.compile(r"\.(?:[A-Za-z0-9_-]{8}|AQ|Ag|Aw|BA|BQ|Bg)\Z")
_HEX = re.compile(r"[0-9a-f]+\Z")
_HEX_ANY = re.compile(r"[0-9A-Fa-f]+\Z")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{43}=?\Z")


def sha256(text: str) -> str:
    """The lower-case hex SHA-256 of a text's UTF-8 bytes."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def without_appendix(text: str) -> str:
    """A value without the suffix that Meta's parameter builder adds to it (`….AQQCAQMC`)."""
    return _APPENDIX.sub("", text)


def form_of(text: str) -> Form:
    """The outer form of a customer value; an appendix suffix is looked through."""
    if not text.strip():
        return Form.EMPTY
    bare = text
    if len(bare) not in (32, 40, 64):
        bare = without_appendix(text.strip())
    if len(bare) == 64 and _HEX.match(bare):
        return Form.SHA256
    if len(bare) == 64 and _HEX_ANY.match(bare):
        return Form.UPPER_HEX
    if len(bare) == 32 and _HEX_ANY.match(bare):
        return Form.MD5
    if len(bare) == 40 and _HEX_ANY.match(bare):
        return Form.SHA1
    if _BASE64.match(bare) and len(bare) == 44:
        return Form.SHA256_BASE64
    return Form.PLAIN


def normalize_documented(key: str, text: str) -> str | None:
    """A customer value as the documentation wants it before hashing; None when it can not be brought there."""
    return text.strip().lower() or None


def check(value: UserValue, customer: Customer) -> HashCheck:
    """What is known of one customer value, given the test customer."""
    return HashCheck(CheckStatus.NOT_TESTED)
