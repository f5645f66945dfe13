"""What is wrong: one table of finding codes, and the three questions asked of events, groups and sessions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.model import Customer, Event, Finding, Group, Severity, Standing, Summary
from app.rules import Rules, load_rules


@dataclass(frozen=True, slots=True)
class Check:
    """One finding code: what it is called, why it happens, what to do about it, and what the rule rests on."""

    code: str
    severity: Severity
    title: str
    cause: str
    fix: str
    standing: Standing
    source: str


@dataclass(frozen=True, slots=True)
class Context:
    """What the checks need to know besides the traffic itself."""

    rules: Rules = field(default_factory=load_rules)
    customer: Customer = field(default_factory=Customer)
    allowed_domains: tuple[str, ...] = ()
    browser_only: tuple[str, ...] = ("PageView",)
    server_only: tuple[str, ...] = ()
    overlap_target: float = 0.9
    live: bool = False


CHECKS: tuple[Check, ...] = ()


def check_event(event: Event, context: Context) -> tuple[Finding, ...]:
    """What is wrong with one event taken alone; its fields must be present. Its decoder's flaws become findings."""
    return ()


def check_group(group: Group, linked: Mapping[str, Group], context: Context) -> tuple[Finding, ...]:
    """What is wrong between the events of a group, and what its links to `linked` groups mean."""
    return ()


def check_session(summary: Summary, groups: tuple[Group, ...], context: Context) -> tuple[Finding, ...]:
    """What is wrong with the session as a whole."""
    return ()
