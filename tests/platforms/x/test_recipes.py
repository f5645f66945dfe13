"""X's fault lab, end to end: composed, spoilt, answered by the stand-in, decoded and judged."""

from __future__ import annotations

import time

import pytest
from msgspec.structs import replace

from app.analysis.engine import Analysis
from app.checks import Context
from app.model import Customer, Event, Exchange, Finding, Provenance, Severity
from app.outgoing import Draft
from app.platforms import decode, rules_of
from app.platforms.fault_lab import Recipe, RecipeError
from app.platforms.sandbox import Faults
from app.platforms.server_api import Terms
from app.platforms.x.server_api import SANDBOX, SERVER
from app.sending.faults import recipe
from tests.platforms.x.halves import AGENT, BASE, MARY, browser_event

NOW = time.time_ns() // 1_000_000


def page() -> Event:
    return browser_event(NOW - 1000)


def twin() -> Draft:
    return SERVER.compose(page(), Terms(now_ms=NOW, customer=MARY, user_agent=AGENT))


def findings_of(draft: Draft) -> set[Finding]:
    """What is found after the draft was sent beside its browser event by a backend of one's own."""
    ready = SERVER.outgoing(draft, BASE)
    asked = replace(ready.request, headers=(*ready.request.headers, ("X-Pixel-Token", "any")))
    response = SANDBOX.server(asked, NOW, Faults())
    sent = Exchange(Provenance.FORWARDED, ready.request, response, None, NOW, NOW + 20, send=ready.send, number=2)
    analysis = Analysis(Context(customer=MARY), rules_of())
    analysis.add([page()])
    analysis.add(decode(sent))
    return {finding for group in analysis.groups() for finding in group.findings if finding.code != "plan-deviation"}


def serious(found: set[Finding]) -> set[str]:
    return {each.code for each in found if each.severity.rank <= Severity.WARNING.rank}


def test_the_unspoilt_twin_is_clean() -> None:
    assert serious(findings_of(twin())) == set()


@pytest.mark.parametrize("each", SERVER.recipes, ids=lambda each: each.name)
def test_a_recipe_produces_exactly_its_findings(each: Recipe) -> None:
    assert serious(findings_of(each.apply(twin(), MARY))) == set(each.expects)


def test_a_fault_that_can_not_be_put_in_says_what_it_would_need() -> None:
    bare = replace(twin(), events=("{}",))
    for name, words in (
        ("other-tag", "no tag"),
        ("id-as-tag", "no conversion ID"),
        ("late", "as ISO 8601"),
    ):
        with pytest.raises(RecipeError, match=words):
            recipe(name, "x").apply(bare, MARY)
    with pytest.raises(RecipeError, match="looks like a tag"):
        recipe("id-as-tag", "x").apply(replace(bare, events=('{"conversion_id":"ol8aa"}',)), MARY)
    with pytest.raises(RecipeError, match="no phone number"):
        recipe("phone-without-plus", "x").apply(twin(), Customer())
