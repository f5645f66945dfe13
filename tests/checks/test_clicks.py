"""Cookies and click IDs."""

from __future__ import annotations

import pytest

from app.checks import BY_CODE
from app.hashing import sha256
from app.model import Severity
from tests.checks.builders import (
    CLICK,
    FBC,
    FBP,
    NOW,
    UA,
    browser,
    group,
    of_event,
    of_pair,
    of_session,
    server,
)
from tests.checks.cases import Case, codes

LANDING = f"https://shop.example/thanks?fbclid={CLICK}"
DAY = 86_400_000

CASES = (
    Case(
        "hashed-must-be-plain",
        lambda: of_event(server(match_ids=(("ip", sha256("203.0.113.9")), ("user_agent", UA)))),
        lambda: of_event(server(match_ids=(("ip", "203.0.113.9"), ("user_agent", UA)))),
    ),
    Case(
        "fbp-malformed",
        lambda: of_event(browser(match_ids=(("fbp", "1116446470"),))),
        lambda: of_event(browser(match_ids=(("fbp", "fb.2.1795317000000.447908042.AQQCAQMC"),))),
    ),
    Case(
        "fbc-malformed",
        lambda: of_event(browser(match_ids=(("fbc", f"fb.1.{NOW + DAY}.IwAR0"),))),
        lambda: of_event(browser(match_ids=(("fbc", "fb.1.1795317000000.IwAR.0_a-b.AQQBAQMC"),))),
    ),
    Case(
        "fbc-modified",
        lambda: of_event(browser(page=LANDING, match_ids=(("fbc", FBC.lower()),))),
        lambda: of_event(browser(page=LANDING, match_ids=(("fbc", FBC),))),
    ),
    Case(
        "click-id-lost",
        lambda: of_event(browser(page=LANDING)),
        lambda: of_event(browser(page="https://shop.example/thanks?fbclid=_removed_")),
    ),
)


def test_the_servers_click_id_is_held_against_the_browsers_landing_page() -> None:
    pair = browser(page=LANDING, match_ids=(("fbc", FBC),)), server(match_ids=(("fbc", FBC.lower()),))
    found = codes(of_pair(*pair))
    assert "fbc-modified" in found
    assert "fbc-differs" not in found, "one fact, one finding"


def test_a_click_id_that_differs_from_its_own_page_is_not_told_of_the_pair_again() -> None:
    right = server(match_ids=(("fbc", FBC),))
    wrong = browser(page=LANDING, match_ids=(("fbc", FBC.lower()),))
    assert "fbc-modified" in codes(of_event(wrong))
    assert "fbc-differs" not in codes(of_pair(wrong, right))
    assert "fbc-differs" in codes(of_pair(browser(match_ids=(("fbc", FBC.lower()),)), right))


def test_a_server_that_drops_the_browsers_click_id_lost_it() -> None:
    assert "click-id-lost" in codes(of_pair(browser(match_ids=(("fbc", FBC),)), server()))


def test_a_click_id_that_only_the_server_lost_is_told_of_the_pair_and_not_of_the_session_again() -> None:
    landing = browser(1, name="PageView", event_id="p", page=LANDING, own_ms=NOW - 60_000)
    halves = browser(2, match_ids=(("fbp", FBP), ("fbc", FBC))), server(3, match_ids=(("fbp", FBP),))
    assert "click-id-lost" in codes(of_pair(*halves))
    assert "click-id-lost" not in codes(of_session(groups=(group(landing), group(*halves, id="g2"))))


def test_a_click_id_lost_between_landing_and_purchase_is_told_for_the_session() -> None:
    landing = browser(1, name="PageView", event_id="p", page=LANDING, own_ms=NOW - 60_000)
    assert "click-id-lost" in codes(of_session(groups=(group(landing), group(browser(2), id="g2"))))


@pytest.mark.parametrize(
    ("landed", "carried", "reason"),
    [
        ("IwAR0%2Babc%3D", "IwAR0+abc=", None),
        ("IwAR0.abc", "IwAR0__DOT__abc", None),
        ("IwAR0abc_aem_xyz", "IwAR0abc", None),
        ("IwAR0abc", "IwAR0abc.AQQBAQMC", None),
        ("IwAR0AbC", "iwar0abc", "case"),
        ("IwAR0AbCdEf", "IwAR0AbC", "truncated"),
        ("IwAR0", "IwZX9", "other"),
    ],
)
def test_a_changed_click_id_names_the_change(landed: str, carried: str, reason: str | None) -> None:
    event = browser(
        page=f"https://shop.example/?x=1&fbclid={landed}", match_ids=(("fbc", f"fb.1.1795317000000.{carried}"),)
    )
    found = [item.reason for item in of_event(event) if item.code == "fbc-modified"]
    assert found == ([reason] if reason else [])


def test_a_hashed_browser_id_is_told_once() -> None:
    assert codes(of_event(browser(match_ids=(("fbp", sha256("x")),)))) == {"hashed-must-be-plain"}


def test_what_to_do_about_a_cookie_depends_on_who_sends_it() -> None:
    wrong, lost = {"match_ids": (("fbp", "1116446470"),)}, {"page": LANDING}
    for changes in (wrong, lost):
        (ours,), (theirs,) = of_event(browser(**changes)), of_event(server(**changes))
        assert ("platform's script" in ours.fix, "platform's script" in theirs.fix) == (True, False)
        assert theirs.fix == BY_CODE[theirs.code].fix


def test_an_old_click_is_a_warning() -> None:
    event = browser(match_ids=(("fbc", f"fb.1.{NOW - 91 * DAY}.IwAR0"),))
    assert [(item.severity, item.reason) for item in of_event(event)] == [(Severity.WARNING, "old")]


def test_an_id_may_be_shorter_hex_itself() -> None:
    found = [
        of_event(server(match_ids=(("subscription_id", text),)))
        for text in (sha256("sub-1"), "44f83d7cba354d5b84812419f923ea96")
    ]
    assert ["hashed-must-be-plain" in codes(items) for items in found] == [True, False]
