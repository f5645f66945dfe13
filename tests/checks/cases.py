"""One case: a code, traffic in which it fires, and traffic near it in which it must not."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from app.model import Finding


class Case(NamedTuple):
    """`fires` and `quiet` build the traffic and return what the checks found in it."""

    code: str
    fires: Callable[[], tuple[Finding, ...]]
    quiet: Callable[[], tuple[Finding, ...]]

    def __str__(self) -> str:
        return self.code


def codes(findings: Iterable[Finding]) -> set[str]:
    return {finding.code for finding in findings}
