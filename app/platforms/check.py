"""A finding code as the catalogue lists it: the catalogue's own are in `app.checks`, a platform may add to them."""

from __future__ import annotations

from dataclasses import dataclass

from app.model import Severity, Standing


@dataclass(frozen=True, slots=True)
class Check:
    """One finding code: what it is called, why it happens, what to do about it, and what the rule rests on.

    Among a platform's own, one with a code of the catalogue's is that platform's wording of it. Any other is a code of
    its own; `kind` is then the neutral code that it stands for, empty where there is none.
    """

    code: str
    severity: Severity
    title: str
    cause: str
    fix: str
    standing: Standing
    source: str
    kind: str = ""
