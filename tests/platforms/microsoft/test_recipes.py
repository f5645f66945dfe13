"""Microsoft's fault lab, end to end: composed, spoilt, answered by the stand-in, decoded and judged."""

from __future__ import annotations

import time
from typing import Any

import pytest
from msgspec.structs import replace

from app.analysis.engine import Analysis
from app.checks import Context
from app.model import Customer, Event, Exchange, Finding, Provenance, Severity
from app.outgoing import Draft
from app.platforms import decode, rules_of
from app.platforms.fault_lab import Recipe, RecipeError
from app.platforms.microsoft.server_api import SANDBOX, SERVER
from app.platforms.sandbox import Faults
from app.platforms.server_api import Terms
from app.sending.faults import recipe
from tests.platforms.microsoft.halves import AGENT, BASE, MARY, browser_event

NOW = time.time_ns() // 1_000_000


def page(**changes: Any) -> Event:
    return browser_event(NOW - 1000, **changes)


def twin(**changes: Any) -> Draft:
    return SERVER.compose(page(**changes), Terms(now_ms=NOW, customer=MARY, user_agent=AGENT))


def findings_of(draft: Draft) -> set[Finding]:
    """What is found after the draft was sent beside its browser event by a backend of one's own."""
    ready = SERVER.outgoing(draft, BASE)
    asked = replace(ready.request, headers=(*ready.request.headers, ("Authorization", "Bearer any")))
    response = SANDBOX.server(asked, NOW, Faults())
    sent = Exchange(Provenance.FORWARDED, ready.request, response, None, NOW, NOW + 20, send=ready.send, number=2)
    analysis = Analysis(Context(customer=MARY), rules_of())
    analysis.add([page()])
    analysis.add(decode(sent))
    return {finding for group in analysis.groups() for finding in group.findings if finding.code != "plan-deviation"}


def serious(found: set[Finding], due: tuple[str, ...] = ()) -> set[str]:
    return {each.code for each in found if each.severity.rank <= Severity.WARNING.rank or each.code in due}


def test_the_unspoilt_twin_is_clean() -> None:
    assert serious(findings_of(twin())) == set()


@pytest.mark.parametrize("each", SERVER.recipes, ids=lambda each: each.name)
def test_a_recipe_produces_exactly_its_findings(each: Recipe) -> None:
    assert serious(findings_of(each.apply(twin(), MARY)), each.expects) == set(each.expects)


def test_a_fault_that_can_not_be_put_in_says_what_it_would_need() -> None:
    with pytest.raises(RecipeError, match="no phone number"):
        recipe("phone-without-plus", "microsoft").apply(twin(), Customer())
    for each in SERVER.recipes:
        with pytest.raises(RecipeError, match=r"not a valid JSON object|no account"):
            each.apply(replace(twin(), events=("{",), account=""), MARY)
