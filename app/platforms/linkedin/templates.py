"""Server events to start from, one for each type of conversion rule that a shop or a company has a use for."""

from __future__ import annotations

from app.hashing import sha256
from app.outgoing import Draft
from app.platforms.linkedin.call import ID, TIME
from app.platforms.linkedin.compose import MAKER, person
from app.platforms.linkedin.words import IP
from app.platforms.making import check_source
from app.platforms.server_api import Terms

WEB, OFFLINE = "web", "offline"
_VALUED = frozenset({"PURCHASE", "ADD_TO_CART", "START_CHECKOUT", "SUBSCRIBE"})
_TYPES = (
    "PURCHASE",
    "ADD_TO_CART",
    "START_CHECKOUT",
    "LEAD",
    "SIGN_UP",
    "SUBSCRIBE",
    "DOWNLOAD",
    "INSTALL",
    "KEY_PAGE_VIEW",
    "SUBMIT_APPLICATION",
)


def names() -> tuple[str, ...]:
    """Types of conversion rules. None of them stands in the event: the rule's number says which it is."""
    return _TYPES


def sources() -> tuple[str, ...]:
    """Where a conversion may have happened, which shows in what is known of the person alone."""
    return WEB, OFFLINE


def from_scratch(name: str, terms: Terms, *, account: str, source: str) -> Draft:
    """A complete test event for a rule of that type; `account` is the rule's number.

    The customer's e-mail is hashed; without one, a hash of nobody stands for a person. The event ID is made of
    `now_ms`. Raises `ComposeError` for a source there is none of; any name will do.
    """
    check_source(source, sources())
    who = terms.customer
    hashes = [] if who.of("em") else [sha256("pixelpair-test-customer")]
    event: dict[str, object] = {TIME: terms.now_ms}
    if name.upper() in _VALUED:
        event["conversionValue"] = {"currencyCode": "EUR", "amount": "59.90"}
    event[ID] = f"test-{terms.now_ms}"
    event["user"] = person(who, hashes, ((IP, "203.0.113.24"),) if source == WEB else ())
    return MAKER.scratch(event, account, terms)
