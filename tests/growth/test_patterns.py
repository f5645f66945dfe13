"""No regular expression of the program takes more than linear time on a text made to hurt it.

Each pattern is grown on hostile texts of its own kind (see `hostile`), first small, then the worst of them to 2 MB.
What is compared are times of one run: growth eightfold must not take much more than eightfold the time.
`pytest -s` prints the time per byte.
"""

from __future__ import annotations

import re
import time

import pytest

from tests.growth import hostile
from tests.growth.patterns import Use, uses

SMALL, LARGE, LARGEST = 4_000, 32_000, 2_000_000  # characters
MOST = 24  # times the time for eight times the text: a square takes 64, and the rest is the machine's noise
NOTICED_S = 0.002  # what takes less at `LARGE` has no square in it


def took(use: Use, text: str | bytes, tries: int = 3) -> float:
    """Seconds of processor time, the best of some tries."""
    best = float("inf")
    for _ in range(tries):
        started = time.thread_time()
        use.run(text)
        best = min(best, time.thread_time() - started)
        if best < NOTICED_S / 10:
            break
    return best


@pytest.mark.parametrize("use", uses(), ids=lambda use: use.name)
def test_a_pattern_grows_with_its_text(use: Use) -> None:
    like = use.pattern.pattern
    seeds = hostile.seeds(like, use.flags)
    worst = sorted(seeds, key=lambda seed: took(use, seed.grown(SMALL, like), 1))[-3:]
    for seed in worst:
        small, large = took(use, seed.grown(SMALL, like)), took(use, seed.grown(LARGE, like))
        assert large < NOTICED_S or large <= MOST * small, f"{use.name} on {seed}: {small:.6f} s, then {large:.6f} s"
    if worst:
        largest = took(use, worst[-1].grown(LARGEST, like), 1)
        print(f"{largest / LARGEST * 1e9:8.1f} ns/B  {use.name:60} on {worst[-1]!r:.100}")
        assert largest <= MOST * max(large, NOTICED_S) * LARGEST / LARGE / 8


def test_patterns_are_found_wherever_they_stand() -> None:
    places = {use.place.partition(" ")[0].partition(":")[0] for use in uses()}
    assert {"app.redaction.finding", "app.checks.identity", "app.formats.curl", "app.hashing.forms"} <= places
    assert any(place.startswith("addons.") for place in places)
    assert {use.method for use in uses()} >= {"finditer", "search", "match", "fullmatch"}


@pytest.mark.parametrize(
    "pattern", [r"a*b", r"\s+$", rb"(?:x|xy)+\d+[^a]*z", r"<.*>", r"\w+@\w+", r"k[\s+]+([k+]{9,}1)"]
)
def test_hostile_texts_hurt_a_pattern_that_backtracks(pattern: str | bytes) -> None:
    use = Use("example", re.compile(pattern), "finditer")
    growths = [
        took(use, seed.grown(2_400, pattern), 1) / max(took(use, seed.grown(300, pattern)), 1e-6)
        for seed in hostile.seeds(pattern)
    ]
    assert max(growths) > MOST
