"""How good the suggestions are on generated traffic: precision and recall by threshold, and recall by what went wrong.

    python -m tests.benchmarks.suggestions

A suggestion is right when its two halves are one conversion. Much of what is not found has nothing to be found by: a
page view without an ID, a browser ID or a customer on one of its sides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from app.analysis.engine import Analysis
from app.checks import Context
from app.model import Event, LinkKind
from app.rules import load_rules
from tests.corpus import RULES, Labelled, Score, Shop, traffic
from tests.corpus_cases import BY_NAME

SHOPS = {
    "one visitor a minute": Shop(1_500, every_ms=60_000),
    "nothing right": Shop(800, every_ms=60_000, exact=0.0),
    "one every 5 seconds": Shop(3_000, every_ms=5_000),
    "one every 0.4 seconds": Shop(6_000, every_ms=400),
    "one article, no names": Shop(3_000, every_ms=4_000, articles=1, named=0.0),
    "the same, every 0.4 s": Shop(3_000, every_ms=400, articles=1, named=0.0),
}
THRESHOLDS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95)

Halves = tuple[str, ...]


class Truth(NamedTuple):
    """The halves to be found, each with what went wrong with them."""

    halves: dict[Halves, str]


def truth_of(rows: list[Labelled]) -> Truth:
    """Which halves belong together although the platform keeps them apart."""
    parts: dict[int, list[Labelled]] = {}
    for row in rows:
        if BY_NAME[row.case].suggested:
            parts.setdefault(row.conversion, []).append(row)
    return Truth({tuple(sorted("p" + row.event.id[1:] for row in part)): part[0].case for part in parts.values()})


def suggested(events: Iterator[Event] | list[Event], threshold: float) -> set[Halves]:
    """The halves that the analysis ties at a threshold."""
    analysis = Analysis(Context(rules=replace(load_rules(), suggest_confidence=threshold)), RULES)
    analysis.add(events)
    return {
        tuple(sorted((group.id, link.group)))
        for group in analysis.groups()
        for link in group.links
        if link.kind is LinkKind.SUGGESTED
    }


def score(rows: list[Labelled], threshold: float) -> Score:
    """The suggestions at a threshold against the truth."""
    truth = truth_of(rows).halves
    made = suggested([row.event for row in rows], threshold)
    return Score(len(made), len(made & truth.keys()), len(truth))


def main() -> None:
    """Print both tables."""
    print(f"{'shop':24}" + "".join(f"{threshold:>18}" for threshold in THRESHOLDS))
    for name, shop in SHOPS.items():
        rows = list(traffic(shop, seed=7))
        scores = [score(rows, threshold) for threshold in THRESHOLDS]
        print(f"{name:24}" + "".join(f"{found.precision:10.4f}{found.recall:8.3f}" for found in scores), flush=True)
    print("\nrecall by case and by the evidence there was, one visitor every 5 seconds")
    rows = list(traffic(SHOPS["one every 5 seconds"], seed=7))
    made = suggested([row.event for row in rows], load_rules().suggest_confidence)
    names = {"p" + row.event.id[1:]: row.event.name for row in rows}
    there, found = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for halves, case in truth_of(rows).halves.items():
        kind = "page views" if names[halves[0]].casefold() == "pageview" else "other events"
        there[case, kind] += 1
        found[case, kind] += halves in made
    for case, kind in sorted(there):
        print(f"{case:26} {kind:14} {found[case, kind]:5} of {there[case, kind]:5}")


if __name__ == "__main__":
    main()
