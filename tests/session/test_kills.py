"""Whoever is killed, at whatever moment under load: every event that somebody was answered is in the session, once."""

import random
import sys
from itertools import count
from pathlib import Path

import pytest

from tests.benchmarks.kills import KINDS, kill_once, lost

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="processes are looked for in /proc")

KILLS = 3  # of each kind; `python -m tests.benchmarks.kills` makes 60


@pytest.mark.parametrize("kind", KINDS)
def test_no_answered_event_is_lost_and_none_is_there_twice(tmp_path: Path, kind: str) -> None:
    session, names, answered = tmp_path / "shop.pixelpair", count(), list[str]()
    for _ in range(KILLS):
        answered += kill_once(session, kind, names, random.uniform(0.05, 1.0))
        assert lost(session, answered) == ([], [])
    assert len(answered) >= KILLS
    assert [path.name for path in tmp_path.glob("shop*")] == [session.name]
