"""The capture engine itself: one mitmproxy master with the few addons it needs, in a process of its own.

Started only by `app.capture.proxy`. It never makes a second master (mitmproxy keeps the newest one in a global),
listens on loopback alone, and ends when it is told to or when the pipe to its parent closes.
"""

from __future__ import annotations

import asyncio
import gc
import ipaddress
import logging
import os
import signal
import socket
import sys
import threading
from collections import Counter, deque
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.x509 import DNSName, GeneralName, IPAddress
from mitmproxy import exceptions
from mitmproxy.addons import (
    core,
    disable_h2c,
    next_layer,
    proxyserver,
    tlsconfig,
)
from mitmproxy.certs import DEFAULT_DHPARAM, CertStore, CertStoreEntry
from mitmproxy.master import Master
from mitmproxy.options import Options
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.mode_specs import ProxyMode, ReverseMode

from addons.capture import Capture
from addons.distrust import Distrust
from addons.exchange import SANDBOX_HOST
from addons.forward import Forward
from addons.gate import Gate
from addons.kept import KeptCapture
from addons.sandbox import Reaction, Sandbox
from addons.streams import BODY_LIMIT, install
from addons.upstream import Upstream, UpstreamProxy
from addons.watch import Endpoint, Watch
from app.capture.authority import ensure_authority
from app.capture.keeping import Keeper, Told
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
from app.capture.profiles import end_orphan
from app.capture.trust import CA_FILE, TrustError, fingerprint, private_folder, replace_file, write_bundles
from app.model import Exchange, Request
from app.platforms import claims
from app.platforms.sandbox import SILENT, Fault, Faults
from app.platforms.stand_in import server_answer
from app.redaction import mask_text

LOOPBACK = "127.0.0.1"
BATCH_S = 0.05  # how long news may wait for company
DELIVERY_S = 15  # how long the last news may take, once told to stop
ORPHAN_S = 2  # how long to go on without a parent
SILENCE_S = 60  # longer than clients wait; then the connection breaks
CA_BITS = 2048


def serve(options: ProxyOptions, pipe: Connection, scribe: socket.socket | None = None) -> None:
    """Run the engine until told to stop, or until the parent is gone. `scribe` is the line to who keeps the journal."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides
    os.umask(0o077)  # whatever mitmproxy writes beside its keys is private, too
    asyncio.run(_serve(options, pipe, scribe))


async def _serve(options: ProxyOptions, pipe: Connection, scribe: socket.socket | None) -> None:
    news = NewsSender(pipe)
    logging.getLogger().addHandler(_Troubles(news))
    try:
        engine = _Engine(options, news)
        await engine.keep(scribe)
        listening = await engine.listen()
    except (ProxyError, TrustError, exceptions.OptionsError) as error:
        pipe.send(Refused(str(error)))
        return
    pipe.send(listening)
    news.start()
    threading.Thread(target=_obey, args=(pipe, engine), name="obey", daemon=True).start()
    gc.collect()
    gc.freeze()
    gc.set_threshold(5000, 20, 20)  # fewer pauses, at some memory
    await engine.run()
    news.close()
    # Connections may still be open; unwinding their tasks only prints tracebacks.
    os._exit(0)


def _obey(pipe: Connection, engine: _Engine) -> None:
    patience = DELIVERY_S
    to_clear: list[ClearUp] = []
    try:
        while not isinstance(command := pipe.recv(), Stop):
            if isinstance(command, ClearUp):
                to_clear.append(command)
            if isinstance(command, MoveJournal):
                engine.move_journal(command.run)
            if isinstance(command, Misbehave):
                engine.servers.faults = command.faults
    except (EOFError, OSError):
        patience = ORPHAN_S  # the parent is gone: nobody is left to serve
        for chore in to_clear:
            end_orphan(chore.profile)
    threading.Timer(patience, os._exit, (1,)).start()
    engine.stop()


@dataclass(slots=True)
class NewsSender:
    """Carries news to the parent in batches, on a thread of its own so that a full pipe never stalls the proxy."""

    pipe: Connection
    _exchanges: deque[Exchange] = field(default_factory=deque)
    _kept: int = 0
    _silenced: deque[str] = field(default_factory=deque)
    _notices: deque[str] = field(default_factory=deque)
    _distrusted: deque[str] = field(default_factory=deque)
    _refused: deque[str] = field(default_factory=deque)
    _misnamed: deque[str] = field(default_factory=deque)
    _passed: deque[str] = field(default_factory=deque)
    _troubles: deque[str] = field(default_factory=deque)
    _learnt: deque[bytes] = field(default_factory=deque)
    _ending: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def exchange(self, exchange: Exchange) -> None:
        self._exchanges.append(exchange)

    def kept(self, sequence: int) -> None:
        self._kept = sequence

    def silenced(self, host: str) -> None:
        self._silenced.append(host)

    def notice(self, sentence: str) -> None:
        self._notices.append(sentence)

    def distrusted(self, host: str) -> None:
        self._distrusted.append(host)

    def refused(self, page: str) -> None:
        self._refused.append(page)

    def misnamed(self, host: str) -> None:
        self._misnamed.append(host)

    def passed(self, host: str) -> None:
        self._passed.append(host)

    def trouble(self, text: str) -> None:
        self._troubles.append(text)

    def learnt(self, secrets: tuple[bytes, ...]) -> None:
        self._learnt.extend(secrets)

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="news-sender", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Deliver what is left."""
        self._ending.set()
        if self._thread:
            self._thread.join()

    def _run(self) -> None:
        ended, told = False, 0
        while not ended:
            ended = self._ending.wait(BATCH_S)
            kept = self._kept
            news = News(
                exchanges=_drained(self._exchanges),
                kept=kept if kept != told else 0,
                silenced=_drained(self._silenced),
                notices=_drained(self._notices),
                distrusted=_drained(self._distrusted),
                refused=_drained(self._refused),
                misnamed=_drained(self._misnamed),
                passed=tuple(Counter(_drained(self._passed)).items()),
                troubles=_drained(self._troubles),
                learnt=_drained(self._learnt),
            )
            told = kept
            if news != News():
                try:
                    self.pipe.send(news)
                except OSError:
                    return  # the parent is gone; `_obey` notices, too


def _drained[T](queue: deque[T]) -> tuple[T, ...]:
    return tuple(queue.popleft() for _ in range(len(queue)))


class _Troubles(logging.Handler):
    """Errors that mitmproxy logs and goes on after; an exception in one of our hooks is among them."""

    def __init__(self, news: NewsSender) -> None:
        super().__init__(logging.ERROR)
        self._news = news

    def emit(self, record: logging.LogRecord) -> None:
        self._news.trouble(mask_text(self.format(record)))  # a traceback may quote a request


class _Engine:
    """mitmproxy with our addons. Made, run and ended on one event loop."""

    def __init__(self, options: ProxyOptions, news: NewsSender) -> None:
        self._options = options
        self._news = news
        self._loop = asyncio.get_running_loop()
        self._keeper = (
            Keeper(options.journal, Told(news.kept, news.exchange, news.notice, news.learnt))
            if options.journal
            else None
        )
        self.servers = _Servers()
        self._upstream = _upstream_of(options)
        ca_file, self._bundle, trusted = _certificates(options)
        self._ca_file = ca_file
        watch = Watch.of(options.watched, options.endpoints)
        install()
        self._server = proxyserver.Proxyserver()
        self._master = Master(Options(confdir=str(options.confdir)))
        # The old log bridge calls every addon for every record, and outlives a failed start.
        self._master._legacy_log_events.uninstall()
        self._master.addons.add(
            core.Core(),
            self._server,
            Gate(news.refused, news.misnamed),
            Forward(options.server_hosts),  # before the next: the way out depends on the host
            *([Upstream(self._upstream)] if self._upstream else []),  # before the next: it has a word on layers
            next_layer.NextLayer(),
            disable_h2c.DisableH2C(),
            Sandbox(watch, self.servers, everywhere=options.sandbox),
            self._capture(watch),
            Distrust(watch, news.distrusted),
            _Certificates(),  # and no more: each addon costs every request, and some change answers
        )
        self._master.options.update(
            allow_hosts=[*watch.patterns(), *(_host_pattern(url) for url in (options.forwarding_target, _SANDBOX))],
            connection_strategy="lazy",  # nothing is connected, nor looked up, before a request must go out
            http3=False,
            upstream_cert=False,  # its other names would lie outside our authority's bounds
            keep_host_header=True,  # the gate looks at it, and then puts the platform's in
            stream_large_bodies=str(BODY_LIMIT),  # longer bodies are passed on as they come, not held
            ssl_verify_upstream_trusted_ca=str(trusted),
            mode=[],
        )

    def _capture(self, watch: Watch) -> Capture:
        """What records; with a journal, no answer goes out before its exchange is in it."""
        endpoints = self._options.endpoints
        capture = (KeptCapture if self._keeper else Capture)(
            watch, lambda request: claims(request, endpoints), self._took, self._news.passed
        )
        if self._keeper and isinstance(capture, KeptCapture):
            capture.kept = self._keeper.kept
        return capture

    def _took(self, exchange: Exchange) -> None:
        address = urlsplit(exchange.request.url)
        if self._options.sandbox and address.hostname and address.path.endswith(".js"):
            self._news.silenced(address.hostname)
        (self._keeper.take if self._keeper else self._news.exchange)(exchange)

    async def keep(self, scribe: socket.socket | None) -> None:
        """Take up the line to the scribe, where there is a journal."""
        if self._keeper and scribe:
            await self._keeper.connect(scribe)

    def move_journal(self, run: Path) -> None:
        """Keep the journal elsewhere from now on; from any thread."""
        if self._keeper:
            self._loop.call_soon_threadsafe(self._keeper.move, run)

    async def listen(self) -> Listening:
        """Open the three listeners, on other ports where the wished ones are taken. Raises `ProxyError`."""
        wished = (
            ("browser's proxy", self._upstream.mode if self._upstream else "regular", self._options.forward_port),
            ("forwarding listener", f"reverse:{self._options.forwarding_target}", self._options.forwarding_port),
            ("sandbox", f"reverse:{_SANDBOX}", 0),
        )
        ports: list[int] = []
        specs: list[str] = []
        taken: list[str] = []
        for name, way, port in wished:
            got = port if port and port not in ports and _is_free(port) else _free_port(ports)
            if port not in (0, got):
                taken.append(f"Port {port} is taken; the {name} listens on {got} instead.")
            ports.append(got)
            specs.append(f"{way}@{LOOPBACK}:{got}")
        modes = [ProxyMode.parse(spec) for spec in specs]
        for mode in modes:
            if isinstance(mode, ReverseMode):
                mode.transport_protocol = "tcp"  # it would hold the UDP port as well, for HTTP/3, which is off
        await self._server.servers.update(modes)
        dead = [str(server.last_exception) for server in self._server.servers if not server.is_running]
        if dead:
            raise ProxyError(f"The proxy can not listen: {'; '.join(dead)}. Try other ports in the settings.")
        self._master.options.update(mode=specs)
        forward, forwarding, sandbox = ports
        spki = fingerprint(self._ca_file)
        return Listening(forward, forwarding, sandbox, self._ca_file, self._bundle, spki, tuple(taken))

    async def run(self) -> None:
        """Serve until `stop`, then close the listeners, which mitmproxy's own shutdown would leave open."""
        await self._master.run()
        await self._server.servers.update([])
        if self._keeper:
            await self._keeper.close()

    def stop(self) -> None:
        """End `run`; from any thread."""
        self._master.shutdown()


_SANDBOX = f"http://{SANDBOX_HOST}"


def _host_pattern(url: str) -> str:
    """A reverse listener's own target must be on the list, or its traffic would pass through unread."""
    parts = urlsplit(url)
    return rf"^{(parts.hostname or '').replace('.', r'\.')}:{parts.port or (443 if parts.scheme == 'https' else 80)}$"


def _upstream_of(options: ProxyOptions) -> UpstreamProxy | None:
    if not options.upstream_proxy:
        return None
    try:
        return UpstreamProxy.parse(options.upstream_proxy)
    except ValueError:  # the text may hold a password: it is not repeated
        raise ProxyError(
            "The upstream proxy's address can not be read. Write it like http://proxy.example:3128."
        ) from None


def _certificates(options: ProxyOptions) -> tuple[Path, Path, Path]:
    """Our authority, made when there is none yet; the backends' bundle; what we trust upstream.

    mitmproxy would only log an unusable folder, and fail every handshake after. Raises `TrustError`.
    """
    folder = options.confdir
    private_folder(folder)
    target = urlsplit(options.forwarding_target).hostname or ""
    endpoints = (Endpoint.parse(text).host for text in options.endpoints)
    ensure_authority(folder, (*(each.host for each in options.watched), *endpoints, target, SANDBOX_HOST))
    bundles = write_bundles(folder, options.extra_ca)
    try:
        replace_file(folder / "mitmproxy-dhparam.pem", DEFAULT_DHPARAM)
        CertStore.from_store(folder, "mitmproxy", CA_BITS)
    except (OSError, ValueError) as error:
        raise TrustError(
            f"The certificates in {folder} can not be used ({error}). Move the folder away; a new one is made."
        ) from error
    return folder / CA_FILE, *bundles


class _Servers:
    """The sandbox's server endpoints, with the faults they were told to have."""

    def __init__(self) -> None:
        self.faults: Faults | None = None

    def __call__(self, request: Request, now_ms: int) -> Reaction:
        faults = self.faults or Faults()
        silent_s = SILENCE_S if faults.fault is Fault.TIMEOUT else 0
        answer = None if faults.fault in SILENT else server_answer(request, now_ms, faults)
        return Reaction(answer, faults.delay_ms / 1000 + silent_s)


def _is_free(port: int) -> bool:
    """Whether a TCP port may be had."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            if sys.platform == "win32":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
            else:
                # as the listener itself will do: closed connections that linger are no obstacle
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((LOOPBACK, port))
    except (OSError, OverflowError):
        return False
    return True


def _free_port(used: list[int]) -> int:
    for _ in range(50):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.bind((LOOPBACK, 0))
            port: int = probe.getsockname()[1]
        if port not in used and _is_free(port):
            return port
    raise ProxyError("No free port was found on 127.0.0.1.")


class _Certificates(tlsconfig.TlsConfig):
    """Makes the certificates. They are named by a host's name alone.

    mitmproxy would name one for an address by that address, which OpenSSL takes for a host outside our bounds.
    """

    def get_cert(self, conn_context: Context) -> CertStoreEntry:
        """The certificate for a client's connection: for the name it asked for, and where the connection goes."""
        client, server = conn_context.client, conn_context.server
        asked = (client.sni or client.sockname[0], *(server.address[:1] if server.address else ()))
        names = [_general_name(name) for name in dict.fromkeys(asked)]
        common = next((name.value for name in names if isinstance(name, DNSName)), None)
        return self.certstore.get_cert(common, names)


def _general_name(name: str) -> GeneralName:
    try:
        return IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return DNSName(name.encode("idna").decode("ascii"))
