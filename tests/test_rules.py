"""The rules file: complete, sourced, and refused with a sentence when it is not."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from app.platforms.meta.requirements import FUTURE_MS
from app.rules import PATH, RulesError, load_rules


def test_every_threshold_has_a_source_and_a_standing() -> None:
    rules = load_rules()
    assert rules.version
    assert [name for name, basis in rules.basis if not basis.source.endswith(".")] == []
    assert len(rules.basis) == len(set(rules.basis)) > 10


def test_thresholds_come_typed() -> None:
    rules = load_rules()
    assert (rules.same_amount, rules.double_fire_ms, rules.order_bands) == (Decimal("0.01"), 2000, (0.05, 0.1, 0.2))


def test_the_limits_of_the_checks_are_those_of_the_contract() -> None:
    assert load_rules().future_ms == FUTURE_MS


@pytest.mark.parametrize("change", [("[slow_server_ms]", "[other_ms]"), ('standing = "folklore"', 'standing = "myth"')])
def test_an_incomplete_file_is_refused_in_words(tmp_path: Path, change: tuple[str, str]) -> None:
    broken = tmp_path / "rules.toml"
    broken.write_text(PATH.read_text("utf-8").replace(*change, 1), "utf-8")
    with pytest.raises(RulesError, match="does not hold a complete set of rules"):
        load_rules(broken)


def test_a_missing_file_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(RulesError, match="Install the application again"):
        load_rules(tmp_path / "none.toml")
