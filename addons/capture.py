"""What mitmproxy calls: every finished request that an ad platform claims becomes an `Exchange`, handed to a sink.

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

from mitmproxy import ctx, http
from mitmproxy.addonmanager import Loader
from msgspec.structs import replace

from addons.bodies import Beginning
from addons.exchange import Door, address, as_request, door, exchange, hosts_of
from addons.gate import is_refused
from addons.streams import BODY_LIMIT, Kept, is_answered_here
from addons.watch import Watch
from app.model import Exchange, Request

BATCH_S = 0.1

_log = logging.getLogger(__name__)


def _ignore(_: str) -> None:
    """Nobody wants to hear it."""


class Capture:
    """Records the requests that a platform claims, and lets all others stream past.

    `sink` is called with an exchange before the end of its answer is passed on to the client. `on_passed` is called
    with the host of each opened request that is nobody's. A `guest` sits in somebody else's mitmproxy: it changes
    nothing there, and takes no reverse listener for ours.
    """

    def __init__(
        self,
        watch: Watch,
        claims: Callable[[Request], bool],
        sink: Callable[[Exchange], None],
        on_passed: Callable[[str], None] = _ignore,
        body_limit: int = BODY_LIMIT,
        *,
        guest: bool = False,
    ) -> None:
        self.watch = watch
        self._claims = claims
        self._sink = sink
        self._on_passed = on_passed
        self._limit = body_limit
        self._guest = guest
        self._open: dict[str, http.HTTPFlow] = {}  # asked, not yet answered

    def may_concern(self, flow: http.HTTPFlow) -> bool:
        """Whether a flow goes where events go: a backend's at the forwarding listener may, a page's there does not."""
        match door(flow):
            case Door.FORWARDING if not self._guest:
                return not is_refused(flow)
            case Door.SANDBOX:
                return False
        request = flow.request
        return any(self.watch.covers(host, request.port, request.path) for host in hosts_of(flow))

    def requestheaders(self, flow: http.HTTPFlow) -> None:
        if self.may_concern(flow):
            self._kept(flow).attach(flow)
            return
        self._pass(flow)
        if not self._guest and not is_answered_here(flow):
            flow.request.stream = True

    def request(self, flow: http.HTTPFlow) -> None:
        self._decide(flow)

    def responseheaders(self, flow: http.HTTPFlow) -> None:
        kept = self._decide(flow)  # a server may answer before it has all of the request
        assert flow.response
        if kept and kept.wanted:
            length = flow.response.headers.get("content-length", "")
            kept.response.length = int(length) if length.isdecimal() else None
        elif not self._guest:
            flow.response.stream = True

    def response(self, flow: http.HTTPFlow) -> None:
        self._finish(flow)

    def error(self, flow: http.HTTPFlow) -> None:
        self._decide(flow)
        self._finish(flow)

    def done(self) -> None:
        """Requests still under way when the proxy stops were sent; their answers were not seen."""
        for flow in list(self._open.values()):
            self._finish(flow)

    def _kept(self, flow: http.HTTPFlow) -> Kept:
        return Kept(Beginning(self._limit), Beginning(self._limit, lambda: self._streamed(flow)))

    def _decide(self, flow: http.HTTPFlow) -> Kept | None:
        """Whether a flow is recorded, asked once, with as much of its request as there is."""
        kept = Kept.of(flow)
        if kept is None or kept.wanted is not None:
            return kept
        asked = as_request(flow, self._limit)
        kept.asked = asked if flow.request.timestamp_end else None
        kept.wanted = self._claims(asked) or (
            (there := address(flow)) != asked.url and self._claims(replace(asked, url=there))
        )
        if kept.wanted:
            self._open[flow.id] = flow
        else:
            self._pass(flow)
        return kept

    def _pass(self, flow: http.HTTPFlow) -> None:
        opened = door(flow) is Door.FORWARDING or any(map(self.watch.names, hosts_of(flow)))
        if opened and not is_refused(flow):
            self._on_passed(flow.request.host)

    def _streamed(self, flow: http.HTTPFlow) -> None:
        assert flow.response
        flow.response.timestamp_end = time.time()
        self._finish(flow)

    def _finish(self, flow: http.HTTPFlow) -> None:
        """The only way into the record; each flow goes it once."""
        if self._open.pop(flow.id, None) is not None:
            kept = Kept.of(flow)
            self._sink(exchange(flow, self._limit, kept.asked if kept else None))


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
            "First-party addresses that take platform traffic, such as shop.example/fp/tr; only these are recorded.",
        )

    def running(self) -> None:
        from app.platforms import claims, watched
        from app.session.file import SessionError
        from app.settings import SettingsError, sessions_dir

        try:
            name = ctx.options.pixelpair_session or sessions_dir() / time.strftime("mitmdump-%Y%m%d-%H%M%S.pixelpair")
            self._file = SessionFile(Path(name).expanduser())
            self._file.open()
        except (SessionError, SettingsError) as error:
            _log.error("%s", error)  # mitmdump ends on an error at its start, and prints it
            return
        endpoints = tuple(ctx.options.pixelpair_endpoints)
        watch = Watch.of(watched(), endpoints)
        capture = Capture(watch, lambda request: claims(request, endpoints), self._file.put, guest=True)
        self.addons.append(capture)  # mitmproxy hands every hook on to these
        _log.info("Pixelpair writes to %s", self._file.path)

    def done(self) -> None:
        for capture in self.addons:
            capture.done()
        if self._file:
            self._file.close()


addons = [Recorder()]
