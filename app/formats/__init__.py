"""Files in and out. Reading gives exchanges; what one part of a file spoils is named, and the rest is read.

Only what a platform claims leaves this room: a HAR file of a checkout holds its visitor's logins and cards too. The
rest is counted.

`read` knows HAR files of any tool, mitmproxy's flow files, JSON and JSON Lines of server payloads, cURL commands, and
our own session files, told apart by what is in them, not by their names.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from itertools import chain
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from app.formats import curl, flows, har, jsonl, session_file
from app.formats.errors import FormatError
from app.formats.text import decoded
from app.model import Event, Exchange
from app.platforms import claims, decode
from app.platforms.reading import method_of
from app.session.file import SQLITE_MAGIC, Input, Integrity, Skipped

__all__ = ["FormatError", "Import", "Skipped", "read", "settle_accounts"]


class Import(Struct, frozen=True):
    """What was read from one file. `sha256` is of the file's bytes, so that evidence can be traced to it.

    `ignored` counts the requests in it that are no platform's: all that is kept of them. `remarks` are sentences on a
    session as it was found, `integrity` says whether it is as it was written.
    """

    name: str
    sha256: str
    exchanges: tuple[Exchange, ...]
    skipped: tuple[Skipped, ...] = ()
    ignored: int = 0
    remarks: tuple[str, ...] = ()
    integrity: Integrity = Integrity()

    @property
    def input(self) -> Input:
        """The same without the exchanges, as a session keeps it and a report prints it."""
        count = len(self.exchanges) + self.ignored
        return Input(self.name, self.sha256, count, self.skipped, self.ignored, self.integrity)


def settle_accounts(imports: Iterable[Import], known: Callable[[], Iterable[Event]] = tuple) -> tuple[Import, ...]:
    """Give payloads that name no account the only one of their platform that the inputs name.

    When they name several, a payload goes to the one at which its events' names and IDs were seen, if that is one.
    Else it stays at `jsonl.UNKNOWN`: a guess would pair strangers. `known` gives the events that were there before.
    """
    imports = tuple(imports)
    exchanges = [exchange for item in imports for exchange in item.exchanges]
    if not any(map(jsonl.homeless, exchanges)):
        return imports
    seen: dict[tuple[str, str, str], set[str]] = {}
    accounts: dict[str, set[str]] = {}
    named = chain.from_iterable(decode(one) for one in exchanges if not jsonl.homeless(one))
    for event in chain(known(), named):
        if event.account not in ("", jsonl.UNKNOWN):
            accounts.setdefault(event.platform, set()).add(event.account)
            seen.setdefault((event.platform, event.name, event.event_id or ""), set()).add(event.account)

    def settled(exchange: Exchange) -> Exchange:
        if not jsonl.homeless(exchange):
            return exchange
        events = decode(exchange)
        fitting = set[str]().union(*(accounts.get(event.platform, ()) for event in events))
        if len(fitting) != 1:
            keys = [(event.platform, event.name, event.event_id) for event in events if event.event_id]
            fitting = set[str]().union(*(seen.get(key, ()) for key in keys))
        return jsonl.housed(exchange, *fitting) if len(fitting) == 1 else exchange

    return tuple(replace(item, exchanges=tuple(map(settled, item.exchanges))) for item in imports)


def read(path: Path, account: str = "", endpoints: tuple[str, ...] = ()) -> Import:
    """Read a file that holds traffic.

    `account` is the dataset or pixel ID of payloads that do not name theirs; see `settle_accounts` for when nobody
    knows it. `endpoints` are first-party places the user named as taking pixel traffic.
    Raises `FormatError`, with the file's name, the place and the reason, when nothing in the file could be read.
    """
    name = (path.name or str(path)).encode("utf-8", "replace").decode()  # on some systems a name is any bytes
    try:
        data = path.read_bytes()
    except OSError as error:
        raise FormatError(f"{name} can not be read ({error.strerror}). Check its name and permissions.") from error
    digest = hashlib.sha256(data).hexdigest()
    if data.startswith(SQLITE_MAGIC):
        exchanges, remarks, integrity = session_file.read(path)
        return _claimed(Import(name, digest, exchanges, remarks=remarks, integrity=integrity), endpoints)
    return _claimed(Import(name, digest, *_read(data, name, account)), endpoints)


def _claimed(item: Import, endpoints: tuple[str, ...]) -> Import:
    """Without what is no platform's, which is counted."""
    kept = tuple(_plain(one) for one in item.exchanges if one.provenance.ours or claims(one.request, endpoints))
    return replace(item, exchanges=kept, ignored=len(item.exchanges) - len(kept))


def _plain(exchange: Exchange) -> Exchange:
    """The exchange with a method that no shell or program takes for more than a word."""
    method = method_of(exchange.request.method)
    if method == exchange.request.method:
        return exchange
    return replace(exchange, request=replace(exchange.request, method=method))


def _read(data: bytes, name: str, account: str) -> tuple[tuple[Exchange, ...], tuple[Skipped, ...]]:
    if flows.looks_like(data):
        return flows.read(data, name)
    text = decoded(data, name)
    if har.looks_like(text):
        return har.read(text, name)
    if curl.looks_like(text):
        return curl.read(text, name)
    return jsonl.read(text, name, account)
