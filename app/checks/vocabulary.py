"""Event names in the words of each platform, to say whose vocabulary a name is from and what a typo was meant to be."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from functools import lru_cache

from app.platforms import PLATFORMS

_WORDS = {
    "TikTok": "CompletePayment PlaceAnOrder SubmitForm ClickButton Download AddToWishlist CompleteRegistration",
    "Google Analytics 4": "purchase add_to_cart begin_checkout generate_lead sign_up view_item add_payment_info refund",
    "Snap": "PURCHASE ADD_CART START_CHECKOUT SIGN_UP VIEW_CONTENT PAGE_VIEW ADD_BILLING",
    "Pinterest": "checkout addtocart pagevisit signup lead",
    "Google Ads": "conversion",
}
_NAMES = {each.title: each.standard_events for each in PLATFORMS} | {
    title: frozenset(words.split()) for title, words in _WORDS.items() if title not in {p.title for p in PLATFORMS}
}
_STANDARD = {each.name: each.standard_events for each in PLATFORMS}
_LONGEST = 60  # characters; no standard event comes near
_CLOSE = 0.88  # share of letters two names have in common before one is taken for a typo of the other


def standard_names(platform: str) -> frozenset[str]:
    """The platform's standard events; empty for a platform that has none."""
    return _STANDARD.get(platform, frozenset())


def speakers(name: str) -> tuple[str, ...]:
    """The platforms whose vocabulary holds a name."""
    return tuple(title for title, names in _NAMES.items() if name in names)


def meant(platform: str, name: str) -> str | None:
    """The standard event that a name was probably meant to be; None when it is one, or is like none."""
    return _meant(platform, name) if len(name) <= _LONGEST else None


@lru_cache(maxsize=4096)
def _meant(platform: str, name: str) -> str | None:
    names = standard_names(platform)
    if not name or name in names:
        return None
    folded = _fold(name)
    for standard in sorted(names):
        if _fold(standard) == folded:
            return standard
    if len(folded) < 4:
        return None
    share, best = max(((SequenceMatcher(None, folded, _fold(each)).ratio(), each) for each in names), default=(0.0, ""))
    return best if share >= _CLOSE and not _built_upon(folded, _fold(best)) else None


def _built_upon(name: str, standard: str) -> bool:
    """Whether a name has the standard one in it whole: Unsubscribe, Repurchase and Lead2 are meant as they stand.

    A first or last letter typed twice is no word of its own.
    """
    return standard in name and name not in (standard[0] + standard, standard + standard[-1])


def _fold(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).casefold()
