"""TikTok's fault lab, end to end: composed, spoilt, answered by the stand-in, decoded and judged."""

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
from app.platforms.tiktok.server_api import SANDBOX, SERVER
from app.sending.faults import recipe
from tests.platforms.tiktok.halves import AGENT, BASE, MARY, browser_event

NOW = time.time_ns() // 1_000_000


def page(**changes: object) -> Event:
    return browser_event(NOW - 1000, **changes)


def twin(**changes: object) -> Draft:
    return SERVER.compose(page(**changes), Terms(now_ms=NOW, customer=MARY, user_agent=AGENT))


def findings_of(draft: Draft, browser: Event | None = None, sent_ms: int = NOW) -> set[Finding]:
    """What is found after the draft was sent beside its browser event by a backend of one's own."""
    ready = SERVER.outgoing(draft, BASE)
    asked = replace(ready.request, headers=(*ready.request.headers, ("Access-Token", "any")))
    response = SANDBOX.server(asked, NOW, Faults())
    sent = Exchange(
        Provenance.FORWARDED, ready.request, response, None, sent_ms, sent_ms + 20, send=ready.send, number=2
    )
    analysis = Analysis(Context(customer=MARY), rules_of())
    analysis.add([browser or page()])
    analysis.add(decode(sent))
    return {finding for group in analysis.groups() for finding in group.findings if finding.code != "plan-deviation"}


def serious(found: set[Finding], due: tuple[str, ...] = ()) -> set[str]:
    return {each.code for each in found if each.severity.rank <= Severity.WARNING.rank or each.code in due}


def test_the_unspoilt_twin_is_clean() -> None:
    found = findings_of(twin())
    assert serious(found, ("copy-dropped",)) == set()


@pytest.mark.parametrize("each", SERVER.recipes, ids=lambda each: each.name)
def test_a_recipe_produces_exactly_its_findings(each: Recipe) -> None:
    assert serious(findings_of(each.apply(twin(), MARY)), each.expects) == set(each.expects)


@pytest.mark.parametrize("name", ["Purchase", "SubmitForm", "Lead"])
def test_the_two_generations_of_a_name_are_mixed_both_ways(name: str) -> None:
    each = recipe("name-generation", "tiktok")
    found = findings_of(each.apply(twin(event=name), MARY), page(event=name))
    assert serious(found) == {"event-name-differs"}


def test_a_fault_that_can_not_be_put_in_says_what_it_would_need() -> None:
    with pytest.raises(RecipeError, match="Only CompletePayment, SubmitForm, Purchase, Lead"):
        recipe("name-generation", "tiktok").apply(twin(event="Search"), MARY)
    with pytest.raises(RecipeError, match="no phone number"):
        recipe("phone-without-plus", "tiktok").apply(twin(), Customer())
    with pytest.raises(RecipeError, match="no event_time in seconds"):
        recipe("after-merge", "tiktok").apply(replace(twin(), events=('{"event":"Lead"}',)), MARY)
    for each in SERVER.recipes[:1] + SERVER.recipes[-3:]:
        with pytest.raises(RecipeError, match="not a valid JSON object"):
            each.apply(replace(twin(), events=("{",)), MARY)


def test_a_copy_outside_the_merge_window_by_its_own_time_says_which_clock_tells() -> None:
    (told,) = [
        each for each in findings_of(recipe("after-merge", "tiktok").apply(twin(), MARY)) if each.code == "copy-dropped"
    ]
    assert told.message.startswith("By the events' own times the browser's copy is 5 min 59 s later, though 995 ms")
    assert told.reason == "event-times-apart"


def test_a_copy_that_came_after_the_merge_window_loses_what_it_alone_says() -> None:
    late = SERVER.compose(page(), Terms(now_ms=NOW, customer=MARY, user_agent=AGENT))
    (told,) = [each for each in findings_of(late, page(), sent_ms=NOW + 6 * 60_000) if each.code == "copy-dropped"]
    assert told.message.startswith("The server's copy came 6 min 0 s later")
    assert told.reason == "after-merge-window"
