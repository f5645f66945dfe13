"""What a session keeps besides exchanges: the user's notes and the names of what was read into it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.session.chain import WHOLE, Integrity


@dataclass(frozen=True, slots=True)
class Note:
    """What the user wrote about a group or an event. `key` is a group's or event's ID; `changed_ms` is UTC."""

    key: str
    note: str = ""
    tags: tuple[str, ...] = ()
    pinned: bool = False
    changed_ms: int = 0


@dataclass(frozen=True, slots=True)
class Skipped:
    """A part of an input that could not be read: its place, counted from 0, and why."""

    index: int
    reason: str


@dataclass(frozen=True, slots=True)
class Input:
    """A file that was read into the session, as the report names it."""

    name: str
    sha256: str
    exchanges: int
    skipped: tuple[Skipped, ...] = ()
    ignored: int = 0  # of its exchanges, those that are no platform's, and of which nothing is kept
    integrity: Integrity = WHOLE  # what a session that was read says of itself; never stored


def note_of(row: Mapping[str, Any]) -> Note:
    """A row of `notes`. Raises `ValueError` or `TypeError` when it makes no sense."""
    return Note(row["key"], row["note"], tuple(json.loads(row["tags"])), bool(row["pinned"]), row["changed_ms"])


def input_of(row: Mapping[str, Any]) -> Input:
    """A row of `inputs`. Raises `ValueError` or `TypeError` when it makes no sense."""
    skipped = tuple(Skipped(*item) for item in json.loads(row["skipped"]))
    # A file that is only read may be older than the last column.
    return Input(row["name"], row["sha256"], row["exchanges"], skipped, row.get("ignored") or 0)
