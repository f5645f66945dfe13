"""The orders that the backend knows of, against those that events report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from app.checks.catalogue import finding
from app.model import Finding, Group, Severity
from app.rules import Rules

_BANDS = {
    "good": "good",
    "acceptable": "acceptable",
    "look": "to be looked at",
    "technical-failure": "a technical failure",
}
_SEVERITIES = dict(zip(_BANDS, (Severity.INFO, Severity.INFO, Severity.WARNING, Severity.ERROR), strict=True))


def reconcile(orders: Collection[str], groups: Collection[Group], rules: Rules) -> tuple[Finding, ...]:
    """The backend's order numbers against the orders that events report, judged by bands of deviation.

    Deviation is the share of orders that are missing, or reported without being known or more than once.
    """
    if not orders:
        return ()
    known = {order.strip() for order in orders if order.strip()}
    reported: Counter[str] = Counter()
    for group in groups:
        order = next((event.order_id for event in group.events if event.order_id and not event.outcome.lost), None)
        if order and group.name == "Purchase":
            reported[order.strip()] += 1
    missing = known - reported.keys()
    surplus = sum(count - (order in known) for order, count in reported.items())
    found = []
    if missing:
        found.append(_unreported(missing, known, rules))
    if surplus > 0:
        found.append(_surplus(surplus, sum(reported.values()), known, rules))
    return tuple(found)


def _surplus(surplus: int, reported: int, known: set[str], rules: Rules) -> Finding:
    share = surplus / len(known)
    name = band(share, rules)
    return finding(
        "events-exceed-orders",
        f"Events report {reported} purchases, the backend knows {len(known)} orders: {surplus} too many "
        f"({_percent(share)}, {_BANDS[name]}).",
        reason=name,
        severity=_SEVERITIES[name],
    )


def _unreported(missing: set[str], known: set[str], rules: Rules) -> Finding:
    share = len(missing) / len(known)
    name = band(share, rules)
    listed = ", ".join(sorted(missing)[:5]) + ("…" if len(missing) > 5 else "")
    return finding(
        "orders-exceed-events",
        f"{len(missing)} of {len(known)} orders have no event ({_percent(share)}, {_BANDS[name]}): {listed}.",
        reason=name,
        severity=_SEVERITIES[name],
    )


def band(share: float, rules: Rules) -> str:
    """What a deviation from the backend's orders means: `good`, `acceptable`, `look` or `technical-failure`."""
    bands = zip(_BANDS, rules.order_bands, strict=False)
    return next((name for name, limit in bands if share <= limit), "technical-failure")


def _percent(share: float) -> str:
    return f"{share * 100:.1f} %".replace(".0 %", " %")
