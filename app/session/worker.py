"""The worker: takes exchanges from any thread, masks, decodes, stores and analyses them, and tells its listener.

One thread owns the session file and the analysis, so neither needs a lock. News leaves it as `Recorded`, whole groups
that are new or changed; the listener is called on the worker and must only hand over.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from itertools import batched
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from app.analysis.engine import Analysis
from app.model import Event, Exchange, Side
from app.numbers import Recorded, Summary
from app.platforms import decode
from app.redaction import Masker
from app.session.file import Session, SessionError
from app.session.journal import JournalReader

log = logging.getLogger(__name__)

WATCH_S = 1.0  # how often the files are looked at while nothing is recorded; seconds
GATHER_S = 0.05  # how long a batch waits for company after its first item; seconds
BATCH = 1_000  # exchanges in one batch at most
TELL_S = 0.2  # between two words on what is left to do when closing; seconds
TELL_SHARE = 5  # while a session is read, telling the news of it takes at most one part in so many of the time
SUMMARY_SHARE = 50  # a whole summary that takes long is made so rarely that it takes one part in so many of the time
QUICK_S = 0.02  # one that takes less is made with every batch; seconds

Progress = Callable[[int, int], None]
"""Called on the worker with exchanges done and exchanges in all."""


@dataclass(slots=True)
class _Task:
    """Something to run on the worker between two batches."""

    run: Callable[[], Any]
    future: Future[Any] = field(default_factory=Future)

    def __call__(self) -> None:
        if not self.future.set_running_or_notify_cancel():
            return
        try:
            self.future.set_result(self.run())
        except BaseException as error:  # noqa: BLE001 - whoever asked gets it, whatever it is
            self.future.set_exception(error)


@dataclass(frozen=True, slots=True)
class _Learnt:
    """Secrets that another process has found."""

    secrets: tuple[bytes, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Refresh:
    """Asks for a look at what is waiting; `live` says whether anything may still come, None that this is as before."""

    live: bool | None = None


class _Stop:
    """The last item of the queue."""


@dataclass(frozen=True, slots=True)
class _Arrivals:
    """Asks to take in what a run of the journal has; `ended` when nobody writes it any more."""

    journal: JournalReader
    ended: bool


_News = Exchange | Side | _Learnt | _Refresh | _Arrivals
_Item = _News | _Task | _Stop


class Inspector:
    """Records exchanges. Every public method may be called from any thread, also before the worker is through.

    `listener` gets the news, `on_error` a sentence fit to show whenever something went wrong: the session file can not
    be written, or a part of the analysis failed. What could not be written stays in memory and is tried again with
    every later batch. `live` False means that nothing is waiting: the verdict on a
    file, and when recording has ended.
    """

    def __init__(
        self,
        session: Session,
        analysis: Analysis,
        listener: Callable[[Recorded], None],
        endpoints: Iterable[str] = (),
        *,
        on_error: Callable[[str], None] | None = None,
        live: bool = True,
    ) -> None:
        self._session = session
        self._analysis = analysis
        self._listener = listener
        self._endpoints = tuple(endpoints)
        self._on_error = on_error
        self._live = live
        self.masker = Masker()  # used on the worker alone
        self._queue: queue.SimpleQueue[_Item] = queue.SimpleQueue()
        self._unsaved: list[Exchange] = []
        self._taken: dict[Path, int] = {}  # how far each run of the journal is in `_unsaved` or saved
        self._journaled = 0  # of those unsaved, how many the journal still holds
        self._held = self._last = session.last
        self._saved_ms: int | None = None
        self._trouble: str | None = None
        self._summary: Summary | None = None
        self._summary_due = 0.0  # on the monotonic clock; seconds
        self._summary_old = False
        self._known = self._due = self._learnt_at = 0  # secrets known when what is saved was last masked again
        self._closing = threading.Lock()
        self._closed = False
        self._hurried = False
        session.on_notice = self._report
        self._worker = threading.Thread(target=self._work, name="inspector", daemon=True)
        self._worker.start()

    def record(self, exchange: Exchange) -> None:
        """Take one finished exchange; returns at once. This is the sink of every producer.

        Raises `RuntimeError` after `close`: whoever records must be stopped first.
        """
        self._put(exchange)

    def keep(self, exchange: Exchange) -> None:
        """Take one finished exchange, and return when it is saved: what we sent ourselves is in no journal.

        Where the file can not be written it is in memory then, and `on_error` was told. Not for the worker's thread.
        """
        self.record(exchange)
        self.ask(lambda _session, _analysis: None).result()

    def take_in(self, journal: JournalReader, *, ended: bool = False) -> None:
        """Take in what a run of the journal has; returns at once. What is saved is removed there."""
        self._put(_Arrivals(journal, ended))

    def learn(self, secrets: tuple[bytes, ...]) -> None:
        """Take secrets that another process has found: they are masked from now on, and in what is saved."""
        self._put(_Learnt(secrets))

    def observe(self, side: Side) -> None:
        """A source for this side was connected; the session remembers it."""
        self._put(side)

    def refresh(self, *, live: bool | None = None) -> None:
        """Look again at what is waiting: the listener hears of groups whose time has run out.

        `live` False settles everything, since no other half will come any more; True lets halves wait again.
        """
        if not self._closed:
            self._put(_Refresh(live))

    def ask[T](self, question: Callable[[Session, Analysis], T]) -> Future[T]:
        """Run a function on the worker, after everything put in before it, and promise its result."""
        task = _Task(lambda: question(self._session, self._analysis))
        self._put(task)
        return task.future

    def exchange(self, number: int) -> Future[Exchange]:
        """One recorded exchange, saved or not; the future raises `KeyError` when there is none of that number."""
        return self.ask(lambda session, _: self._find(session, number))

    def load(self, progress: Progress | None = None, cancelled: Callable[[], bool] = lambda: False) -> Future[int]:
        """Analyse what the session held when it was opened, and promise how many exchanges were read.

        `progress` is called on the worker. `cancelled` is asked between chunks; what was read until then stays.
        """
        task = _Task(lambda: self._load(progress, cancelled))
        self._put(task)
        return task.future

    def close(self, tell: Callable[[int], None] = lambda _left: None, *, hurry: bool = False) -> None:
        """Finish everything put in so far, then end the worker. The session stays open: its owner closes it.

        `tell` is called now and then with how much is left. In a `hurry` all of it is saved and no more is analysed.
        """
        if hurry:
            self._hurried = True
        with self._closing:
            if not self._closed:
                self._closed = True
                self._queue.put(_Stop())
        while self._worker.is_alive():
            tell(self._queue.qsize())
            self._worker.join(TELL_S)

    def _put(self, item: _Item) -> None:
        with self._closing:
            if self._closed:
                raise RuntimeError("the inspector is closed")
            self._queue.put(item)

    def _work(self) -> None:
        while True:
            batch, last = self._gather()
            self._attempt(self._session.attend, "The session file could not be looked at")
            if batch:
                self._attempt(partial(self._take, batch), "A batch could not be analysed")
            match last:
                case _Task():
                    last()
                case _Stop():
                    return self._finish()

    def _gather(self) -> tuple[list[_News], _Task | _Stop | None]:
        """What came in within one batch's time, and what ended the batch early, if anything did."""
        batch: list[_News] = []
        try:
            due_s = self._summary_due - time.monotonic() if self._summary_old else WATCH_S
            item = self._queue.get(timeout=min(WATCH_S, max(0.0, due_s)))
        except queue.Empty:
            due = self._summary_old and time.monotonic() >= self._summary_due
            return [_Refresh()] if due else [], None
        until = time.monotonic() + GATHER_S
        while True:
            match item:
                case _Task() | _Stop():
                    return batch, item
                case _:
                    batch.append(item)
            if len(batch) >= BATCH:
                return batch, None
            try:
                item = self._queue.get(timeout=max(0.0, until - time.monotonic()))
            except queue.Empty:
                return batch, None

    def _take(self, batch: list[_News]) -> None:
        for side in {item for item in batch if isinstance(item, Side)}:
            self._observe(side)
        self.masker.learn(secret for item in batch if isinstance(item, _Learnt) for secret in item.secrets)
        for look in batch:
            if isinstance(look, _Refresh) and look.live is not None:
                self._live = look.live
        exchanges = [self._numbered(self.masker.mask(item)) for item in batch if isinstance(item, Exchange)]
        self._save(exchanges)
        self._analyse(exchanges)
        for arrivals in dict.fromkeys(item for item in batch if isinstance(item, _Arrivals)):
            self._take_in(arrivals)
        self._mask_again()
        if not self._hurried:
            self._tell()

    def _take_in(self, arrivals: _Arrivals) -> None:
        journal = arrivals.journal
        try:
            # The scribe masked what it knew to be secret; we may know more.
            while exchanges := [self._numbered(self.masker.mask(item)) for item in journal.read(ended=arrivals.ended)]:
                self._taken[journal.run] = journal.taken
                self._journaled += len(exchanges)
                self._save(exchanges)
                self._analyse(exchanges)
        except OSError as error:
            self._report(f"The journal {journal.run.name} can not be read ({error.strerror}).", str(error))
        if self._unsaved:
            return  # it stays, and is taken in when the session is opened again, should all else fail
        journal.forget()
        if arrivals.ended:
            journal.discard()

    def _mask_again(self, *, at_the_end: bool = False) -> None:
        """Mask what is saved once more, when secrets have become known since: at once, and then each time it doubled.

        What came after the last secret was masked with all of them.
        """
        if self.masker.known > self._known:
            self._known, self._learnt_at = self.masker.known, self._last
        if not self._learnt_at or self._hurried or (self._last < self._due and not at_the_end):
            return
        until, self._learnt_at, self._due = self._learnt_at, 0, 2 * self._last
        self._attempt(lambda: self._rewrite(until), "What is saved could not be masked again")

    def _rewrite(self, until: int) -> None:
        held = self._session.exchanges(until=until)
        changed = [again for item in held if (again := self.masker.again(item)) is not item]
        self._session.rewrite(changed)
        self._unsaved = [self.masker.again(item) for item in self._unsaved]

    def _numbered(self, exchange: Exchange) -> Exchange:
        self._last += 1
        return replace(exchange, number=self._last)

    def _observe(self, side: Side) -> None:
        self._analysis.observe(side)
        seen = {*self._session.fact("observed", []), side.value}
        self._attempt(partial(self._session.set_fact, "observed", sorted(seen)), "The session could not be written")

    def _save(self, exchanges: list[Exchange]) -> None:
        """Write what is not yet written. On failure all of it stays in memory for the next attempt."""
        self._unsaved += exchanges
        if not self._unsaved:
            return
        try:
            self._session.append(self._unsaved, self._taken)
        except SessionError as error:
            self._report(f"{error} What comes now is kept in memory and written when that works again.", str(error))
            return
        self._unsaved, self._taken, self._journaled = [], {}, 0
        self._saved_ms = _now_ms()
        if self._trouble is not None:
            self._trouble = None
            self._report(f"{self._session.path.name} can be written again; nothing was lost.")

    def _finish(self) -> None:
        """Try a last time to write what is not yet written, and say so when it is lost."""
        self._save([])
        self._mask_again(at_the_end=True)
        if self._summary_old and not self._hurried:
            self._summary_due = 0.0
            self._attempt(self._tell, "The last news could not be told")
        if self._unsaved:
            name, lost = self._session.path.name, len(self._unsaved) - self._journaled
            if self._journaled:
                count = _counted(self._journaled)
                self._report(f"{count} could not be written to {name} yet. Open it again when there is room: "
                    "they are in its journal and will be taken in.")  # fmt: skip
            if lost:
                self._report(f"{_counted(lost)} could not be written to {name} any more.")

    def _analyse(self, exchanges: Iterable[Exchange]) -> None:
        for exchange in exchanges:
            if self._hurried:
                return
            try:
                self._analysis.add(self._decoded(exchange))
            except Exception as error:
                log.exception("exchange %d", exchange.number)
                self._report(f"Exchange {exchange.number} is saved but could not be analysed: {error!r}.")

    def _decoded(self, exchange: Exchange) -> tuple[Event, ...]:
        return decode(exchange, self._endpoints)

    def _tell(self) -> None:
        groups, gone = self._analysis.changes(_now_ms() if self._live else None)
        self._listener(Recorded(groups, gone, self._summarized(), self._saved_ms))

    def _summarized(self) -> Summary:
        """The session in numbers. What takes a walk through a long session may be of a moment ago, and follow then."""
        started = time.monotonic()
        self._summary_old = self._summary is not None and started < self._summary_due
        if self._summary is None or not self._summary_old:
            self._summary = self._analysis.summary()
            took = time.monotonic() - started
            self._summary_due = started + took * SUMMARY_SHARE if took > QUICK_S else 0.0
            return self._summary
        numbers = self._analysis.summary(whole=False)
        return replace(
            numbers,
            findings=self._summary.findings,
            session_findings=self._summary.session_findings,
            orders=self._summary.orders,
        )

    def _find(self, session: Session, number: int) -> Exchange:
        unsaved = next((item for item in self._unsaved if item.number == number), None)
        found = unsaved or session.exchange(number)
        if found is None:
            raise KeyError(number)
        return self.masker.again(found)

    def _load(self, progress: Progress | None, cancelled: Callable[[], bool]) -> int:
        for side in self._session.fact("observed", []):
            self._analysis.observe(Side(side))
        total, done = len(self._session), 0
        held = self._session.exchanges(until=self._held)
        due = 0.0
        for chunk in batched(held, BATCH):
            if cancelled():
                break
            self._analyse(chunk)
            done += len(chunk)
            if time.monotonic() >= due:
                started = time.monotonic()
                self._tell()
                due = time.monotonic() + TELL_SHARE * (time.monotonic() - started)
            if progress:
                progress(done, total)
        self._tell()
        if self._session.integrity.text:
            self._report(self._session.integrity.text)
        return done

    def _attempt(self, act: Callable[[], None], what: str) -> None:
        try:
            act()
        except SessionError as error:
            self._report(str(error), str(error))
        except Exception as error:
            log.exception("inspector")
            self._report(f"{what}: {error!r}.")

    def _report(self, text: str, trouble: str | None = None) -> None:
        """Tell `on_error`; the same standing trouble (a full disk) is told once, not with every batch."""
        if trouble is not None and trouble == self._trouble:
            return
        self._trouble = trouble or self._trouble
        if self._on_error is not None:
            try:
                self._on_error(text)
            except Exception:
                log.exception("on_error")


def _counted(number: int) -> str:
    return f"{number:,} {'exchange' if number == 1 else 'exchanges'}"


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
