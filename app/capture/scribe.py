"""The scribe: a small process that masks what the proxy saw and writes it to the journal, before the answer goes out.

It is apart from the proxy because masking costs a tenth of what an exchange costs there, and apart from the window's
process because no page should wait for a window. It ends when the proxy's end of the socket closes, after everything
it was sent: what was in the socket when the proxy was killed is written, too.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import struct
from collections.abc import Iterator
from pathlib import Path

import msgspec

from app.locking import LockedError
from app.redaction import Masker, share_salt
from app.session.journal import JournalWriter, decoded

FRAME = struct.Struct(">cIQ")  # what it is, the payload's length, the exchange's number
EXCHANGE, MOVE = b"x", b"m"
KEPT, UNKEPT = b"k", b"u"  # the answer to each exchange, in order
ANSWER = struct.Struct(">cI")  # what became of it, and the length of the secrets that it showed
_PIECE = 1 << 18


def write_down(far: socket.socket, run: Path, salt: bytes) -> None:
    """Serve one proxy until it closes its end. Runs in a process of its own."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the proxy decides when to end
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.umask(0o077)
    share_salt(salt)
    journal, masker = _opened(run), Masker()
    with contextlib.suppress(OSError):  # the proxy was killed: nobody waits for the word that it is kept
        for kind, sequence, payload in _frames(far):
            if kind == MOVE:
                journal = _moved(journal, Path(os.fsdecode(payload)))
                continue
            kept = journal is not None and _keep(journal, masker, sequence, payload)
            secrets = masker.fresh()
            learnt = msgspec.msgpack.encode(secrets) if secrets else b""
            far.sendall(ANSWER.pack(KEPT if kept else UNKEPT, len(learnt)) + learnt)
    if journal is not None:
        journal.close()


def _keep(journal: JournalWriter, masker: Masker, sequence: int, payload: bytes) -> bool:
    try:
        journal.append(sequence, masker.mask(decoded(payload)))
    except Exception:  # noqa: BLE001  (a full disk, or a bug of ours in masking: it goes the other way, and is not lost)
        return False
    return True


def _moved(journal: JournalWriter | None, run: Path) -> JournalWriter | None:
    """The journal at another place; the one there was when that can not be written."""
    fresh = _opened(run)
    if fresh is None:
        return journal
    if journal is not None:
        journal.close()
    return fresh


def _opened(run: Path) -> JournalWriter | None:
    try:
        return JournalWriter(run)
    except (LockedError, OSError):
        return None


def _frames(near: socket.socket) -> Iterator[tuple[bytes, int, bytes]]:
    buffer = bytearray()
    while piece := near.recv(_PIECE):
        buffer += piece
        at = 0
        while len(buffer) - at >= FRAME.size:
            kind, length, sequence = FRAME.unpack_from(buffer, at)
            start = at + FRAME.size
            if len(buffer) < start + length:
                break
            at = start + length
            yield kind, sequence, bytes(buffer[start:at])
        del buffer[:at]
