"""One conversion at several platforms."""

from __future__ import annotations

from app.checks.codes.basis import ERROR, WARNING, O
from app.platforms.check import Check

_COMPARED = "one conversion, as its platforms were told of it"

CODES = (
    Check(
        "value-differs-between-platforms",
        ERROR,
        "Platforms were told different values",
        "One conversion was sent to several platforms, and not with the same value.",
        "Hand the order's value to all tags from one place in the data layer, with or without tax and shipping alike.",
        O,
        _COMPARED,
    ),
    Check(
        "currency-differs-between-platforms",
        ERROR,
        "Platforms were told different currencies",
        "One conversion was sent to several platforms, and not in the same currency.",
        "Send the currency that the shopper paid in to all, or convert the value with it.",
        O,
        _COMPARED,
    ),
    Check(
        "items-differ-between-platforms",
        WARNING,
        "Platforms were told different items",
        "One conversion was sent to several platforms, and not with the same basket.",
        "Build the list of items once. Where catalogues differ, the IDs may; how many there are may not.",
        O,
        _COMPARED,
    ),
    Check(
        "not-at-every-platform",
        WARNING,
        "Not every platform was told",
        "A conversion was sent to some platforms, and not to others that are told of its kind.",
        "Look at the tag's trigger and its consent at the platform that misses it, or correct the plan.",
        O,
        "the plan of platforms, else what the session's other conversions were sent to",
    ),
    Check(
        "fired-again-at-one-platform",
        ERROR,
        "One platform was told twice",
        "A conversion was sent again to one platform, and once to the others: the fault is in that platform's tag.",
        "Fire the tag once per order; guard the thank-you page against a reload.",
        O,
        _COMPARED,
    ),
)
