"""Pinterest's fault lab, end to end: composed, spoilt, answered by the stand-in, decoded and judged."""

from __future__ import annotations

import time

import pytest
from msgspec.structs import replace

from app.model import Customer, Exchange, Finding, Provenance, Severity
from app.outgoing import Draft
from app.platforms.fault_lab import Recipe, RecipeError
from app.platforms.pinterest.server_api import SANDBOX, SERVER
from app.platforms.sandbox import Faults
from app.platforms.server_api import Terms
from app.sending.faults import recipe
from tests.platforms.pinterest.halves import AD_ACCOUNT, AGENT, BASE, MARY, browser_event, findings, hit

NOW = time.time_ns() // 1_000_000


def twin(event: str = "checkout") -> Draft:
    made = SERVER.compose(browser_event(NOW - 1000, event), Terms(now_ms=NOW, customer=MARY, user_agent=AGENT))
    return replace(made, account=AD_ACCOUNT, as_test=False)


def found(draft: Draft, event: str = "checkout") -> set[Finding]:
    """What is found after the draft was sent beside its browser event by a backend of one's own."""
    ready = SERVER.outgoing(draft, BASE)
    asked = replace(ready.request, headers=(*ready.request.headers, ("Authorization", "Bearer any")))
    response = SANDBOX.server(asked, NOW, Faults())
    sent = Exchange(Provenance.FORWARDED, asked, response, None, NOW, NOW + 20, send=ready.send, number=2)
    told = findings(hit(NOW - 1000, event), sent, customer=MARY)
    return {each for each in told if each.code != "plan-deviation"}


def serious(told: set[Finding], due: tuple[str, ...] = ()) -> set[str]:
    return {each.code for each in told if each.severity.rank <= Severity.WARNING.rank or each.code in due}


def test_the_unspoilt_twin_is_clean() -> None:
    assert serious(found(twin()), ("event-name-variant", "offline-never-deduplicated")) == set()


@pytest.mark.parametrize("each", SERVER.recipes, ids=lambda each: each.name)
def test_a_recipe_produces_exactly_its_findings(each: Recipe) -> None:
    assert serious(found(each.apply(twin(), MARY)), each.expects) == set(each.expects)


def test_the_tags_spelling_is_told_of_a_name_that_has_two() -> None:
    spoilt = recipe("name-spelling", "pinterest").apply(twin("addtocart"), MARY)
    assert '"event_name":"addtocart"' in spoilt.events[0]
    told = serious(found(spoilt, "addtocart"), ("event-name-variant",))
    assert told == {"event-name-variant", "partially-accepted"}


def test_a_fault_that_can_not_be_put_in_says_what_it_would_need() -> None:
    with pytest.raises(RecipeError, match="no phone number"):
        recipe("phone-with-plus", "pinterest").apply(twin(), Customer())
    with pytest.raises(RecipeError, match="another way"):
        recipe("name-spelling", "pinterest").apply(replace(twin(), events=('{"event_name":"77"}',)), MARY)
    for each in SERVER.recipes[:1] + SERVER.recipes[-3:]:
        with pytest.raises(RecipeError, match="not a valid JSON object"):
            each.apply(replace(twin(), events=("{",)), MARY)
