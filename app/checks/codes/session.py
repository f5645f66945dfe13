"""The session as a whole: overlap, orders, plan."""

from __future__ import annotations

from app.checks.codes.basis import ADVICE, ERROR, WARNING, D, F, O
from app.platforms.check import Check, Topic

CODES = (
    Check(
        "zero-overlap",
        ERROR,
        "Nothing is shared by the two sides",
        "Both sides send events, and not one pair shares an ID: the ID is not passed between them.",
        "Hand one event ID to both sides.",
        D,
        Topic.DEDUP,
    ),
    Check(
        "low-overlap",
        WARNING,
        "Few conversions are shared",
        "Fewer conversions than the target are reported by both sides and merged.",
        "Look at the rows that are double counted or one-sided.",
        D,
        Topic.COVERAGE,
    ),
    Check(
        "inflated",
        ERROR,
        "The platform will count too much",
        "More conversions will be counted than took place.",
        "Repair the rows that are double counted.",
        D,
        Topic.DEDUP,
    ),
    Check(
        "orders-exceed-events",
        WARNING,
        "Orders without an event",
        "The backend knows orders that no event reports.",
        "Look for consent, ad blockers and pages that are left before the pixel fires.",
        F,
        ADVICE,
    ),
    Check(
        "events-exceed-orders",
        WARNING,
        "Events without an order",
        "Events report orders that the backend does not know, or report them more than once.",
        "Look for test orders, reloaded thank-you pages and events sent before payment.",
        F,
        ADVICE,
    ),
    Check(
        "orders-unrelated",
        WARNING,
        "Order numbers of two kinds",
        "The backend's order numbers and those of the events have nothing in common.",
        "Choose the column with the events' numbers (--order-column), or export the orders of the recorded time.",
        O,
        ADVICE,
    ),
    Check(
        "plan-deviation",
        WARNING,
        "Against the channel plan",
        "The event is seen on a side that the channel plan does not name, or is missing from one that it does.",
        "Correct the tracking, or the plan.",
        O,
        "the project's own channel plan",
    ),
)
