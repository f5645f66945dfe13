"""Digests in the session file: whether what it holds is what was written.

Each exchange's digest is the SHA-256 of the digest before it (32 zero bytes at the first) and of its row as msgpack: an
array of the values in the order of `EXCHANGE`. So one altered, added or removed exchange makes one digest not fit. A
row of the small tables has a digest of its own, by the same rule without one before it. The fact `seal` says how many
rows there are, and with which digest the exchanges end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Any

import msgspec

EXCHANGE = (
    "number",
    "provenance",
    "method",
    "url",
    "request_headers",
    "request_body",
    "request_truncated",
    "status",
    "response_headers",
    "response_body",
    "response_truncated",
    "error",
    "started_ms",
    "finished_ms",
    "source",
    "send",
)
SMALL = {
    "facts": ("name", "value"),
    "notes": ("key", "note", "tags", "pinned", "changed_ms"),
    "inputs": ("id", "name", "sha256", "exchanges", "skipped", "ignored"),
}
START = bytes(32)

_encode = msgspec.msgpack.Encoder().encode


def row_digest(row: Mapping[str, Any], columns: tuple[str, ...], before: bytes = b"") -> bytes:
    """The digest of a row as it is stored."""
    return sha256(before + _encode([row[name] for name in columns])).digest()


class Soundness(StrEnum):
    """What the digests of a session say."""

    WHOLE = "whole"
    DAMAGED = "damaged"
    UNSEALED = "unsealed"  # written by a version that made no digests, and only read since


@dataclass(frozen=True, slots=True)
class Integrity:
    """What is known of a session's soundness; `exchange` is the first that is not as it was written."""

    state: Soundness = Soundness.WHOLE
    text: str = ""
    exchange: int | None = None


WHOLE = Integrity()


@dataclass(slots=True)
class Chain:
    """Follows the digests of exchanges in order; `broken` are the numbers of those that do not fit."""

    head: bytes = START
    count: int = 0
    broken: list[int] = field(default_factory=list)

    def follow(self, row: Mapping[str, Any]) -> None:
        """Take the next row as it was read. After one that does not fit, the chain goes on from what it says."""
        self.count += 1
        fitting = row_digest(row, EXCHANGE, self.head)
        said = row["digest"]
        if said != fitting:
            self.broken.append(row["number"])
        self.head = said if isinstance(said, bytes) else fitting
