"""No answer goes out before its exchange is kept: by the scribe, by the proxy when that is gone, by the pipe when the
journal can not be written."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from app.capture.messages import ProxyOptions
from app.capture.proxy import Proxy
from app.session import journal
from app.session.journal import JournalReader, new_run
from tests.capturing import Heard, options

TOKEN = "EAAFAKETOKENabcdefghijklmnop1234"
EVENT = {"data": [{"event_name": "Purchase", "event_time": 1, "action_source": "website"}]}


@dataclass
class Kept:
    """A proxy with a journal, and what is in it."""

    proxy: Proxy
    address: str
    reader: JournalReader
    heard: Heard
    urls: list[str] = field(default_factory=list)

    def post(self, name: str) -> None:
        httpx.post(f"{self.address}/v26.0/{name}/events?access_token={TOKEN}", json=EVENT, trust_env=False)

    def journaled(self) -> list[str]:
        """The paths of everything in the journal by now."""
        while found := self.reader.read():
            self.urls += [item.request.url for item in found]
        return [url.partition("v26.0/")[2].partition("/")[0] for url in self.urls]


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    yield from running(options(tmp_path / "authority", journal=new_run(tmp_path / "shop.pixelpair")))


def running(chosen: ProxyOptions) -> Iterator[Kept]:
    heard = Heard()
    proxy = Proxy(chosen, heard.sink, heard.died, heard.noticed)
    listening = proxy.start()
    assert chosen.journal is not None
    try:
        yield Kept(proxy, f"http://127.0.0.1:{listening.forwarding_port}", JournalReader(chosen.journal), heard)
    finally:
        proxy.stop()


def test_what_was_answered_is_in_the_journal_masked(kept: Kept) -> None:
    for number in range(20):
        kept.post(str(number))
        assert kept.journaled() == [str(n) for n in range(number + 1)]  # at once, not in a while
    assert TOKEN not in "".join(kept.urls)
    assert all(TOKEN.encode() not in path.read_bytes() for path in journal.segments(kept.reader.run))
    assert kept.heard.seen == []


def test_an_answer_that_is_an_error_is_kept_before_it_goes(tmp_path: Path) -> None:
    chosen = options(
        tmp_path / "authority",
        sandbox=False,
        forwarding_target="http://127.0.0.1:9",
        journal=new_run(tmp_path / "shop.pixelpair"),
    )
    for kept in running(chosen):
        kept.post("1")
        assert kept.journaled() == ["1"]


@pytest.mark.skipif(sys.platform == "win32", reason="a signal ends it")
def test_without_its_scribe_the_proxy_keeps_the_journal_and_says_so(kept: Kept) -> None:
    kept.post("1")
    assert kept.proxy._scribe is not None
    assert kept.proxy._scribe.pid is not None
    os.kill(kept.proxy._scribe.pid, signal.SIGKILL)
    kept.proxy._scribe.join()
    for number in range(2, 10):
        kept.post(str(number))
    assert kept.journaled() == [str(number) for number in range(1, 10)]
    kept.heard.until(lambda: kept.heard.notices)
    assert kept.heard.notices[0].startswith("The process that keeps the journal ended unexpectedly")


def test_where_no_journal_can_be_written_exchanges_come_by_the_pipe_and_it_is_said_once(tmp_path: Path) -> None:
    chosen = options(tmp_path / "authority", journal=tmp_path / "none" / "shop.pixelpair.journal-1")
    for kept in running(chosen):
        for number in range(5):
            kept.post(str(number))
        assert len(kept.heard.exchanges(5)) == 5
        assert "".join(kept.heard.notices) == (
            f"The journal in {tmp_path / 'none'} can not be written, so what comes now would be lost if Pixelpair were "
            "killed before it is saved. Recording goes on. Make room on the disk, or check the folder's permissions."
        )


def test_the_journal_goes_on_where_it_is_told_to(kept: Kept, tmp_path: Path) -> None:
    kept.post("1")
    elsewhere = new_run(tmp_path / "other.pixelpair")
    kept.proxy.move_journal(elsewhere)
    moved = JournalReader(elsewhere)
    for number in range(200):
        kept.post(str(number + 2))
        if moved.read():
            break
    else:
        pytest.fail("it was not moved")
    assert kept.journaled() == [str(n + 1) for n in range(number + 1)]


def test_everything_is_in_the_journal_when_the_proxy_has_stopped(kept: Kept) -> None:
    for number in range(50):
        kept.post(str(number))
    kept.proxy.stop()
    assert kept.journaled() == [str(number) for number in range(50)]
