"""Thresholds and windows of the diagnosis, read from `resources/rules.toml`, each with its source and its standing."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from app.model import Standing

PATH = Path(__file__).resolve().parent.parent / "resources" / "rules.toml"


class Basis(NamedTuple):
    """What one threshold rests on."""

    source: str
    standing: Standing


@dataclass(frozen=True, slots=True)
class Rules:
    """Every threshold by name. Names ending in `_ms` are durations in milliseconds; the others say their unit.

    `basis` names source and standing of each; `version` is printed in reports.
    """

    version: str
    double_fire_ms: int
    beside_ms: int
    clock_skew_ms: int
    future_ms: int
    slow_server_ms: int
    slow_answer_ms: int
    same_amount: Decimal  # in the amount's own currency
    retry_ms: int
    suggest_ms: int
    suggest_confidence: float  # 0 to 1
    no_deduplication: float  # inflation as a fraction
    coverage_goal: float  # fraction
    match_quality_goal: float  # on a scale from 0 to 10
    order_bands: tuple[float, ...]  # fractions: good, acceptable, look
    basis: tuple[tuple[str, Basis], ...] = ()


class RulesError(Exception):
    """The rules file does not hold a complete set of rules; the text is fit to show."""


@lru_cache(maxsize=4)
def load_rules(path: Path = PATH) -> Rules:
    """Read the rules. Raises `RulesError` naming what is missing or unreadable."""
    try:
        found: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
        names = [item.name for item in fields(Rules) if item.name not in ("version", "basis")]
        values = {name: _value(name, found[name]["value"]) for name in names}
        basis = tuple((name, Basis(found[name]["source"], Standing(found[name]["standing"]))) for name in names)
        return Rules(version=str(found["version"]), basis=basis, **values)
    except (OSError, KeyError, TypeError, ValueError, ArithmeticError) as error:
        raise RulesError(
            f"{path} does not hold a complete set of rules ({error}). Install the application again."
        ) from error


def _value(name: str, value: Any) -> Any:
    if name == "same_amount":
        return Decimal(value)
    return tuple(value) if isinstance(value, list) else value
