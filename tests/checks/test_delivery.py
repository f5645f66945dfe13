"""Delivery: what was refused, lost, or should not have been sent."""

from __future__ import annotations

from typing import Any

import pytest

from app.checks import BY_CODE, Context
from app.model import Flaw, Kind, Outcome, Provenance, Severity, Side
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


WORDS = ("The value of em[0] is not valid.", "fbp looks odd")


@pytest.mark.parametrize(
    ("outcome", "answer", "code"),
    [
        (Outcome.ACCEPTED, {"received": 1}, "partially-accepted"),
        (Outcome.UNKNOWN, {"status": 200}, "partially-accepted"),
        (Outcome.REJECTED, {"status": 200, "received": 0}, "send-rejected"),
        (Outcome.REJECTED, {"code": "190"}, "send-rejected"),
        (Outcome.REJECTED, {"code": "4711"}, "send-rejected"),
        (Outcome.FAILED, {}, "send-failed"),
    ],
    ids=["taken", "left open", "none taken", "a known refusal", "an unknown refusal", "failed"],
)
def test_the_platforms_own_words_are_always_quoted(outcome: Outcome, answer: dict[str, Any], code: str) -> None:
    event = answered(server(), outcome, messages=WORDS, **answer)
    (found,) = [item for item in (*of_event(event), *of_group(group(event))) if item.code == code]
    assert [text in found.message for text in WORDS] == [True, True]


def test_a_call_of_which_some_was_taken_quotes_why() -> None:
    event = answered(server(), received=1, sent=2, messages=WORDS)
    (found,) = [item for item in of_group(group(event)) if item.reason == "fewer"]
    assert found.message == (
        "The platform took 1 of the call's 2. It says: “The value of em[0] is not valid.; fbp looks odd”."
    )


def test_a_refusal_that_we_can_explain_is_quoted_beside_the_explanation() -> None:
    event = answered(server(), Outcome.REJECTED, code="190", message="Das Token ist abgelaufen.")
    (found,) = [item for item in of_group(group(event)) if item.code == "send-rejected"]
    assert "It says: “Das Token ist abgelaufen.”." in found.message


def test_a_page_of_a_gateway_is_not_quoted_as_the_platforms_words() -> None:
    event = answered(server(), Outcome.FAILED, message="<html>Bad gateway</html>")
    (found,) = [item for item in of_group(group(event)) if item.code == "send-failed"]
    assert "html" not in found.message


def test_nothing_taken_of_a_good_answer_is_said_so() -> None:
    event = answered(server(), Outcome.REJECTED, status=200, received=0)
    (found,) = [item for item in of_group(group(event)) if item.code == "send-rejected"]
    assert found.message == "The platform took none of the call's events (HTTP 200)."


@pytest.mark.parametrize(("outcome", "code"), [(Outcome.REJECTED, "send-rejected"), (Outcome.FAILED, "send-failed")])
def test_what_to_do_about_a_lost_event_depends_on_who_sent_it(outcome: Outcome, code: str) -> None:
    fixes = {}
    for event in (answered(browser(), outcome), answered(server(), outcome)):
        (found,) = [item for item in of_group(group(event)) if item.code == code]
        fixes[found.side] = found.fix
    assert "server's event" in fixes[Side.BROWSER] or "Let the server" in fixes[Side.BROWSER]
    assert fixes[Side.SERVER] == BY_CODE[code].fix


def test_a_token_of_the_platform_in_an_address_is_taken_out_of_it() -> None:
    (found,) = of_event(browser(page="https://shop.example/?access_token=EAABwzLixnjYBAKZx9Q"))
    assert "take it out of the address" in found.fix


def test_a_server_that_sends_for_another_domain_has_no_pixel_to_remove() -> None:
    ours, theirs = (of_event(made(page="https://other.example/"), SHOP)[0] for made in (browser, server))
    assert ["remove the pixel" in found.fix for found in (ours, theirs)] == [True, False]


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
