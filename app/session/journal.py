"""The journal: exchanges that were answered and are not yet saved, in files beside the session until they are.

Whoever captures appends each finished exchange, masked, before its answer goes out; the session takes it in within one
batch's time. So an exchange that somebody was answered outlives the end of any process. `write` is enough for that:
what the system holds is lost with its power only.

    shop.pixelpair.journal-5f0c1e7a.1       one segment of one run; the next is begun when it is full
    shop.pixelpair.journal-5f0c1e7a.lock    held while its writer lives

A segment is a head (`PXPJ1\\n` and a key of sixteen bytes) and records: a mark, the payload's length, its number in the
run, a digest keyed with the segment's key, and the payload as msgpack. The key keeps traffic that looks like a record
from being one. Numbers grow, and the session remembers the last one it took in the transaction that saved it: each
exchange is saved exactly once. SQLite owns the name `shop.pixelpair-journal`, which is why this is another.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import struct
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Any

import msgspec

from app.locking import FileLock, LockedError
from app.model import Exchange

SEGMENT = 1 << 20  # bytes after which the next segment is begun, so that what was taken in can go
WRITER_S = 5.0  # how long a writer that outlived us may take to end; seconds
_HEAD = b"PXPJ1\n"
_KEY = 16
_MARK = b"\xf1PXJ"
_RECORD = struct.Struct(">4sIQ8s")
_NAME = ".journal-"

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Exchange)


def encoded(exchange: Exchange) -> bytes:
    """An exchange as bytes; half a surrogate pair is written out as an escape, as in the session."""
    try:
        return _encoder.encode(exchange)
    except UnicodeEncodeError:
        return _encoder.encode(_writable(msgspec.to_builtins(exchange, builtin_types=(bytes,))))


def decoded(payload: bytes) -> Exchange:
    """The exchange that `encoded` made the bytes of. Raises `ValueError`."""
    return _decoder.decode(payload)


def new_run(session: Path) -> Path:
    """What the files of a new run beside a session begin with."""
    return session.with_name(f"{session.name}{_NAME}{secrets.token_hex(4)}")


def runs_beside(session: Path) -> list[Path]:
    """The runs whose files lie beside a session, such as a killed process left them."""
    start = session.name + _NAME
    try:
        found = [path for path in session.parent.iterdir() if path.name.startswith(start)]
    except OSError:  # a folder that may not be listed: what is in it is left
        return []
    return sorted({path.with_name(path.name.rpartition(".")[0]) for path in found})


class JournalWriter:
    """Appends to one run. Raises `LockedError` when another process writes it, `OSError` when the place is no good."""

    def __init__(self, run: Path) -> None:
        self._run = run
        self._lock = FileLock.when_free(run, WRITER_S)
        self._file = -1
        try:
            self._begin(_newest(run) + 1)
        except OSError:
            self._lock.release()
            raise

    def append(self, sequence: int, exchange: Exchange) -> None:
        """Write one exchange, whole or not at all. `sequence` grows. Raises `OSError`, for instance on a full disk."""
        if self._size >= SEGMENT:
            with contextlib.suppress(OSError):  # there is no room for another file: there may be some in this one
                self._begin(self._number + 1)
        payload = encoded(exchange)
        record = _RECORD.pack(_MARK, len(payload), sequence, _digest(self._key, sequence, payload)) + payload
        try:
            _write(self._file, record)
        except OSError:
            os.ftruncate(self._file, self._size)
            os.lseek(self._file, self._size, os.SEEK_SET)
            raise
        self._size += len(record)

    def close(self) -> None:
        """Let go of the files; they stay for whoever takes them in."""
        os.close(self._file)
        self._lock.release()

    def _begin(self, number: int) -> None:
        """Go on in a new segment; the old one stays in use when that fails."""
        key = secrets.token_bytes(_KEY)
        path = _segment(self._run, number)
        file = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | getattr(os, "O_BINARY", 0), 0o600)
        try:
            _write(file, _HEAD + key)
        except OSError:
            os.close(file)
            path.unlink(missing_ok=True)
            raise
        if self._file >= 0:
            os.close(self._file)
        self._file, self._key, self._number, self._size = file, key, number, len(_HEAD) + _KEY


class JournalReader:
    """Reads one run, also while it is written. `taken` is the number of the last exchange that was read before."""

    def __init__(self, run: Path, taken: int = 0) -> None:
        self.run = run
        self.taken = taken
        self.spoilt = 0  # records that a kill or damage cut short
        self._number = 0
        self._file = -1
        self._key = b""
        self._offset = 0
        self._read: list[int] = []  # numbers of the segments read to their end

    def look(self) -> None:
        """Take hold of the first segment there is, so that it can be read wherever it is moved to."""
        if self._file < 0:
            self._open(self._number + 1 if self._number else min(_numbers(self.run), default=0))

    def read(self, *, ended: bool = False) -> tuple[Exchange, ...]:
        """The next exchanges that were not read yet, at most a segment's; none when all there is was read.

        `ended` says that nobody writes any more: a record that is not whole will not become so. Raises `OSError`.
        """
        while True:
            self.look()
            if self._file < 0:
                return ()
            following = _segment(self.run, self._number + 1).exists()  # asked first: then this one is complete
            found = tuple(self._records(whole=ended or following))
            if found or not (ended or following):
                return found
            self._read.append(self._number)
            self._close()
            if not following:
                return ()

    def forget(self) -> None:
        """Remove what was read to its end; whoever took it in has saved it."""
        while self._read:
            with contextlib.suppress(OSError):
                _segment(self.run, self._read.pop()).unlink(missing_ok=True)

    def discard(self) -> None:
        """Remove the whole run, which was read, saved and has no writer any more."""
        self._close()
        for path in segments(self.run):
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of the files and leave them."""
        self._close()

    def _records(self, *, whole: bool) -> Iterator[Exchange]:
        os.lseek(self._file, self._offset, os.SEEK_SET)
        data = _read_all(self._file)
        at = 0
        if not self._key:
            if len(data) < len(_HEAD) + _KEY or not data.startswith(_HEAD):
                return
            at = len(_HEAD) + _KEY
            self._key = data[len(_HEAD) : at]
        while at < len(data):
            record = self._record(data, at)
            if record is None:
                if not whole:
                    break
                self.spoilt += 1
                at = data.find(_MARK, at + 1)  # a torn record is followed by whole ones when its writer went on
                if at < 0:
                    at = len(data)
                continue
            sequence, payload, at = record
            if sequence > self.taken:
                self.taken = sequence
                with contextlib.suppress(ValueError):  # by a version that knew other exchanges
                    yield decoded(payload)
        self._offset += at

    def _record(self, data: bytes, at: int) -> tuple[int, bytes, int] | None:
        start = at + _RECORD.size
        if start > len(data):
            return None
        mark, length, sequence, digest = _RECORD.unpack_from(data, at)
        payload = data[start : start + length]
        if mark != _MARK or len(payload) != length or digest != _digest(self._key, sequence, payload):
            return None
        return sequence, payload, start + length

    def _open(self, number: int) -> None:
        if not number:
            return
        try:
            self._file = os.open(_segment(self.run, number), os.O_RDONLY | getattr(os, "O_BINARY", 0))
        except FileNotFoundError:
            return
        self._number, self._key, self._offset = number, b"", 0

    def _close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


@contextlib.contextmanager
def left_behind(run: Path, taken: int) -> Iterator[tuple[JournalReader, bool]]:
    """A run that an earlier process left, and whether its writer has ended; one that ends just now is waited for."""
    try:
        lock: FileLock | None = FileLock.when_free(run, WRITER_S)
    except (LockedError, OSError):
        lock = None
    reader = JournalReader(run, taken)
    try:
        yield reader, lock is not None
    finally:
        reader.close()
        if lock is not None:
            lock.release()


def _writable(part: Any) -> Any:
    match part:
        case str():
            return part.encode("utf-8", "backslashreplace").decode()
        case dict():
            return {key: _writable(value) for key, value in part.items()}
        case list() | tuple():
            return [_writable(item) for item in part]
    return part


def _digest(key: bytes, sequence: int, payload: bytes) -> bytes:
    state = blake2b(sequence.to_bytes(8), key=key, digest_size=8)
    state.update(payload)
    return state.digest()


def _write(file: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]


def _read_all(file: int) -> bytes:
    pieces = []
    while piece := os.read(file, SEGMENT):
        pieces.append(piece)
    return b"".join(pieces)


def _segment(run: Path, number: int) -> Path:
    return run.with_name(f"{run.name}.{number}")


def segments(run: Path) -> list[Path]:
    """The files of a run, its lock among them."""
    start = run.name + "."
    try:
        return [path for path in run.parent.iterdir() if path.name.startswith(start)]
    except OSError:  # the folder is gone, and they with it
        return []


def _numbers(run: Path) -> list[int]:
    ends = (path.name.rpartition(".")[2] for path in segments(run))
    return sorted(int(end) for end in ends if end.isdecimal())


def _newest(run: Path) -> int:
    return max(_numbers(run), default=0)
