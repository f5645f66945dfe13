"""What the checks need to know besides the traffic itself."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.model import Customer
from app.rules import Rules, load_rules


@dataclass(frozen=True, slots=True)
class Context:
    """Thresholds, test customer, channel plan and the backend's order numbers, if there are any to compare with.

    `overlap_target` is a fraction; no `allowed_domains` means any.
    """

    rules: Rules = field(default_factory=load_rules)
    customer: Customer = field(default_factory=Customer)
    allowed_domains: tuple[str, ...] = ()
    browser_only: tuple[str, ...] = ("PageView",)
    server_only: tuple[str, ...] = ()
    overlap_target: float = 0.9
    live: bool = False
    orders: tuple[str, ...] = ()
