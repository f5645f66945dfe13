"""How two values of one customer key relate."""

from __future__ import annotations

import base64
import hashlib

import pytest

from app.hashing import digest_upon, same_once_hashed, sha256
from app.platforms.meta.customer import CUSTOMER

ONCE = sha256("mary@example.com")
RAW = bytes.fromhex(ONCE)
MD5 = hashlib.md5(b"mary@example.com").hexdigest()


@pytest.mark.parametrize(
    ("inner", "outer", "digest"),
    [
        (ONCE, sha256(ONCE), "SHA-256"),
        (ONCE, sha256(ONCE.upper()), "SHA-256"),
        (ONCE.upper(), sha256(ONCE), "SHA-256"),
        (ONCE, sha256(ONCE).upper(), "SHA-256"),
        (ONCE, base64.b64encode(bytes.fromhex(sha256(ONCE))).decode(), "SHA-256"),
        (ONCE, sha256(base64.b64encode(RAW).decode()), "SHA-256"),
        (ONCE, sha256(base64.urlsafe_b64encode(RAW).decode().rstrip("=")), "SHA-256"),
        (base64.b64encode(RAW).decode(), sha256(ONCE), "SHA-256"),
        (ONCE, hashlib.sha256(RAW).hexdigest(), "SHA-256"),
        (ONCE, hashlib.md5(ONCE.encode()).hexdigest(), "MD5"),
        (ONCE, hashlib.sha1(ONCE.upper().encode()).hexdigest(), "SHA-1"),
        (MD5, sha256(MD5), "SHA-256"),
        (f"{ONCE}.AQQCAQMC", sha256(ONCE), "SHA-256"),
        (ONCE, ONCE, None),
        (ONCE, ONCE.upper(), None),
        (ONCE, sha256("bob@example.com"), None),
        (sha256(ONCE), ONCE, None),
        ("mary@example.com", ONCE, None),
        ("", sha256(""), None),
    ],
)
def test_a_digest_of_a_hash_is_known_however_the_hash_was_written(inner: str, outer: str, digest: str | None) -> None:
    assert digest_upon(inner, outer) == digest


@pytest.mark.parametrize(
    ("key", "one", "other", "same"),
    [
        ("external_id", "12345", sha256("12345"), True),
        ("external_id", " User_1", sha256("user_1").upper(), True),
        ("em", "Mary@Example.com ", sha256("mary@example.com"), True),
        ("ph", "+1 (555) 987-6543", sha256("15559876543"), True),
        ("external_id", "12345", sha256("12346"), False),
        ("external_id", ONCE, sha256(ONCE), False),
        ("em", "", ONCE, False),
    ],
)
def test_a_value_in_plain_is_the_one_that_the_other_side_hashed(key: str, one: str, other: str, same: bool) -> None:
    assert same_once_hashed(key, one, other, CUSTOMER) is same
    assert same_once_hashed(key, other, one, CUSTOMER) is same
