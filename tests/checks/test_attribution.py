"""Whether a server event says enough of the customer."""

from __future__ import annotations

import pytest

from app.model import Finding, Flaw, Link, LinkKind, Outcome, Severity, Standing, UserValue
from tests.checks.builders import FBP, MAIL, UA, answered, browser, group, hashed, of_group, of_pair, server

AGENT, IP = ("user_agent", UA), ("ip", "203.0.113.9")
FN, DB, GE, CT = (hashed(key, "x") for key in ("fn", "db", "ge", "ct"))


def weak(*user: UserValue, ids: tuple[tuple[str, str], ...] = (), outcome: Outcome = Outcome.UNKNOWN) -> list[Finding]:
    event = answered(server(user=user, match_ids=ids), outcome)
    return [item for item in of_group(group(event)) if item.code == "hard-to-attribute"]


@pytest.mark.parametrize(
    ("user", "ids"), [((), ()), ((), (AGENT,)), ((DB,), (AGENT,)), ((FN, GE), ()), ((CT, GE), (AGENT,)), ((FN,), ())]
)
def test_what_metas_documents_say_is_refused_is_said_so(
    user: tuple[UserValue, ...], ids: tuple[tuple[str, str], ...]
) -> None:
    (found,) = weak(*user, ids=ids)
    assert (found.severity, found.standing) == (Severity.WARNING, Standing.DOCUMENTED)
    assert found.message.endswith("Meta's documents say that an event known by no more is refused.")


def test_a_refusal_that_did_not_come_is_said_too() -> None:
    (found,) = weak(ids=(AGENT,), outcome=Outcome.ACCEPTED)
    assert found.message.endswith("This one was taken all the same.")


def test_an_address_and_a_user_agent_are_weak_by_experience_and_refused_by_no_document() -> None:
    (found,) = weak(ids=(IP, AGENT))
    assert (found.severity, found.standing) == (Severity.WARNING, Standing.FOLKLORE)
    assert "refused" not in found.message


@pytest.mark.parametrize(
    ("user", "ids"), [((hashed("em", MAIL),), ()), ((FN, DB), ()), ((), (("fbp", FBP),)), ((GE,), (("fbp", FBP),))]
)
def test_one_key_of_a_person_or_a_browser_is_enough(
    user: tuple[UserValue, ...], ids: tuple[tuple[str, str], ...]
) -> None:
    assert weak(*user, ids=ids) == []


def test_beside_its_browser_half_only_what_is_refused_is_told() -> None:
    pairs = [of_pair(browser(), server(user=(), match_ids=ids)) for ids in ((IP, AGENT), (AGENT,))]
    assert ["hard-to-attribute" in {item.code for item in found} for found in pairs] == [False, True]
    taken = answered(server(user=(), match_ids=(AGENT,)))
    assert "hard-to-attribute" not in {item.code for item in of_pair(browser(), taken)}


def test_a_suggested_browser_half_is_not_denied() -> None:
    alone = group(server(event_id=None, user=(), match_ids=(IP, AGENT)), links=(Link(LinkKind.SUGGESTED, "g2"),))
    found = of_group(alone, linked={"g2": group(browser(), id="g2")})
    (hard,) = [item for item in found if item.code == "hard-to-attribute"]
    assert hard.message.startswith("No browser event is merged with it")


def test_customer_data_that_is_missing_as_a_whole_is_told_once() -> None:
    event = server(user=(), match_ids=(), flaws=(Flaw("required-parameter-missing", "user_data", "required", "It."),))
    assert "hard-to-attribute" not in {item.code for item in of_group(group(event))}
