"""A finding code as the catalogue lists it: the catalogue's own are in `app.checks`, a platform may add to them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.model import Severity, Standing


class Topic(StrEnum):
    """What a platform's documentation has to say, in neutral words; `Platform.sources` names its own document."""

    DEDUP = "the platform's rule for duplicates"
    SERVER_EVENT = "the platform's documentation of server events"
    CUSTOMER = "the platform's documentation of customer values"
    CUSTOM_DATA = "the platform's documentation of an event's data"
    STANDARD_EVENTS = "the platform's documentation of its standard events"
    IDENTIFIERS = "the platform's own description of its cookies and click IDs"
    REFUSALS = "the platform's documentation of its errors"
    TOKENS = "the platform's documentation of access tokens"
    TRANSPORT = "the platform's rule for connections"
    COVERAGE = "the platform's advice on how many events to send from both sides"


@dataclass(frozen=True, slots=True)
class Check:
    """One finding code: what it is called, why it happens, what to do about it, and what the rule rests on.

    Among a platform's own, one with a code of the catalogue's is that platform's wording of it. Any other is a code of
    its own; `kind` is then the neutral code that it stands for, empty where there is none, and `reason` the one reason
    of it that it is for, empty for all.
    """

    code: str
    severity: Severity
    title: str
    cause: str
    fix: str
    standing: Standing
    source: str
    kind: str = ""
    reason: str = ""
