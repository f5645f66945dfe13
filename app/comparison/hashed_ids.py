"""How two event IDs relate where a side hashes them: what is behind a SHA-256, and what was hashed once too often.

Each platform compares IDs in a form of its own (`DedupRule.id_form`): mostly as they are, some hashed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from app.comparison.identifiers import IdRelation, relate_ids
from app.comparison.shortening import short
from app.hashing import sha256

_SHA256 = re.compile(r"[0-9A-Fa-f]{64}")
_PARTS = re.compile(r"[\W_]+")
_LONGEST = 200  # characters of an ID that others are looked for in


def relate_compared(a: str, b: str, form: Callable[[str], str]) -> IdRelation:
    """How two event IDs relate to a platform that compares them in that form, by the simplest difference.

    `reason` may also be `hashed`: one is the SHA-256 of what the platform compares of the other.
    """
    one, other = form(a), form(b)
    if one == other:
        how = "The IDs are the same text." if a == b else "The IDs are one to the platform: one side hashes it."
        return IdRelation("equal", how)
    for inner, outer, text in ((one, other, b), (other, one, a)):
        if sha256(inner) == outer.lower():
            how = f"{short(text)} is the SHA-256 of {short(inner)}, so it was hashed once too often."
            return IdRelation("hashed", how, a, b, (0, len(a)), (0, len(b)))
    for hashed, plain in ((a, b), (b, a)):
        behind = _behind(hashed, plain)
        if behind is not None:
            found = relate_ids(behind, plain)
            if behind == plain:
                return IdRelation("case", "One side hashes it in capital letters.", a, b, (0, len(a)), (0, len(b)))
            told = f"Behind the hash stands another spelling. {found.detail}"
            return IdRelation(found.reason, told, a, b, (0, len(a)), (0, len(b)))
    return relate_ids(a, b)


def _behind(digest: str, plain: str) -> str | None:
    """The text behind a SHA-256, where it is an ID that is nearly the other side's plain one; None when it is not."""
    if not _SHA256.fullmatch(digest) or _SHA256.fullmatch(plain) or len(plain) > _LONGEST:
        return None
    return next((text for text in _spellings(plain) if sha256(text) == digest.lower()), None)


def _spellings(plain: str) -> Iterator[str]:
    """What an ID may have been before somebody changed its case, or put something before or after it."""
    for text in (plain, plain.strip()):
        yield from (text.lower(), text.upper(), text.swapcase(), text.lstrip("#").lstrip("0"))
    marks = list(_PARTS.finditer(plain))[:20]
    for mark in marks:
        yield from (plain[: mark.start()], plain[mark.end() :])
