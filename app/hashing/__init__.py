"""Hash forensics: which text, under which rule, gives this hash? Pure; knows nothing but the vocabulary."""

from __future__ import annotations

from app.hashing.between import digest_upon, same_once_hashed
from app.hashing.forensics import check, explain, sent_by
from app.hashing.forms import (
    NOTHING,
    digest_of,
    form_of,
    is_nothing,
    nothing_behind,
    sha256,
    split_appendix,
    without_appendix,
)
from app.hashing.rules import Convention, CustomerRules
from app.hashing.table import region_of

__all__ = [
    "NOTHING",
    "Convention",
    "CustomerRules",
    "check",
    "digest_of",
    "digest_upon",
    "explain",
    "form_of",
    "is_nothing",
    "nothing_behind",
    "region_of",
    "same_once_hashed",
    "sent_by",
    "sha256",
    "split_appendix",
    "without_appendix",
]
