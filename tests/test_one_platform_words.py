"""No room but its own package knows a platform's words: nothing outside speaks of Facebook, or imports its package."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OWN = ROOT / "app" / "platforms" / "meta"
WORDS = re.compile(r"facebook|fbp|fbc|fbq|\bgraph\.(?=\w)|platforms\.meta", re.IGNORECASE)
TABLE = "from app.platforms.meta.platform import META"

# The demo shows a real pixel at work.
SHOWN = frozenset({"app/shop.py", "app/cli/demo.py"})

# Not clean yet. Whoever cleans a file takes it off; none is ever put on.
ALLOWED = frozenset(
    {
        "app/checks/catalogue.py",
        "app/checks/clicks.py",
        "app/checks/flaws.py",
        "app/checks/payload.py",
        "app/checks/session.py",
        "app/checks/ties.py",
        "app/comparison/values.py",
        "app/formats/jsonl.py",
        "app/gui/detail/hashes_view.py",
        "app/model.py",
        "app/platforms/base.py",
        "app/redaction/people.py",
        "app/rules.py",
    }
)


def lines_of(path: Path) -> list[str]:
    """The lines with a platform's word, the one that puts it into the table aside."""
    lines = path.read_text("utf-8").splitlines()
    return [line.strip() for line in lines if WORDS.search(line) and line != TABLE]


def found() -> dict[str, list[str]]:
    """Every file outside the platform's own package that has such lines."""
    files = (path for room in ("app", "addons") for path in sorted((ROOT / room).rglob("*.py")))
    named = {str(path.relative_to(ROOT)): lines_of(path) for path in files if OWN not in path.parents}
    return {name: lines for name, lines in named.items() if lines and name not in SHOWN}


def test_no_other_room_has_a_platforms_words() -> None:
    assert {name: lines for name, lines in found().items() if name not in ALLOWED} == {}


def test_what_is_clean_is_taken_off_the_list() -> None:
    assert ALLOWED - found().keys() == frozenset()


@pytest.mark.parametrize(
    "word", ["Facebook", "_fbp", "fbclid", "fbq('track')", "https://graph.example", "app.platforms.meta"]
)
def test_the_words_are_looked_for_in_any_form(word: str) -> None:
    assert WORDS.search(f"x {word} y")


@pytest.mark.parametrize("text", ["a paragraph. Then", "bipartite graph", "app.platforms.base"])
def test_plain_words_are_let_through(text: str) -> None:
    assert not WORDS.search(text)
