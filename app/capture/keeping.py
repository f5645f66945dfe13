"""The proxy's side of the journal: what it saw goes to the scribe, and no answer goes out before it is kept.

Where the scribe can not write (a full disk), an exchange goes to the parent through the pipe as it is, and the user is
told that it lives in memory only. When the scribe itself is gone, the proxy writes the journal by itself, slowly.
"""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from app.capture.scribe import ANSWER, EXCHANGE, FRAME, KEPT, MOVE
from app.locking import LockedError
from app.model import Exchange
from app.redaction import Masker
from app.session.journal import JournalWriter, encoded

LAST_S = 10.0  # how long the scribe may take for what is left at the end; seconds
HOLD_S = 5.0  # how long an answer waits for it: beyond that a page would suffer from a slow disk; seconds


@dataclass(frozen=True, slots=True)
class Told:
    """Where the keeper's news goes: how far the journal reaches, what could not be put in it, sentences, secrets."""

    kept: Callable[[int], None]
    unkept: Callable[[Exchange], None]
    notice: Callable[[str], None]
    learnt: Callable[[tuple[bytes, ...]], None]


class Keeper(asyncio.Protocol):
    """Sends exchanges to the scribe and knows which are kept. Every method is for the event loop's thread."""

    def __init__(self, run: Path, told: Told) -> None:
        self._run = run
        self._told = told
        self._sequence = 0
        self._transport: asyncio.Transport | None = None
        self._pending: deque[tuple[int, Exchange]] = deque()
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()
        self._masker = Masker()
        self._answers = bytearray()
        self._own: JournalWriter | None = None  # once the scribe is gone
        self._ending = False
        self._troubled = False

    async def connect(self, near: socket.socket) -> None:
        """Take up the line to the scribe."""
        await asyncio.get_running_loop().create_connection(lambda: self, sock=near)

    def take(self, exchange: Exchange) -> None:
        """One finished exchange; `kept` waits until it is in the journal."""
        self._sequence += 1
        self._pending.append((self._sequence, exchange))
        if self._transport is None:
            self._write_alone()
            return
        payload = encoded(exchange)
        self._transport.write(FRAME.pack(EXCHANGE, len(payload), self._sequence) + payload)

    async def kept(self) -> None:
        """Return once everything taken so far is kept, or can not be."""
        if not self._pending:
            return
        loop = asyncio.get_running_loop()
        waiter = loop.create_future()
        self._waiting.append((self._sequence, waiter))
        patience = loop.call_later(HOLD_S, _let_go, waiter)
        await waiter
        patience.cancel()

    def move(self, run: Path) -> None:
        """Go on at another place: the session did."""
        self._run = run
        if self._transport is not None:
            name = bytes(run)
            self._transport.write(FRAME.pack(MOVE, len(name), 0) + name)
        elif self._own is not None:
            self._own.close()
            self._own = None

    async def close(self) -> None:
        """See everything through."""
        self._ending = True
        deadline = asyncio.get_running_loop().time() + LAST_S
        while self._pending and asyncio.get_running_loop().time() < deadline:
            await self.kept()
        if self._transport is not None:
            self._transport.close()
        if self._own is not None:
            self._own.close()

    # -- what asyncio calls -----------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.set_write_buffer_limits(high=1 << 30)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._answers += data
        while len(self._answers) >= ANSWER.size:
            word, length = ANSWER.unpack_from(self._answers)
            end = ANSWER.size + length
            if len(self._answers) < end:
                break
            if length:
                self._told.learnt(_secrets.decode(self._answers[ANSWER.size : end]))
            del self._answers[:end]
            sequence, exchange = self._pending.popleft()
            self._settled(sequence, exchange, kept=word == KEPT)
        self._release()

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        if not self._ending:
            self._told.notice(
                "The process that keeps the journal ended unexpectedly; the proxy keeps it now, and is slower. "
                "Nothing is lost. Start capture again to have it back."
            )
        self._write_alone()
        self._release()

    # -- within -----------------------------------------------------------------------------------------------------

    def _write_alone(self) -> None:
        """Write what is pending without the scribe; what it wrote before its end is told by its number."""
        while self._pending:
            sequence, exchange = self._pending.popleft()
            try:
                self._own = self._own or JournalWriter(self._run)
                self._own.append(sequence, self._masker.mask(exchange))
                self._told.learnt(self._masker.fresh())
            except (LockedError, OSError):
                self._settled(sequence, exchange, kept=False)
            else:
                self._settled(sequence, exchange, kept=True)

    def _settled(self, sequence: int, exchange: Exchange, *, kept: bool) -> None:
        if kept:
            self._told.kept(sequence)
        else:
            self._told.unkept(exchange)
        if kept == self._troubled:
            self._troubled = not kept
            self._told.notice(_WORKS_AGAIN if kept else _NO_JOURNAL.format(self._run.parent))

    def _release(self) -> None:
        done = self._pending[0][0] if self._pending else self._sequence + 1
        while self._waiting and self._waiting[0][0] < done:
            _let_go(self._waiting.popleft()[1])


_secrets = msgspec.msgpack.Decoder(tuple[bytes, ...])


def _let_go(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)


_NO_JOURNAL = (
    "The journal in {} can not be written, so what comes now would be lost if Pixelpair were killed before it is "
    "saved. Recording goes on. Make room on the disk, or check the folder's permissions."
)
_WORKS_AGAIN = "The journal can be written again."
