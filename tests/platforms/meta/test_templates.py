"""Every template is an event the endpoint takes without a word."""

from __future__ import annotations

import json

import pytest

from app.hashing import sha256
from app.model import Customer
from app.outgoing import Draft
from app.platforms.meta.compose import validate
from app.platforms.meta.requirements import ACTION_SOURCES, MESSAGING_EVENTS
from app.platforms.meta.templates import action_sources, from_scratch, names
from app.platforms.meta.words import STANDARD_EVENTS
from app.platforms.server_api import ComposeError, Terms

NOW_MS = 1_795_318_292_000


def test_there_is_a_template_for_every_standard_event_and_action_source() -> None:
    assert set(names()) == STANDARD_EVENTS
    assert action_sources() == ACTION_SOURCES


@pytest.mark.parametrize("source", ACTION_SOURCES)
@pytest.mark.parametrize("name", sorted(STANDARD_EVENTS))
def test_a_template_breaks_no_rule(name: str, source: str) -> None:
    draft = from_scratch(name, Terms(now_ms=NOW_MS), account="1", source=source)

    # Meta takes only a few names from messaging.
    expected = [2804066] if source == "business_messaging" and name not in MESSAGING_EVENTS else []
    assert [violation.subcode for violation in validate(draft, NOW_MS)] == expected


def test_a_draft_from_scratch_is_the_customers_and_fresh() -> None:
    customer = Customer((("em", (" Mary@Example.com",)),))

    draft = from_scratch("Contact", Terms(now_ms=NOW_MS, customer=customer, test_code="T1"), account="7", source="chat")

    assert draft == Draft("meta", "7", draft.events, "T1")
    assert json.loads(draft.events[0]) == {
        "event_name": "Contact",
        "event_time": 1_795_318_292,
        "event_id": "test-1795318292000",
        "action_source": "chat",
        "user_data": {"em": [sha256("mary@example.com")]},
    }


def test_an_unknown_action_source_names_the_known_ones() -> None:
    with pytest.raises(ComposeError, match=r"no action source web\. There are: website, app"):
        from_scratch("Lead", Terms(now_ms=NOW_MS), account="1", source="web")
