"""The capture engine seen from outside: one mitmproxy in a child process, one pipe between.

The engine lives in a process of its own because a busy proxy would make the window stutter, and because its end must
not be ours. Exchanges come back in batches, commands go the other way. If the child dies, `on_death` is told; if we
die, the pipe closes and the child ends itself. Nothing in this file imports mitmproxy.
"""

from __future__ import annotations

import contextlib
import logging
import math
import multiprocessing
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from app.capture.messages import (
    ClearUp,
    Listening,
    Misbehave,
    MoveJournal,
    News,
    ProxyError,
    ProxyOptions,
    Refused,
    Stop,
)
from app.capture.scribe import write_down
from app.capture.trust import distrust_sentence
from app.environment import tokens_hidden
from app.model import Exchange
from app.platforms.sandbox import Faults
from app.redaction import share_salt

START_S = 60  # a cold import of mitmproxy on a slow disk takes a few seconds
STOP_S = 20  # longer than the child gives itself; it mostly takes a twentieth of a second
QUIET_S = 60  # between two notices about one host or page
_HOSTS_NAMED = 5

_log = logging.getLogger(__name__)


def _ignore(_: str) -> None:
    """Nobody wants to hear it."""


def _nothing() -> None:
    """Nobody keeps a journal."""


def _forget(_secrets: tuple[bytes, ...]) -> None:
    """Nobody keeps anything that may hold one."""


def _child(options: ProxyOptions, pipe: Connection, scribe: socket.socket | None) -> None:
    from app.capture.engine import serve  # here, so that only the child pays for mitmproxy

    serve(options, pipe, scribe)


class Proxy:
    """One run of the engine. Make a new one to run again, after `stop` or after a death.

    `sink`, `on_death`, `on_notice` and `on_kept` are called from a thread of the proxy's own; `on_death` and
    `on_notice` get a sentence fit to show. With a journal in the options, exchanges are in its files, and `on_kept`
    is told when there are more; `sink` gets those that could not be put there. `on_learnt` gets the secrets that showed
    themselves there, whose masks alone come here. Every public method may be called from any thread.
    """

    def __init__(
        self,
        options: ProxyOptions,
        sink: Callable[[Exchange], None],
        on_death: Callable[[str], None],
        on_notice: Callable[[str], None] = _ignore,
        on_kept: Callable[[], None] = _nothing,
        on_learnt: Callable[[tuple[bytes, ...]], None] = _forget,
    ) -> None:
        self._options = options
        self._sink = sink
        self._on_death = on_death
        self._on_notice = on_notice
        self._on_kept = on_kept
        self._on_learnt = on_learnt
        self._scribe: BaseProcess | None = None
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None
        self._reader: threading.Thread | None = None
        self._stopping = threading.Event()
        self._said: dict[str, float] = {}
        self._passed: Counter[str] = Counter()

    def start(self) -> Listening:
        """Start the engine and wait until it listens.

        Takes about a second. A wished port that is in use never fails: another is taken, and `Listening.taken` says
        so. Raises `ProxyError`.
        """
        if self._process is not None:
            raise ProxyError("This proxy was started before. Make a new one.")
        spawn = multiprocessing.get_context("spawn")
        ours, theirs = spawn.Pipe()
        line = self._start_scribe() if self._options.journal else None
        arguments = (self._options, theirs, line)
        process = spawn.Process(target=_child, args=arguments, name="pixelpair-proxy", daemon=True)
        with tokens_hidden():
            process.start()
        if line is not None:
            line.close()
        theirs.close()  # only then does the pipe end when the child does
        self._process, self._pipe = process, ours
        try:
            answer = ours.recv() if ours.poll(START_S) else Refused(f"The proxy did not start within {START_S} s.")
        except (EOFError, OSError):
            process.join(STOP_S)
            answer = Refused(f"The proxy process ended while starting ({_fate(process)}).")
        if not isinstance(answer, Listening):
            self._end()
            raise ProxyError(answer.text)
        self._reader = threading.Thread(target=self._read, args=(ours, answer), name="proxy-reader", daemon=True)
        self._reader.start()
        return answer

    def _start_scribe(self) -> socket.socket:
        """Start who keeps the journal; the proxy's end of the line to it."""
        near, far = socket.socketpair()
        arguments = (far, self._options.journal, share_salt())
        spawn = multiprocessing.get_context("spawn")
        self._scribe = spawn.Process(target=write_down, args=arguments, name="pixelpair-scribe", daemon=True)
        with tokens_hidden():
            self._scribe.start()
        far.close()
        return near

    @property
    def alive(self) -> bool:
        """Whether the engine is running."""
        return self._process is not None and self._process.is_alive() and not self._stopping.is_set()

    @property
    def pid(self) -> int | None:
        """The engine's process number, once started."""
        return self._process.pid if self._process else None

    @property
    def passed(self) -> dict[str, int]:
        """How many requests were opened and not recorded, since no platform claims them, by host."""
        return dict(self._passed)

    def misbehave(self, faults: Faults | None) -> None:
        """Let the sandbox's server endpoints fail, delay or break off from now on; None makes them behave again."""
        self._command(Misbehave(faults))

    def entrust(self, chore: ClearUp) -> None:
        """Let the engine clear up after us if we are killed; it is the only one to notice."""
        self._command(chore)

    def move_journal(self, run: Path) -> None:
        """Keep the journal elsewhere from now on, because the session is elsewhere."""
        self._command(MoveJournal(run))

    def _command(self, command: object) -> None:
        if self._pipe is not None:
            with contextlib.suppress(OSError):  # a dead engine is told of by `on_death`
                self._pipe.send(command)

    def stop(self) -> None:
        """Close the listeners, take in what was still on its way, and end the child. Safe to call again."""
        self._stopping.set()
        if self._pipe is not None:
            with contextlib.suppress(OSError):  # it is dead already
                self._pipe.send(Stop())
        if self._reader is not None and self._reader is not threading.current_thread():
            self._reader.join(STOP_S)
        self._end()

    def _end(self) -> None:
        process = self._process
        if process is None:
            return
        if self._reader is None:
            process.terminate()
        process.join(STOP_S)
        if process.is_alive():
            process.kill()
            process.join(STOP_S)
        self._end_scribe()

    def _end_scribe(self) -> None:
        """See it through: it ends by itself when the proxy has."""
        if self._scribe is not None:
            self._scribe.join(STOP_S)
            if self._scribe.is_alive():
                self._scribe.kill()
                self._scribe.join(STOP_S)

    def _read(self, pipe: Connection, listening: Listening) -> None:
        while True:
            try:
                news: News = pipe.recv()
            except (EOFError, OSError):
                break
            self._passed.update(dict(news.passed))
            for trouble in news.troubles:
                _log.error("In the proxy process: %s", trouble)
            if news.learnt:
                self._on_learnt(news.learnt)
            if news.kept:
                self._on_kept()
            for exchange in news.exchanges:
                self._tell(self._sink, exchange)
            for sentence in news.notices:
                self._tell(self._on_notice, sentence)
            for host in self._fresh(news.silenced):
                self._tell(self._on_notice, _silence_sentence(host))
            for host in self._fresh(news.distrusted):
                text = distrust_sentence(host, listening.forwarding_port, listening.bundle_file)
                self._tell(self._on_notice, text)
            for page in self._fresh(news.refused):
                self._tell(self._on_notice, _refusal_sentence(page))
            for name in self._fresh(news.misnamed):
                self._tell(self._on_notice, _misnamed_sentence(name))
        pipe.close()
        if self._stopping.is_set():
            return
        assert self._process is not None
        self._process.join(STOP_S)
        self._end_scribe()
        self._stopping.set()
        self._tell(
            self._on_death,
            f"The capture process ended unexpectedly ({_fate(self._process)}). "
            "What was recorded is kept. Start capture again to go on.",
        )

    def _fresh(self, names: tuple[str, ...]) -> list[str]:
        """Those of which nothing was said lately: a backend that retries would repeat itself without end."""
        now = time.monotonic()
        fresh = [name for name in dict.fromkeys(names) if now - self._said.get(name, -math.inf) >= QUIET_S]
        self._said.update(dict.fromkeys(fresh, now))
        return fresh

    @staticmethod
    def _tell[T](listener: Callable[[T], None], what: T) -> None:
        try:
            listener(what)
        except Exception:  # noqa: BLE001  (whatever it is, the next exchange must still get through)
            _log.exception("A listener of the proxy failed")


def _silence_sentence(host: str) -> str:
    return (
        f"The sandbox answered in place of {host}, so the page did not get the platform's script and its pixel stays "
        "silent. To watch a real shop, switch Live on in the settings (capture --live)."
    )


def _refusal_sentence(page: str) -> str:
    return (
        f"The forwarding listener turned {page} away: it is for backends, and what a web page sends would pass for the "
        "server's half. If it was a backend that copies its visitor's headers, let it leave out Origin and "
        "Sec-Fetch-Site."
    )


def passed_sentence(passed: Mapping[str, int]) -> str:
    """What to say in the end of requests that were opened and not recorded, by host; "" when there were none."""
    if not passed:
        return ""
    most = sorted(passed.items(), key=lambda item: (-item[1], item[0]))
    hosts = ", ".join(f"{host} {count:,}" for host, count in most[:_HOSTS_NAMED])
    more = ", …" if len(most) > _HOSTS_NAMED else ""
    total = sum(passed.values())
    what = "1 other request to an opened host was" if total == 1 else f"{total:,} other requests to opened hosts were"
    return f"{what} not recorded ({hosts}{more})."


def _misnamed_sentence(name: str) -> str:
    return (
        f"A listener for backends was addressed as {name} and did not answer: a web page may stand behind any name but "
        "127.0.0.1, localhost and those that end in .localhost or .internal. Let the backend use one of them."
    )


def _fate(process: BaseProcess) -> str:
    code = process.exitcode
    if code is None:
        return "it no longer answers"
    return f"killed by signal {-code}" if code < 0 else f"exit code {code}"
