"""How a session lies in its file: the tables, and an exchange as one of their rows."""

from __future__ import annotations

import json
import time
from types import UnionType
from typing import Any

import sqlite_utils
from sqlite_utils.migrations import Migrations

from app.model import Exchange, Headers, Provenance, Request, Response
from app.session.chain import EXCHANGE, SMALL, Chain, row_digest

migrations = Migrations("pixelpair")

_MAYBE_TEXT, _MAYBE_NUMBER = str | None, int | None
_KINDS: tuple[tuple[str, type | UnionType], ...] = (
    *(("number", int), ("method", str), ("url", str), ("request_headers", str), ("request_body", bytes)),
    *(("status", _MAYBE_NUMBER), ("response_headers", _MAYBE_TEXT), ("response_body", bytes | None)),
    *(("error", _MAYBE_TEXT), ("started_ms", _MAYBE_NUMBER), ("finished_ms", _MAYBE_NUMBER)),
    *(("source", str), ("send", _MAYBE_TEXT)),
)


@migrations()
def m001_exchanges_facts_notes_inputs(db: sqlite_utils.Database) -> None:
    """The first layout. Text that is a list or a mapping is JSON; times are epoch milliseconds, UTC."""
    table = db.table
    table("exchanges").create(
        {
            "number": int,
            "provenance": str,
            "method": str,
            "url": str,
            "request_headers": str,
            "request_body": bytes,
            "request_truncated": int,
            "status": int,
            "response_headers": str,
            "response_body": bytes,
            "response_truncated": int,
            "error": str,
            "started_ms": int,
            "finished_ms": int,
            "source": str,
            "send": str,
        },
        pk="number",
    )
    table("facts").create({"name": str, "value": str}, pk="name")
    table("notes").create({"key": str, "note": str, "tags": str, "pinned": int, "changed_ms": int}, pk="key")
    table("inputs").create({"id": int, "name": str, "sha256": str, "exchanges": int, "skipped": str}, pk="id")


@migrations()
def m002_ignored_requests(db: sqlite_utils.Database) -> None:
    """How many requests of an input were no platform's, and were left out."""
    db.table("inputs").add_column("ignored", int, not_null_default=0)


@migrations()
def m003_digests(db: sqlite_utils.Database) -> None:
    """A digest for every row, those of the exchanges chained; see `app.session.chain`. What was there gets them now."""
    for name in ("exchanges", *SMALL):
        db.execute(f"alter table {name} add column digest BLOB")
    chain = Chain()
    for row in list(db.query("select number from exchanges order by number")):
        (whole,) = db.query("select * from exchanges where number = ?", (row["number"],))
        chain.head = row_digest(whole, EXCHANGE, chain.head)
        db.execute("update exchanges set digest = ? where number = ?", (chain.head, row["number"]))
        chain.count += 1
    if chain.count:
        late = json.dumps({"exchanges": chain.count, "at_ms": time.time_ns() // 1_000_000})
        db.execute("insert into facts (name, value) values ('sealed_late', ?)", (late,))
    for name, columns in SMALL.items():
        for row in list(db.query(f"select rowid as place, * from {name}")):
            db.execute(f"update {name} set digest = ? where rowid = ?", (row_digest(row, columns), row["place"]))
    seal(db, chain.count, chain.head)


def seal(db: sqlite_utils.Database, count: int, head: bytes) -> None:
    """Write down how many rows there are and how the exchanges end. Part of every transaction."""
    db.execute("insert into facts (name, value) values ('seal', '') on conflict do nothing")
    small = {name: db.execute(f"select count(*) from {name} not indexed").fetchone()[0] for name in SMALL}
    row = {"name": "seal", "value": json.dumps({"exchanges": count, "head": head.hex(), **small})}
    write_fact(db, row["name"], row["value"])


def write_fact(db: sqlite_utils.Database, name: str, value: str) -> None:
    """Put a fact in place of the one of that name. Part of a transaction."""
    digest = row_digest({"name": name, "value": value}, SMALL["facts"])
    db.execute(
        "insert into facts (name, value, digest) values (?, ?, ?)"
        " on conflict (name) do update set value = excluded.value, digest = excluded.digest",
        (name, value, digest),
    )


# Asked of an empty database, what is pending is everything this version knows.
KNOWN = frozenset(item.name for item in migrations.pending(sqlite_utils.Database(memory=True)))

Column = tuple[str, str, int, int]
"""Name, type, place in the key, and whether it is hidden, as `pragma table_xinfo` says it."""


def _layouts() -> dict[str, tuple[tuple[Column, ...], ...]]:
    """The columns of each table as this version and the ones before it write them."""
    found: dict[str, tuple[tuple[Column, ...], ...]] = dict.fromkeys(("exchanges", *SMALL), ())
    for last in (m002_ignored_requests.__name__, m003_digests.__name__, None):
        db = sqlite_utils.Database(memory=True, execute_plugins=False)
        migrations.apply(db, stop_before=last)
        for name in found:
            rows = db.execute(f"pragma table_xinfo({name})").fetchall()
            found[name] += (tuple((row[1], row[2], row[5], row[6]) for row in rows),)
        db.close()
    return found


TABLES = _layouts()


def row_of(exchange: Exchange) -> dict[str, Any]:
    """An exchange as a row of `exchanges`."""
    request, response = exchange.request, exchange.response
    return {
        "number": exchange.number,
        "provenance": exchange.provenance.value,
        "method": _text(request.method),
        "url": _text(request.url),
        "request_headers": json.dumps(request.headers),
        "request_body": request.body,
        "request_truncated": int(request.truncated),
        "status": response.status if response else None,
        "response_headers": json.dumps(response.headers) if response else None,
        "response_body": response.body if response else None,
        "response_truncated": int(response.truncated) if response else None,
        "error": _text(exchange.error) if exchange.error is not None else None,
        "started_ms": exchange.started_ms,
        "finished_ms": exchange.finished_ms,
        "source": _text(exchange.source),
        "send": exchange.send,
    }


def exchange_of(row: dict[str, Any]) -> Exchange:
    """A row of `exchanges` as the exchange it was.

    Raises `ValueError` for a row that holds anything else: the file is damaged, or was made by somebody.
    """
    try:
        if wrong := [name for name, kind in _KINDS if not isinstance(row[name], kind)]:
            raise ValueError(f"{wrong[0]} is of the wrong kind")
        if row["status"] is not None and (row["response_body"] is None or row["response_headers"] is None):
            raise ValueError("half of the answer is missing")
        return _exchange_of(row)
    except (LookupError, TypeError, RecursionError) as error:
        raise ValueError(str(error)) from error


def _exchange_of(row: dict[str, Any]) -> Exchange:
    response = None
    if row["status"] is not None:
        response = Response(
            row["status"], _headers(row["response_headers"]), row["response_body"], bool(row["response_truncated"])
        )
    return Exchange(
        provenance=Provenance(row["provenance"]),
        request=Request(
            row["method"],
            row["url"],
            _headers(row["request_headers"]),
            row["request_body"],
            bool(row["request_truncated"]),
        ),
        response=response,
        error=row["error"],
        started_ms=row["started_ms"],
        finished_ms=row["finished_ms"],
        source=row["source"],
        send=row["send"],
        number=row["number"],
    )


def _headers(text: str) -> Headers:
    headers = tuple([(name, value) for name, value in json.loads(text)])
    for name, value in headers:
        if type(name) is not str or type(value) is not str:
            raise ValueError("a header is no text")
    return headers


def _text(text: str) -> str:
    """Text as SQLite can hold it: half a surrogate pair, which some files contain, is written out as an escape."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()
