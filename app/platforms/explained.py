"""What the platforms' refusals mean: one TOML table each, an `[[error]]` to a code, or to all of its `codes`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from app.platforms.base import Explanation


@cache
def explanations(table: Path) -> Mapping[tuple[str, str], Explanation]:
    """Every refusal that a table explains, by code and subcode ("" stands for any)."""
    found: dict[tuple[str, str], Explanation] = {}
    for entry in tomllib.loads(table.read_text("utf-8"))["error"]:
        for code in entry.get("codes", [entry.get("code", "")]):
            said = {name: str(entry.get(name, "")) for name in Explanation._fields} | {"code": str(code)}
            found[said["code"], said["subcode"]] = Explanation(**said)
    return found


def explained(table: Path, code: str | None, subcode: str | None) -> Explanation | None:
    """What a refusal means by a table; None for one that nobody has written about."""
    known = explanations(table)
    return known.get((code or "", subcode or "")) or known.get((code or "", ""))


def in_words(known: Explanation | None, message: str | None = None) -> str:
    """A refusal on one line: what we know of it, else the platform's own message."""
    return f"{known.title}: {known.cause} {known.fix}" if known else message or "No reason was given."
