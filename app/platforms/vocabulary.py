"""Event names across platforms: whose word a name is, its step of the funnel, and what a typo was meant to be.

Everything is read from the platforms' own vocabularies. `_ELSEWHERE` has the words of platforms that are not in the
table yet; a package that comes takes its line along.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import SequenceMatcher
from enum import StrEnum
from functools import lru_cache

from app import platforms
from app.platforms.base import Platform

_ELSEWHERE: Mapping[str, Mapping[str, str]] = {
    "Google Analytics 4": {
        "purchase": "purchase",
        "add_to_cart": "add_to_cart",
        "begin_checkout": "begin_checkout",
        "generate_lead": "lead",
        "sign_up": "lead",
        "view_item": "view_content",
        "add_payment_info": "add_payment_info",
        "refund": "refund",
    },
    "Google Ads": {"conversion": "conversion"},
}
_ANYTHING = "conversion"
"""The step of a word that stands for every one."""
_ALSO = {"registration": "lead", "viewsearchresults": "search"}
"""Names that are nobody's, and that shops use all the same."""
_FOLD = re.compile(r"[\W_]+")
_LONGEST = 60  # characters; no standard event comes near
_CLOSE = 0.88  # share of letters two names have in common before one is taken for a typo of the other


def folded(name: str) -> str:
    """An event name without case, spaces and punctuation."""
    return _folded(name) if len(name) <= 4 * _LONGEST else name


@lru_cache(maxsize=4096)
def _folded(name: str) -> str:
    return _FOLD.sub("", name).casefold()


def step(name: str) -> str:
    """The step of the funnel that a name stands for, in whatever platform's words; an unknown name is its own."""
    short = folded(name)
    return _steps(platforms.PLATFORMS).get(short, short)


class Naming(StrEnum):
    """How much an event's name tells of what the shopper did, most first."""

    STANDARD = "standard"  # a word of some platform's vocabulary
    OWN = "own"  # the site's own word
    CODE = "code"  # the number of a rule, or a tag: its owner alone knows

    @property
    def rank(self) -> int:
        """0 for what tells most."""
        return list(Naming).index(self)


def naming(platform: str, name: str) -> Naming:
    """How much a name tells, at its platform."""
    if folded(name) in _steps(platforms.PLATFORMS) and step(name) != _ANYTHING:
        return Naming.STANDARD
    own = next((each for each in platforms.PLATFORMS if each.name == platform), None)
    return Naming.CODE if step(name) == _ANYTHING or (own and own.vocabulary.coded) else Naming.OWN


def standard_names(platform: str) -> frozenset[str]:
    """The platform's standard events; empty for a platform that has none."""
    return next((each.vocabulary.names for each in platforms.PLATFORMS if each.name == platform), frozenset())


def speakers(name: str) -> tuple[str, ...]:
    """The titles of the platforms whose vocabulary holds a name."""
    return tuple(title for title, names in _words(platforms.PLATFORMS).items() if name in names)


def meant(platform: str, name: str) -> str | None:
    """The standard event that a name was probably meant to be; None when it is one, or is like none."""
    return _meant(standard_names(platform), name) if len(name) <= _LONGEST else None


@lru_cache(maxsize=8)
def _words(table: tuple[Platform, ...]) -> dict[str, Mapping[str, str]]:
    own = {each.title: each.vocabulary.steps for each in table}
    return own | {title: names for title, names in _ELSEWHERE.items() if title not in own}


@lru_cache(maxsize=8)
def _steps(table: tuple[Platform, ...]) -> dict[str, str]:
    found = dict(_ALSO)
    for names in reversed(_words(table).values()):
        found |= {folded(name): step for name, step in names.items()}
    return found


@lru_cache(maxsize=4096)
def _meant(names: frozenset[str], name: str) -> str | None:
    if not name or name in names:
        return None
    short = folded(name)
    for standard in sorted(names):
        if folded(standard) == short:
            return standard
    if len(short) < 4:
        return None
    share, best = max(((SequenceMatcher(None, short, folded(each)).ratio(), each) for each in names), default=(0.0, ""))
    return best if share >= _CLOSE and not _built_upon(short, folded(best)) else None


def _built_upon(name: str, standard: str) -> bool:
    """Whether a name has the standard one in it whole: Unsubscribe, Repurchase and Lead2 are meant as they stand.

    A first or last letter typed twice is no word of its own.
    """
    return standard in name and name not in (standard[0] + standard, standard + standard[-1])
