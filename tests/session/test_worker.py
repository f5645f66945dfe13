"""The worker on real parts: everything recorded is masked, saved, understood and told, and no fault costs the rest."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.analysis.engine import Analysis
from app.checks import Context
from app.model import Event, Exchange, Observed, Provenance, Request, Response, Side, Verdict
from app.numbers import Recorded, Summary
from app.platforms import rules_of
from app.session.file import Session
from app.session.worker import BATCH, Inspector

LONG_AGO_MS = 1_750_000_000_000  # long past, so that nothing waits
TOKEN = "EAAFAKETOKENabcdefghijklmnop1234"


def browser(event_id: str, name: str = "Lead", at_ms: int = LONG_AGO_MS) -> Exchange:
    url = f"https://www.facebook.com/tr/?id=1111111111111111&ev={name}&eid={event_id}&ts={at_ms}&rqm=GET"
    return Exchange(Provenance.CAPTURED, Request("GET", url), Response(200), started_ms=at_ms, finished_ms=at_ms)


def server(event_id: str, name: str = "Lead", at_ms: int = LONG_AGO_MS) -> Exchange:
    body = {"data": [{"event_name": name, "event_time": at_ms // 1000, "event_id": event_id}], "access_token": TOKEN}
    request = Request(
        "POST",
        f"https://graph.facebook.com/v26.0/1111111111111111/events?access_token={TOKEN}",
        (("Content-Type", "application/json"), ("Authorization", f"Bearer {TOKEN}")),
        json.dumps(body).encode(),
    )
    answer = Response(200, (), b'{"events_received":1}')
    return Exchange(Provenance.FORWARDED, request, answer, started_ms=at_ms, finished_ms=at_ms)


class Ears:
    """Keeps what an inspector says."""

    def __init__(self) -> None:
        self.news: list[Recorded] = []
        self.errors: list[str] = []

    @property
    def verdicts(self) -> dict[str, Verdict]:
        """The verdict by event ID, as somebody would know it who heard all the news."""
        groups = {group.id: group for item in self.news for group in item.groups}
        for item in self.news:
            for gone in item.gone:
                groups.pop(gone, None)
        return {group.event_id or "": group.verdict for group in groups.values()}


@contextmanager
def inspecting(
    path: Path, ears: Ears, analysis: Analysis | None = None, listener: Callable[[Recorded], None] | None = None
) -> Iterator[Inspector]:
    with Session.open(path) as session:
        inspector = Inspector(
            session,
            analysis or Analysis(Context(), rules_of()),
            listener or ears.news.append,
            on_error=ears.errors.append,
        )
        try:
            yield inspector
        finally:
            inspector.close()


def settled(inspector: Inspector) -> None:
    """Wait until everything recorded so far is done with."""
    inspector.ask(lambda session, analysis: None).result()


def saved(path: Path) -> list[Exchange]:
    session = Session.read(path)
    try:
        return list(session.exchanges())
    finally:
        session.close()


def test_both_halves_become_one_row_and_no_secret_reaches_anybody(tmp_path: Path) -> None:
    path, ears = tmp_path / "a.pixelpair", Ears()
    with inspecting(path, ears) as inspector:
        inspector.record(browser("l-1"))
        inspector.record(server("l-1"))
        settled(inspector)
        found = inspector.exchange(2).result()
    assert ears.verdicts == {"l-1": Verdict.DEDUPLICATED}
    assert (ears.news[-1].summary.deduplicated, ears.errors) == (1, [])
    assert ears.news[-1].saved_ms is not None
    assert saved(path)[1] == found
    assert (found.number, len(found.request.body)) == (2, len(server("l-1").request.body))
    assert TOKEN not in repr(ears.news) + repr(found)
    assert TOKEN.encode() not in b"".join(item.read_bytes() for item in tmp_path.iterdir())


def test_many_threads_are_told_apart_by_number_and_drained_on_close(tmp_path: Path) -> None:
    path, ears = tmp_path / "a.pixelpair", Ears()
    with inspecting(path, ears) as inspector:

        def produce(thread: int) -> None:
            for number in range(BATCH):
                inspector.record(browser(f"t{thread}-{number}"))

        threads = [threading.Thread(target=produce, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    found = saved(path)
    assert [item.number for item in found] == list(range(1, 4 * BATCH + 1))
    assert len({item.request.url for item in found}) == 4 * BATCH
    assert len(ears.verdicts) == 4 * BATCH
    assert len(ears.news) < 4 * BATCH / 10  # told in batches, not one by one


def test_an_asked_question_sees_everything_recorded_before_it(tmp_path: Path) -> None:
    with inspecting(tmp_path / "a.pixelpair", Ears()) as inspector:
        for number in range(50):
            inspector.record(browser(f"l-{number}"))
        count: Future[tuple[int, int]] = inspector.ask(lambda session, analysis: (len(session), len(analysis.groups())))
        assert count.result() == (50, 50)
        missing = inspector.exchange(51)
        with pytest.raises(KeyError):
            missing.result()
        with pytest.raises(ZeroDivisionError):
            inspector.ask(lambda session, analysis: 1 / 0).result()


def test_waiting_becomes_one_sided_when_asked_again(tmp_path: Path) -> None:
    ears = Ears()
    analysis = Analysis(Context(live=True), rules_of(), waiting_ms=20)
    with inspecting(tmp_path / "a.pixelpair", ears, analysis) as inspector:
        inspector.observe(Side.SERVER)
        now_ms = inspector.ask(lambda session, _: session.fact("created_ms")).result()
        inspector.record(browser("l-1", at_ms=now_ms))
        settled(inspector)
        while ears.verdicts != {"l-1": Verdict.BROWSER_ONLY}:
            inspector.refresh()
            settled(inspector)
    inspector.refresh()  # too late to matter, and no error


def test_when_nothing_more_will_come_nothing_waits_and_later_halves_may_again(tmp_path: Path) -> None:
    ears = Ears()
    with inspecting(tmp_path / "a.pixelpair", ears, Analysis(Context(), rules_of())) as inspector:
        inspector.observe(Side.SERVER)
        now_ms = inspector.ask(lambda session, _: session.fact("created_ms")).result()
        inspector.record(browser("l-1", at_ms=now_ms))
        settled(inspector)
        assert ears.verdicts == {"l-1": Verdict.WAITING}
        inspector.refresh(live=False)
        settled(inspector)
        assert ears.verdicts == {"l-1": Verdict.BROWSER_ONLY}
        inspector.refresh()
        inspector.refresh(live=True)
        inspector.record(browser("l-2", at_ms=now_ms))
        settled(inspector)
        assert ears.verdicts == {"l-1": Verdict.WAITING, "l-2": Verdict.WAITING}


def test_closed_in_a_hurry_everything_is_saved_and_little_is_analysed(tmp_path: Path) -> None:
    path, ears = tmp_path / "a.pixelpair", Ears()
    many = 3 * BATCH
    with inspecting(path, ears) as inspector:
        held = threading.Event()
        inspector.ask(lambda _session, _analysis: held.wait(30))
        for number in range(many):
            inspector.record(browser(f"l-{number}"))
        closing = threading.Thread(target=lambda: inspector.close(hurry=True))
        closing.start()
        while not inspector._closed:
            time.sleep(0.001)
        held.set()
        closing.join()
    assert len(saved(path)) == many
    assert len(ears.verdicts) < many


def test_a_reopened_session_is_analysed_again_with_what_was_observed(tmp_path: Path) -> None:
    path = tmp_path / "a.pixelpair"
    with inspecting(path, Ears()) as inspector:
        inspector.observe(Side.SERVER)
        for number in range(BATCH + 5):
            inspector.record(browser(f"l-{number}"))
    ears, progress = Ears(), list[tuple[int, int]]()
    with inspecting(path, ears) as inspector:
        inspector.record(browser("new"))
        assert inspector.load(lambda done, total: progress.append((done, total))).result() == BATCH + 5
    assert [done for done, _ in progress] == [BATCH, BATCH + 5]
    assert set(ears.verdicts.values()) == {Verdict.BROWSER_ONLY}
    assert len(ears.verdicts) == BATCH + 6
    assert len(saved(path)) == BATCH + 6


def test_loading_can_be_cancelled(tmp_path: Path) -> None:
    path = tmp_path / "a.pixelpair"
    with inspecting(path, Ears()) as inspector:
        for number in range(2 * BATCH):
            inspector.record(browser(f"l-{number}"))
    ears = Ears()
    with inspecting(path, ears) as inspector:
        assert inspector.load(cancelled=lambda: bool(ears.news)).result() == BATCH
    assert len(ears.verdicts) == BATCH


class Ponderous(Analysis):
    """An analysis of a session so long that walking through it takes a while."""

    def summary(self, *, whole: bool = True) -> Summary:
        if whole:
            time.sleep(0.03)
        return super().summary(whole=whole)


def test_a_slow_summary_holds_up_no_numbers_and_comes_whole_in_the_end(tmp_path: Path) -> None:
    ears = Ears()
    analysis = Ponderous(Context(), rules_of())
    with inspecting(tmp_path / "a.pixelpair", ears, analysis) as inspector:
        for number in range(1, 6):
            inspector.record(browser(f"l-{number}"))
            inspector.record(server(f"s-{number}"))
            settled(inspector)
            assert ears.news[-1].summary.browser_events == number
        while ears.news[-1].groups != ():  # the whole summary follows by itself
            time.sleep(0.01)
        assert ears.news[-1].summary == inspector.ask(lambda _, asked: asked.summary()).result()
        inspector.record(browser("l-6"))
    assert ears.news[-1].summary == analysis.summary()
    assert [finding.code for finding in ears.news[-1].summary.session_findings if finding.code == "zero-overlap"]


def test_orders_are_compared_in_all_news_and_anew_when_they_are_others(tmp_path: Path) -> None:
    ears = Ears()
    with inspecting(
        tmp_path / "a.pixelpair", ears, Ponderous(Context(orders=("1042", "1043")), rules_of())
    ) as inspector:
        for number in range(1042, 1045):
            inspector.record(browser(str(number), "Purchase"))
            settled(inspector)
            assert ears.news[-1].summary.orders is not None
        while (orders := ears.news[-1].summary.orders) is None or orders.purchases < 3:
            time.sleep(0.01)
        assert (orders.missed, orders.unknown, orders.unnamed) == (0, (), 1)
        inspector.ask(lambda _, asked: asked.compare_with(())).result()
        inspector.refresh()
        while ears.news[-1].summary.orders is not None:
            time.sleep(0.01)


class Tripping(Analysis):
    """An analysis with a bug: one event is too much for it."""

    def add(self, events: Iterable[Event]) -> None:
        events = tuple(events)
        if any(event.event_id == "l-3" for event in events):
            raise ValueError("three")
        super().add(events)


def test_our_bug_costs_one_exchange_its_reading_and_is_said(
    tmp_path: Path, warnings_of_ours: list[logging.LogRecord]
) -> None:
    path, ears = tmp_path / "a.pixelpair", Ears()
    with inspecting(path, ears, Tripping(Context(), rules_of())) as inspector:
        for number in range(1, 6):
            inspector.record(browser(f"l-{number}"))
    assert set(ears.verdicts) == {"l-1", "l-2", "l-4", "l-5"}
    assert len(saved(path)) == 5
    assert ears.errors == ["Exchange 3 is saved but could not be analysed: ValueError('three')."]
    assert [record.exc_info is not None for record in warnings_of_ours] == [True]
    warnings_of_ours.clear()


def test_a_listener_that_fails_does_not_stop_the_worker(
    tmp_path: Path, warnings_of_ours: list[logging.LogRecord]
) -> None:
    path, ears = tmp_path / "a.pixelpair", Ears()

    def listener(news: Recorded) -> None:
        ears.news.append(news)
        raise RuntimeError("the window is gone")

    with inspecting(path, ears, listener=listener) as inspector:
        inspector.record(browser("l-1"))
        settled(inspector)
        inspector.record(browser("l-2"))
        settled(inspector)
    assert set(ears.verdicts) == {"l-1", "l-2"}
    assert len(saved(path)) == 2
    assert ears.errors == ["A batch could not be analysed: RuntimeError('the window is gone')."] * 2
    assert len(warnings_of_ours) == 2
    warnings_of_ours.clear()


def limit_pages(session: Session, more: int | None) -> None:
    """Let the file grow by some pages only, as a full disk does; None: without limit again."""
    pages = session._db.execute("pragma page_count").fetchone()[0]
    session._db.execute(f"pragma max_page_count={1_000_000 if more is None else pages + more}")


def test_on_a_full_disk_the_record_goes_on_in_memory_and_is_written_later(tmp_path: Path) -> None:
    path, ears = tmp_path / "a.pixelpair", Ears()
    with inspecting(path, ears) as inspector:
        inspector.record(browser("l-1"))
        inspector.ask(lambda session, _: limit_pages(session, 0)).result()
        for number in range(2, 40):
            inspector.record(browser(f"l-{number}", name="x" * 1000))
            settled(inspector)
        assert len(ears.verdicts) == 39
        assert inspector.exchange(39).result().number == 39
        assert "".join(ears.errors) == (
            "a.pixelpair can not be written: the disk is full. What was saved so far is safe; make room to go on. "
            "What comes now is kept in memory and written when that works again."
        )
        held = len(saved(path))
        assert held < 39
        inspector.ask(lambda session, _: limit_pages(session, None)).result()
        inspector.record(browser("l-40"))
        settled(inspector)
        assert [item.number for item in saved(path)] == list(range(1, 41))
    assert ears.errors[1:] == ["a.pixelpair can be written again; nothing was lost."]


def test_what_was_kept_back_is_written_on_close_when_there_is_room(tmp_path: Path) -> None:
    path, ears = tmp_path / "a.pixelpair", Ears()
    with inspecting(path, ears) as inspector:
        inspector.ask(lambda session, _: limit_pages(session, 0)).result()
        for number in range(1, 40):
            inspector.record(browser(f"l-{number}", name="x" * 1000))
        settled(inspector)
        assert len(saved(path)) < 39
        inspector.ask(lambda session, _: limit_pages(session, None)).result()
    assert len(saved(path)) == 39


def test_what_can_not_be_written_even_at_the_end_is_said(tmp_path: Path) -> None:
    path, ears = tmp_path / "a.pixelpair", Ears()
    with inspecting(path, ears) as inspector:
        inspector.ask(lambda session, _: limit_pages(session, 0)).result()
        inspector.record(browser("l-1", name="x" * 100_000))
    assert ears.errors[1:] == ["1 exchange could not be written to a.pixelpair any more."]
    assert set(ears.verdicts) == {"l-1"}
    assert saved(path) == []


def test_recording_after_close_is_refused(tmp_path: Path) -> None:
    with inspecting(tmp_path / "a.pixelpair", Ears()) as inspector:
        inspector.close()
        with pytest.raises(RuntimeError):
            inspector.record(browser("l-1"))


def test_observed_sides_are_known_at_once(tmp_path: Path) -> None:
    with inspecting(tmp_path / "a.pixelpair", Ears()) as inspector:
        inspector.observe(Side.BROWSER)
        inspector.observe(Side.SERVER)
        inspector.observe(Side.BROWSER)
        facts = inspector.ask(lambda session, analysis: (session.fact("observed"), analysis._observed)).result()
    assert facts == (["browser", "server"], Observed(browser=True, server=True))


RECORDER = """
import sys, time
from pathlib import Path
from app.analysis.engine import Analysis
from app.checks import Context
from app.session.worker import Inspector
from app.platforms import rules_of
from app.session.file import Session
from tests.session.test_worker import browser

inspector = Inspector(Session.open(Path(sys.argv[1])), Analysis(Context(), rules_of()), lambda news: None)
number = 0
while True:
    number += 1
    now_ms = time.time_ns() // 1_000_000
    inspector.record(browser(f"l-{number}", at_ms=now_ms))
    print(number, now_ms, flush=True)
    time.sleep(0.002)
"""


def test_a_kill_in_the_middle_of_a_capture_loses_at_most_the_last_second(tmp_path: Path) -> None:
    path = tmp_path / "a.pixelpair"
    recorder = subprocess.Popen([sys.executable, "-c", RECORDER, str(path)], stdout=subprocess.PIPE, text=True)
    assert recorder.stdout is not None
    recorded: list[tuple[int, int]] = []
    for line in recorder.stdout:
        number, at_ms = map(int, line.split())
        recorded.append((number, at_ms))
        if number == 700:
            recorder.kill()
    recorder.wait()
    recorder.stdout.close()

    with Session.open(path) as session:
        found = [(item.number, item.started_ms) for item in session.exchanges()]
        assert session.recovered is not None
        assert session.recovered.startswith(f"a.pixelpair was not closed properly last time. {len(found):,} exchanges")
    assert found == recorded[: len(found)]
    last_ms = recorded[-1][1]
    assert [number for number, at_ms in recorded if at_ms < last_ms - 1000] == [
        number for number, at_ms in found if at_ms is not None and at_ms < last_ms - 1000
    ]
    assert len(found) > 0
