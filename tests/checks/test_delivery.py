"""Delivery: what was refused, lost, or should not have been sent."""

from __future__ import annotations

import pytest

from app.checks import Context
from app.model import Flaw, Kind, Outcome, Provenance, Severity
from app.platforms.meta.answer import explain
from tests.checks.builders import answered, browser, group, of_event, of_group, of_session, server
from tests.checks.cases import Case, codes

REFUSED = {
    "code": "100",
    "subcode": "2804003",
    "title": "Zeitstempel zu alt",
    "trace_id": "AbC",
    "blamed": "event_time",
}
SHOP = Context(allowed_domains=("shop.example",))
STOPPED = Flaw("config-blocks-event", "unwantedEventNames", "events-stopped", "Purchase")

CASES = (
    Case(
        "send-rejected",
        lambda: of_group(group(answered(server(), Outcome.REJECTED, **REFUSED))),
        lambda: of_group(group(answered(server()))),
    ),
    Case(
        "send-failed",
        lambda: of_group(group(answered(server(), Outcome.FAILED))),
        lambda: of_group(group(answered(server(), Outcome.REJECTED))),
    ),
    Case(
        "partially-accepted",
        lambda: of_event(answered(server(), received=1, messages=("Some parameters were dropped",))),
        lambda: of_event(answered(server(), received=1)),
    ),
    Case(
        "token-exposed",
        lambda: of_event(server(flaws=(Flaw("token-exposed", "access_token", "server-call"),))),
        lambda: of_event(server()),
    ),
    Case(
        "insecure-transport",
        lambda: of_event(browser(flaws=(Flaw("insecure-transport", None, None, "www.facebook.com"),))),
        lambda: of_event(browser()),
    ),
    Case(
        "test-code-in-production",
        lambda: of_event(server(test_code="TEST123", provenance=Provenance.FORWARDED)),
        lambda: of_event(server(test_code="TEST123", provenance=Provenance.SENT)),
    ),
    Case(
        "blocked",
        lambda: of_event(answered(browser(), Outcome.FAILED, status=None, message="net::ERR_BLOCKED_BY_CLIENT")),
        lambda: of_event(answered(browser(), Outcome.UNKNOWN, status=None)),
    ),
    Case(
        "unexpected-domain",
        lambda: of_event(browser(page="https://shop.example.evil.test/"), SHOP),
        lambda: of_event(browser(page="https://www.shop.example/"), SHOP),
    ),
    Case(
        "config-blocks-event",
        lambda: of_event(browser(kind=Kind.CONFIGURATION, flaws=(STOPPED,))),
        lambda: of_event(browser(kind=Kind.CONFIGURATION)),
    ),
    Case(
        "malformed-request",
        lambda: of_event(server(kind=Kind.OTHER, flaws=(Flaw("malformed-request", None, "not-json"),))),
        lambda: of_event(server(kind=Kind.OTHER)),
    ),
)


def test_a_known_refusal_is_explained_whatever_language_it_came_in() -> None:
    event = answered(server(), Outcome.REJECTED, code="190", title="Zugriffstoken abgelaufen", trace_id="AbC")
    (found,) = [item for item in of_group(group(event)) if item.code == "send-rejected"]
    known = explain("190", None)
    assert known is not None
    assert found.message == f"The platform refused the event (190, “{known.title}”). {known.cause} Trace AbC."
    assert (found.reason, found.fix) == ("190", known.fix)


def test_an_unknown_refusal_is_shown_as_it_came() -> None:
    event = answered(server(), Outcome.REJECTED, code="4711", title="Strange", message="It is strange")
    (found,) = [item for item in of_group(group(event)) if item.code == "send-rejected"]
    assert "(4711, “Strange”). It is strange." in found.message


def test_attempts_of_one_send_are_one_finding() -> None:
    attempts = [answered(server(number), Outcome.FAILED) for number in (1, 2, 3)]
    found = [item for item in of_group(group(*attempts)) if item.code == "send-failed"]
    assert [(item.severity, item.message) for item in found] == [
        (Severity.ERROR, "The event did not get through in 3 attempts (HTTP 503).")
    ]


def test_a_failure_made_good_by_a_retry_is_only_a_remark() -> None:
    found = of_group(group(answered(server(1), Outcome.FAILED), answered(server(2))))
    assert [(item.code, item.severity) for item in found if item.code == "send-failed"] == [
        ("send-failed", Severity.INFO)
    ]


def test_a_call_that_took_fewer_events_than_it_was_sent_is_told() -> None:
    assert "partially-accepted" in codes(of_group(group(answered(server(), received=2, sent=3))))
    assert "partially-accepted" not in codes(of_group(group(answered(server(), received=3, sent=3))))


def test_a_browser_event_that_met_a_server_error_failed_rather_than_being_blocked() -> None:
    event = answered(browser(), Outcome.FAILED, status=500)
    assert codes(of_event(event)) == set()
    assert "send-failed" in codes(of_group(group(event)))


def test_a_pixel_that_was_loaded_and_stayed_silent_is_told() -> None:
    configuration = browser(kind=Kind.CONFIGURATION)
    assert codes(of_session(uncounted=(configuration,))) == {"blocked"}


def test_messages_of_the_platform_are_shown_without_addresses() -> None:
    (found,) = of_event(answered(server(), received=1, messages=("unknown jo@example.com",)))
    assert found.message == "The platform took the event and says: unknown j…@example.com"


def test_a_flaw_nobody_has_a_sentence_for_is_still_told() -> None:
    (found,) = of_event(browser(kind=Kind.OTHER, flaws=(Flaw("contents-malformed", "x", "odd"),)))
    assert found.message == "The contents are no list of objects with an id, or no JSON (odd)."


@pytest.mark.parametrize(
    ("after", "whose"),
    [
        ("#access_token=EAA***5f0c1e*****Zx9Q", "one of Meta's access tokens"),
        ("?a=1&access_token=EAABwzLixnjYBAKZx9Q", "one of Meta's access tokens"),
        ("#access_token=***5f0c1e*****Zx9Q&token_type=bearer", "an access token that is not Meta's"),
        ("?access_token=_removed_", None),
        ("?access_token=&a=1", None),
        ("?access_token=null", None),
        ("?no_access_token=0", None),
    ],
)
def test_a_token_in_the_pages_address_is_exposed_whosever_it_is(after: str, whose: str | None) -> None:
    found = of_event(browser(page=f"https://shop.example/thanks{after}"))
    expected = [("token-exposed", "page", Severity.CRITICAL, False)] if whose else []
    assert [(item.code, item.field, item.severity, "Zx9Q" in item.message) for item in found] == expected
    assert all(whose and whose in item.message for item in found)
