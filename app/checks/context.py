"""What the checks need to know besides the traffic itself."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.model import Customer
from app.pairing.plan import Plan
from app.platforms.base import NO_WINDOWS, Windows
from app.rules import Rules, load_rules


@dataclass(frozen=True, slots=True)
class Context:
    """Thresholds, test customer, channel plan and the backend's order numbers, if there are any to compare with.

    `overlap_target` is a fraction; no `allowed_domains` means any. `one_account` holds sets of accounts that the user
    named as one, `windows` those windows that no platform publishes and the user set.
    """

    rules: Rules = field(default_factory=load_rules)
    customer: Customer = field(default_factory=Customer)
    allowed_domains: tuple[str, ...] = ()
    plan: Plan = field(default_factory=lambda: Plan(browser_only=("PageView",)))
    overlap_target: float = 0.9
    live: bool = False
    orders: tuple[str, ...] = ()
    one_account: tuple[tuple[str, ...], ...] = ()
    windows: Windows = NO_WINDOWS
