"""What mitmproxy calls: every finished request to an ad platform becomes an `Exchange` and is handed to a sink.

The hooks run on the proxy's only thread, so they copy and hand over, nothing more; masking and decoding are done by
whoever owns the sink.

    mitmdump -s addons/capture.py --set pixelpair_session=checkout.pixelpair

does the same inside somebody's own mitmproxy and writes a session; what is decrypted stays that user's choice.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from mitmproxy import ctx, http, tls
from mitmproxy.addonmanager import Loader

from addons.exchange import Door, concerns, door, exchange
from addons.forward import UNSERVED
from addons.gate import page_behind
from addons.watch import Watch
from app.model import Exchange

BATCH_S = 0.1
BODY_LIMIT = 8 << 20  # bytes; a full batch of 1000 server events is about 2 MB

_log = logging.getLogger(__name__)


def _ignore(_: str) -> None:
    """Nobody wants to hear it."""


class Capture:
    """Records the flows that concern us and lets all others stream past.

    `on_distrust` is called with the host when a client refuses our certificate for it. A `guest` sits in somebody
    else's mitmproxy: it changes nothing there, and takes no reverse listener for ours.
    """

    def __init__(
        self,
        watch: Watch,
        sink: Callable[[Exchange], None],
        on_distrust: Callable[[str], None] = _ignore,
        body_limit: int = BODY_LIMIT,
        *,
        guest: bool = False,
    ) -> None:
        self.watch = watch
        self._sink = sink
        self._on_distrust = on_distrust
        self._limit = body_limit
        self._guest = guest
        self._open: dict[str, http.HTTPFlow] = {}  # asked, not yet answered

    def concerns(self, flow: http.HTTPFlow) -> bool:
        """Whether a flow is to be recorded: a backend's to the forwarding listener always, a page's never."""
        match door(flow):
            case Door.FORWARDING if not self._guest:
                return page_behind(flow) is None and UNSERVED not in flow.metadata
            case Door.SANDBOX:
                return False
        return concerns(self.watch, flow)

    def requestheaders(self, flow: http.HTTPFlow) -> None:
        if not self._guest and door(flow) is Door.FORWARD and not self.concerns(flow):
            flow.request.stream = True

    def request(self, flow: http.HTTPFlow) -> None:
        if self.concerns(flow):
            self._open[flow.id] = flow

    def responseheaders(self, flow: http.HTTPFlow) -> None:
        if flow.response is None or self._guest:
            return
        length = flow.response.headers.get("content-length", "")
        if not self.concerns(flow) or (length.isdigit() and int(length) > self._limit):
            flow.response.stream = True

    def response(self, flow: http.HTTPFlow) -> None:
        self._finish(flow)

    def error(self, flow: http.HTTPFlow) -> None:
        self._finish(flow)

    def done(self) -> None:
        """Requests still under way when the proxy stops were sent; their answers were not seen."""
        for flow in list(self._open.values()):
            self._finish(flow)

    def tls_failed_client(self, data: tls.TlsData) -> None:
        host = data.conn.sni or ""
        # A handshake broken off without a word is mostly a browser's connection made on speculation.
        spoken = "alert" in (data.conn.error or "") or "trust" in (data.conn.error or "")
        if host and spoken and self.watch.names(host):
            self._on_distrust(host)

    def _finish(self, flow: http.HTTPFlow) -> None:
        known = self._open.pop(flow.id, None)
        if known is not None or (flow.request.method != "CONNECT" and self.concerns(flow)):
            self._sink(exchange(flow, self._limit))


class SessionFile:
    """Writes exchanges to a session, secrets masked, on a thread of its own that also owns the database."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.trouble: Exception | None = None
        self._queue: queue.SimpleQueue[Exchange | None] = queue.SimpleQueue()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._write, name="session", daemon=True)

    def open(self) -> None:
        """Open or create the file. Raises the store's `SessionError`."""
        self._thread.start()
        self._ready.wait()
        if self.trouble:
            raise self.trouble

    def put(self, exchange: Exchange) -> None:
        """Take one exchange; returns at once."""
        self._queue.put(exchange)

    def close(self) -> None:
        """Write what is left and close the file."""
        self._queue.put(None)
        if self._thread.is_alive():
            self._thread.join()

    def _write(self) -> None:
        # Here, because the proxy's own process hands its exchanges over and must not load all this.
        from app.redaction import Masker
        from app.session.file import Session, SessionError

        try:
            session = Session.open(self.path)
        except SessionError as error:
            self.trouble = error
            return
        finally:
            self._ready.set()
        unsaved: list[Exchange] = []
        masker = Masker()
        with session:
            while (batch := self._batch()) is not None:
                unsaved += map(masker.mask, batch)
                try:
                    session.append(unsaved)
                    unsaved.clear()
                except SessionError as error:
                    _log.error("%s What was not written is tried again with the next request.", error)

    def _batch(self) -> list[Exchange] | None:
        first = self._queue.get()
        if first is None:
            return None
        time.sleep(BATCH_S)  # company for the first: one transaction for all of them
        batch = [first]
        while not self._queue.empty():
            item = self._queue.get()
            if item is None:
                self._queue.put(None)  # the end is for the next call
                break
            batch.append(item)
        return batch


class Recorder:
    """The addon for somebody's own mitmdump: `Capture`, written to the session that its options name."""

    def __init__(self) -> None:
        self.addons: list[Capture] = []
        self._file: SessionFile | None = None

    def load(self, loader: Loader) -> None:
        loader.add_option("pixelpair_session", str, "", "The session file to write; it is made when it is not there.")
        loader.add_option(
            "pixelpair_endpoints",
            Sequence[str],
            [],
            "First-party addresses that take platform traffic, such as shop.example/fp/tr.",
        )

    def running(self) -> None:
        from app.platforms import decrypted_hosts
        from app.session.file import SessionError
        from app.settings import SettingsError, sessions_dir

        try:
            name = ctx.options.pixelpair_session or sessions_dir() / time.strftime("mitmdump-%Y%m%d-%H%M%S.pixelpair")
            self._file = SessionFile(Path(name).expanduser())
            self._file.open()
        except (SessionError, SettingsError) as error:
            _log.error("%s", error)  # mitmdump ends on an error at its start, and prints it
            return
        watch = Watch.of(decrypted_hosts(), tuple(ctx.options.pixelpair_endpoints))
        self.addons.append(Capture(watch, self._file.put, guest=True))  # mitmproxy hands every hook on to these
        _log.info("Pixelpair writes to %s", self._file.path)

    def done(self) -> None:
        for capture in self.addons:
            capture.done()
        if self._file:
            self._file.close()


addons = [Recorder()]
