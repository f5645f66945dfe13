"""The verdict on files: several sources read as one session, with nothing left to wait for."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import count

from msgspec.structs import replace

from app.analysis.engine import Analysis
from app.checks import Context
from app.formats import Import
from app.model import Event, Exchange
from app.platforms import decode, rules_of
from app.redaction import Masker
from app.reports.sources import KeptParameters, Sources
from app.session.file import Input

Tell = Callable[[int, int], None]
"""Called with the exchanges that are done, and with how many there are."""


def analyse(
    imports: Iterable[Import],
    context: Context,
    endpoints: tuple[str, ...] = (),
    *,
    parameters: bool = True,
    tell: Tell = lambda _done, _all: None,
) -> tuple[Analysis, Sources]:
    """Number, mask, decode and pair every exchange of some sources.

    A token that the last exchange shows to be one is masked in the first, too.

    Exchanges are let go one by one, so hand over an iterator to have the memory back; without `parameters` those of
    the events are not kept either, for a report that shows none.
    """
    inputs, waiting = _taken(imports)
    del imports
    kept, masker = KeptParameters(), Masker()
    masked = deque[tuple[Exchange, int]]()
    while waiting:
        masked.append((masker.mask(waiting.popleft()), masker.known))
    analysis = Analysis(context, rules_of())
    numbers, total = count(1), len(masked)

    def events() -> Iterator[Event]:
        while masked:
            exchange, since = masked.popleft()
            found = decode(replace(masker.again(exchange, since), number=next(numbers)), endpoints)
            if parameters:
                kept.keep(found)
            yield from found
            tell(total - len(masked), total)

    analysis.add(events())
    return analysis, Sources(inputs, lambda: iter(kept))


def _taken(imports: Iterable[Import]) -> tuple[tuple[Input, ...], deque[Exchange]]:
    inputs: list[Input] = []
    waiting: deque[Exchange] = deque()
    for item in imports:
        inputs.append(item.input)
        waiting.extend(item.exchanges)
    return tuple(inputs), waiting
