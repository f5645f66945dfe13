"""What the README says is what the code says."""

import re
from pathlib import Path

from app.cli import main
from app.reports.terminal import codes_as_markdown

README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")


def test_the_table_of_codes_is_the_codes_own() -> None:
    between = re.search(r"<!-- pixelpair codes --markdown -->\n(.*?)\n<!-- end -->", README, re.DOTALL)
    assert between is not None
    assert between[1] == codes_as_markdown(), "run: pixelpair codes --markdown, and put it between the marks"


def test_every_command_it_shows_exists() -> None:
    shown = set(re.findall(r"^pixelpair ([a-z]+)", README, re.MULTILINE))
    assert shown
    assert shown <= set(main.commands)


def test_every_file_it_names_exists() -> None:
    root = Path(__file__).parents[1]
    named = re.findall(r"`((?:app|addons|tests|resources)/[\w./-]+)`|\]\((resources/[^)]+)\)", README)
    paths = [next(filter(None, pair)) for pair in named]
    assert [path for path in paths if not (root / path.split("<")[0]).exists()] == []
