"""The platforms' server APIs on a port of their own: for a team's CI, with no proxy, browser or window around it.

http://127.0.0.1:8090/v26.0/1111111111111111/events                           the first platform's
http://127.0.0.1:8090/<host>/<path>                                           any platform's, by its host
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from app.model import Request
from app.platforms.local_address import UnservedError
from app.platforms.sandbox import SILENT, Fault, Faults
from app.platforms.stand_in import server_answer, server_request, unserved

SILENCE_S = 60.0  # longer than clients wait; then the connection breaks
MAX_BODY = 64 * 1024 * 1024  # bytes taken of one request; the documented 1,000 events are far smaller


class SandboxServerError(Exception):
    """The endpoint can not be served; the text says why and what to do."""


class SandboxServer:
    """Answers the documented contracts on loopback. `faults` are given to the first requests, one each, in order.

    `received` is how many requests were answered so far. Nothing of a request is kept.
    """

    def __init__(self, port: int = 0, faults: Iterable[Faults] = ()) -> None:
        """Port 0 takes any that is free. Raises `SandboxServerError` when the port is taken."""
        self.received = 0
        self._faults = iter(tuple(faults))
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        try:
            self._server = _Listener(("127.0.0.1", port), _handler(self))
        except OSError as error:
            raise SandboxServerError(
                f"Port {port} can not be used ({error.strerror}). Choose another, or 0 for any that is free."
            ) from error
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="sandbox server")

    @property
    def url(self) -> str:
        """What to use in place of the first platform's base URL; with a host behind it, of any."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def start(self) -> None:
        """Serve in the background."""
        self._thread.start()

    def stop(self) -> None:
        """Stop serving; requests under way are seen through."""
        self._stopping.set()
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()

    def keep_silent(self, seconds: float) -> None:
        """Wait, but not beyond the end of serving."""
        self._stopping.wait(seconds)

    def next_faults(self) -> Faults:
        """How the next request is to be misanswered. Any thread may ask."""
        with self._lock:
            self.received += 1
            return next(self._faults, Faults())


class _Listener(ThreadingHTTPServer):
    daemon_threads = False  # so that stopping waits for them
    request_queue_size = 128


def _handler(server: SandboxServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 10  # seconds a client may keep silent in the middle of a request

        def _respond(self) -> None:
            body = self._body()
            faults = server.next_faults()
            time.sleep(faults.delay_ms / 1000)
            if faults.fault is Fault.TIMEOUT:
                server.keep_silent(SILENCE_S)
            if faults.fault in SILENT or body is None:
                self.close_connection = True
                return
            asked = Request(self.command, "", tuple(self.headers.items()), body)
            try:
                request = server_request(asked, self.path)
                response = server_answer(request, time.time_ns() // 1_000_000, faults)
            except UnservedError as error:
                response = unserved(error)
            self.send_response(response.status)
            for name, value in (
                *response.headers,
                ("Content-Length", str(len(response.body))),
                ("Connection", "close"),
            ):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(response.body)

        do_GET = do_POST = do_OPTIONS = _respond  # noqa: N815 - the names the base class looks for

        def _body(self) -> bytes | None:
            """The body by its length; None for one that is too long or has no length a number could be."""
            text = self.headers.get("Content-Length") or "0"
            length = int(text) if text.isascii() and text.isdigit() else MAX_BODY + 1
            return self.rfile.read(length) if length <= MAX_BODY else None

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Write nothing: a request line may hold a token."""

    return Handler
