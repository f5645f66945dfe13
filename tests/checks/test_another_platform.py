"""A platform that is not Meta, known by nothing but its `Platform` value: the checks go by what stands there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from app import platforms
from app.model import Finding, Outcome
from app.platforms import platform
from app.platforms.base import Identifier, Role, Vocabulary
from tests.checks.builders import MAIL, answered, browser, group, hashed, of_event, of_group, server
from tests.checks.cases import codes

PAGE = "https://shop.example/thanks"


@pytest.fixture(autouse=True)
def other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another platform in the table, with words of its own."""
    found = replace(
        platform("meta"),
        name="other",
        title="Other",
        explain=lambda code, subcode: None,
        vocabulary=Vocabulary(steps={"PlaceAnOrder": "purchase"}, valued=frozenset({"PlaceAnOrder"})),
        token_start="OT",
        identifiers=(Identifier(key="oclid", role=Role.CLICK, title="click ID (oclid)", parameter="oclid"),),
        too_little=(frozenset({"ct"}),),
    )
    monkeypatch.setattr(platforms, "PLATFORMS", (*platforms.PLATFORMS, found))


def seen(name: str = "PlaceAnOrder", **changes: Any) -> tuple[Finding, ...]:
    return of_event(browser(platform="other", name=name, **changes))


def test_its_own_events_need_a_value() -> None:
    assert "value-missing" in codes(seen(value=None))
    assert "value-missing" not in codes(seen("Purchase", value=None))


def test_its_own_click_id_is_looked_for() -> None:
    assert "click-id-lost" in codes(seen(page=f"{PAGE}?oclid=x"))
    assert "click-id-lost" not in codes(seen(page=f"{PAGE}?fbclid=x"))
    (found,) = seen(page=f"{PAGE}?oclid=AbC", match_ids=(("oclid", "abc"),))
    assert (found.code, found.field, found.reason) == ("click-id-modified", "oclid", "case")


@pytest.mark.parametrize(("token", "its_own"), [("OT123", True), ("EAA123", False)])
def test_its_own_token_is_known_by_its_start(token: str, its_own: bool) -> None:
    (found,) = seen(page=f"{PAGE}?access_token={token}")
    assert ("one of Other's access tokens" in found.message) is its_own
    assert ("an access token that is not Other's" in found.message) is not its_own


def test_its_own_refusals_are_explained_or_shown_as_they_came() -> None:
    refused = answered(server(platform="other"), Outcome.REJECTED, code="190", title="No")
    (found,) = [item for item in of_group(group(refused)) if item.code == "send-rejected"]
    assert "(190, “No”)" in found.message


@pytest.mark.parametrize(("key", "refused"), [("ct", True), ("st", False)])
def test_its_own_sets_say_what_is_too_little(key: str, refused: bool) -> None:
    event = server(platform="other", user=(hashed(key, MAIL),), match_ids=())
    assert ("hard-to-attribute" in codes(of_group(group(event)))) == refused
