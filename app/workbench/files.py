"""The verdict on files: several sources read as one session, with nothing left to wait for."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count

from msgspec.structs import replace

from app.analysis.engine import Analysis
from app.checks import Context
from app.formats import Import
from app.platforms import decode, rules_of
from app.redaction import Masker


def analyse(
    imports: Iterable[Import], context: Context, endpoints: tuple[str, ...] = ()
) -> tuple[Analysis, tuple[Import, ...]]:
    """Number, mask, decode and pair every exchange of some sources.

    A token that the last exchange shows to be one is masked in the first, too. Returns the analysis, and the sources
    with their exchanges as they were analysed.
    """
    imports = tuple(imports)
    numbers, masker = count(1), Masker()
    masked = [[(masker.mask(exchange), masker.known) for exchange in item.exchanges] for item in imports]
    numbered = tuple(
        replace(
            item,
            exchanges=tuple(
                replace(masker.again(exchange, since), number=next(numbers)) for exchange, since in exchanges
            ),
        )
        for item, exchanges in zip(imports, masked, strict=True)
    )
    analysis = Analysis(context, rules_of())
    for item in numbered:
        for exchange in item.exchanges:
            analysis.add(decode(exchange, endpoints))
    return analysis, numbered
