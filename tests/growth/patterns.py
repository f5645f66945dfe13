"""Every regular expression of the program with the ways it is used, read from the source, so new ones are found too."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import re2

ROOT = Path(__file__).parents[2]
METHODS = ("match", "fullmatch", "search", "findall", "finditer", "sub", "subn", "split")
_SCANS = {"findall": "finditer", "sub": "finditer", "subn": "finditer", "split": "finditer"}


@dataclass(frozen=True)
class Use:
    """A pattern and one way that the program runs it."""

    place: str
    pattern: Any  # of `re`, or of RE2
    method: str

    @property
    def name(self) -> str:
        return f"{self.place} {self.method}"

    @property
    def flags(self) -> int:
        """What `re` was told beside the pattern; RE2 tells nothing."""
        return self.pattern.flags if isinstance(self.pattern, re.Pattern) else 0

    def run(self, text: str | bytes) -> None:
        """Run it over a whole text, as the program does."""
        found = getattr(self.pattern, self.method)(text)
        if self.method == "finditer":
            for _ in found:
                pass


@cache
def uses() -> tuple[Use, ...]:
    """All of them, in the order of the files."""
    found = [use for path in sorted((*ROOT.glob("app/**/*.py"), *ROOT.glob("addons/*.py"))) for use in _of_file(path)]
    return tuple({(use.pattern.pattern, use.flags, use.method): use for use in found}.values())


def _of_file(path: Path) -> Iterator[Use]:
    tree = ast.parse(path.read_text("utf-8"))
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    called = _methods_by_name(tree)
    yield from _inline(name, tree)
    if not any(isinstance(node, ast.Attribute) and node.attr == "compile" for node in ast.walk(tree)):
        return
    module = importlib.import_module(name)
    # A pattern that is handed on, or stands in a table, is used by some name in small letters.
    handed_on = set().union(*(methods for by, methods in called.items() if by.islower() and by != "re")) or {"finditer"}
    for variable, pattern in _held(module):
        methods = (called.get(variable) if " " not in variable else None) or handed_on
        for method in sorted({_SCANS.get(each, each) for each in methods}):
            yield Use(f"{name} {variable}", pattern, method)


def _methods_by_name(tree: ast.AST) -> dict[str, set[str]]:
    """The methods called on each name: `_MAIL.finditer(text)`. A text's own `split()` takes nothing."""
    found: dict[str, set[str]] = {}
    texts = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call) and not node.args}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.attr in METHODS:
            if id(node) in texts:
                continue
            found.setdefault(node.value.id, set()).add(node.attr)
    return found


def _inline(name: str, tree: ast.AST) -> Iterator[Use]:
    """Patterns given where they are used: `re.sub(r"[0-9]", "", text)`."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="re"), attr=method),
                args=[ast.Constant(value=str() | bytes() as text), *_],
            ) if method in METHODS:
                flags = sum(
                    getattr(re, each.attr) for key in node.keywords if key.arg == "flags" for each in _flags(key.value)
                )
                yield Use(f"{name}:{node.lineno}", re.compile(text, flags), _SCANS.get(method, method))


def _flags(node: ast.AST) -> Iterator[ast.Attribute]:
    return (each for each in ast.walk(node) if isinstance(each, ast.Attribute))


def _held(module: ModuleType) -> Iterator[tuple[str, Any]]:
    """The compiled patterns that a module made and holds, also in tuples and dictionaries of any depth."""
    for variable, value in vars(module).items():
        for place, pattern in _inside(value):
            yield f"{variable} {place}".strip(), pattern


def _inside(value: object, place: str = "") -> Iterator[tuple[str, Any]]:
    match value:
        case re.Pattern() | re2._Regexp():
            yield place, value
        case dict():
            for key, item in value.items():
                yield from _inside(item, f"{place}[{key!r}]")
        case tuple() | list():
            for number, item in enumerate(value):
                yield from _inside(item, f"{place}[{number}]")
