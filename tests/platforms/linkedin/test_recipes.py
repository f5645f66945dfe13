"""LinkedIn's fault lab, end to end: composed, spoilt, answered by the stand-in, decoded and judged."""

from __future__ import annotations

import json
import time

import pytest
from msgspec.structs import replace

from app.analysis.engine import Analysis
from app.checks import Context
from app.model import Customer, Exchange, Finding, Provenance, Severity
from app.outgoing import Draft
from app.platforms import decode, rules_of
from app.platforms.fault_lab import Recipe, RecipeError
from app.platforms.json_text import with_member
from app.platforms.linkedin.server_api import SANDBOX, SERVER
from app.platforms.sandbox import Faults
from app.platforms.server_api import Terms
from app.sending.faults import recipe
from tests.platforms.linkedin.halves import AGENT, API_RULE, BASE, MARY, PARTNER, TOKEN, browser_event

NOW = time.time_ns() // 1_000_000
# No tag of LinkedIn's says who bought: that two halves are one shows in the click, the moment and a telling price.
VALUE = json.dumps({"currencyCode": "EUR", "amount": "1259.95"})


def twin() -> Draft:
    """The twin of a conversion, its rule typed in, and the value that only the shop knows."""
    made = SERVER.compose(browser_event(NOW - 1000, val="1259.95"), Terms(now_ms=NOW, customer=MARY, user_agent=AGENT))
    return replace(made, account=API_RULE, events=(with_member(made.events[0], "conversionValue", VALUE),))


def findings_of(draft: Draft) -> set[Finding]:
    """What is found after the draft was sent beside its browser event by a backend of one's own."""
    ready = SERVER.outgoing(draft, BASE)
    asked = replace(ready.request, headers=(*ready.request.headers, ("Authorization", f"Bearer {TOKEN}")))
    response = SANDBOX.server(asked, NOW, Faults())
    sent = Exchange(Provenance.FORWARDED, asked, response, None, NOW, NOW + 20, send=ready.send, number=2)
    analysis = Analysis(Context(customer=MARY, one_account=((PARTNER, API_RULE),)), rules_of())
    analysis.add([browser_event(NOW - 1000, val="1259.95")])
    analysis.add(decode(sent))
    return {finding for group in analysis.groups() for finding in group.findings if finding.code != "plan-deviation"}


def serious(found: set[Finding], due: tuple[str, ...] = ()) -> set[str]:
    return {each.code for each in found if each.severity.rank <= Severity.WARNING.rank or each.code in due}


def test_the_unspoilt_twin_is_clean() -> None:
    assert serious(findings_of(twin())) == set()


@pytest.mark.parametrize("each", SERVER.recipes, ids=lambda each: each.name)
def test_a_recipe_produces_exactly_its_findings(each: Recipe) -> None:
    assert serious(findings_of(each.apply(twin(), MARY)), each.expects) == set(each.expects)


def test_no_recipe_is_about_a_name_that_there_is_none_of() -> None:
    assert {"other-name", "name-case", "late"}.isdisjoint(each.name for each in SERVER.recipes)


def test_a_fault_that_can_not_be_put_in_says_what_it_would_need() -> None:
    bare = replace(twin(), events=('{"conversionHappenedAt":"soon"}',))
    for name, words in (
        ("too-old", "no conversionHappenedAt in milliseconds"),
        ("seconds", "no conversionHappenedAt in milliseconds"),
        ("hashed-name", "no first name"),
        ("no-currency", "no value"),
    ):
        with pytest.raises(RecipeError, match=words):
            recipe(name, "linkedin").apply(bare, Customer())
    for each in SERVER.recipes:
        if each.name not in ("twice", "other-account"):
            with pytest.raises(RecipeError, match="not a valid JSON object"):
                each.apply(replace(twin(), events=("{",)), MARY)
