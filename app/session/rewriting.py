"""Exchanges written over, because a secret has become known that they hold, and the digests made anew."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlite_utils

from app.session.chain import EXCHANGE, START, row_digest

_PAGE = 500
_UPDATE = f"update exchanges set {', '.join(f'{name} = ?' for name in (*EXCHANGE, 'digest'))} where number = ?"


def rewrite(db: sqlite_utils.Database, rows: Mapping[int, dict[str, Any]]) -> dict[int, bytes]:
    """Put these rows in the place of those of the same number, within the caller's transaction.

    Returns the new digest of each exchange from the first of them on. One whose digest did not fit before is left with
    what it had: that somebody altered it stays to be seen.
    """
    after = min(rows) - 1
    before = next(
        db.query("select digest from exchanges where number <= ? order by number desc limit 1", [after]), None
    )
    old = head = before["digest"] if before else START
    heads: dict[int, bytes] = {}
    while page := list(db.query("select * from exchanges where number > ? order by number limit ?", [after, _PAGE])):
        for row in page:
            after = row["number"]
            fits = row["digest"] == row_digest(row, EXCHANGE, old)
            old = row["digest"]
            new = rows.get(after, row)
            head = heads[after] = row_digest(new, EXCHANGE, head) if fits else old
            db.execute(_UPDATE, [*(new[name] for name in EXCHANGE), head, after])
    return heads
