"""Whether a server event says enough of the customer to be tied to a person."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from app.checks.catalogue import finding
from app.checks.pair import Pair, side_of
from app.hashing import CustomerRules, check
from app.model import CheckStatus, Customer, Event, Finding, Form, Group, Outcome, Side, Standing, UserValue
from app.platforms import customer_rules, platform

_LOOKED_AT = 50  # events of one side of a group: the rest of a hard-coded ID says nothing new
_NOBODY = Customer()


def of_group(group: Group, pair: Pair | None) -> Iterator[Finding]:
    """What the platform refuses to take for too little, and what is left of a server event that stands alone."""
    if not pair and side_of(group) is not Side.SERVER:
        return
    events = group.server[:_LOOKED_AT]
    weak = _weak(group.platform)
    if any(_is_known(event, weak) for event in events) or _told(events):
        return
    keys = {name for event in events for name, value in event.match_ids if value}
    keys |= {item.key for event in events for item in event.user if not _is_nothing(item, customer_rules(event))}
    at = platform(group.platform)
    carried = f"{', '.join(sorted(keys))} only" if keys else "nothing"
    if any(keys <= little for little in at.too_little):
        taken = all(event.outcome is Outcome.ACCEPTED for event in events if not event.outcome.lost)
        if pair and taken:
            return
        yield finding(
            "hard-to-attribute",
            f"The server's event carries {carried}; {at.title}'s documents say that an event known by no more is "
            f"refused.{' This one was taken all the same.' if taken else ''}",
            side=Side.SERVER,
        )
    elif not pair and any(keys <= little | {"ip"} for little in at.too_little):
        yield finding(
            "hard-to-attribute",
            f"No browser event is merged with it, and it carries {carried}, which many people share.",
            side=Side.SERVER,
            standing=Standing.FOLKLORE,
        )


@lru_cache(maxsize=16)
def _weak(name: str) -> frozenset[str]:
    """What does not tell a person from others, whatever else of the kind stands beside it."""
    return frozenset(("ip",)).union(*platform(name).too_little)


def _is_known(event: Event, weak: frozenset[str]) -> bool:
    """The quick answer for nearly every event."""
    return any(value and name not in weak for name, value in event.match_ids) or any(
        item.key not in weak and not _is_nothing(item, customer_rules(event)) for item in event.user
    )


def _told(events: tuple[Event, ...]) -> bool:
    """Whether the decoder missed the customer's data as a whole."""
    return any(flaw.field == "user_data" for event in events for flaw in event.flaws)


def _is_nothing(item: UserValue, rules: CustomerRules) -> bool:
    return item.form is Form.EMPTY or check(item, _NOBODY, rules).status is CheckStatus.SENTINEL
